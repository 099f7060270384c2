/**
 * Frames as columns: a read may carry 1,700 of them, and an object each is what kills. A row lies at `row & mask` in every
 * column. What only few frames have is no column: the log keeps it as a `FrameExtra`.
 */
import type { FrameHeader } from '../protocol/frame.ts'
import type { Close, InflateStatus } from '../protocol/message.ts'

/** What a frame has beside its columns; most have nothing. */
export interface FrameExtra {
  /** Payload octets that came, where the stream ended inside the frame. */
  received: number | null
  /** The decimal of a length that a double cannot hold. */
  exactLength: string | null
  close: Close | null
  /** Milliseconds, on a pong that answers. */
  rtt: number | null
  /** On the last frame of a message of several frames, or of a compressed one. */
  message: MessageExtra | null
}

export interface MessageExtra {
  frames: number
  wireLength: number
  length: number
  inflate: InflateStatus | null
  contextUsed: boolean | null
  /** The row of its first frame. */
  first: number
  /** Where its first inflated octets are kept, -1 without. */
  inflatedAt: number
}

/** Bits of the packed column, from the lowest: opcode 4, RSV 3, then these. */
const finBit = 1 << 7
const maskedBit = 1 << 8
/** 2 bits: 0, 1, 2 for 7, 16, 64. */
const widthShift = 9
/** 2 bits. */
const messageShift = 11
const endsMessageBit = 1 << 13
const textBit = 1 << 14

export class FrameTable {
  /** Rows kept; a power of two. */
  readonly capacity: number
  readonly mask: number

  readonly offset: Float64Array
  /** As announced; see `FrameHeader.payloadLength`. */
  readonly payloadLength: Float64Array
  readonly key: Uint32Array
  /** Reads that carried the frame. */
  readonly chops: Uint32Array
  readonly #packed: Uint16Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.mask = capacity - 1
    this.offset = new Float64Array(capacity)
    this.payloadLength = new Float64Array(capacity)
    this.key = new Uint32Array(capacity)
    this.chops = new Uint32Array(capacity)
    this.#packed = new Uint16Array(capacity)
  }

  /**
   * Writes a frame at `row`. `messageOpcode` is that of the message it belongs to, 0 where it belongs to none; `isText`:
   * its payload is text as it stands; `endsMessage`: it is the last of its message.
   */
  set(
    row: number,
    h: Readonly<FrameHeader>,
    chops: number,
    messageOpcode: number,
    isText: boolean,
    endsMessage: boolean,
  ): void {
    const at = row & this.mask
    this.#packed[at] =
      h.opcode |
      (h.rsv << 4) |
      (h.fin ? finBit : 0) |
      (h.masked ? maskedBit : 0) |
      ((h.lengthBits === 7 ? 0 : h.lengthBits === 16 ? 1 : 2) << widthShift) |
      (messageOpcode << messageShift) |
      (endsMessage ? endsMessageBit : 0) |
      (isText ? textBit : 0)
    this.offset[at] = h.offset
    this.payloadLength[at] = h.payloadLength
    this.key[at] = h.key
    this.chops[at] = chops
  }

  opcode(row: number): number {
    return this.#packed[row & this.mask]! & 15
  }

  rsv(row: number): number {
    return (this.#packed[row & this.mask]! >> 4) & 7
  }

  fin(row: number): boolean {
    return (this.#packed[row & this.mask]! & finBit) !== 0
  }

  masked(row: number): boolean {
    return (this.#packed[row & this.mask]! & maskedBit) !== 0
  }

  lengthBits(row: number): 7 | 16 | 64 {
    const width = (this.#packed[row & this.mask]! >> widthShift) & 3
    return width === 0 ? 7 : width === 1 ? 16 : 64
  }

  headerLength(row: number): number {
    const bits = this.lengthBits(row)
    return 2 + (bits === 7 ? 0 : bits / 8) + (this.masked(row) ? 4 : 0)
  }

  /** Opcode of the message that the frame belongs to, 0 for control frames and those that belong to none. */
  messageOpcode(row: number): number {
    return (this.#packed[row & this.mask]! >> messageShift) & 3
  }

  /** True on the last frame of a message. */
  endsMessage(row: number): boolean {
    return (this.#packed[row & this.mask]! & endsMessageBit) !== 0
  }

  /** True when the payload is text as it stands: not compressed, of a text message or a control frame. */
  isText(row: number): boolean {
    return (this.#packed[row & this.mask]! & textBit) !== 0
  }
}
