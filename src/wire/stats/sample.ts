/** Durations, in a memory that does not grow. */
import { milliseconds } from '../json.ts'

/** How durations are spread, in ms; null where there were none. */
export interface Spread {
  count: number
  min: number | null
  median: number | null
  p99: number | null
  max: number | null
}

/** Durations kept. */
export const sampleLimit = 4096

/** Every duration until it is full, then every second one, every fourth, and so on. `min` and `max` are those of all. */
export class Sample {
  #kept: number[] = []
  #stride = 1
  #count = 0
  #min = Infinity
  #max = -Infinity

  /** `duration` in ms. */
  add(duration: number): void {
    this.#min = Math.min(this.#min, duration)
    this.#max = Math.max(this.#max, duration)
    if (this.#count++ % this.#stride !== 0) return
    this.#kept.push(duration)
    if (this.#kept.length < sampleLimit) return
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0)
    this.#stride *= 2
  }

  summary(): Spread {
    if (this.#count === 0) return { count: 0, min: null, median: null, p99: null, max: null }
    const sorted = this.#kept.toSorted((a, b) => a - b)
    // The nearest rank: a duration that there was.
    const quantile = (part: number) => milliseconds(sorted[Math.ceil(part * sorted.length) - 1]!)
    return {
      count: this.#count,
      min: milliseconds(this.#min),
      median: quantile(0.5),
      p99: quantile(0.99),
      max: milliseconds(this.#max),
    }
  }
}
