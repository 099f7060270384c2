/** What one side of a connection does wrong by the rules alone: a measure for answers that need not be those recorded. */
import { ruleOf } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { Entry } from '../wire/entry.ts'
import type { LogLimits, WireLog } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { DifferenceList } from './difference-list.ts'
import { emptyResult, type Measure, type Result } from './difference.ts'
import type { Said } from './said.ts'

/** Rows are read as they come: few need to be kept. */
const logLimits: LogLimits = { memory: 1024 * 1024, rows: 4096 }

/** A side is sound when it breaks no rule whose breach is an error, does not fail the connection, and does not reset it. */
export class Soundness implements Measure {
  readonly asRecorded = false
  readonly held = { expected: 0, got: 0 }
  readonly facts: Session
  readonly #side: Side
  readonly #differences: DifferenceList
  /** The code of the other side's Close; undefined before that. */
  #closed: number | null | undefined
  #row = 0

  /** `limit`: how many faults are kept; all are counted. */
  constructor(side: Side, limit: number) {
    this.#side = side
    this.#differences = new DifferenceList(limit)
    this.facts = new Session({ log: logLimits })
    this.facts.attach({
      advance: log => {
        this.#advance(log)
        return false
      },
      end: () => Promise.resolve(),
    })
  }

  expected(): void {
    // What was recorded does not matter.
  }

  /** What was said is judged by its octets; but for the code of a Close that is no echo, which every peer may choose. */
  got(said: Said): void {
    if (said.type !== 'close') return
    const { from, code, reason } = said
    if (from !== this.#side) this.#closed ??= code
    else if (!isInOrder(code) && code !== this.#closed)
      this.#add(`the ${from} fails the connection`, `Close ${code ?? ''} "${reason}"`)
  }

  end(): Result {
    this.#advance(this.facts.log)
    const { kept, total, byKind } = this.#differences
    return { ...emptyResult(), differences: kept, total, byKind }
  }

  #advance(log: WireLog): void {
    for (this.#row = Math.max(this.#row, log.first); this.#row < log.next; this.#row++) {
      if (log.kind(this.#row) !== 'frame') this.#judge(log.entry(this.#row))
    }
  }

  #judge(entry: Entry): void {
    const from = this.#side
    if (entry.from !== from) return
    if (entry.type === 'violation') {
      const { severity, section, text } = ruleOf(entry.rule)
      if (severity === 'error')
        this.#add(`the ${from} breaks ${entry.rule}, ${section}: ${text}`, entry.detail)
    }
    if (entry.type === 'tcp' && entry.state === 'reset') this.#add(`the ${from} resets TCP`, 'RST')
  }

  #add(text: string, got: string): void {
    const ordinal = this.#differences.total + 1
    this.#differences.add({ what: 'rule', from: this.#side, ordinal, expected: null, got, text })
  }
}

/** Codes that an endpoint closes with when nothing is wrong: 1000, 1001, its own, none (RFC 6455 §7.4). */
function isInOrder(code: number | null): boolean {
  return code === null || code === 1000 || code === 1001 || code >= 3000
}
