/** Facts in, rows out: it keeps the octets, decodes both sides of every connection and wakes whoever reads the log. */
import type { FrameHeader } from '../protocol/frame.ts'
import { exactLength } from '../protocol/frame.ts'
import type { Head } from '../protocol/http-head.ts'
import { parseStatusLine } from '../protocol/http-head.ts'
import type { Exchange } from '../protocol/http-exchange.ts'
import type { Close, Message, MessageReader, MessageSink } from '../protocol/message.ts'
import { Opcode, isControl } from '../protocol/opcode.ts'
import { defaultInflateLimit, type InflateLimit } from '../protocol/permessage-deflate.ts'
import type { RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { WireDecoder, type StreamEnd, type WireSink } from '../protocol/wire-decoder.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from './facts.ts'
import {
  Log,
  defaultLogLimits,
  streamOf,
  type LogLimits,
  type OpenFrame,
  type Reader,
  type WireLog,
} from './log.ts'
import type { FrameExtra, MessageExtra } from './frame-table.ts'
import { PingBook } from './ping-book.ts'
import { ViolationRuns } from './violation-runs.ts'

export interface SessionOptions {
  log?: LogLimits
  inflate?: InflateLimit
  /**
   * Called when there are rows to read, with what reads them. Live, it puts that off to the end of the event-loop turn;
   * left out, readers read after every fact.
   */
  wake?: (read: () => void) => void
}

/** One side of a connection: where its stream stands, and the rows that its frames become. */
class SideSession implements MessageSink {
  /** Octets that came. */
  offset = 0
  /** The chop that is being decoded: its number in the stream, and where it begins. */
  chopOrdinal = -1
  chopOffset = 0
  /** The first frame header that begins in that chop, -1 without one. */
  firstHeader = -1
  ended: TcpState | null = null

  readonly #connection: ConnectionSession
  readonly #from: Side
  readonly #runs: ViolationRuns
  #startOrdinal = 0
  #since = 0
  #messageOpcode = 0
  /** Not compressed, nor changed by an extension that is not known. */
  #messageIsPlain = true
  #messageFirst = -1

  constructor(connection: ConnectionSession, from: Side) {
    this.#connection = connection
    this.#from = from
    this.#runs = new ViolationRuns((rule, offset, detail, count) => {
      connection.remark(from, { type: 'violation', offset, rule, detail, count })
    })
  }

  /** When the header of the frame in flight was complete. */
  get since(): number {
    return this.#since
  }

  header(h: Readonly<FrameHeader>): void {
    if (this.firstHeader < 0 && h.offset >= this.chopOffset) this.firstHeader = h.offset
    this.#startOrdinal = this.#ordinalAt(h.offset)
    this.#since = this.#connection.time
    if (h.opcode === Opcode.text || h.opcode === Opcode.binary) {
      this.#messageOpcode = h.opcode
      this.#messageIsPlain = h.rsv === 0
      this.#messageFirst = -1
    }
  }

  payload(): void {
    // The octets are in the ring already, once per chop.
  }

  whole(h: Readonly<FrameHeader>, _bytes: Uint8Array, start: number, end: number): void {
    const { log, conn, time } = this.#connection
    let chops = 1
    if (h.offset < this.chopOffset) {
      const last = h.offset + h.headerLength + end - start - 1
      chops = this.#ordinalAt(last) - this.#ordinalAt(h.offset) + 1
    } else if (this.firstHeader < 0) this.firstHeader = h.offset
    log.addFrame(conn, time, this.#from, h, chops, h.opcode, h.opcode === Opcode.text, true, null)
    this.#runs.endFrame()
  }

  frame(h: Readonly<FrameHeader>, received: number, message: Message | null, close: Close | null): void {
    const { log, conn, time } = this.#connection
    const chops = this.#ordinalAt(h.offset + h.headerLength + received - 1) - this.#startOrdinal + 1
    const extra = this.#extraOf(h, received, message, close)
    if (isControl(h.opcode)) {
      log.addFrame(conn, time, this.#from, h, chops, 0, h.rsv === 0, false, extra)
    } else {
      const belongs = h.opcode <= Opcode.binary ? this.#messageOpcode : 0
      const isText = belongs === Opcode.text && this.#messageIsPlain && h.rsv === 0
      const row = log.addFrame(conn, time, this.#from, h, chops, belongs, isText, message !== null, extra)
      if (belongs !== 0 && this.#messageFirst < 0) this.#messageFirst = row
      if (h.fin && belongs !== 0) this.#messageOpcode = 0
    }
    this.#runs.endFrame()
  }

  /** What the frame has beside its columns; null for most. */
  #extraOf(
    h: Readonly<FrameHeader>,
    received: number,
    message: Message | null,
    close: Close | null,
  ): FrameExtra | null {
    const isWhole = received === h.payloadLength
    const isPlain = message === null || (message.frames === 1 && message.inflate === null)
    if (isPlain && isWhole && !isControl(h.opcode) && h.lengthHigh < 0x20_0000) return null
    const rtt = isWhole && h.opcode >= Opcode.ping ? this.#connection.pingOrPong(this.#from, h) : NaN
    if (isPlain && isWhole && close === null && Number.isNaN(rtt) && h.lengthHigh < 0x20_0000) return null
    return {
      received: isWhole ? null : received,
      exactLength: exactLength(h),
      close,
      rtt: Number.isNaN(rtt) ? null : rtt,
      message: isPlain ? null : this.#messageExtra(message),
    }
  }

  #messageExtra({ frames, wireLength, length, inflate, inflated }: Message): MessageExtra {
    const { log } = this.#connection
    const first = this.#messageFirst < 0 ? log.next : this.#messageFirst
    const inflatedAt = inflated === null ? -1 : log.keepInflated(inflated)
    return { frames, wireLength, length, inflate, first, inflatedAt }
  }

  violation(rule: RuleId, offset: number, detail: string): void {
    this.#runs.add(rule, offset, detail)
  }

  /** Octets were missed. */
  forget(): void {
    this.#messageOpcode = 0
    this.#messageFirst = -1
  }

  end(): void {
    this.#runs.end()
  }

  #ordinalAt(offset: number): number {
    if (offset >= this.chopOffset) return this.chopOrdinal
    return (
      this.#connection.log.ring.ordinalAt(streamOf(this.#connection.conn, this.#from), offset) ??
      this.#startOrdinal
    )
  }
}

