/** `wsinspect replay client FILE URL --sweep`: a session once for each cut that a sound server must not notice. */
import { ExitCode } from '../errors.ts'
import { chopWrites } from '../net/chopper.ts'
import type { Leg } from '../net/leg.ts'
import type { Ending } from '../net/player.ts'
import { saveFile } from '../recording/save.ts'
import type { RecordingIndex } from '../recording/recording-index.ts'
import { CutPlanner, type WritePlanner } from '../replay/cut-planner.ts'
import { cutText, type Cut } from '../replay/cut.ts'
import { SweepPlan, type Sweep } from '../replay/sweep.ts'
import { junitXml, type JUnitSuite } from '../report/junit.ts'
import {
  changeText,
  changedLine,
  cutJson,
  sweepCases,
  sweepJson,
  sweepTable,
  type CutOutcome,
  type SweepResult,
} from '../report/sweep-report.ts'
import type { Connect, Performance } from './performance.ts'
import { apartDelay } from './replay.ts'
import { endingCase, endingText, exitCodeOf } from './replay-report.ts'
import { say } from './terminal.ts'

export interface SweepOptions {
  sweepLimit: number
  /** Milliseconds. */
  chopDelay: number
  parallel: number
  json?: boolean
  junit?: string
}

export interface SweepSetup {
  index: RecordingIndex
  dial: () => Leg
  /** The client's side of connection `recorded` on what `connect` makes; `conn` numbers the runs. */
  perform: (recorded: number, conn: number, connect: Connect) => Performance
  options: SweepOptions
  /** Resolves when there is to be an end, with the exit code of that. */
  stopped: Promise<number>
}

/** Writes as they are: apart in time, as those with a cut. */
const asRecorded: WritePlanner = { next: ({ length }) => length }

/** Sweeps connections one after the other. Resolves with the exit code. */
export async function sweep(setup: SweepSetup, recorded: readonly number[]): Promise<number> {
  const { options, stopped } = setup
  const suites: JUnitSuite[] = []
  const run = new SweepRun(setup)
  void stopped.then(code => run.abort(code))
  let exitCode: number = ExitCode.ok
  for (const conn of recorded) {
    if (run.isOver) break
    const { code, suite } = await run.sweep(conn)
    exitCode = Math.max(exitCode, code)
    suites.push(suite)
  }
  if (options.junit !== undefined)
    await saveFile(options.junit, junitXml('wsinspect replay client --sweep', suites), true)
  return run.stopped ?? exitCode
}

class SweepRun {
  readonly #setup: SweepSetup
  readonly #running = new Set<Performance>()
  #conn = 0
  /** The exit code with which it was stopped. */
  stopped: number | null = null
  /** Nobody listens any more. */
  #isGone = false

  constructor(setup: SweepSetup) {
    this.#setup = setup
  }

  /** True when nothing more is to be played. */
  get isOver(): boolean {
    return this.stopped !== null || this.#isGone
  }

