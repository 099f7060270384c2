/** Verdicts on the cases of an agent as JUnit. */
import type { CaseReport } from '../conformance/case-report.ts'
import { groupOf, groupTitles } from '../conformance/catalogue.ts'
import { fails, standingText, type FailLevel } from '../conformance/standing.ts'
import type { JUnitCase, JUnitSuite } from './junit.ts'

/** A suite for an agent. What a run fails for is a failure; what the agent does not implement is skipped. */
export function conformSuite(agent: string, reports: readonly CaseReport[], level: FailLevel): JUnitSuite {
  return {
    name: agent,
    timestamp: reports[0]?.started ?? '',
    cases: reports.map(report => junitCase(report, level)),
  }
}

function junitCase(report: CaseReport, level: FailLevel): JUnitCase {
  const { id, duration } = report
  const group = groupOf(id)
  return {
    classname: `${group} ${groupTitles[group] ?? ''}`.trim(),
    name: id,
    time: duration / 1000,
    outcome: outcomeOf(report, level),
  }
}

function outcomeOf(report: CaseReport, level: FailLevel): JUnitCase['outcome'] {
  const { behavior, result, resultClose, description, expectation } = report
  if (fails(report, level)) {
    const text = [description, expectation, result, resultClose].join('\n')
    const message = behavior === 'FAILED' || behavior === 'NON-STRICT' ? result : resultClose
    return { type: 'failure', kind: standingText(report), message, text }
  }
  if (behavior === 'UNIMPLEMENTED') return { type: 'skipped', message: result }
  return { type: 'passed' }
}
