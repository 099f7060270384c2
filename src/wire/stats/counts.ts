/** How often each of many values came: for chop sizes, close codes, rules. */

export class Counts<K> {
  /** How often values came that are not told apart, since there were too many. */
  other = 0

  readonly #limit: number
  readonly #counts = new Map<K, number>()

  /** At most `limit` different values are told apart. */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(value: K, times = 1): void {
    const before = this.#counts.get(value)
    if (before === undefined && this.#counts.size === this.#limit) this.other += times
    else this.#counts.set(value, (before ?? 0) + times)
  }

  /** In the order in which the values came first. */
  entries(): [value: K, times: number][] {
    return [...this.#counts]
  }
}
