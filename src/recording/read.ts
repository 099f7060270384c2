/** A recording becomes the facts it was made of, at the pace of whoever takes them, in a memory that does not grow. */
import type { Side } from '../protocol/side.ts'
import type { Facts, Mark } from '../wire/facts.ts'
import { RecordingError } from './errors.ts'
import {
  formatVersion,
  parseLine,
  type FactLine,
  type MarkLine,
  type OctetsLine,
  type OpenLine,
  type OtherLine,
  type SessionLine,
  type TcpLine,
} from './format.ts'
import { LineSplitter, type Line } from './lines.ts'
import { nameOf, octetsOf } from './source.ts'

export interface ReadOptions {
  /** Told in one line what was not used, and where it stands: `file:line: reason`. */
  onNote: (note: string) => void
  /** Told of the header, before the first fact. */
  onHeader?: (header: SessionLine) => void
  /** Called after every fact. Reading goes on when what it returns has resolved. */
  afterFact?: () => Promise<void> | undefined
  /** Reads on as the file grows, until this is aborted. */
  follow?: AbortSignal
}

/** The longest line, in octets. */
export const lineLimit = 64 * 1024 * 1024

/** Lines whose fault is told one by one. */
export const noteLimit = 10

/**
 * Reads the recording at `source`, `-` for standard input, and gives its facts to `facts`, `end` included. Lines that are
 * wrong are skipped and noted; a file that is cut anywhere is read up to there. Rejects with a `RecordingError`:
 * `unreadable`, or `invalid` when it is no recording or of a version to come.
 */
export async function readRecording(source: string, facts: Facts, options: ReadOptions): Promise<void> {
  const reader = new RecordingReader(nameOf(source), facts, options)
  const splitter = new LineSplitter(lineLimit)
  const take = async (lines: Iterable<Line>) => {
    for (const line of lines) {
      if (!reader.take(line)) continue
      const pause = options.afterFact?.()
      if (pause !== undefined) await pause
    }
  }
  const onDamage = () => {
    reader.damage()
  }
  let failure: RecordingError | null = null
  try {
    for await (const chunk of octetsOf(source, onDamage, options.follow)) await take(splitter.push(chunk))
  } catch (error) {
    if (!(error instanceof RecordingError) || error.failure !== 'unreadable' || !reader.begun) throw error
    failure = error
  }
  await take(splitter.end())
  await reader.end()
  if (failure !== null) throw failure
}

/** What is known of a connection: where each side stands. */
interface ConnectionState {
  time: number
  offset: Record<Side, number>
  ended: Record<Side, boolean>
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

class RecordingReader {
  readonly #name: string
  readonly #facts: Facts
  readonly #options: ReadOptions
  readonly #connections = new Map<number, ConnectionState>()
  /** The latest time of all. */
  #time = 0
  #begun = false
  #ended = false
  #line = 0
  #notes = 0
  #unknown = 0
  #clamped = 0

  constructor(name: string, facts: Facts, options: ReadOptions) {
    this.#name = name
    this.#facts = facts
    this.#options = options
  }

  /** True once the header is read. */
  get begun(): boolean {
    return this.#begun
  }

