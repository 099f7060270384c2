/**
 * The wire log: rows numbered for ever, kept while `first <= row < next`, immutable once they have a number. Frames and
 * chops are columns, the rest small objects; whoever wants rows reads them at its own pace.
 */
import type { FrameHeader } from '../protocol/frame.ts'
import { applyMask } from '../protocol/mask.ts'
import { Opcode } from '../protocol/opcode.ts'
import { ruleOf } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { Entry, Frame, MessageSummary, Remark, Stamp, Tally } from './entry.ts'
import { ConnectionBook, type ConnectionRows } from './connection-book.ts'
import { FrameTable, type FrameExtra, type MessageExtra } from './frame-table.ts'
import { OctetRing, Slab } from './octet-ring.ts'
import type { Chop, Span } from './span.ts'

/** A payload, or its beginning: a copy. `octets` is null when the ring has moved on. */
export interface Payload {
  octets: Uint8Array | null
  /** Octets of the whole payload. */
  length: number
}

/** A frame in flight: it has no row yet. */
export interface OpenFrame {
  header: Readonly<FrameHeader>
  /** The exact decimal of a length beyond 2^53 - 1. */
  exactLength: string | null
  received: number
  /** When its header was complete. */
  since: number
}

/** What is in flight, as the decoders know it. */
export type InFlight = Pick<WireLog, 'open' | 'openHeader'>

export interface WireLog {
  /** The oldest row kept. */
  readonly first: number
  /** The number that the next row gets. */
  readonly next: number
  readonly frames: FrameTable
  /** Violations so far by severity, whether their rows are still kept or not. */
  readonly tally: Readonly<Tally>
  /** What kind of row this is. */
  kind(row: number): RowKind
  /** The type of its entry, without making one; null when it is not kept. */
  type(row: number): Entry['type'] | null
  /** What every row has, of a kept one and without an object: its connection, the side that sent, its time. */
  conn(row: number): number
  from(row: number): Side | null
  time(row: number): number
  /** Octets of the chop at `row`. */
  chopLength(row: number): number
  /** What the frame at `row` has beside its columns: null for most. */
  extra(row: number): FrameExtra | null
  /**
   * Where the run of plain frames that begins at `row` ends, at most `stop`: kept rows of frames that one side of a connection
   * sent and one fact completed, without an `extra`. `row` itself where none begins. Frames of a read are such runs, which saves
   * those who count them most of the work.
   */
  plainFrames(row: number, stop: number): number
  /** The same for plain frames of any connection and read, which is found faster. */
  anyPlainFrames(row: number, stop: number): number
  /** What rows told of a connection as a whole; null where none did, or all of its rows are gone. */
  connection(conn: number): ConnectionRows | null
  /** A fresh object: for those who show it. */
  entry(row: number): Entry
  /** The octets of a span as on the wire; null when the ring has moved on. */
  octets(span: Span): Uint8Array | null
  /** The payload of the frame at `row`, unmasked: at most its first `limit` octets. */
  payload(row: number, limit: number): Payload
  /**
   * Writes the frame at `row` to `target`, as much as fits: its header as on the wire, then its payload unmasked. Returns
   * how many octets that are; -1 where the row is no frame or the ring has moved on. For those who look at many rows.
   */
  copyFrame(row: number, target: Uint8Array): number
  /** The message whose last frame stands at `row`, inflated: at most its first `limit` octets. */
  message(row: number, limit: number): Payload
  /** The reads that carried a span, oldest first. */
  chops(span: Span): readonly Chop[]
  /** The frame in flight of a side, or null. */
  open(conn: number, from: Side): OpenFrame | null
  /** The octets so far of a frame header that is not complete, or null. */
  openHeader(conn: number, from: Side): Span | null
}

/** A reader keeps its own position, in rows. It never blocks anyone. */
export interface Reader {
  /** Reads on. Returns true when it stopped early and wants to be called again soon. */
  advance(log: WireLog): boolean
  /** Nothing follows: reads what is left. Resolves when it is put away. */
  end(log: WireLog): Promise<void>
}

const kinds = ['none', 'frame', 'octets', 'remark'] as const

/** What a row is: a frame, a chop, anything else; `none` when it is not kept. */
export type RowKind = (typeof kinds)[number]

