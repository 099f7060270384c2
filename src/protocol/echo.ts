/**
 * The application of the echo server. A message comes back as one frame as long as that needs no waiting: whole in a read,
 * or short. A large binary frame is streamed back as it arrives; what else is long is streamed back in fragments.
 */
import type { Application, Endpoint } from './endpoint.ts'
import type { FrameHeader } from './frame.ts'
import { Opcode } from './opcode.ts'

/** Octets of a message that are gathered before it is streamed back in fragments. */
const gatherLimit = 64 * 1024

const noOctets = new Uint8Array(0)

/** Storage of this size stays with an idle connection. */
const keptLimit = 4096

/** How the message that comes goes back. `frame`: under a header that announced it; `fragments`: piece by piece. */
type Mode = 'gather' | 'frame' | 'fragments'

export class Echo implements Application {
  readonly #endpoint: Endpoint
  #mode: Mode = 'gather'
  /** The message so far: a piece of the current read where it is whole there, else what was gathered. */
  #octets: Uint8Array = noOctets
  #start = 0
  #end = 0
  #gathered: Uint8Array = noOctets
  #fragments = 0

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  data(h: Readonly<FrameHeader>, opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const isAlone = h.fin && h.opcode !== Opcode.continuation && this.#end === 0
    if (this.#mode === 'frame') this.#endpoint.payload(bytes, start, end)
    else if (this.#mode === 'fragments') this.#sendFragment(opcode, bytes, start, end)
    else if (isAlone && end - start === h.payloadLength) this.#hold(bytes, start, end)
    else if (isAlone && opcode === Opcode.binary) this.#announce(h, bytes, start, end)
    else this.#gather(opcode, bytes, start, end)
  }

  frameEnd(_h: Readonly<FrameHeader>, opcode: number, last: boolean): void {
    if (!last) return
    if (this.#mode === 'fragments') this.#endpoint.frame(Opcode.continuation, true, 0, noOctets)
    else if (this.#mode === 'gather') this.#endpoint.send(opcode, this.#octets, this.#start, this.#end)
    this.#mode = 'gather'
    this.#fragments = 0
    this.#hold(noOctets, 0, 0)
    // The endpoint takes long replies over as they lie: what they lie in is not used again.
    if (this.#gathered.length > keptLimit) this.#gathered = noOctets
  }

  message(opcode: number, octets: Uint8Array): void {
    this.#endpoint.sendCompressed(opcode, octets)
  }

  #hold(octets: Uint8Array, start: number, end: number): void {
    this.#octets = octets
    this.#start = start
    this.#end = end
  }

  /** Nothing in a binary frame can turn out to be wrong: its reply begins before it is complete. */
  #announce(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): void {
    this.#mode = 'frame'
    this.#endpoint.begin(Opcode.binary, true, 0, h.payloadLength)
    this.#endpoint.payload(bytes, start, end)
  }

  #gather(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const length = this.#end + end - start
    if (length > gatherLimit) {
      this.#mode = 'fragments'
      if (this.#end > 0) this.#sendFragment(opcode, this.#gathered.slice(0, this.#end), 0, this.#end)
      this.#sendFragment(opcode, bytes, start, end)
      return
    }
    while (length > this.#gathered.length) this.#gathered = grown(this.#gathered)
    this.#gathered.set(bytes.subarray(start, end), this.#end)
    this.#hold(this.#gathered, 0, length)
  }

  #sendFragment(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const of = this.#fragments === 0 ? opcode : Opcode.continuation
    this.#endpoint.frame(of, false, 0, bytes, start, end)
    this.#fragments++
  }
}

function grown(octets: Uint8Array): Uint8Array {
  const larger = new Uint8Array(Math.min(gatherLimit, Math.max(1024, 2 * octets.length)))
  larger.set(octets)
  return larger
}
