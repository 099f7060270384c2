/** Copies of payloads that outlive the octets they came with. */
import { applyMask } from '../protocol/mask.ts'

/** Shorter ones share memory: an array of its own costs more than such a copy. */
const shortPayload = 4 * 1024
const sharedSize = 32 * 1024

/** What one side says lies together, so that it is let go of together. */
export class PayloadCopies {
  #shared: Uint8Array = new Uint8Array(0)
  #used = 0

  /** A copy of `bytes[start..end)`, unmasked; `position` is where in its payload it begins. */
  unmasked(bytes: Uint8Array, start: number, end: number, key: number, position: number): Uint8Array {
    const length = end - start
    if (length >= shortPayload) {
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