/** One connection. */
class ConnectionSession implements WireSink {
  readonly log: Log
  readonly conn: number
  readonly decoder: WireDecoder
  readonly sides: Record<Side, SideSession>
  /** The time of the fact that is being taken. */
  time = 0

  readonly #pings: Record<Side, PingBook | null> = { client: null, server: null }

  constructor(log: Log, conn: number, inflate: InflateLimit) {
    this.log = log
    this.conn = conn
    this.decoder = new WireDecoder(this, inflate)
    this.sides = { client: new SideSession(this, 'client'), server: new SideSession(this, 'server') }
  }

  octets(time: number, from: Side, bytes: Uint8Array): void {
    const side = this.sides[from]
    const stream = streamOf(this.conn, from)
    this.time = time
    side.chopOrdinal++
    side.chopOffset = side.offset
    side.firstHeader = -1
    const chop = this.log.ring.keep(stream, side.chopOrdinal, time, side.offset, bytes)
    this.log.addChop(this.conn, time, from, chop)
    side.offset += bytes.length
    this.decoder.push(from, bytes)
  }

  tcp(time: number, from: Side, state: TcpState): void {
    this.time = time
    const side = this.sides[from]
    this.remark(from, { type: 'tcp', state })
    if (side.ended !== null) return
    side.ended = state
    this.decoder.end(from, endOf(state))
    side.end()
    if (this.sides[peerOf(from)].ended !== null) this.decoder.close()
  }

