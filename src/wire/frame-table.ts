/**
 * Frames as columns: a read may carry 1,700 of them, and an object each is what kills. A row lies at `row & mask` in every
 * column; what a row of another kind says is kept by the log.
 */
import type { FrameHeader } from '../protocol/frame.ts'
import type { InflateStatus, Message } from '../protocol/message.ts'

const inflateStates: readonly (InflateStatus | null)[] = [null, 'ok', 'capped', 'lost', 'corrupt']

/** What of a frame is packed into one number, lowest bits first: opcode 4, rsv 3, fin 1, masked 1, width of length 2, message opcode 2, ends message 1, inflate state 3. */
function pack(h: Readonly<FrameHeader>, messageOpcode: number, message: Message | null): number {
  const width = h.lengthBits === 7 ? 0 : h.lengthBits === 16 ? 1 : 2
  return (
    h.opcode |
    (h.rsv << 4) |
    (h.fin ? 0x80 : 0) |
    (h.masked ? 0x100 : 0) |
    (width << 9) |
    (messageOpcode << 11) |
    (message === null ? 0 : 0x2000 | (inflateStates.indexOf(message.inflate) << 14))
  )
}

export class FrameTable {
  /** Rows kept; a power of two. */
  readonly capacity: number
  readonly mask: number

  readonly headerLength: Uint8Array
  readonly offset: Float64Array
  /** As announced; see `FrameHeader.payloadLength`. */
  readonly payloadLength: Float64Array
  /** Less than announced where the stream ended inside the frame. */
  readonly received: Float64Array
  readonly key: Uint32Array
  /** Reads that carried the frame. */
  readonly chops: Uint32Array
  /** Milliseconds, on a pong that answers; NaN elsewhere. */
  readonly rtt: Float64Array
  /** On the last frame of a message: its frames, its payload octets, its octets after inflating. */
  readonly messageFrames: Float64Array
  readonly messageWireLength: Float64Array
  readonly messageLength: Float64Array
  /** The row of the message's first frame, on its every frame. */
  readonly messageFirst: Float64Array
  /** Address of the message's first inflated octets, -1 without. */
  readonly inflatedAt: Float64Array
  readonly #packed: Uint32Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.mask = capacity - 1
    const column = () => new Float64Array(capacity)
    this.headerLength = new Uint8Array(capacity)
    this.offset = column()
    this.payloadLength = column()
    this.received = column()
    this.key = new Uint32Array(capacity)
    this.chops = new Uint32Array(capacity)
    this.rtt = column()
    this.messageFrames = column()
    this.messageWireLength = column()
    this.messageLength = column()
    this.messageFirst = column()
    this.inflatedAt = column()
    this.#packed = new Uint32Array(capacity)
  }

  /** Writes a frame at `row`. `messageOpcode` is that of the message it belongs to, 0 where it belongs to none. */
  set(
    row: number,
    h: Readonly<FrameHeader>,
    received: number,
    chops: number,
    rtt: number,
    messageOpcode: number,
    messageFirst: number,
    message: Message | null,
    inflatedAt: number,
  ): void {
    const at = row & this.mask
    this.#packed[at] = pack(h, messageOpcode, message)
    this.headerLength[at] = h.headerLength
    this.offset[at] = h.offset
    this.payloadLength[at] = h.payloadLength
    this.received[at] = received
    this.key[at] = h.key
    this.chops[at] = chops
    this.rtt[at] = rtt
    this.messageFirst[at] = messageFirst
    this.inflatedAt[at] = inflatedAt
    if (message === null) return
    this.messageFrames[at] = message.frames
    this.messageWireLength[at] = message.wireLength
    this.messageLength[at] = message.length
  }

  opcode(row: number): number {
    return this.#packed[row & this.mask]! & 15
  }

  rsv(row: number): number {
    return (this.#packed[row & this.mask]! >> 4) & 7
  }

  fin(row: number): boolean {
    return (this.#packed[row & this.mask]! & 0x80) !== 0
  }

  masked(row: number): boolean {
    return (this.#packed[row & this.mask]! & 0x100) !== 0
  }

  lengthBits(row: number): 7 | 16 | 64 {
    const width = (this.#packed[row & this.mask]! >> 9) & 3
    return width === 0 ? 7 : width === 1 ? 16 : 64
  }

  /** Opcode of the message that the frame belongs to, 0 for control frames and those that belong to none. */
  messageOpcode(row: number): number {
    return (this.#packed[row & this.mask]! >> 11) & 3
  }

  /** True on the last frame of a message. */
  endsMessage(row: number): boolean {
    return (this.#packed[row & this.mask]! & 0x2000) !== 0
  }

  /** What became of inflating the message that ends here; null where it was not compressed. */
  inflate(row: number): InflateStatus | null {
    return inflateStates[(this.#packed[row & this.mask]! >> 14) & 7] ?? null
  }
}
