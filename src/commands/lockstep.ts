/** Two readings of one thing each, kept about as far as each other. */

export type Reading = 'expected' | 'got'

/** Octets that one may be ahead before it waits for the other. */
export const aheadLimit = 16 * 1024 * 1024

/** At most one waits at a time, so both always come to their end. */
export class Lockstep {
  readonly #held: () => Readonly<Record<Reading, number>>
  #waiting: { who: Reading; goOn: () => void } | null = null
  #isAlone = false

  /** `held` says how many octets each has read that wait for the other. */
  constructor(held: () => Readonly<Record<Reading, number>>) {
    this.#held = held
  }

  /** `who` has read a bit; goes on when what is returned has resolved. */
  step(who: Reading): Promise<void> | undefined {
    const held = this.#held()
    if (this.#waiting !== null && held[this.#waiting.who] <= aheadLimit / 2) this.#release()
    if (held[who] <= aheadLimit || this.#waiting !== null || this.#isAlone) return undefined
    return new Promise(resolve => {
      this.#waiting = { who, goOn: resolve }
    })
  }

  /** One is over: the other need not wait any more. */
  end(): void {
    this.#isAlone = true
    this.#release()
  }

  #release(): void {
    this.#waiting?.goOn()
    this.#waiting = null
  }
}
