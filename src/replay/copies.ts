/** Copies of octets that outlive what they came in. */
import { applyMask } from '../protocol/mask.ts'

/** Shorter ones share memory: an array of its own costs more than such a copy. */
const shortLength = 4 * 1024
const sharedSize = 32 * 1024

/** Those of one stream lie together, so that they are let go of together. */
export class Copies {
  #shared: Uint8Array = new Uint8Array(0)
  #used = 0

  /** A copy of `bytes`. */
  of(bytes: Uint8Array): Uint8Array {
    return this.unmasked(bytes, 0, bytes.length, 0, 0)
  }

  /** A copy of the payload octets `bytes[start..end)`, unmasked; `position` is where in the payload they begin. */
  unmasked(bytes: Uint8Array, start: number, end: number, key: number, position: number): Uint8Array {
    const length = end - start
    if (length >= shortLength) {
      // A slice of a Buffer would be no copy.
      const copy = new Uint8Array(bytes.subarray(start, end))
      applyMask(copy, 0, length, key, position)
      return copy
    }
    if (this.#used + length > this.#shared.length) {
      this.#shared = new Uint8Array(Buffer.allocUnsafeSlow(sharedSize).buffer)
      this.#used = 0
    }
    const at = this.#used
    this.#used += length
    this.#shared.set(bytes.subarray(start, end), at)
    applyMask(this.#shared, at, this.#used, key, position)
    return this.#shared.subarray(at, this.#used)
  }
}
