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

/** What a frame's header is beside its length and key, and what the message reader said of it: below `kindsOfFrames`. */
export type FrameBits = number

/** As many different `FrameBits` there may be. */
export const kindsOfFrames = 1 << 15

export function opcodeOf(bits: FrameBits): number {
  return bits & 15
}

export function isMasked(bits: FrameBits): boolean {
  return (bits & maskedBit) !== 0
}

export function lengthBitsOf(bits: FrameBits): 7 | 16 | 64 {
  const width = (bits >> widthShift) & 3
  return width === 0 ? 7 : width === 1 ? 16 : 64
}

/** Octets of the header, the masking key included. */
export function headerLengthOf(bits: FrameBits): number {
  const lengthBits = lengthBitsOf(bits)
  return 2 + (lengthBits === 7 ? 0 : lengthBits / 8) + (isMasked(bits) ? 4 : 0)
}

/** Opcode of the message that the frame belongs to, 0 for control frames and those that belong to none. */
export function messageOpcodeOf(bits: FrameBits): number {
  return (bits >> messageShift) & 3
}

/** True for the last frame of a message. */
export function isMessageEnd(bits: FrameBits): boolean {
  return (bits & endsMessageBit) !== 0
}

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

  /** All that is no column of its own, for those who count frames by what they are. */
  bits(row: number): FrameBits {
    return this.#packed[row & this.mask]!
  }

  opcode(row: number): number {
    return opcodeOf(this.bits(row))
  }

  rsv(row: number): number {
    return (this.bits(row) >> 4) & 7
  }

  fin(row: number): boolean {
    return (this.bits(row) & finBit) !== 0
  }

  masked(row: number): boolean {
    return isMasked(this.bits(row))
  }

  lengthBits(row: number): 7 | 16 | 64 {
    return lengthBitsOf(this.bits(row))
  }

  headerLength(row: number): number {
    return headerLengthOf(this.bits(row))
  }

  /** See `messageOpcodeOf`. */
  messageOpcode(row: number): number {
    return messageOpcodeOf(this.bits(row))
  }

  /** True on the last frame of a message. */
  endsMessage(row: number): boolean {
    return isMessageEnd(this.bits(row))
  }

  /** True when the payload is text as it stands: not compressed, of a text message or a control frame. */
  isText(row: number): boolean {
    return (this.bits(row) & textBit) !== 0
  }
}
