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

  add(difference: Difference): void {
    this.total++
    this.byKind[difference.what]++
    if (this.kept.length < this.#limit) this.kept.push(difference)
  }
}
