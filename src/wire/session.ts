/** Facts in, rows out: it keeps the octets, decodes both sides of every connection and wakes whoever reads the log. */
import { exactLength } from '../protocol/frame.ts'
import { defaultInflateLimit, type InflateLimit } from '../protocol/inflater.ts'
import type { Side } from '../protocol/side.ts'
import { ConnectionSession } from './connection-session.ts'
import { Deadlines } from './deadlines.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from './facts.ts'
import type { Span } from './span.ts'
import { Log, defaultLogLimits, type LogLimits, type OpenFrame, type Reader, type WireLog } from './log.ts'

export interface SessionOptions {
  log?: LogLimits
  inflate?: InflateLimit
  /**
   * Called when there are rows to read, with what reads them. Live, it puts that off to the end of the event-loop turn;
   * left out, readers read after every fact.
   */
  wake?: (read: () => void) => void
}

export class Session implements Facts {
  readonly #log: Log
  readonly #inflate: InflateLimit
  readonly #connections = new Map<number, ConnectionSession>()
  readonly #deadlines = new Deadlines()
  readonly #readers = new Set<Reader>()
  readonly #wake: (read: () => void) => void
  readonly #read: () => void
  #woken = false

  constructor(options: SessionOptions = {}) {
    this.#log = new Log(options.log ?? defaultLogLimits, {
      open: (conn, from) => this.#openFrame(conn, from),
      openHeader: (conn, from) => this.#openHeader(conn, from),
    })
    this.#inflate = options.inflate ?? defaultInflateLimit
    this.#wake =
      options.wake ??
      (read => {
        read()
      })
    this.#read = () => {
      this.#advance()
    }
  }

  get log(): WireLog {
    return this.#log
  }

  /** From now on `reader` is woken when there are rows. */
  attach(reader: Reader): void {
    this.#readers.add(reader)
  }

  /** Readers are woken again, though nothing is new: one of them had stopped early. */
  poke(): void {
    this.#changed()
  }

  /** Where the first frame header in the last chop of `from` begins, or null: where a record may go on after a gap. */
  nextFrame(conn: number, from: Side): number | null {
    const connection = this.#connections.get(conn)
    if (connection === undefined) return null
    const { firstHeader, chopOffset } = connection.sides[from]
    if (connection.decoder.stateOf(from) === 'opaque') return chopOffset
    return firstHeader < 0 ? null : firstHeader
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.#arrive(time)
    const connection = new ConnectionSession(this.#log, conn, this.#inflate, this.#deadlines)
    this.#connections.set(conn, connection)
    connection.open(time, info)
    this.#changed()
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.#arrive(time)
    this.#connections.get(conn)?.octets(time, from, bytes)
    this.#changed()
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#arrive(time)
    const connection = this.#connections.get(conn)
    connection?.tcp(time, from, state)
    if (connection?.over === true) {
      this.#connections.delete(conn)
      this.#log.endConnection(conn)
    }
    this.#changed()
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    this.#arrive(time)
    this.#connections.get(conn)?.mark(time, from, mark)
    this.#changed()
  }

  /**
   * Nothing has happened up to `time`: what should have is judged. A fact does the same before it is taken, so that live,
   * with this called now and then, and from a record the rows are the same.
   */
  tick(time: number): void {
    if (time < this.#deadlines.next) return
    this.#deadlines.run(time)
    this.#changed()
  }

  /** The facts are over: connections that are still open stay so in the log. */
  async end(time: number): Promise<void> {
    this.#arrive(time)
    for (const connection of this.#connections.values()) connection.conclude(time)
    await Promise.all([...this.#readers].map(reader => reader.end(this.#log)))
  }

  #openFrame(conn: number, from: Side): OpenFrame | null {
    const connection = this.#connections.get(conn)
    const frame = connection?.decoder.readerOf(from)?.inFlight ?? null
    if (connection === undefined || frame === null || connection.sides[from].ended !== null) return null
    return { ...frame, exactLength: exactLength(frame.header), since: connection.sides[from].since }
  }

  #openHeader(conn: number, from: Side): Span | null {
    const connection = this.#connections.get(conn)
    const reader = connection?.decoder.readerOf(from) ?? null
    const length = reader?.partialHeader ?? 0
    if (reader === null || length === 0 || connection?.sides[from].ended !== null) return null
    return { conn, from, offset: reader.offset - length, length }
  }

  /** What was due before a fact at `time` is judged before it. */
  #arrive(time: number): void {
    if (time >= this.#deadlines.next) this.#deadlines.run(time)
  }

  #changed(): void {
    if (this.#woken || this.#readers.size === 0) return
    this.#woken = true
    this.#wake(this.#read)
  }

  #advance(): void {
    this.#woken = false
    let more = false
    for (const reader of this.#readers) more = this.#advanceOne(reader) || more
    if (more) this.#changed()
  }

  /** A reader that throws is told off once, in a row for the others, and read no more. */
  #advanceOne(reader: Reader): boolean {
    try {
      return reader.advance(this.#log)
    } catch (error) {
      this.#readers.delete(reader)
      this.#log.addRemark(0, 0, null, { type: 'fault', consumer: 'reader', detail: String(error) })
      return true
    }
  }
}
