/** Where the frames of one side begin, as far as its own octets tell. */
import type { Side } from '../protocol/side.ts'

/** Characters at the end of a line that are looked at. */
const tailLength = 256

/** Searches for the end of the head that opens the connection: a request for an upgrade, or a 101. */
export class UpgradeSearch {
  readonly #mark: RegExp
  #line = ''
  /** The head at hand is one of an upgrade. */
  #isUpgrade = false
  /** Frames begin behind what was pushed. */
  found = false

  constructor(from: Side) {
    // What stands before it may be a body without a line end.
    this.#mark = from === 'client' ? /^upgrade:.*\bwebsocket\b/i : /HTTP\/1\.\d 101\b/
  }

  /** Returns the index of the first octet of a frame, or `bytes.length`. */
  push(bytes: Uint8Array, at: number): number {
    let i = at
    while (!this.found && i < bytes.length) {
      const lineFeed = bytes.indexOf(0x0a, i)
      const stop = lineFeed < 0 ? bytes.length : lineFeed
      const tail = String.fromCharCode(...bytes.subarray(Math.max(i, stop - tailLength), stop))
      this.#line = (this.#line + tail).slice(-tailLength)
      if (lineFeed >= 0) this.#endLine()
      i = lineFeed < 0 ? stop : lineFeed + 1
    }
    return i
  }

  #endLine(): void {
    if (this.#line === '' || this.#line === '\r') {
      this.found = this.#isUpgrade
      this.#isUpgrade = false
    } else if (this.#mark.test(this.#line)) this.#isUpgrade = true
    this.#line = ''
  }
}
