/**
 * Where in a recording the lines of each connection lie: after one pass over it, its connections can be read one by one, in any
 * order, as if the others were not there.
 */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark } from '../wire/facts.ts'
import { FactReader } from './fact-reader.ts'
import { parseLine, type SessionLine } from './format.ts'
import { LineSplitter, type Line } from './lines.ts'
import { Notes } from './read.ts'
import { RecordingReader, headerOf, lineLimit, readLines } from './recording-reader.ts'
import { Runs } from './runs.ts'
import type { OnProgress } from './source.ts'
import { storeFile, type StoredFile } from './stored-file.ts'

export interface IndexOptions {
  /** Told in one line what was not used, and where it stands: `file:line (octet N): reason`. */
  onNote: (note: string) => void
  /** Told of what is inflated. */
  onProgress?: OnProgress
}

/** What is known of a connection without reading it again. */
export interface IndexedConnection {
  readonly conn: number
  readonly info: ConnectionInfo
  /** Of its first and its last fact, in ms. */
  readonly firstTime: number
  readonly lastTime: number
  /** Octets of each side that are in the file. */
  readonly octets: Readonly<Record<Side, number>>
  /** How many marks of each kind it has; of none that it has not. */
  readonly marks: Readonly<Partial<Record<Mark['type'], number>>>
  readonly lines: number
}

export interface ConnectionReadOptions {
  /** Called after every fact. Reading goes on when what it returns has resolved. */
  afterFact?: () => Promise<void> | undefined
}

/** Octets that all connections of an index may take; of one they are counted roughly. */
export const indexLimit = 64 * 1024 * 1024

/** What a connection takes beside its texts. */
const ownSize = 512

/** Octets read at once; a single line may be longer. */
const chunkSize = 256 * 1024

/** Octets of other connections that are rather read too than skipped. */
const shortWay = 16 * 1024

/**
 * Makes the index of the recording at `source`, `-` for standard input. What is compressed, or comes through a pipe, is unpacked
 * to a temporary file that goes with `close`, or with the process. What is wrong is noted, as `readRecording` does it. Rejects with
 * a `RecordingError`.
 */
export async function indexRecording(source: string, options: IndexOptions): Promise<RecordingIndex> {
  const file = await storeFile(source)
  try {
    return await indexFile(file, options)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function indexFile(file: StoredFile, { onNote, onProgress }: IndexOptions): Promise<RecordingIndex> {
  const indexer = new Indexer()
  const notes = new Notes(file.name, onNote)
  const reader = new RecordingReader(file.name, indexer, fault => {
    notes.add(fault)
  })
  const chunks = (onDamage: () => void) => file.chunks(onDamage, onProgress)
  const afterFact = (line: Line) => {
    indexer.line(line)
    return undefined
  }
  await readLines(reader, chunks, { afterFact })
  notes.end(reader.unknown)
  if (indexer.leftOut > 0) onNote(`${file.name}: ${indexer.leftOut} connections are too many and left out`)
  return new RecordingIndex(file, headerOf(reader), indexer)
}

export class RecordingIndex {
  readonly header: SessionLine
  /** In the order in which they were opened. */
  readonly connections: readonly IndexedConnection[]
  readonly #file: StoredFile
  readonly #indexer: Indexer

  /** For `indexRecording`. */
  constructor(file: StoredFile, header: SessionLine, indexer: Indexer) {
    this.header = header
    this.connections = [...indexer.connections.values()]
    this.#file = file
    this.#indexer = indexer
  }

  /** The latest time of all connections, in ms. */
  get time(): number {
    return this.#indexer.time
  }

  /**
   * Gives the facts of `conn` to `facts`, `end` included, as `readRecording` gives them; of a connection that is not in it, that
   * alone. Several may be read at a time. Rejects with a `RecordingError`.
   */
  async read(conn: number, facts: Facts, options: ConnectionReadOptions = {}): Promise<void> {
    // What is wrong was noted in the first pass.
    const reader = new FactReader(facts, () => undefined)
    const splitter = new LineSplitter(lineLimit)
    const take = async (lines: Iterable<Line>) => {
      for (const { octets } of lines) {
        const parsed = parseLine(octets ?? Buffer.alloc(0))
        // The first pass has found it to be a fact.
        if (!('time' in parsed) || !reader.use(parsed)) continue
        const pause = options.afterFact?.()
        if (pause !== undefined) await pause
      }
    }
    for await (const octets of this.#octetsOf(conn)) await take(splitter.push(octets))
    await take(splitter.end())
    await facts.end(this.time)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** The runs of lines of a connection. Each is valid until the next. */
  async *#octetsOf(conn: number): AsyncGenerator<Buffer> {
    let buffer = Buffer.allocUnsafeSlow(chunkSize)
    for (const group of this.#indexer.runs.groups(conn, shortWay, chunkSize)) {
      const length = group.end - group.start
      if (length > buffer.length) buffer = Buffer.allocUnsafeSlow(length)
      await this.#file.fill(buffer.subarray(0, length), group.start)
      for (const run of group.runs) yield buffer.subarray(run.start - group.start, run.end - group.start)
    }
  }
}

interface Entry extends IndexedConnection {
  lastTime: number
  octets: Record<Side, number>
  marks: Partial<Record<Mark['type'], number>>
  lines: number
}

/** Takes the facts of a recording, and after those of a line where it stands. */
class Indexer implements Facts {
  readonly connections = new Map<number, Entry>()
  readonly runs = new Runs(chunkSize)
  /** Connections that were too many. */
  leftOut = 0
  time = 0
  #size = 0
  /** Whose line it is. */
  #conn = 0

  /** The facts since the last call are those of this line. */
  line({ offset, length, whole }: Line): void {
    const entry = this.connections.get(this.#conn)
    if (entry === undefined) return
    entry.lines++
    this.runs.add(this.#conn, offset, offset + length + (whole ? 1 : 0))
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    const size = ownSize + info.client.length + info.server.length + info.url.length
    if (this.connections.has(conn)) this.#of(conn, time)
    else if (this.#size + size > indexLimit) this.leftOut++
    else {
      this.#size += size
      const octets = { client: 0, server: 0 }
      this.connections.set(conn, {
        conn,
        info,
        firstTime: time,
        lastTime: time,
        octets,
        marks: {},
        lines: 0,
      })
    }
    this.#conn = conn
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    const entry = this.#of(conn, time)
    if (entry !== undefined) entry.octets[from] += bytes.length
  }

  tcp(conn: number, time: number): void {
    this.#of(conn, time)
  }

  mark(conn: number, time: number, _from: Side, { type }: Mark): void {
    const entry = this.#of(conn, time)
    if (entry !== undefined) entry.marks[type] = (entry.marks[type] ?? 0) + 1
  }

  end(time: number): Promise<void> {
    this.time = time
    return Promise.resolve()
  }

  #of(conn: number, time: number): Entry | undefined {
    this.#conn = conn
    const entry = this.connections.get(conn)
    if (entry !== undefined) entry.lastTime = Math.max(entry.lastTime, time)
    return entry
  }
}
