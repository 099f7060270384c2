/** The differences found: the first ones are kept, all are counted. */
import type { Difference } from './difference.ts'

export class DifferenceList {
  readonly kept: Difference[] = []
  total = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  add(difference: Difference): void {
    this.total++
    if (this.kept.length < this.#limit) this.kept.push(difference)
  }
}
