/** Writes as they are, but for one cut. */
import type { Cut } from './cut.ts'
import { UpgradeSearch } from './upgrade-search.ts'

/** Tells where writes end. */
export interface WritePlanner {
  /**
   * Where the write that begins with `bytes[at]` ends; -1: what is left is to wait for the next one and come before it. `bytes`
   * is what would have been one write: `at` is 0 at first, and then what was returned last, until that is `bytes.length`.
   */
  next(bytes: Uint8Array, at: number): number
}

/** Makes one cut in what a client sends. Its place is counted from the end of the head that asks for the upgrade. */
export class CutPlanner implements WritePlanner {
  readonly #cut: Cut
  readonly #search = new UpgradeSearch('client')
  /** Octets written, and octets searched for the end of the head. */
  #written = 0
  #searched = 0
  #done = false

  constructor(cut: Cut) {
    this.#cut = cut
  }

  /** True when the cut was made. */
  get done(): boolean {
    return this.#done
  }

  next(bytes: Uint8Array, at: number): number {
    const place = this.#place(bytes, this.#written - at)
    const isJoin = this.#cut.kind === 'join'
    if (isJoin && !this.#done && place === bytes.length) {
      this.#done = true
      return -1
    }
    const isCut = !isJoin && place > at && place < bytes.length
    if (isCut) this.#done = true
    const end = isCut ? place : bytes.length
    this.#written += end - at
    return end
  }

  /** Where in `bytes`, whose first octet is number `start`, the cut lies; Infinity while the head has not ended. */
  #place(bytes: Uint8Array, start: number): number {
    if (!this.#search.found) {
      const next = this.#search.push(bytes, Math.max(0, this.#searched - start))
      this.#searched = start + next
    }
    return this.#search.found ? this.#searched - start + this.#cut.at : Infinity
  }
}
