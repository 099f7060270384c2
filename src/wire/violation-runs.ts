/**
 * Rolls up runs. A rule that breaks on every frame of a flood would bury the log: the first violation of a run is told at
 * once, what follows on consecutive frames is counted and told when the run ends, and after 10, 100, 1,000 … so that a run
 * without end shows too. It depends on the frames alone, never on how they were chopped.
 */
import type { RuleId } from '../protocol/rules.ts'

/** Takes a violation that stands for `count`. */
export type Tell = (rule: RuleId, offset: number, detail: string, count: number) => void

interface Run {
  /** The last frame that broke the rule, counted from 0. */
  frame: number
  /** Violations not told yet, and the first of them. */
  pending: number
  offset: number
  detail: string
  /** How many pending ones are told without waiting for the end. */
  patience: number
}

export class ViolationRuns {
  readonly #tell: Tell
  readonly #runs = new Map<RuleId, Run>()
  #frame = 0

  constructor(tell: Tell) {
    this.#tell = tell
  }

  /** A violation on the current frame. */
  add(rule: RuleId, offset: number, detail: string): void {
    const run = this.#runs.get(rule)
    if (run === undefined) {
      this.#runs.set(rule, { frame: this.#frame, pending: 0, offset, detail, patience: 10 })
      this.#tell(rule, offset, detail, 1)
      return
    }
    run.frame = this.#frame
    if (run.pending++ === 0) {
      run.offset = offset
      run.detail = detail
    }
    if (run.pending === run.patience) {
      this.#flush(rule, run)
      run.patience *= 10
    }
  }

  /** A frame is over: runs that it did not continue end. */
  endFrame(): void {
    if (this.#runs.size > 0) {
      for (const [rule, run] of this.#runs) if (run.frame < this.#frame) this.#end(rule, run)
    }
    this.#frame++
  }

  /** Nothing follows. */
  end(): void {
    for (const [rule, run] of this.#runs) this.#end(rule, run)
  }

  #end(rule: RuleId, run: Run): void {
    this.#flush(rule, run)
    this.#runs.delete(rule)
  }

  #flush(rule: RuleId, run: Run): void {
    if (run.pending > 0) this.#tell(rule, run.offset, run.detail, run.pending)
    run.pending = 0
  }
}
