/** Whether a recording is sound: read as always, and everything that is wrong told, not the first of it only. */
import { tee } from '../wire/facts.ts'
import { RecordingReader, readLines, type Fault } from './recording-reader.ts'
import { nameOf, octetsOf, type OnProgress } from './source.ts'

export interface Checked {
  lines: number
  /** Of types that are not known here, which is no fault. */
  unknown: number
  faults: number
}

/**
 * Reads the recording at `source`, `-` for standard input. `onFault` is told all that is wrong with it; before more is read
 * `drained` is waited for. Rejects with a `RecordingError`: `unreadable`, or `invalid` when it is none.
 */
export async function checkRecording(
  source: string,
  onFault: (fault: Fault) => void,
  drained: () => Promise<void>,
  onProgress?: OnProgress,
): Promise<Checked> {
  let faults = 0
  const reader = new RecordingReader(nameOf(source), tee([]), fault => {
    faults++
    onFault(fault)
  })
  const chunks = async function* (onDamage: () => void) {
    for await (const chunk of octetsOf(source, onDamage, { onProgress })) {
      yield chunk
      await drained()
    }
  }
  await readLines(reader, chunks, {})
  return { lines: reader.lines, unknown: reader.unknown, faults }
}
