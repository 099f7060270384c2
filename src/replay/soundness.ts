/** What one side of a connection does wrong by the rules alone: a measure for answers that need not be those recorded. */
import { ruleOf } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { Entry } from '../wire/entry.ts'
import type { LogLimits, WireLog } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { DifferenceList } from './difference-list.ts'
import { emptyResult, type Difference, type Measure, type Result } from './difference.ts'

/** Rows are read as they come: few need to be kept. */
const logLimits: LogLimits = { memory: 1024 * 1024, rows: 4096 }

/** A side is sound when it breaks no rule whose breach is an error, does not fail the connection, and does not reset it. */
export class Soundness implements Measure {
  readonly asRecorded = false
  readonly held = { expected: 0, got: 0 }
  readonly facts: Session
  readonly #side: Side
  readonly #differences: DifferenceList
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

  got(): void {
    // Nor does what was said: its octets are judged.
  }

  end(): Result {
    this.#advance(this.facts.log)
    const { kept, total, byKind } = this.#differences
    return { ...emptyResult(), differences: kept, total, byKind }
  }

  #advance(log: WireLog): void {
    for (this.#row = Math.max(this.#row, log.first); this.#row < log.next; this.#row++) {
      const fault = log.kind(this.#row) === 'frame' ? null : this.#faultOf(log.entry(this.#row))
      if (fault !== null) this.#differences.add(fault)
    }
  }

  #faultOf(entry: Entry): Difference | null {
    const from = this.#side
    const fault = (text: string, got: string): Difference => ({
      what: 'rule',
      from,
      ordinal: this.#differences.total + 1,
      expected: null,
      got,
      text,
    })
    if (entry.type === 'violation' && entry.from === from) {
      const { severity, section, text } = ruleOf(entry.rule)
      return severity === 'error'
        ? fault(`the ${from} breaks ${entry.rule}, ${section}: ${text}`, entry.detail)
        : null
    }
    if (entry.type === 'tcp' && entry.from === from && entry.state === 'reset')
      return fault(`the ${from} resets TCP`, 'RST')
    if (entry.type === 'verdict' && entry.by === from && !isInOrder(entry.code))
      return fault(`the ${from} fails the connection`, `Close ${entry.code ?? ''} "${entry.reason ?? ''}"`)
    return null
  }
}

/** Codes that an endpoint closes with when nothing is wrong: 1000, 1001, its own, none (RFC 6455 §7.4). */
function isInOrder(code: number | null): boolean {
  return code === null || code === 1000 || code === 1001 || code >= 3000
}
