/** The differences found: the first ones are kept, all are counted. */
import { noKinds, type Difference } from './difference.ts'

export class DifferenceList {
  readonly kept: Difference[] = []
  readonly byKind = noKinds()
  total = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is added now is only counted. */
  get isFull(): boolean {
    return this.kept.length >= this.#limit
  }

  add(difference: Difference): void {
    this.total++
    this.byKind[difference.what]++
    if (!this.isFull) this.kept.push(difference)
  }
}
