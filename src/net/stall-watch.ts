/** Tells when a side has taken no octets for a while. Backpressure comes and goes all the time: one timer sees to it. */

/** After how long, in ms, it is told. */
export const stallTimes = [1000, 10_000]

export class StallWatch {
  readonly #now: () => number
  readonly #tell: (span: number) => void
  /** Since when the side takes no octets, null while it does. */
  #since: number | null = null
  #told = 0
  #timer: NodeJS.Timeout | null = null

  /** `tell` gets how long octets have waited, in ms. */
  constructor(now: () => number, tell: (span: number) => void) {
    this.#now = now
    this.#tell = tell
  }

  /** The side takes no octets from now on. */
  begin(time: number): void {
    if (this.#since !== null) return
    this.#since = time
    this.#told = 0
    this.#timer ??= this.#look(stallTimes[0] ?? 0)
  }

  /** It takes octets again. */
  end(): void {
    this.#since = null
  }

  /** Nothing is told any more. */
  stop(): void {
    this.end()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #look(span: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = null
      if (this.#since === null) return
      const waited = this.#now() - this.#since
      const due = stallTimes[this.#told]
      if (due !== undefined && waited >= due) {
        this.#told++
        this.#tell(Math.round(waited))
      }
      const next = stallTimes[this.#told]
      if (next !== undefined) this.#timer = this.#look(Math.max(1, next - waited))
    }, span).unref()
  }
}
