/** A pattern held against the octets of one direction. */
import type { Side } from '../protocol/side.ts'
import type { ChopPattern } from './chop-pattern.ts'
import type { WritePlanner } from './cut-planner.ts'
import { FrameCuts } from './frame-cuts.ts'

/**
 * The cuts of one direction. It sees all octets in order; where it cuts does not depend on the buffers they lie in, but for
 * a pattern with `*`, which begins anew with each of them.
 */
export class ChopPlanner implements WritePlanner {
  readonly #next: (bytes: Uint8Array, at: number) => number

  /** `from`: who sends the octets. */
  constructor(pattern: ChopPattern, from: Side) {
    if (pattern.kind === 'at') {
      const cuts = new FrameCuts(pattern.place, from)
      this.#next = (bytes, at) => cuts.next(bytes, at)
    } else {
      const sizes = pattern.kind === 'random' ? seededSizes(pattern.seed) : givenSizes(pattern)
      const restarts = pattern.kind === 'sizes' && pattern.rest
      const counter = new SizeCounter(sizes, restarts)
      this.#next = (bytes, at) => counter.next(bytes, at)
    }
  }

  next(bytes: Uint8Array, at: number): number {
    return this.#next(bytes, at)
  }
}

/** Sizes that are used up octet by octet. */
class SizeCounter {
  readonly #sizes: () => Iterator<number, never>
  readonly #restarts: boolean
  #size: Iterator<number, never>
  /** Octets until the next cut. */
  #left: number

  constructor(sizes: () => Iterator<number, never>, restarts: boolean) {
    this.#sizes = sizes
    this.#restarts = restarts
    this.#size = sizes()
    this.#left = this.#size.next().value
  }

  next(bytes: Uint8Array, at: number): number {
    if (at === 0 && this.#restarts) {
      this.#size = this.#sizes()
      this.#left = this.#size.next().value
    }
    const taken = Math.min(this.#left, bytes.length - at)
    this.#left -= taken
    if (this.#left === 0) this.#left = this.#size.next().value
    return at + taken
  }
}

function givenSizes({
  sizes,
  rest,
}: {
  sizes: readonly number[]
  rest: boolean
}): () => Iterator<number, never> {
  return function* () {
    for (;;) {
      yield* sizes
      if (rest) yield Infinity
    }
  }
}

/** Sizes from 1 to 4096, each power of two as likely as the others. */
function seededSizes(seed: number): () => Iterator<number, never> {
  return function* () {
    let state = seed
    for (;;) {
      // Numerical Recipes' generator: its high bits are the good ones.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      yield Math.floor(2 ** ((state / 2 ** 32) * 12)) // up to 2^12 - 1
    }
  }
}
