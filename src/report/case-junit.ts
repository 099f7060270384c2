/** Verdicts as JUnit has them: what fails a run is a failure, what else is not implemented is skipped. */
import type { CaseReport } from '../conformance/case-report.ts'
import { fails, type FailLevel } from '../conformance/standing.ts'
import { fuzzerLines } from './fuzzer-log.ts'
import type { JUnitCase } from './junit.ts'

/** Lines of the wire log that a failure carries. */
const logLines = 40

/** The test case of a report. `level`: what fails beside FAILED. */
export function junitCase(report: CaseReport, level: FailLevel = 'failed'): JUnitCase {
  const { agent, id, description, duration } = report
  const about = description.trim().replace(/\s+/g, ' ')
  return {
    classname: `wsinspect.${agent}.${groupOf(id)}`,
    name: `${id} ${about}`.slice(0, 200),
    time: duration / 1000,
    outcome: outcomeOf(report, level),
  }
}

/** `5` of `5.20`; `ws.close` of `ws.close.2`; `conn` of `conn-1`. */
function groupOf(id: string): string {
  return /^(ws\.\w+|[^.-]*)/.exec(id)?.[0] ?? id
}

function outcomeOf(report: CaseReport, level: FailLevel): JUnitCase['outcome'] {
  const { behavior, behaviorClose, result, resultClose } = report
  if (!fails(report, level))
    return behavior === 'UNIMPLEMENTED' ? { type: 'skipped', message: behavior } : { type: 'passed' }
  const isClose = behavior === 'OK' || behavior === 'INFORMATIONAL'
  const [kind, message] = isClose ? [behaviorClose, resultClose] : [behavior, result]
  return { type: 'failure', kind, message, text: failureText(report) }
}

function failureText(report: CaseReport): string {
  const { expectation, result, resultClose, behaviorClose } = report
  const lines = fuzzerLines(report)
  const log = lines.slice(0, logLines).map(({ text }) => text)
  if (lines.length > logLines) log.push(`… ${lines.length - logLines} more`)
  return [expectation.trim(), '', result, `${resultClose} (${behaviorClose})`, '', ...log].join('\n')
}
