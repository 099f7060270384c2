/**
 * Lines that wait to be written, in a few large buffers that are used again. A line lies in one batch: a batch that
 * is written is whole lines. Chops go in as octets and leave no object behind.
 */
import { asBuffer } from '../wire/buffer.ts'
import { octetsTail } from './octets-line.ts'

/** Whole lines, in `octets[0..length)`. */
export interface Batch {
  octets: Buffer
  length: number
  lines: number
}

const batchSize = 1024 * 1024

/** Base64 up to this length is written together with the rest of its line. */
const shortData = 4096

/** Empty batches kept for use when nothing waits: one is filled while one is written. */
const spareLimit = 2

function emptyBatch(size: number): Batch {
  return { octets: Buffer.allocUnsafeSlow(size), length: 0, lines: 0 }
}

export class Batches {
  #open = emptyBatch(batchSize)
  readonly #full: Batch[] = []
  readonly #spare: Batch[] = []
  #waiting = 0

  /** Octets of lines that are not done with: they wait or are being written. */
  get waiting(): number {
    return this.#waiting
  }

  /** True when a batch is full. */
  get hasFull(): boolean {
    return this.#full.length > 0
  }

  /** Adds a line, with its line feed. */
  add(line: string): void {
    const length = Buffer.byteLength(line)
    const batch = this.#room(length)
    batch.octets.write(line, batch.length, 'utf8')
    this.#added(batch, length)
  }

  /** Adds an `octets` line: `head` is ASCII and ends where the base64 of `bytes` begins. */
  addOctets(head: string, bytes: Uint8Array): void {
    const data = asBuffer(bytes).toString('base64')
    const length = head.length + data.length + octetsTail.length
    const batch = this.#room(length)
    let at = batch.length
    // Joining costs a copy, writing a piece costs a call.
    for (const piece of data.length < shortData ? [head + data + octetsTail] : [head, data, octetsTail]) {
      at += batch.octets.write(piece, at, 'latin1')
    }
    this.#added(batch, length)
  }

  /** The oldest full batch, or null. */
  takeFull(): Batch | null {
    return this.#full.shift() ?? null
  }

  /** The batch that is being filled, or null when nothing is in it. */
  takeOpen(): Batch | null {
    if (this.#open.length === 0) return null
    const batch = this.#open
    this.#open = this.#next(0)
    return batch
  }

  /** A batch that was taken is done with. While others wait it is kept: new memory is slow, and makes garbage. */
  done(batch: Batch): void {
    this.#waiting -= batch.length
    if (batch.octets.length === batchSize) {
      batch.length = 0
      batch.lines = 0
      this.#spare.push(batch)
    }
    if (this.#waiting === 0) this.#spare.length = Math.min(this.#spare.length, spareLimit)
  }

  #room(length: number): Batch {
    if (this.#open.length + length > this.#open.octets.length) {
      if (this.#open.length > 0) this.#full.push(this.#open)
      this.#open = this.#next(length)
    }
    return this.#open
  }

  #next(length: number): Batch {
    return length > batchSize ? emptyBatch(length) : (this.#spare.pop() ?? emptyBatch(batchSize))
  }

  #added(batch: Batch, length: number): void {
    batch.length += length
    batch.lines++
    this.#waiting += length
  }
}
