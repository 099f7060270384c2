/** How whole numbers are spread, in powers of two: 0, 1, 2–3, 4–7 … */

/** Values from `from` to `to`, both included. */
export interface Bucket {
  from: number
  to: number
  count: number
}

/** A `Histogram` as plain data; buckets without a value are left out. */
export interface HistogramSummary {
  count: number
  /** The sum of all values. */
  total: number
  max: number
  buckets: Bucket[]
}

/** Which bucket a whole number from 0 to 2^53 - 1 belongs to. */
export function bucketOf(value: number): number {
  return value < 0x1_0000_0000 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 0x1_0000_0000)
}

/** The bounds of a bucket. */
export function boundsOf(bucket: number): { from: number; to: number } {
  return bucket === 0 ? { from: 0, to: 0 } : { from: 2 ** (bucket - 1), to: 2 ** bucket - 1 }
}

export class Histogram {
  readonly #counts = new Float64Array(65)
  #total = 0
  #max = 0

  /** `count` equal values. */
  static of(value: number, count: number): Histogram {
    const histogram = new Histogram()
    histogram.#counts[bucketOf(value)] = count
    histogram.#total = value * count
    histogram.#max = count > 0 ? value : 0
    return histogram
  }

  add(value: number, times = 1): void {
    this.#counts[bucketOf(value)]! += times
    this.#total += value * times
    if (value > this.#max) this.#max = value
  }

  /** The values of both. */
  plus(other: Histogram): Histogram {
    const sum = new Histogram()
    sum.#counts.set(this.#counts.map((count, bucket) => count + other.#counts[bucket]!))
    sum.#total = this.#total + other.#total
    sum.#max = Math.max(this.#max, other.#max)
    return sum
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  summary(): HistogramSummary {
    const buckets = Array.from(this.#counts, (count, bucket) => ({ ...boundsOf(bucket), count }))
    return {
      count: this.count,
      total: this.#total,
      max: this.#max,
      buckets: buckets.filter(({ count }) => count > 0),
    }
  }
}