  /** Begins nothing more, and ends what is on. */
  async abort(exitCode: number): Promise<void> {
    this.stopped = exitCode
    await Promise.all([...this.#running].map(performance => performance.abort('wsinspect was stopped')))
  }

  async sweep(recorded: number): Promise<{ code: number; suite: JUnitSuite }> {
    const { index, options } = this.#setup
    const timestamp = new Date().toISOString()
    const name = `sweep of connection ${recorded}`
    const plan = new SweepPlan(options.sweepLimit)
    await index.read(recorded, plan)
    const uncut = await this.#play(recorded, asRecorded)
    if (uncut === null) return { code: ExitCode.ok, suite: { name, timestamp, cases: [] } }
    if (uncut.ending.kind === 'failed') {
      this.#isGone = true
      say(`connection ${recorded}: ${uncut.change ?? ''}`)
      return {
        code: uncut.code,
        suite: { name, timestamp, cases: [endingCase(name, uncut.ending, 'client', uncut.time)] },
      }
    }
    if (uncut.change !== null) {
      const message = `without a cut the answer is not the recorded one: ${uncut.change}`
      say(`connection ${recorded}: ${message} (nothing was cut; see what differs without --sweep)`)
      const outcome = { type: 'failure', kind: 'DIFFERENT', message, text: message } as const
      const cases = [{ classname: name, name: 'without a cut', time: uncut.time / 1000, outcome }]
      return { code: uncut.code, suite: { name, timestamp, cases } }
    }
    const result = await this.#playAll(recorded, plan.sweep())
    this.#print(sweepJson(recorded, result), sweepTable(result))
    const isChanged = this.#isGone || result.outcomes.some(({ change }) => change !== null)
    const cases = sweepCases(name, result.outcomes)
    return { code: isChanged ? ExitCode.failed : ExitCode.ok, suite: { name, timestamp, cases } }
  }

  async #playAll(recorded: number, { cuts, found }: Sweep): Promise<SweepResult> {
    const outcomes: CutOutcome[] = []
    const queue = cuts.values()
    /** The last one: whether the server bore it is known when the next has connected. */
    let last: CutOutcome | null = null
    const tell = (next: CutOutcome | null) => {
      if (last !== null) {
        outcomes.push(last)
        this.#print(cutJson(recorded, last), last.change === null ? [] : [changedLine(last)])
      }
      last = next
    }
    const worker = async () => {
      for (const cut of queue) {
        const outcome = this.isOver ? null : await this.#playCut(recorded, cut)
        if (outcome === null) return
        if (typeof outcome !== 'string') tell(outcome)
        else if (!this.#isGone) {
          this.#isGone = true
          last = this.#goneAfter(recorded, last, outcome)
        }
      }
    }
    await Promise.all(Array.from({ length: this.#setup.options.parallel }, worker))
    tell(null)
    const order = new Map(cuts.map((cut, i) => [cut, i]))
    outcomes.sort((a, b) => (order.get(a.cut) ?? 0) - (order.get(b.cut) ?? 0))
    return { outcomes, found, planned: cuts.length }
  }

  /** Says that the server is gone, for a reason; that counts for the cut that was the last. */
  #goneAfter(recorded: number, last: CutOutcome | null, reason: string): CutOutcome | null {
    const what = last === null ? 'the session without a cut' : `the cut "${cutText(last.cut)}"`
    say(`connection ${recorded}: the server is gone after ${what}: ${reason}`)
    return last === null ? null : { ...last, change: last.change ?? `the server is gone: ${reason}` }
  }

  /** Null when it was stopped; why where nobody could be called. */
  async #playCut(recorded: number, cut: Cut): Promise<CutOutcome | string | null> {
    const planner = new CutPlanner(cut)
    const run = await this.#play(recorded, planner)
    if (run?.ending.kind === 'failed') return run.change ?? ''
    return run === null ? null : { cut, change: run.change, made: planner.done, time: run.time }
  }

  /** Null when it was stopped. */
  async #play(
    recorded: number,
    planner: WritePlanner,
  ): Promise<{ ending: Ending; change: string | null; code: number; time: number } | null> {
    const { dial, perform, options } = this.#setup
    const performance = perform(recorded, ++this.#conn, wrote => {
      const leg = dial()
      chopWrites(leg.socket, planner, Math.max(options.chopDelay, apartDelay), wrote)
      return leg
    })
    const begin = Date.now()
    this.#running.add(performance)
    const outcome = await performance.play()
    this.#running.delete(performance)
    if (this.stopped !== null) return null
    const { ending, result } = outcome
    const reason = endingText(ending, 'client')
    const change = ending.kind === 'failed' ? reason : changeText(result.differences, reason)
    return { ending, change, code: exitCodeOf(outcome), time: Date.now() - begin }
  }

  #print(json: object, lines: readonly string[]): void {
    if (this.#setup.options.json === true) process.stdout.write(`${JSON.stringify(json)}\n`)
    else if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  }
}
