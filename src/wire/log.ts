/**
 * The wire log: rows numbered for ever, kept while `first <= row < next`, immutable once they have a number. Frames and
 * chops are columns, the rest small objects; whoever wants rows reads them at its own pace.
 */
import { exactLength, type FrameHeader } from '../protocol/frame.ts'
import { applyMask } from '../protocol/mask.ts'
import type { Close, Message } from '../protocol/message.ts'
import { Opcode, isControl } from '../protocol/opcode.ts'
import type { Side } from '../protocol/side.ts'
import type { Entry, Frame, MessageSummary, Remark } from './entry.ts'
import { FrameTable } from './frame-table.ts'
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

export interface WireLog {
  /** The oldest row kept. */
  readonly first: number
  /** The number that the next row gets. */
  readonly next: number
  readonly frames: FrameTable
  /** What kind of row this is. */
  kind(row: number): RowKind
  /** A fresh object: for those who show it. */
  entry(row: number): Entry
  /** The octets of a span as on the wire; null when the ring has moved on. */
  octets(span: Span): Uint8Array | null
  /** The payload of the frame at `row`, unmasked: at most its first `limit` octets. */
  payload(row: number, limit: number): Payload
  /** True where the payload of the frame at `row` is text as it stands: control frames, and text that is not compressed. */
  isText(row: number): boolean
  /** The message whose last frame stands at `row`, inflated: at most its first `limit` octets. */
  message(row: number, limit: number): Payload
  /** The reads that carried a span, oldest first. */
  chops(span: Span): readonly Chop[]
  /** The frame in flight of a side, or null. */
  open(conn: number, from: Side): OpenFrame | null
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

/** How much is kept. */
export interface LogLimits {
  /** Octets of all stores together. */
  memory: number
  /** Rows; a power of two. */
  rows: number
}

export const defaultLogLimits: LogLimits = { memory: 64 * 1024 * 1024, rows: 131_072 }

/** Octets kept of each inflated message. */
const inflatedLimit = 4096

/** The number of a side's stream, for the octet ring. */
export function streamOf(conn: number, from: Side): number {
  return conn * 2 + (from === 'client' ? 0 : 1)
}

/** The `WireLog` with the methods that add to it; only the session holds it as this. */
export class Log implements WireLog {
  readonly frames: FrameTable
  readonly ring: OctetRing
  first = 0
  next = 0

  readonly #inflated: Slab
  readonly #kind: Uint8Array
  readonly #conn: Float64Array
  readonly #from: Uint8Array
  readonly #time: Float64Array
  /** Remarks, and on frame rows what columns have no place for. */
  readonly #objects: (Remark | FrameExtra | null)[]
  readonly #openFrame: (conn: number, from: Side) => OpenFrame | null

  constructor(limits: LogLimits, openFrame: (conn: number, from: Side) => OpenFrame | null) {
    const { rows, memory } = limits
    const forInflated = Math.floor(memory / 4)
    this.frames = new FrameTable(rows)
    this.ring = new OctetRing(memory - forInflated, rows)
    this.#inflated = new Slab(forInflated)
    this.#kind = new Uint8Array(rows)
    this.#conn = new Float64Array(rows)
    this.#from = new Uint8Array(rows)
    this.#time = new Float64Array(rows)
    this.#objects = new Array<Remark | FrameExtra | null>(rows).fill(null)
    this.#openFrame = openFrame
  }

  addChop(conn: number, time: number, from: Side, chop: number): void {
    const row = this.#add(octetsKind, conn, time, from)
    this.frames.offset[row & this.frames.mask] = chop
  }

  addRemark(conn: number, time: number, from: Side | null, remark: Remark): void {
    const row = this.#add(remarkKind, conn, time, from)
    this.#objects[row & this.frames.mask] = remark
  }

  /**
   * Adds a frame. `messageFirst` is the row of its message's first frame, -1 when this is it. Returns the row.
   */
  addFrame(
    conn: number,
    time: number,
    from: Side,
    h: Readonly<FrameHeader>,
    received: number,
    chops: number,
    rtt: number,
    messageOpcode: number,
    messageFirst: number,
    message: Message | null,
    close: Close | null,
  ): number {
    const row = this.#add(frameKind, conn, time, from)
    const inflated = message?.inflated ?? null
    const inflatedAt = inflated === null ? -1 : this.#inflated.put(inflated.subarray(0, inflatedLimit))
    const first = messageFirst < 0 ? row : messageFirst
    this.frames.set(row, h, received, chops, rtt, messageOpcode, first, message, inflatedAt)
    const exact = h.lengthHigh < 0x20_0000 ? null : exactLength(h)
    if (close !== null || exact !== null)
      this.#objects[row & this.frames.mask] = { close, exactLength: exact }
    return row
  }

  kind(row: number): RowKind {
    return this.#has(row) ? (kinds[this.#kind[row & this.frames.mask] ?? 0] ?? 'none') : 'none'
  }

