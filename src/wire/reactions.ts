/** What follows from violations: the peer fails the connection over them, or bears with them (RFC 6455 §7.1.7). */
import { codeText } from '../protocol/close-code.ts'
import { ruleOf, toleratedAs, type RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { patience, type Pair } from './pair.ts'
import type { Breach, Offence } from './side-record.ts'

/** Close codes that say that something of the peer is refused (RFC 6455 §7.4.1). */
const refusals: ReadonlySet<number | null> = new Set([1002, 1003, 1007, 1008, 1009, 1010])

export class Reactions {
  readonly #pair: Pair

  constructor(pair: Pair) {
    this.#pair = pair
  }

  /** `from` broke a rule at `offset`. */
  offended(from: Side, rule: RuleId, offset: number, time: number): void {
    const side = this.#pair.records[from]
    const tolerated = toleratedAs(rule)
    if (
      ruleOf(rule).severity === 'error' &&
      (tolerated === null || side.toldTolerated?.has(tolerated) !== true)
    ) {
      // The latest error is the likeliest cause; of several on one frame, or of a run, the first.
      const { cause } = side
      const isOther = cause !== null && cause.rule !== rule && time > cause.last
      const answered = this.#pair.standing(peerOf(from)).dataFrames
      if (cause === null || isOther || time - cause.last > patience.reaction)
        side.cause = { rule, offset, last: time, answered }
      else Object.assign(cause, { last: time, answered })
    }
    if (tolerated === null) return
    side.hasErred = true
    if (side.toldTolerated?.has(tolerated) === true || this.#pair.records[peerOf(from)].close !== null) return
    const offences = (side.offences ??= new Map<RuleId, Offence>())
    const known = offences.get(tolerated)
    if (known !== undefined) {
      known.rules.add(rule)
      return
    }
    offences.set(tolerated, { rules: new Set([rule]), time })
    this.#pair.at(time + patience.reaction, () => {
      if (this.#pair.records[peerOf(from)].ended === null)
        this.#tellTolerated(from, tolerated, 'nothing followed within 5 s')
    })
  }

  /** The error of its peer that `from` may react to at `time`; null where it had borne with it. */
  causeFor(from: Side, time: number): Breach | null {
    const { cause, toldTolerated } = this.#pair.records[peerOf(from)]
    if (cause === null || time - cause.last > patience.reaction) return null
    const tolerated = toleratedAs(cause.rule)
    const { rule, offset } = cause
    return tolerated !== null && toldTolerated?.has(tolerated) === true ? null : { rule, offset }
  }

  /** That for which `from` may send Close with `code`: one that blames nobody has other reasons once it went on with data. */
  causeOfClose(from: Side, code: number | null, time: number): Breach | null {
    const { cause } = this.#pair.records[peerOf(from)]
    const wentOn = cause !== null && this.#pair.standing(from).dataFrames > cause.answered
    return wentOn && !refusals.has(code) ? null : this.causeFor(from, time)
  }

  /** `from` sent Close: does it answer the offences of its peer, or only the peer's Close? */
  closed(from: Side): void {
    const offender = this.#pair.records[peerOf(from)]
    const isEcho = offender.close !== null && offender.close.code === this.#pair.records[from].close?.code
    if (isEcho) {
      for (const tolerated of [...(offender.offences?.keys() ?? [])])
        this.#tellTolerated(
          peerOf(from),
          tolerated,
          `the ${from}'s Close only answers with ${codeText(offender.close?.code ?? null)}`,
        )
    }
    offender.offences?.clear()
  }

  /** `from` ended TCP, which is a way of failing the connection too. */
  ended(from: Side): void {
    this.#pair.records[peerOf(from)].offences?.clear()
  }

  #tellTolerated(offender: Side, tolerated: RuleId, what: string): void {
    const side = this.#pair.records[offender]
    const offence = side.offences?.get(tolerated)
    if (offence === undefined) return
    side.offences?.delete(tolerated)
    side.toldTolerated = (side.toldTolerated ?? new Set<RuleId>()).add(tolerated)
    const detail = `${[...offence.rules].join(', ')} at ${offence.time.toFixed(3)} ms: ${what}`
    this.#pair.concluded(peerOf(offender), tolerated, detail, false)
  }
}