const frameKind = kinds.indexOf('frame')
const octetsKind = kinds.indexOf('octets')
const remarkKind = kinds.indexOf('remark')

/** Bits of a row's meta octet above its kind. */
const kindMask = 3
const clientBit = 4
const serverBit = 8
const objectBit = 16

/** How much is kept. */
export interface LogLimits {
  /** Octets of all stores together. */
  memory: number
  /** Rows; a power of two. */
  rows: number
}

export const defaultLogLimits: LogLimits = { memory: 64 * 1024 * 1024, rows: 131_072 }

/** Octets kept of each inflated message, as far as a quarter of the memory holds them. */
export const inflatedLimit = 1 << 20

/** The number of a side's stream, for the octet ring. */
export function streamOf(conn: number, from: Side): number {
  return conn * 2 + (from === 'client' ? 0 : 1)
}

/** The `WireLog` with the methods that add to it; only the session holds it as this. */
export class Log implements WireLog {
  readonly frames: FrameTable
  readonly tally: Tally = { error: 0, warning: 0, notice: 0, info: 0 }
  readonly ring: OctetRing
  first = 0
  next = 0

  /** Made when the first message was inflated: so much memory at once has V8 collect its heap. */
  #inflated: Slab | null = null
  readonly #forInflated: number
  readonly #inflatedLimit: number
  readonly #connections = new ConnectionBook()
  /** What a row is: its kind, its side, whether there is an object. */
  readonly #meta: Uint8Array
  readonly #conn: Uint32Array
  readonly #time: Float64Array
  /** Remarks, and on frame rows what columns have no place for. */
  readonly #objects: (Remark | FrameExtra | null)[]
  readonly #inFlight: InFlight