  entry(row: number): Entry {
    const at = row & this.frames.mask
    const kind = this.kind(row)
    const stamp = {
      seq: row,
      time: this.#time[at] ?? 0,
      conn: this.#conn[at] ?? 0,
      from: sideOf(this.#from[at] ?? 0),
    }
    if (kind === 'frame') return { ...stamp, ...this.#frame(row) }
    if (kind === 'octets') {
      const { offset, length } = this.ring.chop(this.frames.offset[at] ?? -1) ?? { offset: 0, length: 0 }
      return { ...stamp, type: 'octets', offset, length }
    }
    const remark = this.#objects[at]
    if (kind === 'none' || remark === null || remark === undefined || !('type' in remark)) {
      throw new RangeError(`row ${row} is not kept: rows ${this.first} to ${this.next - 1} are`)
    }
    return { ...stamp, ...remark }
  }

  octets(span: Span): Uint8Array | null {
    return this.ring.read(streamOf(span.conn, span.from), span.offset, span.length)
  }

  payload(row: number, limit: number): Payload {
    const at = row & this.frames.mask
    if (this.kind(row) !== 'frame') return { octets: null, length: 0 }
    const length = this.frames.received[at] ?? 0
    const octets = this.ring.read(
      this.#streamAt(at),
      (this.frames.offset[at] ?? 0) + (this.frames.headerLength[at] ?? 0),
      Math.min(length, limit),
    )
    if (octets !== null && this.frames.masked(row))
      applyMask(octets, 0, octets.length, this.frames.key[at] ?? 0, 0)
    return { octets, length }
  }

  isText(row: number): boolean {
    const { frames } = this
    if (frames.rsv(row) !== 0) return false
    if (frames.messageOpcode(row) !== Opcode.text) return isControl(frames.opcode(row))
    // RSV1 on its first frame says that a message is compressed (RFC 7692 §6).
    const first = frames.messageFirst[row & frames.mask] ?? row
    return first >= this.first && frames.rsv(first) === 0
  }

  message(row: number, limit: number): Payload {
    if (this.kind(row) !== 'frame' || !this.frames.endsMessage(row)) return { octets: null, length: 0 }
    const at = row & this.frames.mask
    const length = this.frames.messageLength[at] ?? 0
    const address = this.frames.inflatedAt[at] ?? -1
    if (this.frames.inflate(row) === null)
      return { octets: this.#gather(row, Math.min(length, limit)), length }
    const kept = Math.min(length, limit, inflatedLimit)
    return {
      octets: this.#inflated.keeps(address) ? this.#inflated.view(address, kept).slice() : null,
      length,
    }
  }

  chops(span: Span): readonly Chop[] {
    return this.ring.chops(streamOf(span.conn, span.from), span.offset, span.length)
  }

  open(conn: number, from: Side): OpenFrame | null {
    return this.#openFrame(conn, from)
  }

  #add(kind: number, conn: number, time: number, from: Side | null): number {
    const row = this.next++
    const at = row & this.frames.mask
    if (row - this.first === this.frames.capacity) this.first++
    this.#kind[at] = kind
    this.#conn[at] = conn
    this.#time[at] = time
    this.#from[at] = from === null ? 0 : from === 'client' ? 1 : 2
    if (this.#objects[at] !== null) this.#objects[at] = null
    return row
  }

  #has(row: number): boolean {
    return row >= this.first && row < this.next
  }

  #streamAt(at: number): number {
    return streamOf(this.#conn[at] ?? 0, this.#from[at] === 1 ? 'client' : 'server')
  }

  #frame(row: number): Frame {
    const { frames } = this
    const at = row & frames.mask
    const object = this.#objects[at] ?? null
    const extra = object !== null && !('type' in object) ? object : null
    const rtt = frames.rtt[at] ?? NaN
    return {
      type: 'frame',
      offset: frames.offset[at] ?? 0,
      headerLength: frames.headerLength[at] ?? 0,
      payloadLength: frames.payloadLength[at] ?? 0,
      exactLength: extra?.exactLength ?? null,
      received: frames.received[at] ?? 0,
      lengthBits: frames.lengthBits(row),
      fin: frames.fin(row),
      rsv: frames.rsv(row),
      opcode: frames.opcode(row),
      maskingKey: frames.masked(row) ? (frames.key[at] ?? 0) : null,
      chops: frames.chops[at] ?? 0,
      rtt: Number.isNaN(rtt) ? null : rtt,
      message: frames.endsMessage(row) ? this.#summary(row) : null,
      close: extra?.close ?? null,
    }
  }

  #summary(row: number): MessageSummary {
    const { frames } = this
    const at = row & frames.mask
    const inflate = frames.inflate(row)
    return {
      kind: frames.messageOpcode(row) === Opcode.text ? 'text' : 'binary',
      frames: frames.messageFrames[at] ?? 0,
      wireLength: frames.messageWireLength[at] ?? 0,
      length: inflate === null || inflate === 'ok' ? (frames.messageLength[at] ?? 0) : null,
      compressed: inflate !== null,
      inflate,
    }
  }

  /** The first `length` octets of a message out of its frames. */
  #gather(last: number, length: number): Uint8Array | null {
    const first = this.frames.messageFirst[last & this.frames.mask] ?? last
    if (first < this.first) return null
    const octets = new Uint8Array(length)
    let filled = 0
    for (let row = first; row <= last && filled < length; row++) {
      const at = row & this.frames.mask
      if (this.#kind[at] !== frameKind || this.frames.messageFirst[at] !== first) continue
      const piece = this.payload(row, length - filled).octets
      if (piece === null) return null
      octets.set(piece, filled)
      filled += piece.length
    }
    return octets
  }
}

/** What columns have no place for. */
interface FrameExtra {
  close: Close | null
  exactLength: string | null
}

function sideOf(code: number): Side | null {
  return code === 0 ? null : code === 1 ? 'client' : 'server'
}
