/** Recordings in folders that are gone after the test, and facts as they came. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readRecording, type ReadOptions } from '../../src/recording/read.ts'
import { openRecorder, type Recorder, type RecorderOptions } from '../../src/recording/recorder.ts'
import type { ConnectionInfo, Facts, Mark } from '../../src/wire/facts.ts'
import type { Side } from '../../src/protocol/side.ts'
import type { Fact } from '../support/facts.ts'

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

/** Keeps what it is given. */
export class FactList implements Facts {
  readonly facts: Required<Fact>[] = []
  ended: number | null = null

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.facts.push({ type: 'open', conn, time, info })
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.facts.push({ type: 'octets', conn, time, from, bytes: Uint8Array.from(bytes) })
  }

  tcp(conn: number, time: number, from: Side, state: string): void {
    this.facts.push({ type: 'tcp', conn, time, from, state })
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    const copy = mark.type === 'edit' ? { ...mark, written: Uint8Array.from(mark.written) } : mark
    this.facts.push({ type: 'mark', conn, time, from, mark: copy })
  }

  end(time: number): Promise<void> {
    this.ended = time
    return Promise.resolve()
  }

  /** The octets of a side; what gaps stand for is left out. */
  stream(from: Side, conn = 1): Buffer {
    return Buffer.concat(
      this.facts.flatMap(fact =>
        fact.type === 'octets' && fact.from === from && fact.conn === conn ? [fact.bytes] : [],
      ),
    )
  }

  marks(): Mark[] {
    return this.facts.flatMap(fact => (fact.type === 'mark' ? [fact.mark] : []))
  }
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
