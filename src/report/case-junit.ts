/** Verdicts as JUnit has them: what fails a run is a failure, what else is not implemented is skipped, and what else is not OK says why. */
import type { CaseReport } from '../conformance/case-report.ts'
import { reasonOf } from '../conformance/reasons.ts'
import { fails, standingText } from '../conformance/standing.ts'
import { fuzzerLines } from './fuzzer-log.ts'
import { junitXml, type JUnitCase, type JUnitSuite } from './junit.ts'

/** Lines of the wire log that a failure carries. */
export const logLines = 40

/** The cases of agents as one JUnit document, a suite for each agent. */
export class CaseSuites {
  readonly #suites = new Map<string, JUnitSuite & { cases: JUnitCase[] }>()
  readonly #isFailure: (report: CaseReport) => boolean

  /** `isFailure`: what fails the run, and so is one here. */
  constructor(isFailure = failed) {
    this.#isFailure = isFailure
  }

  add(report: CaseReport): void {
    this.#add(report.agent, report.started, junitCase(report, this.#isFailure))
  }

  /** A case that was asked for and that the agent did not run. */
  addNotRun(agent: string, of: Described): void {
    const outcome = { type: 'error', kind: 'NOT RUN', message: 'The case was not run.', text: '' } as const
    this.#add(agent, '', { ...namesOf(agent, of), time: 0, outcome })
  }

  xml(title: string): string {
    return junitXml(title, [...this.#suites.values()])
  }

  #add(agent: string, timestamp: string, of: JUnitCase): void {
    const suite = this.#suites.get(agent) ?? { name: agent, timestamp, cases: [] }
    this.#suites.set(agent, suite)
    suite.cases.push(of)
  }
}

function failed(report: CaseReport): boolean {
  return fails(report, 'failed')
}

/** The test case of a report. */
export function junitCase(report: CaseReport, isFailure = failed): JUnitCase {
  const { agent, duration } = report
  return { ...namesOf(agent, report), time: duration / 1000, outcome: outcomeOf(report, isFailure(report)) }
}

type Described = Pick<CaseReport, 'id' | 'description'>

function namesOf(agent: string, { id, description }: Described): Pick<JUnitCase, 'classname' | 'name'> {
  const about = description.trim().replace(/\s+/g, ' ')
  return { classname: `wsinspect.${agent}.${groupOf(id)}`, name: `${id} ${about}`.slice(0, 200) }
}

/** `5` of `5.20`; `ws.close` of `ws.close.2`; `conn` of `conn-1`. */
function groupOf(id: string): string {
  return /^(ws\.\w+|[^.-]*)/.exec(id)?.[0] ?? id
}

function outcomeOf(report: CaseReport, isFailure: boolean): JUnitCase['outcome'] {
  const { behavior, behaviorClose, result, resultClose } = report
  if (!isFailure) {
    const reason = reasonOf(report)
    const text = `${behavior === 'OK' ? standingText(report) : behavior}: ${reason}`
    if (behavior === 'UNIMPLEMENTED') return { type: 'skipped', message: text }
    return reason === '' ? { type: 'passed' } : { type: 'passed', text }
  }
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
