/** Writes counted by their size. */
import { counted } from '../protocol/words.ts'

/** Sizes counted one by one; writes of any further size are counted together. */
export const sizeLimit = 1000

/** Sizes told in words, those written most often. */
const toldSizes = 8

export class WriteTally {
  /** All writes, and their octets. */
  writes = 0
  octets = 0
  readonly #bySize = new Map<number, number>()

  /** One write of so many octets. */
  add(octets: number): void {
    this.writes++
    this.octets += octets
    const before = this.#bySize.get(octets)
    if (before !== undefined || this.#bySize.size < sizeLimit) this.#bySize.set(octets, (before ?? 0) + 1)
  }

  /** `12 writes, 340 octets: 8×1, 4×83`: how many were of which size, the most frequent first. */
  toString(): string {
    const total = `${counted(this.writes, 'write')}, ${counted(this.octets, 'octet')}`
    if (this.writes === 0) return total
    const sizes = [...this.#bySize].sort(([a, times], [b, more]) => more - times || a - b).slice(0, toldSizes)
    const others = this.writes - sizes.reduce((sum, [, times]) => sum + times, 0)
    const told = sizes.map(([size, times]) => `${times}×${size}`)
    return `${total}: ${[...told, ...(others > 0 ? [`${others} of other sizes`] : [])].join(', ')}`
  }
}
