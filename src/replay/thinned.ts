/** Few of many, evenly: what is kept depends on nothing but how many came. */

/** Keeps every one, then every second, every fourth and so on, so that never more than twice `limit` are kept. */
export class Thinned<T> {
  readonly #limit: number
  #kept: T[] = []
  #step = 1
  /** All that came. */
  count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(one: T): void {
    if (this.count++ % this.#step !== 0) return
    this.#kept.push(one)
    if (this.#kept.length <= 2 * this.#limit) return
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0)
    this.#step *= 2
  }

  /** So many of them, from the first to the last of those that are kept. */
  spread(many: number): T[] {
    const kept = this.#kept
    if (kept.length <= many) return kept
    const step = many > 1 ? (kept.length - 1) / (many - 1) : 0
    const places = Array.from({ length: many }, (_, i) => Math.round(i * step))
    return kept.filter((_, i) => places.includes(i))
  }
}

/** Shares `most` out: as much for each as for the others, but no more than it asks for. */
export function shareOut(most: number, asked: readonly number[]): number[] {
  const shares = asked.map(() => 0)
  let left = most
  for (;;) {
    const open = shares.flatMap((share, i) => (share < (asked[i] ?? 0) ? [i] : []))
    if (left === 0 || open.length === 0) return shares
    const each = Math.max(1, Math.floor(left / open.length))
    for (const i of open) {
      const more = Math.min(each, left, (asked[i] ?? 0) - (shares[i] ?? 0))
      shares[i] = (shares[i] ?? 0) + more
      left -= more
    }
  }
}
