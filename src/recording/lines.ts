/** A stream cut into lines, each with its place in it. What is held is one line, and of that no more than a limit. */

export interface Line {
  /** Without the line feed; null when there were more than the limit. */
  octets: Buffer | null
  /** From 1. */
  number: number
  /** Where it begins in the stream. */
  offset: number
  /** Octets of it, without the line feed. */
  length: number
  /** False for what stands at the end without a line feed. */
  whole: boolean
}

const lineFeed = 0x0a

export class LineSplitter {
  readonly #limit: number
  #pieces: Buffer[] = []
  /** Octets of the unfinished line, kept or not. */
  #length = 0
  #number = 0
  #offset = 0

  /** `limit`: octets of the longest line that is kept. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The lines that end in `chunk`, which must not change while a line is unfinished. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      this.#hold(chunk.subarray(start, at))
      yield this.#take(true)
      start = at + 1
    }
    this.#hold(chunk.subarray(start))
  }

  /** What is left. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#take(false)
  }

  #hold(piece: Buffer): void {
    this.#length += piece.length
    if (this.#length > this.#limit) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }

  #take(whole: boolean): Line {
    const [only, ...more] = this.#pieces
    const octets = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#pieces)
    const line = {
      octets: this.#length > this.#limit ? null : octets,
      number: ++this.#number,
      offset: this.#offset,
      length: this.#length,
      whole,
    }
    this.#offset += this.#length + 1
    this.#pieces = []
    this.#length = 0
    return line
  }
}