  constructor(limits: LogLimits, inFlight: InFlight) {
    const { rows, memory } = limits
    this.#forInflated = Math.floor(memory / 4)
    this.#inflatedLimit = Math.min(inflatedLimit, this.#forInflated)
    this.frames = new FrameTable(rows)
    this.ring = new OctetRing(memory - this.#forInflated, rows)
    this.#meta = new Uint8Array(rows)
    this.#conn = new Uint32Array(rows)
    this.#time = new Float64Array(rows)
    this.#objects = new Array<Remark | FrameExtra | null>(rows).fill(null)
    this.#inFlight = inFlight
  }

  addChop(conn: number, time: number, from: Side, chop: number): void {
    const row = this.#add(octetsKind, conn, time, from)
    this.frames.offset[row & this.frames.mask] = chop
  }

  addRemark(conn: number, time: number, from: Side | null, remark: Remark): void {
    const row = this.#add(remarkKind, conn, time, from)
    this.#keepObject(row, remark)
    if (remark.type === 'violation') this.tally[ruleOf(remark.rule).severity] += remark.count
    this.#connections.add(conn, row, time, from, remark)
  }

  /** Rows of a connection follow. */
  beginConnection(conn: number, sent: ConnectionRows['sent']): void {
    this.#connections.begin(conn, sent)
  }

  /** A connection is over: no row of it follows. */
  endConnection(conn: number): void {
    this.#connections.end(conn, this.next - 1, this.first)
  }

  /** Adds a frame; returns its row. `extra` is what columns have no place for, null for most. */
  addFrame(
    conn: number,
    time: number,
    from: Side,
    h: Readonly<FrameHeader>,
    chops: number,
    messageOpcode: number,
    isText: boolean,
    endsMessage: boolean,
    extra: FrameExtra | null,
  ): number {
    const row = this.#add(frameKind, conn, time, from)
    this.frames.set(row, h, chops, messageOpcode, isText, endsMessage)
    if (extra !== null) this.#keepObject(row, extra)
    return row
  }

  /** Keeps the beginning of an inflated message; returns where. */
  keepInflated(octets: Uint8Array): number {
    this.#inflated ??= new Slab(this.#forInflated)
    return this.#inflated.put(octets.subarray(0, this.#inflatedLimit))
  }

  kind(row: number): RowKind {
    return this.#has(row) ? (kinds[(this.#meta[row & this.frames.mask] ?? 0) & kindMask] ?? 'none') : 'none'
  }

  type(row: number): Entry['type'] | null {
    const kind = this.kind(row)
    if (kind === 'none') return null
    return kind === 'remark' ? (this.#remark(row)?.type ?? null) : kind
  }

  conn(row: number): number {
    return this.#conn[row & this.frames.mask]!
  }

  from(row: number): Side | null {
    return sideOf(this.#meta[row & this.frames.mask]!)
  }

  chopLength(row: number): number {
    return this.ring.lengthOf(this.frames.offset[row & this.frames.mask]!)
  }

  extra(row: number): FrameExtra | null {
    const object = this.#objects[row & this.frames.mask] ?? null
    return object !== null && !('type' in object) ? object : null
  }

  time(row: number): number {
    return this.#time[row & this.frames.mask]!
  }

  plainFrames(row: number, stop: number): number {
    const { mask } = this.frames
    const [metas, conns, times] = [this.#meta, this.#conn, this.#time]
    const last = Math.min(stop, this.next)
    const meta = metas[row & mask]!
    if (row < this.first || row >= last || (meta & (kindMask | objectBit)) !== frameKind) return row
    const conn = conns[row & mask]!
    const time = times[row & mask]!
    let end = row + 1
    while (
      end < last &&
      metas[end & mask] === meta &&
      conns[end & mask] === conn &&
      times[end & mask] === time
    )
      end++
    return end
  }

  anyPlainFrames(row: number, stop: number): number {
    const { mask } = this.frames
    const metas = this.#meta
    const last = Math.min(stop, this.next)
    if (row < this.first) return row
    let end = row
    while (end < last && (metas[end & mask]! & (kindMask | objectBit)) === frameKind) end++
    return end
  }

  connection(conn: number): ConnectionRows | null {
    return this.#connections.get(conn)
  }

  entry(row: number): Entry {
    const at = row & this.frames.mask
    const kind = this.kind(row)
    if (kind === 'frame') return this.#frame(row)
    const stamp = this.#stamp(row)
    if (kind === 'octets') {
      const { offset, length } = this.ring.chop(this.frames.offset[at] ?? -1) ?? { offset: 0, length: 0 }
      return { ...stamp, type: 'octets', offset, length }
    }
    const remark = this.#remark(row)
    if (kind === 'none' || remark === null) {
      throw new RangeError(`row ${row} is not kept: rows ${this.first} to ${this.next - 1} are`)
    }
    if (remark.type !== 'handshake') return { ...stamp, ...remark }
    const { type, offset, length, startLine, headers } = remark
    return { ...stamp, type, offset, length, startLine, headers }
  }

  octets(span: Span): Uint8Array | null {
    return this.ring.read(streamOf(span.conn, span.from), span.offset, span.length)
  }

  payload(row: number, limit: number): Payload {
    const { frames } = this
    const at = row & frames.mask
    if (this.kind(row) !== 'frame') return { octets: null, length: 0 }
    const length = this.extra(row)?.received ?? frames.payloadLength[at] ?? 0
    const start = (frames.offset[at] ?? 0) + frames.headerLength(row)
    const octets = this.ring.read(this.#streamAt(at), start, Math.min(length, limit))
    if (octets !== null && frames.masked(row)) applyMask(octets, 0, octets.length, frames.key[at] ?? 0, 0)
    return { octets, length }
  }

  copyFrame(row: number, target: Uint8Array): number {
    const { frames } = this
    const at = row & frames.mask
    if (this.kind(row) !== 'frame') return -1
    const header = frames.headerLength(row)
    const received = this.extra(row)?.received ?? frames.payloadLength[at]!
    const length = Math.min(header + received, target.length)
    if (!this.ring.copy(this.#streamAt(at), frames.offset[at]!, length, target)) return -1
    if (frames.masked(row)) applyMask(target, header, length, frames.key[at]!, 0)
    return length
  }

  message(row: number, limit: number): Payload {
    if (this.kind(row) !== 'frame' || !this.frames.endsMessage(row)) return { octets: null, length: 0 }
    const message = this.extra(row)?.message ?? null
    if (message === null) return this.payload(row, limit)
    const { first, inflate, inflatedAt, length } = message
    if (inflate === null) return { octets: this.#gather(first, row, Math.min(length, limit)), length }
    const kept = Math.min(length, limit, this.#inflatedLimit)
    const octets = this.#inflated?.keeps(inflatedAt) ? this.#inflated.view(inflatedAt, kept).slice() : null
    return { octets, length }
  }

  chops(span: Span): readonly Chop[] {
    return this.ring.chops(streamOf(span.conn, span.from), span.offset, span.length)
  }

  open(conn: number, from: Side): OpenFrame | null {
    return this.#inFlight.open(conn, from)
  }

  openHeader(conn: number, from: Side): Span | null {
    return this.#inFlight.openHeader(conn, from)
  }

  #add(kind: number, conn: number, time: number, from: Side | null): number {
    const row = this.next++
    const at = row & this.frames.mask
    if (row - this.first === this.frames.capacity) this.first++
    if ((this.#meta[at] ?? 0) >= objectBit) this.#objects[at] = null
    this.#meta[at] = kind | (from === null ? 0 : from === 'client' ? clientBit : serverBit)
    this.#conn[at] = conn
    this.#time[at] = time
    return row
  }

  #keepObject(row: number, object: Remark | FrameExtra): void {
    const at = row & this.frames.mask
    this.#objects[at] = object
    this.#meta[at]! |= objectBit
  }

  #has(row: number): boolean {
    return row >= this.first && row < this.next
  }

  #streamAt(at: number): number {
    return streamOf(this.#conn[at] ?? 0, ((this.#meta[at] ?? 0) & clientBit) !== 0 ? 'client' : 'server')
  }

  #remark(row: number): Remark | null {
    const object = this.#objects[row & this.frames.mask] ?? null
    return object !== null && 'type' in object ? object : null
  }

  #stamp(row: number): Stamp {
    const at = row & this.frames.mask
    return {
      seq: row,
      time: this.#time[at] ?? 0,
      conn: this.#conn[at] ?? 0,
      from: sideOf(this.#meta[at] ?? 0),
    }
  }

  /** One literal, nothing spread into it: that would make a dictionary of it, which costs ten times as much. */
  #frame(row: number): Stamp & Frame {
    const { frames } = this
    const at = row & frames.mask
    const extra = this.extra(row)
    const payloadLength = frames.payloadLength[at] ?? 0
    const { seq, time, conn, from } = this.#stamp(row)
    return {
      seq,
      time,
      conn,
      from,
      type: 'frame',
      offset: frames.offset[at] ?? 0,
      headerLength: frames.headerLength(row),
      payloadLength,
      exactLength: extra?.exactLength ?? null,
      received: extra?.received ?? payloadLength,
      lengthBits: frames.lengthBits(row),
      fin: frames.fin(row),
      rsv: frames.rsv(row),
      opcode: frames.opcode(row),
      maskingKey: frames.masked(row) ? (frames.key[at] ?? 0) : null,
      chops: frames.chops[at] ?? 0,
      rtt: extra?.rtt ?? null,
      message: frames.endsMessage(row) ? this.#summary(row, payloadLength, extra?.message ?? null) : null,
      close: extra?.close ?? null,
    }
  }

  #summary(row: number, payloadLength: number, message: MessageExtra | null): MessageSummary {
    const inflate = message?.inflate ?? null
    const length = message?.length ?? payloadLength
    return {
      kind: this.frames.messageOpcode(row) === Opcode.text ? 'text' : 'binary',
      frames: message?.frames ?? 1,
      wireLength: message?.wireLength ?? payloadLength,
      length: inflate === null || inflate === 'ok' ? length : null,
      compressed: inflate !== null,
      inflate,
      contextUsed: message?.contextUsed ?? null,
    }
  }

  /** The first `length` octets of the message whose frames stand at `first` to `last`. */
  #gather(first: number, last: number, length: number): Uint8Array | null {
    if (first < this.first) return null
    const octets = new Uint8Array(length)
    const stream = this.#streamAt(last & this.frames.mask)
    let filled = 0
    for (let row = first; row <= last && filled < length; row++) {
      const at = row & this.frames.mask
      // Messages of one side do not overlap: its data frames in between are this one's.
      const belongs = this.kind(row) === 'frame' && this.#streamAt(at) === stream
      if (!belongs || this.frames.messageOpcode(row) === 0) continue
      const piece = this.payload(row, length - filled).octets
      if (piece === null) return null
      octets.set(piece, filled)
      filled += piece.length
    }
    return octets
  }
}

function sideOf(meta: number): Side | null {
  return (meta & clientBit) !== 0 ? 'client' : (meta & serverBit) !== 0 ? 'server' : null
}
