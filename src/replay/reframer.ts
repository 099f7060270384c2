/** The frames of one side, counted, or once more with fresh masking keys. */
import { FrameDecoder, type FrameHandler } from '../protocol/frame-decoder.ts'
import { writeHeader, type FrameHeader } from '../protocol/frame.ts'
import { HeldOctets } from '../protocol/http-head.ts'
import { applyMask } from '../protocol/mask.ts'

/** A payload is given on in pieces of so many octets or more. */
const pieceSize = 64 * 1024

const longestHeader = 14

/** Counts the frames of one side. */
export class FrameCounter {
  readonly #decoder: FrameDecoder
  #begun = 0

  constructor(offset: number) {
    const count = () => {
      this.#begun++
    }
    const handler = { header: count, payload: () => undefined, end: () => undefined }
    this.#decoder = new FrameDecoder(
      {
        ...handler,
        whole: () => {
          count()
          return true
        },
      },
      offset,
    )
  }

  /** The number of the frame that the next octet belongs to. */
  get frame(): number {
    return numberOf(this.#decoder, this.#begun)
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
  }

  resume(offset: number): void {
    this.#decoder.resume(offset)
  }
}

function numberOf({ inFrame }: FrameDecoder, begun: number): number {
  return inFrame ? begun : begun + 1
}

/** The frames of one side again, each header as it was, but for the masking key. */
export class Reframer implements FrameHandler {
  readonly #decoder: FrameDecoder
  readonly #nextKey: () => number
  readonly #write: (octets: Uint8Array) => void
  readonly #held = new HeldOctets()
  #begun = 0
  #key = 0
  /** The last octets that came, where they are no whole header. */
  #rest: Uint8Array = new Uint8Array(0)

  /** `offset` is where the first frame begins; `write` gets each frame, a long one in pieces. */
  constructor(offset: number, nextKey: () => number, write: (octets: Uint8Array) => void) {
    this.#decoder = new FrameDecoder(this, offset)
    this.#nextKey = nextKey
    this.#write = write
  }

  /** The number of the frame that the next octet belongs to. */
  get frame(): number {
    return numberOf(this.#decoder, this.#begun)
  }

  push(bytes: Uint8Array): void {
    const wasLost = this.#decoder.lost
    const before = this.#rest
    this.#decoder.push(bytes)
    const { lost, header, offset, partialHeader } = this.#decoder
    const afterLost = wasLost ? bytes.length : lost ? offset - header.offset - header.headerLength : 0
    if (afterLost > 0) this.#write(new Uint8Array(bytes.subarray(bytes.length - afterLost)))
    this.#rest = partialHeader === 0 ? before.subarray(0, 0) : lastOf(before, bytes, partialHeader)
  }

  /** Nothing follows: what has begun and is not complete goes on as it stands. */
  finish(): void {
    this.end()
    if (this.#rest.length > 0) this.#write(this.#rest)
    this.#rest = this.#rest.subarray(0, 0)
  }

  end(): void {
    if (this.#held.length > 0) this.#write(this.#held.release())
  }

  header(h: Readonly<FrameHeader>): void {
    const { opcode, fin, rsv, lengthBits, masked } = h
    this.#begun++
    const payloadLength =
      lengthBits === 64 ? (BigInt(h.lengthHigh) << 32n) | BigInt(h.lengthLow) : h.payloadLength
    this.#key = masked ? this.#nextKey() : 0
    const target = new Uint8Array(longestHeader)
    const key = masked ? this.#key : null
    const length = writeHeader(target, 0, { opcode, fin, rsv, lengthBits, payloadLength, key })
    this.#held.append(target.subarray(0, length))
    if (this.#decoder.lost) this.#write(this.#held.release())
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    // A slice of a Buffer would be no copy.
    const piece = new Uint8Array(bytes.subarray(start, end))
    // Unmasked with the old key and masked with the new one in one step.
    applyMask(piece, 0, piece.length, this.#decoder.header.key ^ this.#key, position)
    this.#held.append(piece)
    if (this.#held.length >= pieceSize) this.#write(this.#held.release())
  }
}

function lastOf(before: Uint8Array, bytes: Uint8Array, count: number): Uint8Array {
  return Buffer.concat([before, bytes.subarray(Math.max(0, bytes.length - count))]).subarray(-count)
}
