/**
 * Octets of one side in, frames out (RFC 6455 §5). Framing stays determinable after nearly every violation, so the
 * decoder judges nothing and never throws; only a 64-bit length with the top bit set ends it.
 */
import { emptyHeader, type FrameHeader } from './frame.ts'

/**
 * What a decoder calls. The header is one object, reused for every frame; the octets are valid during the call. Nothing
 * is allocated per frame.
 */
export interface FrameHandler {
  /** The header is complete. Called before any payload came. */
  header(h: Readonly<FrameHeader>): void
  /** `bytes[start..end)` are payload octets as on the wire (still masked), from payload position `position` on. */
  payload(bytes: Uint8Array, start: number, end: number, position: number): void
  /** The last octet of the frame came. */
  end(h: Readonly<FrameHeader>): void
  /**
   * A frame that lies whole in the octets at hand: `bytes[start..end)` is its payload. A handler that takes it at once
   * returns true; false, or no such method, has it told in steps. Most frames are such frames.
   */
  whole?(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): boolean
}

/** Longest header: 2 octets, a 64-bit length, a masking key. */
const longestHeader = 14

export class FrameDecoder {
  /** The frame in flight, or the last one. */
  readonly header: FrameHeader = emptyHeader()
  /** Payload octets of the frame in flight that came so far. */
  received = 0
  /** True after a 64-bit length with the top bit set: where the next frame begins is unknown for good. */
  lost = false

  readonly #handler: FrameHandler
  readonly #takesWhole: boolean
  /** Position in the stream of the next octet that is not gathered in `#scratch`. */
  #offset: number
  #inPayload = false
  /** The first octets of a header that a chop cut; made when needed, most connections never do. */
  #scratch: Uint8Array | null = null
  #scratchLength = 0

  /** `offset` is where in its side's stream the first frame begins. */
  constructor(handler: FrameHandler, offset = 0) {
    this.#handler = handler
    this.#takesWhole = handler.whole !== undefined
    this.#offset = offset
  }

  /** Position in the stream of the next octet. */
  get offset(): number {
    return this.#offset + this.#scratchLength
  }

  /** Octets of a header that came without being a whole header. */
  get partialHeader(): number {
    return this.#scratchLength
  }

  /** True between a complete header and the end of its frame. */
  get inFrame(): boolean {
    return this.#inPayload
  }

  /** Starts afresh at `offset`, where a frame begins: octets before it are missing. */
  resume(offset: number): void {
    this.#offset = offset
    this.#inPayload = false
    this.#scratchLength = 0
    this.lost = false
  }

  /** Takes `bytes[start..end)`, the next octets of the stream, however they were chopped. */
  push(bytes: Uint8Array, start = 0, end = bytes.length): void {
    let i = start
    while (i < end && !this.lost) {
      if (this.#inPayload) i = this.#takePayload(bytes, i, end)
      else if (this.#scratchLength > 0) i = this.#completeHeader(bytes, i, end)
      else i = this.#takeHeader(bytes, i, end)
    }
    if (this.lost) this.#offset += end - i
  }

  #takePayload(bytes: Uint8Array, start: number, end: number): number {
    const h = this.header
    const due = h.payloadLength - this.received
    const stop = end - start < due ? end : start + due
    const position = this.received
    this.received += stop - start
    this.#offset += stop - start
    this.#handler.payload(bytes, start, stop, position)
    if (this.received === h.payloadLength) this.#endFrame()
    return stop
  }

  #takeHeader(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start < 2 ? longestHeader : headerLengthOf(bytes[start + 1]!)
    if (end - start < length) {
      this.#scratch ??= new Uint8Array(longestHeader)
      this.#scratch.set(bytes.subarray(start, end))
      this.#scratchLength = end - start
      return end
    }
    this.#parse(bytes, start, length)
    const h = this.header
    const payload = start + length
    if (h.payloadLength <= end - payload && this.#takesWhole) {
      const stop = payload + h.payloadLength
      if (this.#handler.whole?.(h, bytes, payload, stop) === true) {
        this.#offset += stop - start
        return stop
      }
    }
    this.#begin(length)
    return payload
  }

  /** A header that a chop cut is gathered octet by octet. */
  #completeHeader(bytes: Uint8Array, start: number, end: number): number {
    const scratch = this.#scratch!
    let i = start
    while (i < end) {
      scratch[this.#scratchLength++] = bytes[i++]!
      if (this.#scratchLength >= 2 && this.#scratchLength === headerLengthOf(scratch[1]!)) {
        const length = this.#scratchLength
        this.#scratchLength = 0
        this.#parse(scratch, 0, length)
        this.#begin(length)
        break
      }
    }
    return i
  }

  #parse(bytes: Uint8Array, at: number, length: number): void {
    const h = this.header
    const first = bytes[at]!
    const second = bytes[at + 1]!
    const short = second & 0x7f
    h.offset = this.#offset
    h.headerLength = length
    h.fin = first >= 0x80
    h.rsv = (first >> 4) & 7
    h.opcode = first & 15
    h.masked = second >= 0x80
    if (short < 126) {
      h.lengthBits = 7
      h.lengthHigh = 0
      h.lengthLow = short
      h.payloadLength = short
    } else if (short === 126) {
      h.lengthBits = 16
      h.lengthHigh = 0
      h.lengthLow = h.payloadLength = (bytes[at + 2]! << 8) | bytes[at + 3]!
    } else {
      h.lengthBits = 64
      h.lengthHigh = int32(bytes, at + 2) >>> 0
      h.lengthLow = int32(bytes, at + 6) >>> 0
      h.payloadLength = h.lengthHigh * 0x1_0000_0000 + h.lengthLow
    }
    h.key = h.masked ? int32(bytes, at + length - 4) : 0
  }

  /** The header that was parsed begins a frame that is told in steps. */
  #begin(length: number): void {
    const h = this.header
    this.#offset += length
    this.received = 0
    this.lost = h.lengthHigh >= 0x8000_0000
    this.#inPayload = !this.lost
    this.#handler.header(h)
    if (h.payloadLength === 0) this.#endFrame()
  }

  #endFrame(): void {
    this.#inPayload = false
    this.#handler.end(this.header)
  }
}

/** The length in octets of a header whose second octet is `second` (RFC 6455 §5.2). */
export function headerLengthOf(second: number): number {
  const short = second & 0x7f
  return 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + (second >= 0x80 ? 4 : 0)
}

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
