/**
 * Rolls up runs. A rule that breaks on every frame of a flood would bury the log: the first violation of a run is told at
 * once, what follows on consecutive frames is counted and told when the run ends, after 10, 100, 1,000 …, and when the first
 * of them is a second old, so that a run without end shows too. Notices and infos are one run to the end of the connection,
 * and can wait. It depends on the frames and their times alone, never on how they were chopped.
 */
import { ruleOf, type RuleId } from '../protocol/rules.ts'
import type { Violation } from './entry.ts'
import { patience, type Pair } from './pair.ts'

/** A violation before it is a row. */
export type Finding = Omit<Violation, 'type' | 'count'>

/** Takes a violation that stands for `count`. */
export type Tell = (finding: Finding, count: number) => void

interface Run {
  /** The last frame that broke the rule, counted from 0. */
  frame: number
  /** It goes on over frames that keep to the rule. */
  lasting: boolean
  /** Violations not told yet, the first of them, and when that was found. */
  pending: number
  finding: Finding
  since: number
  /** How many pending ones are told without waiting for the end. */
  most: number
}

export class ViolationRuns {
  readonly #tell: Tell
  readonly #at: Pair['at']
  /** A deadline is set: there is one at a time, however many runs begin and end. */
  #isWatched = false
  /** Made when there is one: most connections break no rule. */
  #runs: Map<RuleId, Run> | null = null
  #frame = 0

  constructor(tell: Tell, at: Pair['at']) {
    this.#tell = tell
    this.#at = at
  }

  /** A violation on the current frame, found at `time`. `find` gathers its evidence, where it is to be told. */
  add(rule: RuleId, time: number, find: () => Finding): void {
    const runs = (this.#runs ??= new Map<RuleId, Run>())
    const run = runs.get(rule)
    if (run === undefined) {
      const { severity } = ruleOf(rule)
      const lasting = severity === 'notice' || severity === 'info'
      const finding = find()
      runs.set(rule, { frame: this.#frame, lasting, pending: 0, finding, since: time, most: 10 })
      this.#tell(finding, 1)
      return
    }
    run.frame = this.#frame
    if (run.pending++ === 0) {
      run.finding = find()
      run.since = time
      if (!run.lasting) this.#watch(time + patience.run)
    }
    if (run.pending === run.most) {
      this.#flush(run)
      run.most *= 10
    }
  }

  /** A frame is over: runs that it did not continue end. */
  endFrame(): void {
    if (this.#runs !== null) this.#endBroken(this.#runs)
    this.#frame++
  }

  /** Nothing follows. */
  end(): void {
    for (const run of this.#runs?.values() ?? []) this.#flush(run)
    this.#runs = null
  }

  #watch(due: number): void {
    if (this.#isWatched) return
    this.#isWatched = true
    this.#at(due, now => {
      this.#isWatched = false
      this.#tellOld(now)
    })
  }

  /** Tells what has waited long enough by `now`, and sees to the rest later. */
  #tellOld(now: number): void {
    let next = Infinity
    for (const run of this.#runs?.values() ?? []) {
      if (run.lasting || run.pending === 0) continue
      const due = run.since + patience.run
      if (due <= now) this.#flush(run)
      else next = Math.min(next, due)
    }
    if (next < Infinity) this.#watch(next)
  }

  #endBroken(runs: Map<RuleId, Run>): void {
    for (const [rule, run] of runs) {
      if (run.frame === this.#frame || run.lasting) continue
      this.#flush(run)
      runs.delete(rule)
    }
    if (runs.size === 0) this.#runs = null
  }

  #flush(run: Run): void {
    if (run.pending > 0) this.#tell(run.finding, run.pending)
    run.pending = 0
  }
}
