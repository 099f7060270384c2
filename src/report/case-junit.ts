/** Verdicts as JUnit has them: what is not implemented is skipped, what is not strict passes unless it is asked for. */
import type { CaseReport } from '../conformance/case-report.ts'
import { fuzzerLines } from './fuzzer-log.ts'
import type { JUnitCase } from './junit.ts'

/** Lines of the wire log that a failure carries. */
const logLines = 40

/** The test case of a report. `strict`: what is not strict fails. */
export function junitCase(report: CaseReport, strict = false): JUnitCase {
  const { agent, id, description, duration } = report
  const about = description.trim().replace(/\s+/g, ' ')
  return {
    classname: `wsinspect.${agent}.${groupOf(id)}`,
    name: `${id} ${about}`.slice(0, 200),
    time: duration / 1000,
    outcome: outcomeOf(report, strict),
  }
}

/** `5` of `5.20`; `conn` of `conn-1`. */
function groupOf(id: string): string {
  return id.split(/[.-]/)[0] ?? id
}

function outcomeOf(report: CaseReport, strict: boolean): JUnitCase['outcome'] {
  const { behavior, behaviorClose, result, resultClose } = report
  if (behavior === 'UNIMPLEMENTED') return { type: 'skipped', message: behavior }
  if (behavior === 'FAILED' || (strict && behavior === 'NON-STRICT'))
    return { type: 'failure', kind: behavior, message: result, text: failureText(report) }
  if (behaviorClose !== 'OK' && behaviorClose !== 'INFORMATIONAL')
    return { type: 'failure', kind: behaviorClose, message: resultClose, text: failureText(report) }
  return { type: 'passed' }
}

function failureText(report: CaseReport): string {
  const { expectation, result, resultClose, behaviorClose } = report
  const lines = fuzzerLines(report)
  const log = lines.slice(0, logLines).map(({ text }) => text)
  if (lines.length > logLines) log.push(`… ${lines.length - logLines} more`)
  return [expectation.trim(), '', result, `${resultClose} (${behaviorClose})`, '', ...log].join('\n')
}
