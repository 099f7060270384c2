/** Recordings in folders that are gone after the test. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readRecording, type ReadOptions } from '../../src/recording/read.ts'
import { openRecorder, type Recorder, type RecorderOptions } from '../../src/recording/recorder.ts'
import { FactList } from '../support/fact-list.ts'

/** A path in a folder of its own. */
export async function temporary(name = 'out.ndjson'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wsinspect-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, name)
}

export const started = new Date('2026-11-22T18:00:00.000Z')

export const header =
  '{"type":"session","version":1,"tool":"wsinspect test","started":"2026-11-22T18:00:00.000Z","redacted":false}\n'

/** A recorder whose errors fail the test, unless `options` take them. */
export function record(path: string, options: Partial<RecorderOptions> = {}): Promise<Recorder> {
  return openRecorder(path, {
    started,
    tool: 'wsinspect test',
    redacted: false,
    nextFrame: () => null,
    onError: message => {
      throw new Error(message)
    },
    ...options,
  })
}

/** What a recording gives. Notes come without the folder of the file. */
export async function read(
  path: string,
  options: Partial<ReadOptions> = {},
): Promise<{ list: FactList; notes: string[] }> {
  const list = new FactList()
  const notes: string[] = []
  const onNote = (note: string) => notes.push(note.replace(/^.*\//, ''))
  await readRecording(path, list, { onNote, ...options })
  return { list, notes }
}

/** What a file of these octets gives. */
export async function readText(content: string | Uint8Array, name?: string) {
  const path = await temporary(name)
  await writeFile(path, content)
  return read(path)
}

export async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1)
}
