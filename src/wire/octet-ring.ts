/**
 * The octets of all connections as they were on the wire, still masked, in one slab that forgets the oldest. Where and
 * when a chop was stays known longer than its octets. A chop is
 * found by (stream, offset): each knows the one before it in its stream, and a jump further back, so that a look-up
 * takes a number of steps that grows with the logarithm of the chops kept.
 */
import type { Chop } from './span.ts'

/** Up to this many octets a loop is cheaper than a view and its copy. */
const shortCopy = 64

/** A ring of octets. An address counts all octets ever put, so it says by itself whether it is still kept. */
export class Slab {
  readonly #octets: Uint8Array
  #head = 0

  constructor(size: number) {
    this.#octets = new Uint8Array(size)
  }

  /** Copies `bytes` in; returns their address, or -1 where they could never fit. */
  put(bytes: Uint8Array): number {
    const size = this.#octets.length
    if (bytes.length > size) return -1
    const at = this.#head % size
    // Octets lie in one piece: what is left at the end of the slab is skipped when it is too short.
    const address = at + bytes.length <= size ? this.#head : this.#head + size - at
    this.#octets.set(bytes, address % size)
    this.#head = address + bytes.length
    return address
  }

  /** True while the octets at `address` have not been overwritten. */
  keeps(address: number): boolean {
    return address >= 0 && address >= this.#head - this.#octets.length
  }

  /** A view of kept octets, to be copied at once. */
  view(address: number, length: number): Uint8Array {
    const at = address % this.#octets.length
    return this.#octets.subarray(at, at + length)
  }

  /** Copies `length` kept octets to `target` from index `to` on. */
  copy(address: number, length: number, target: Uint8Array, to: number): void {
    if (length > shortCopy) {
      target.set(this.view(address, length), to)
      return
    }
    const at = address % this.#octets.length
    for (let i = 0; i < length; i++) target[to + i] = this.#octets[at + i]!
  }
}

const none = -1

export class OctetRing {
  readonly #slab: Slab
  readonly #capacity: number
  readonly #stream: Float64Array
  readonly #ordinal: Float64Array
  readonly #time: Float64Array
  readonly #offset: Float64Array
  readonly #length: Float64Array
  readonly #address: Float64Array
  readonly #previous: Float64Array
  readonly #jump: Float64Array
  /** The newest chop of each stream that has one kept. */
  readonly #last = new Map<number, number>()
  /** The chop that was looked for last. */
  #found = none
  #first = 0
  #next = 0

  /** At most `size` octets; `capacity` chops stay known. */
  constructor(size: number, capacity: number) {
    this.#slab = new Slab(size)
    this.#capacity = capacity
    const column = () => new Float64Array(capacity)
    this.#stream = column()
    this.#ordinal = column()
    this.#time = column()
    this.#offset = column()
    this.#length = column()
    this.#address = column()
    this.#previous = column()
    this.#jump = column()
  }