  mark(time: number, from: Side, mark: Mark): void {
    this.time = time
    this.remark(from, mark)
    if (mark.type !== 'gap') return
    const side = this.sides[from]
    // A damaged record may name any offset; a stream never goes back.
    const next = Math.max(side.offset, mark.offset + mark.octets)
    const missing = next - side.offset
    side.offset = next
    side.forget()
    this.decoder.skip(from, missing, next, mark.reason === 'http')
  }

  get over(): boolean {
    return this.sides.client.ended !== null && this.sides.server.ended !== null
  }

  remark(from: Side | null, remark: Parameters<Log['addRemark']>[3]): void {
    this.log.addRemark(this.conn, this.time, from, remark)
  }

  /** Books a ping, or looks up the one that a pong answers: returns the round-trip time in ms, else NaN. */
  pingOrPong(from: Side, h: Readonly<FrameHeader>): number {
    const payload = this.decoder.readerOf(from)?.control
    if (payload === undefined) return NaN
    if (h.opcode === Opcode.ping) (this.#pings[from] ??= new PingBook()).add(payload, this.time)
    if (h.opcode !== Opcode.pong) return NaN
    return this.#pings[peerOf(from)]?.answer(payload, this.time) ?? NaN
  }

  handshake(from: Side, { offset, length, startLine, headers }: Head): void {
    this.remark(from, { type: 'handshake', offset, length, startLine, headers })
  }

  http({ request, response, clientOctets, serverOctets }: Exchange): void {
    const status = response === null ? null : (parseStatusLine(response.startLine)?.status ?? null)
    this.remark(null, {
      type: 'http',
      request: request.startLine,
      status,
      clientOctets,
      serverOctets,
      note: null,
    })
  }

  opaque(from: Side, offset: number, reason: string): void {
    const note = `not decoded from @${offset} on: ${reason}`
    this.remark(from, { type: 'http', request: null, status: null, clientOctets: 0, serverOctets: 0, note })
  }

  violation(from: Side, rule: RuleId, offset: number, detail: string): void {
    this.sides[from].violation(rule, offset, detail)
  }

  frames(from: Side): MessageSink {
    return this.sides[from]
  }
}

function endOf(state: TcpState): StreamEnd {
  return state === 'fin' || state === 'reset' ? state : 'cut'
}

export class Session implements Facts {
  readonly #log: Log
  readonly #inflate: InflateLimit
  readonly #connections = new Map<number, ConnectionSession>()
  readonly #readers = new Set<Reader>()
  readonly #wake: (read: () => void) => void
  readonly #read: () => void
  #woken = false

  constructor(options: SessionOptions = {}) {
    this.#log = new Log(options.log ?? defaultLogLimits, (conn, from) => this.#openFrame(conn, from))
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
    const connection = new ConnectionSession(this.#log, conn, this.#inflate)
    this.#connections.set(conn, connection)
    connection.time = time
    connection.remark('client', { type: 'open', ...info })
    this.#changed()
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.#connections.get(conn)?.octets(time, from, bytes)
    this.#changed()
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    const connection = this.#connections.get(conn)
    connection?.tcp(time, from, state)
    if (connection?.over === true) {
      this.#connections.delete(conn)
      this.#log.endConnection(conn)
    }
    this.#changed()
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    this.#connections.get(conn)?.mark(time, from, mark)
    this.#changed()
  }

  /** The facts are over: connections that are still open stay so in the log. */
  async end(): Promise<void> {
    for (const connection of this.#connections.values()) {
      connection.sides.client.end()
      connection.sides.server.end()
    }
    await Promise.all([...this.#readers].map(reader => reader.end(this.#log)))
  }

  #openFrame(conn: number, from: Side): OpenFrame | null {
    const connection = this.#connections.get(conn)
    const frame: MessageReader['inFlight'] = connection?.decoder.readerOf(from)?.inFlight ?? null
    if (connection === undefined || frame === null || connection.sides[from].ended !== null) return null
    return { ...frame, exactLength: exactLength(frame.header), since: connection.sides[from].since }
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
