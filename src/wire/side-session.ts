/** One side of a connection: where its stream stands, and the rows that its frames and violations become. */
import { exactLength, lengthText, type FrameHeader } from '../protocol/frame.ts'
import { lineFeed } from '../protocol/http-head.ts'
import type { Close, Message, MessageReader, MessageSink } from '../protocol/message.ts'
import { Opcode, isControl, opcodeName } from '../protocol/opcode.ts'
import type { RuleId } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import type { Sent } from './connection-book.ts'
import { Faults } from './connection-record.ts'
import type { Violation } from './entry.ts'
import type { Closing } from './closing.ts'
import type { TcpState } from './facts.ts'
import type { FrameExtra, MessageExtra } from './frame-table.ts'
import type { Liveness } from './liveness.ts'
import { streamOf, type Log } from './log.ts'
import type { Pair } from './pair.ts'
import type { Reactions } from './reactions.ts'
import { ViolationRuns, type Finding } from './violation-runs.ts'

/** What a side asks of its connection. */
export interface SideContext {
  readonly log: Log
  readonly conn: number
  /** The time of the fact that is being taken. */
  readonly time: number
  readonly liveness: Liveness
  readonly closing: Closing
  readonly reactions: Reactions
  /** The reader of a side, null before the upgrade. */
  readerOf(from: Side): MessageReader | null
  at: Pair['at']
}

/** Octets of evidence. */
export const evidenceLimit = 32

const noOctets = new Uint8Array(0)

/** Where a violation lies, and what shows it. */
type Place = Pick<Violation, 'subject' | 'subjectOffset' | 'messageOffset' | 'evidence' | 'evidenceOffset'>

/** Of what is missing there is nothing to show. */
const nowhere: Place = {
  subject: null,
  subjectOffset: null,
  messageOffset: null,
  evidence: noOctets,
  evidenceOffset: null,
}

export class SideSession implements MessageSink {
  /** Octets that came. */
  offset = 0
  /** The chop that is being decoded: its number in the stream, and where it begins. */
  chopOrdinal = -1
  chopOffset = 0
  /** The first frame header that begins in that chop, -1 without one. */
  firstHeader = -1
  ended: TcpState | null = null
  /** Not all of its octets were seen, or not all could be decoded. */
  isUnknown = false
  /** What it left unfinished at its end, in words; null when nothing. */
  unfinished: string | null = null
  /** When the header of the frame in flight was complete. */
  since = 0
  /** Frames that were judged. */
  controlFrames = 0
  dataFrames = 0
  readonly faults = new Faults()
  readonly sent: Sent = { octets: 0, messages: 0, faults: this.faults.tally }

  readonly #connection: SideContext
  readonly #from: Side
  readonly #runs: ViolationRuns
  /** Where the last head began. */
  #headOffset = 0
  #startOrdinal = 0
  #messageOpcode = 0
  /** Not compressed, nor changed by an extension that is not known. */
  #messageIsPlain = true
  #messageFirst = -1