  /** Keeps a chop, the `ordinal`th of its stream, whose first octet stands at `offset`. Returns its number. */
  keep(stream: number, ordinal: number, time: number, offset: number, bytes: Uint8Array): number {
    if (this.#next - this.#first === this.#capacity) this.#forget()
    const chop = this.#next++
    const at = chop % this.#capacity
    const previous = this.#last.get(stream) ?? none
    this.#stream[at] = stream
    this.#ordinal[at] = ordinal
    this.#time[at] = time
    this.#offset[at] = offset
    this.#length[at] = bytes.length
    this.#address[at] = this.#slab.put(bytes)
    this.#previous[at] = previous
    this.#jump[at] = this.#jumpFrom(previous)
    this.#last.set(stream, chop)
    return chop
  }

  /** Copies the octets of a span, or null when not all of them are kept. */
  read(stream: number, offset: number, length: number): Uint8Array | null {
    const octets = new Uint8Array(length)
    return this.copy(stream, offset, length, octets) ? octets : null
  }

  /** Copies the octets of a span to the beginning of `target`; false when not all of them are kept. */
  copy(stream: number, offset: number, length: number, target: Uint8Array): boolean {
    let end = offset + length
    let chop = length === 0 ? none : this.#find(stream, end - 1)
    while (end > offset) {
      if (chop < this.#first) return false
      const at = chop % this.#capacity
      const start = this.#offset[at]!
      const address = this.#address[at]!
      if (end > start + this.#length[at]! || !this.#slab.keeps(address)) return false
      const from = Math.max(start, offset)
      this.#slab.copy(address + from - start, end - from, target, from - offset)
      end = from
      chop = this.#previous[at]!
    }
    return true
  }

  /** The known chops that carry octets of a span, oldest first. */
  chops(stream: number, offset: number, length: number): Chop[] {
    const found: Chop[] = []
    let chop = this.#find(stream, offset + Math.max(length, 1) - 1)
    while (chop >= this.#first) {
      const at = chop % this.#capacity
      if (this.#offset[at]! + this.#length[at]! <= offset) break
      found.push({ time: this.#time[at]!, offset: this.#offset[at]!, length: this.#length[at]! })
      chop = this.#previous[at]!
    }
    return found.reverse()
  }

  /** Which chop of its stream, counted from 0, brought the octet at `offset`; null when it is not kept. */
  ordinalAt(stream: number, offset: number): number | null {
    const chop = this.#find(stream, offset)
    return chop < this.#first ? null : this.#ordinal[chop % this.#capacity]!
  }

  /** Octets of chop `chop`, 0 when it is not kept. */
  lengthOf(chop: number): number {
    return chop >= this.#first && chop < this.#next ? this.#length[chop % this.#capacity]! : 0
  }

  /** Where chop `chop` lies in its stream, or null when it is not kept. */
  chop(chop: number): Chop | null {
    if (chop < this.#first || chop >= this.#next) return null
    const at = chop % this.#capacity
    return { time: this.#time[at]!, offset: this.#offset[at]!, length: this.#length[at]! }
  }

  #forget(): void {
    const stream = this.#stream[this.#first % this.#capacity]!
    if (this.#last.get(stream) === this.#first) this.#last.delete(stream)
    this.#first++
  }

  /** A skip of the skew-binary kind: twice the distance whenever the two jumps before were of equal length. */
  #jumpFrom(previous: number): number {
    if (previous < this.#first) return none
    const jump = this.#jump[previous % this.#capacity]!
    if (jump < this.#first) return previous
    const further = this.#jump[jump % this.#capacity]!
    if (further < this.#first) return previous
    const ordinal = (chop: number) => this.#ordinal[chop % this.#capacity]!
    return ordinal(previous) - ordinal(jump) === ordinal(jump) - ordinal(further) ? further : previous
  }

  /** The chop of `stream` that holds the octet at `offset`; less than `#first` when it is not kept. */
  #find(stream: number, offset: number): number {
    // Many frames lie in one read: whoever walks over them asks for the same chop again.
    if (!this.#holds(this.#found, stream, offset)) this.#found = this.#search(stream, offset)
    return this.#found
  }

  #holds(chop: number, stream: number, offset: number): boolean {
    if (chop < this.#first) return false
    const at = chop % this.#capacity
    const start = this.#offset[at]!
    return this.#stream[at] === stream && offset >= start && offset < start + this.#length[at]!
  }

  #search(stream: number, offset: number): number {
    let chop = this.#last.get(stream) ?? none
    while (chop >= this.#first && this.#offset[chop % this.#capacity]! > offset) {
      const jump = this.#jump[chop % this.#capacity]!
      const isShort = jump < this.#first || this.#offset[jump % this.#capacity]! <= offset
      chop = isShort ? this.#previous[chop % this.#capacity]! : jump
    }
    return this.#holds(chop, stream, offset) ? chop : none
  }
}
