/** The last plain octets of one direction: what DEFLATE data of the next message may refer back to. */

/** Octets of the largest window (RFC 7692 §7.1.2). */
export const windowLimit = 32 * 1024

/** Room beside them, so that they are moved only once in a while. */
const slack = 8 * 1024

export class DeflateHistory {
  #octets = new Uint8Array(0)
  #end = 0
  readonly #limit: number

  /** Keeps the last `limit` octets, at most `windowLimit`. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Octets known: no more than the limit. */
  get length(): number {
    return Math.min(this.#end, this.#limit)
  }

  /** The last `count` octets, or all that are known. Valid until the next call of `append`. */
  last(count: number): Uint8Array {
    return this.#octets.subarray(this.#end - Math.min(count, this.length), this.#end)
  }

  append(octets: Uint8Array): void {
    const added = octets.subarray(Math.max(0, octets.length - this.#limit))
    this.#makeRoom(added.length)
    this.#octets.set(added, this.#end)
    this.#end += added.length
  }

  forget(): void {
    this.#end = 0
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#octets.length) return
    const kept = this.last(this.#limit - count)
    const full = this.#limit + slack
    if (this.#octets.length < full)
      this.#octets = new Uint8Array(Math.min(full, Math.max(1024, 2 * (kept.length + count))))
    this.#octets.set(kept)
    this.#end = kept.length
  }
}