  /** Takes the next line. Returns true when it was a fact. */
  take(line: Line): boolean {
    this.#line = line.number
    if (this.#ended) return false
    if (!this.#begun) {
      this.#begin(line)
      return false
    }
    const { octets } = line
    if (octets?.length === 0) return false
    const parsed: FactLine | OtherLine =
      octets === null ? { type: 'invalid', reason: 'longer than 64 MiB' } : parseLine(octets)
    if (parsed.type === 'invalid' && !line.whole) {
      this.#tell(`${this.#name}:${line.number} (octet ${line.offset}): torn line ignored`)
      return false
    }
    return this.#use(parsed)
  }

  /** What follows cannot be inflated. */
  damage(): void {
    if (!this.#begun) throw this.#notARecording('its compression is damaged')
    this.#tell(`${this.#name}:${this.#line + 1}: the compressed data is damaged from here on`)
  }

  /** Nothing follows. Resolves when the consumer has put away what it was given. */
  async end(): Promise<void> {
    if (!this.#begun) throw this.#notARecording('it is empty')
    if (this.#notes > noteLimit) this.#tell(`${this.#name}: ${this.#notes - noteLimit} more lines skipped`)
    if (this.#unknown > 0) this.#tell(`${this.#name}: ${this.#unknown} lines of unknown types ignored`)
    if (this.#clamped > 0) this.#tell(`${this.#name}: ${this.#clamped} times went back and were held`)
    await this.#facts.end(this.#time)
  }

  #begin(line: Line): void {
    const octets = line.octets ?? Buffer.alloc(0)
    const marked = octets.subarray(0, byteOrderMark.length).equals(byteOrderMark)
    const parsed = parseLine(marked ? octets.subarray(byteOrderMark.length) : octets)
    if (parsed.type !== 'session') {
      const reason = parsed.type === 'invalid' ? parsed.reason : '"type" is not "session"'
      throw this.#notARecording(`first line: ${reason}`)
    }
    if (parsed.version > formatVersion) {
      throw new RecordingError(
        'invalid',
        `cannot read ${this.#name}: it has version ${parsed.version}, version ${formatVersion} is the newest known here (use a newer wsinspect)`,
      )
    }
    this.#begun = true
    this.#options.onHeader?.(parsed)
  }

  #notARecording(reason: string): RecordingError {
    return new RecordingError('invalid', `${this.#name} is not a recording: ${reason}`)
  }

  #use(parsed: FactLine | OtherLine): boolean {
    switch (parsed.type) {
      case 'open':
        return this.#open(parsed)
      case 'octets':
        return this.#octets(parsed)
      case 'tcp':
        return this.#tcp(parsed)
      case 'gap':
      case 'edit':
      case 'redacted':
      case 'stalled':
      case 'cut':
        return this.#mark(parsed)
      case 'end':
        this.#time = Math.max(this.#time, parsed.time)
        return false
      case 'session':
        this.#ended = true
        this.#tell(`${this.#name}:${this.#line}: another recording begins here; it is ignored`)
        return false
      case 'invalid':
        return this.#skip(parsed.reason)
      case 'unknown':
        this.#unknown++
        return false
      case 'derived':
        return false
    }
  }

  #open({ conn, time, client, server, url, tls }: OpenLine): boolean {
    if (this.#connections.has(conn)) return this.#skip(`connection ${conn} is open already`)
    const state = { time, offset: { client: 0, server: 0 }, ended: { client: false, server: false } }
    this.#connections.set(conn, state)
    this.#facts.open(conn, this.#clock(state, time), { client, server, url, tls })
    return true
  }

  #octets({ conn, time, from, offset, data }: OctetsLine): boolean {
    const state = this.#connections.get(conn)
    if (state === undefined) return this.#skip(`connection ${conn} is not open`)
    if (!this.#reach(state, conn, time, from, offset)) return false
    state.offset[from] = offset + data.length
    this.#facts.octets(conn, this.#clock(state, time), from, data)
    return true
  }

  #tcp({ conn, time, from, state: word }: TcpLine): boolean {
    const state = this.#connections.get(conn)
    if (state === undefined) {
      // What a socket says after its end belongs to no stream any more.
      this.#facts.tcp(conn, this.#latest(time), from, word)
      return true
    }
    state.ended[from] = true
    if (state.ended.client && state.ended.server) this.#connections.delete(conn)
    this.#facts.tcp(conn, this.#clock(state, time), from, word)
    return true
  }

  #mark(line: MarkLine): boolean {
    const { conn, time, from } = line
    const state = this.#connections.get(conn)
    if (state === undefined) return this.#skip(`connection ${conn} is not open`)
    if (line.type === 'gap') {
      if (!this.#reach(state, conn, time, from, line.offset)) return false
      state.offset[from] = line.offset + line.octets
    }
    this.#facts.mark(conn, this.#clock(state, time), from, markOf(line))
    return true
  }

  /** Brings a side to `offset`: what lies between is missing. False, and noted, when it is there already. */
  #reach(state: ConnectionState, conn: number, time: number, from: Side, offset: number): boolean {
    const expected = state.offset[from]
    if (offset < expected) {
      return this.#skip(`"offset" is ${offset}, octets up to ${expected} came before`)
    }
    if (offset > expected) {
      const gap: Mark = { type: 'gap', offset: expected, octets: offset - expected, reason: 'missing' }
      this.#facts.mark(conn, this.#clock(state, time), from, gap)
    }
    return true
  }

  /** Time never goes back within a connection. */
  #clock(state: ConnectionState, time: number): number {
    if (time < state.time) this.#clamped++
    state.time = Math.max(state.time, time)
    return this.#latest(state.time)
  }

  #latest(time: number): number {
    this.#time = Math.max(this.#time, time)
    return time
  }

  /** Always false: the line was no fact. */
  #skip(reason: string): false {
    if (++this.#notes <= noteLimit) this.#tell(`${this.#name}:${this.#line}: ${reason}`)
    return false
  }

  #tell(note: string): void {
    this.#options.onNote(note)
  }
}

function markOf(line: MarkLine): Mark {
  const { type, offset, octets } = line
  switch (type) {
    case 'gap':
      return { type, offset, octets, reason: line.reason }
    case 'edit':
      return { type, offset, octets, written: line.written }
    case 'stalled':
      return { type, offset, octets, span: line.span }
    case 'cut':
      return { type, offset, octets: 0 }
    case 'redacted':
      return { type, offset, octets }
  }
}
