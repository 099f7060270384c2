/**
 * The application of the echo server. A message comes back as one frame as long as that needs no waiting: whole in a read,
 * or short. A large binary frame is streamed back as it arrives; what else is long is streamed back in fragments.
 */
import type { Application, Endpoint } from './endpoint.ts'
import type { FrameHeader } from './frame.ts'
import { Opcode } from './opcode.ts'

/** Octets of a message that are gathered before it is streamed back in fragments. */
const gatherLimit = 64 * 1024

/** How the message that comes goes back. `frame`: under a header that announced it; `fragments`: piece by piece. */
type Mode = 'gather' | 'frame' | 'fragments'

export class Echo implements Application {
  readonly #endpoint: Endpoint
  #mode: Mode = 'gather'
  /** A piece of the current read that may turn out to be the whole message. */
  #piece: Uint8Array | null = null
  #gathered: Uint8Array = new Uint8Array(0)
  #length = 0
  #fragments = 0

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  data(h: Readonly<FrameHeader>, opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const piece = bytes.subarray(start, end)
    const isFirst = this.#length === 0 && this.#fragments === 0 && h.opcode !== Opcode.continuation
    if (this.#mode === 'frame') this.#endpoint.payload(piece)
    else if (this.#mode === 'fragments') this.#sendFragment(opcode, piece)
    else if (isFirst && h.fin && piece.length === h.payloadLength) this.#piece = piece
    else if (isFirst && h.fin && opcode === Opcode.binary) this.#announce(h, piece)
    else this.#gather(opcode, piece)
  }

  frameEnd(_h: Readonly<FrameHeader>, opcode: number, last: boolean): void {
    if (!last) return
    if (this.#mode === 'fragments') this.#endpoint.frame(Opcode.continuation, true, 0, new Uint8Array(0))
    else if (this.#mode === 'gather')
      this.#endpoint.send(opcode, this.#piece ?? this.#gathered.subarray(0, this.#length))
    this.#mode = 'gather'
    this.#piece = null
    this.#length = 0
    this.#fragments = 0
  }

  message(opcode: number, octets: Uint8Array): void {
    this.#endpoint.send(opcode, octets, true)
  }

  /** Nothing in a binary frame can turn out to be wrong: its reply begins before it is complete. */
  #announce(h: Readonly<FrameHeader>, piece: Uint8Array): void {
    this.#mode = 'frame'
    this.#endpoint.begin(Opcode.binary, true, 0, h.payloadLength)
    this.#endpoint.payload(piece)
  }

  #gather(opcode: number, piece: Uint8Array): void {
    if (this.#length + piece.length > gatherLimit) {
      this.#mode = 'fragments'
      if (this.#length > 0) this.#sendFragment(opcode, this.#gathered.slice(0, this.#length))
      this.#sendFragment(opcode, piece)
      return
    }
    if (this.#gathered.length === 0) this.#gathered = new Uint8Array(Math.min(gatherLimit, 1024))
    while (this.#length + piece.length > this.#gathered.length) this.#gathered = grown(this.#gathered)
    this.#gathered.set(piece, this.#length)
    this.#length += piece.length
  }

  #sendFragment(opcode: number, piece: Uint8Array): void {
    this.#endpoint.frame(this.#fragments === 0 ? opcode : Opcode.continuation, false, 0, piece)
    this.#fragments++
  }
}

function grown(octets: Uint8Array): Uint8Array {
  const larger = new Uint8Array(2 * octets.length)
  larger.set(octets)
  return larger
}
