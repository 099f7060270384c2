/** The differences found: the first ones are kept, all are counted. */
import type { Difference, DifferenceKind } from './difference.ts'

export class DifferenceList {
  readonly kept: Difference[] = []
  readonly byKind: Record<DifferenceKind, number> = {
    handshake: 0,
    message: 0,
    control: 0,
    frames: 0,
    close: 0,
    end: 0,
    time: 0,
  }
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