  constructor(connection: SideContext, from: Side) {
    this.#connection = connection
    this.#from = from
    this.#runs = new ViolationRuns(
      (finding, count) => {
        this.#tell(finding, count)
      },
      (due, judge) => {
        connection.at(due, judge)
      },
    )
  }

  /** A head began at `offset`: what it breaks is no run with the head before. */
  head(offset: number): void {
    this.#headOffset = offset
    this.#runs.end()
  }

  header(h: Readonly<FrameHeader>): void {
    const { time, liveness } = this.#connection
    if (this.firstHeader < 0 && h.offset >= this.chopOffset) this.firstHeader = h.offset
    this.#startOrdinal = this.#ordinalAt(h.offset)
    this.since = time
    if (isControl(h.opcode)) return
    liveness.progressed(this.#from, time)
    if (h.opcode === Opcode.text || h.opcode === Opcode.binary) {
      this.#messageOpcode = h.opcode
      this.#messageIsPlain = h.rsv === 0
      this.#messageFirst = -1
    }
  }

  payload(): void {
    // The octets are in the ring already, once per chop.
    this.#connection.liveness.goesOn(this.#from, this.#connection.time)
  }

  whole(h: Readonly<FrameHeader>, _bytes: Uint8Array, start: number, end: number): void {
    const { log, conn, time } = this.#connection
    let chops = 1
    if (h.offset < this.chopOffset) {
      const last = h.offset + h.headerLength + end - start - 1
      chops = this.#ordinalAt(last) - this.#ordinalAt(h.offset) + 1
    } else if (this.firstHeader < 0) this.firstHeader = h.offset
    log.addFrame(conn, time, this.#from, h, chops, h.opcode, h.opcode === Opcode.text, true, null)
    this.dataFrames++
    this.sent.messages++
    this.#runs.endFrame()
  }

  frame(h: Readonly<FrameHeader>, received: number, message: Message | null, close: Close | null): void {
    const { log, conn, time, closing } = this.#connection
    const chops = this.#ordinalAt(h.offset + h.headerLength + received - 1) - this.#startOrdinal + 1
    if (close !== null) closing.closed(this.#from, close, time, this.decoded)
    const extra = this.#extraOf(h, received, message, close)
    if (isControl(h.opcode)) {
      this.controlFrames++
      log.addFrame(conn, time, this.#from, h, chops, 0, h.rsv === 0, false, extra)
    } else {
      this.dataFrames++
      const belongs = h.opcode <= Opcode.binary ? this.#messageOpcode : 0
      const isText = belongs === Opcode.text && this.#messageIsPlain && h.rsv === 0
      const row = log.addFrame(conn, time, this.#from, h, chops, belongs, isText, message !== null, extra)
      if (message !== null) this.sent.messages++
      if (belongs !== 0 && this.#messageFirst < 0) this.#messageFirst = row
      if (h.fin && belongs !== 0) this.#messageOpcode = 0
    }
    this.#runs.endFrame()
  }

  violation(rule: RuleId, offset: number, detail: string): void {
    // What its peer has refused need not be finished.
    if (rule === 'frame.truncated' && this.#connection.closing.isRefused(this.#from)) return
    const { reactions, time } = this.#connection
    reactions.offended(this.#from, rule, offset, time)
    this.#runs.add(rule, time, () => ({ rule, offset, detail, ...this.#placeOf(offset) }))
  }

  /** A violation that no octet shows: of what did not come, or came too late. It lies where the stream stands. */
  missing(rule: RuleId, detail: string, offset = this.decoded): void {
    this.#connection.reactions.offended(this.#from, rule, offset, this.#connection.time)
    this.#tell({ rule, offset, detail, ...nowhere }, 1)
  }

  /** Octets were missed. */
  forget(): void {
    this.#messageOpcode = 0
    this.#messageFirst = -1
  }

  end(): void {
    this.#runs.end()
  }

  /** Where its stream stands, as far as it is decoded: a read may hold more, and may as well have held less. */
  get decoded(): number {
    return this.#reader?.offset ?? this.offset
  }

  get frames(): number {
    return this.controlFrames + this.dataFrames
  }

  /** The last data frame in words, null without one. */
  get lastData(): string | null {
    const h = this.#reader?.frameHeader
    if (h === undefined || h.headerLength === 0) return null
    if (!isControl(h.opcode))
      return `${opcodeName(h.opcode)} frame of ${counted(lengthText(h), 'octet')} @${h.offset}`
    return this.dataFrames === 0 ? null : `${this.dataFrames} data frames`
  }

  get #reader(): MessageReader | null {
    return this.#connection.readerOf(this.#from)
  }

  #tell(finding: Finding, count: number): void {
    const { log, conn, time } = this.#connection
    this.faults.add(finding.rule, finding.offset, time, count)
    log.addRemark(conn, time, this.#from, { type: 'violation', ...finding, count })
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
    const rtt = isWhole && h.opcode >= Opcode.ping ? this.#pingOrPong(h) : NaN
    if (isPlain && isWhole && close === null && Number.isNaN(rtt) && h.lengthHigh < 0x20_0000) return null
    return {
      received: isWhole ? null : received,
      exactLength: exactLength(h),
      close,
      rtt: Number.isNaN(rtt) ? null : rtt,
      message: isPlain ? null : this.#messageExtra(message),
    }
  }

  /** The round-trip time, in ms, on a pong that answers a ping; else NaN. */
  #pingOrPong(h: Readonly<FrameHeader>): number {
    const { liveness, time } = this.#connection
    const payload = this.#reader?.control ?? noOctets
    if (h.opcode === Opcode.ping) liveness.ping(this.#from, payload, time)
    return h.opcode === Opcode.pong ? liveness.pong(this.#from, payload, time) : NaN
  }

  #messageExtra({ frames, wireLength, length, inflate, contextUsed, inflated }: Message): MessageExtra {
    const { log } = this.#connection
    const first = this.#messageFirst < 0 ? log.next : this.#messageFirst
    const inflatedAt = inflated === null ? -1 : log.keepInflated(inflated)
    return { frames, wireLength, length, inflate, contextUsed, first, inflatedAt }
  }

  /** What the octet at `offset` belongs to, and up to 32 octets that show it, all of which have come. */
  #placeOf(offset: number): Place {
    const reader = this.#reader
    if (reader === null) return this.#placeInHead(offset)
    const h = reader.frameHeader
    // Octets of the same read that are not decoded yet are no evidence: they may as well come later.
    const decoded = reader.offset
    if (offset >= decoded)
      return reader.inFlight ? this.#place('frame', h.offset, h.offset, h.offset + h.headerLength) : nowhere
    if (h.headerLength === 0) return this.#placeInHead(offset)
    if (offset < h.offset)
      return this.#place('message', offset, offset, Math.min(decoded, offset + evidenceLimit))
    const payloadAt = h.offset + h.headerLength
    if (offset < payloadAt) return this.#place('frame', h.offset, h.offset, payloadAt)
    const from = Math.max(payloadAt, offset + 1 - evidenceLimit)
    // A close code is two octets, and the first of them is where it stands.
    const codeEnd = h.opcode === Opcode.close ? Math.min(payloadAt + 2, decoded) : 0
    const place = this.#place('frame', h.offset, from, Math.max(offset + 1, codeEnd))
    return { ...place, messageOffset: reader.messagePosition(offset) }
  }

  #placeInHead(offset: number): Place {
    return this.#place('head', this.#headOffset, offset, this.#lineEnd(offset))
  }

  #place(subject: 'head' | 'frame' | 'message', subjectOffset: number, from: number, to: number): Place {
    const { log, conn } = this.#connection
    const length = Math.min(evidenceLimit, to - from)
    const evidence = length > 0 ? log.octets({ conn, from: this.#from, offset: from, length }) : null
    return {
      subject,
      subjectOffset,
      messageOffset: null,
      evidence: evidence ?? noOctets,
      evidenceOffset: evidence === null ? null : from,
    }
  }

  /** Where the line of a head that begins at `offset` ends, with its line ending; at most 32 octets on. */
  #lineEnd(offset: number): number {
    const { log, conn } = this.#connection
    const length = Math.min(evidenceLimit, this.offset - offset)
    const octets = length > 0 ? log.octets({ conn, from: this.#from, offset, length }) : null
    const end = octets?.indexOf(lineFeed) ?? -1
    return offset + (end < 0 ? length : end + 1)
  }

  #ordinalAt(offset: number): number {
    if (offset >= this.chopOffset) return this.chopOrdinal
    return (
      this.#connection.log.ring.ordinalAt(streamOf(this.#connection.conn, this.#from), offset) ??
      this.#startOrdinal
    )
  }
}
