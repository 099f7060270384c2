/** What a run of cases leaves behind: a folder of reports, JUnit, a baseline, and an exit code. */
import { ExitCode, UserError } from '../errors.ts'
import { baselineText, changeOf, parseBaseline, type Baseline, type Change } from '../conformance/baseline.ts'
import type { CaseReport } from '../conformance/case-report.ts'
import type { ConformCase } from '../conformance/case.ts'
import { groupOf, groupTitles, isHeavy, positionOf } from '../conformance/catalogue.ts'
import { fails, type FailLevel, type Standing } from '../conformance/standing.ts'
import { counted } from '../protocol/words.ts'
import { reportFolder, writePage, type WriteFile } from '../recording/report-folder.ts'
import { readText } from '../recording/text-file.ts'
import { conformSuite, type Verdicted } from '../report/conform-junit.ts'
import { ConnectionReader, type Connection } from '../report/connection.ts'
import { junitXml } from '../report/junit.ts'
import { Report } from '../report/report.ts'
import type { Facts } from '../wire/facts.ts'
import { Session } from '../wire/session.ts'
import { say } from './terminal.ts'

export interface ResultOptions {
  output?: string
  force?: boolean
  title?: string
  junit?: string
  strict?: boolean
  failOn: FailLevel
  expect?: string
  writeExpect?: string
}

/** What is read and made ready before the first case, so that a mistake shows at once. */
export interface Prepared {
  level: FailLevel
  write: WriteFile | null
  baseline: Baseline | null
}

/** Checks what the options name. Rejects with a `UserError`. */
export async function prepareResults(options: ResultOptions): Promise<Prepared> {
  const { output, force = false, strict = false, failOn, expect } = options
  return {
    level: strict && failOn === 'failed' ? 'non-strict' : failOn,
    baseline: expect === undefined ? null : await readBaseline(expect),
    write: output === undefined ? null : await reportFolder(output, force),
  }
}

async function readBaseline(path: string): Promise<Baseline> {
  const baseline = parseBaseline(await readText(path))
  if ('fault' in baseline)
    throw new UserError(ExitCode.input, `${path} is no baseline: ${baseline.fault} (see --write-expect)`)
  return baseline
}

const defaultTitle = 'Conformance report'

/** Rows and octets of a case's connection that are kept while it runs. */
const caseLog = { memory: 2 * 1024 * 1024, rows: 4096 }

/** Reads a case's connection off its facts, for its page. */
export interface CaseRecorder {
  facts: Facts
  end: () => Promise<Connection>
}

/** Null for cases that move more octets than a page would show. */
export function recorderOf(of: ConformCase): CaseRecorder | null {
  if (isHeavy(of)) return null
  const session = new Session({ log: caseLog })
  const reader = new ConnectionReader()
  let last = 0
  session.attach(reader)
  const facts: Facts = {
    open: (conn, time, info) => {
      session.open(conn, time, info)
    },
    octets: (conn, time, from, bytes) => {
      last = time
      session.octets(conn, time, from, bytes)
    },
    tcp: (conn, time, from, state) => {
      last = time
      session.tcp(conn, time, from, state)
    },
    mark: (conn, time, from, mark) => {
      session.mark(conn, time, from, mark)
    },
    end: time => session.end(time),
  }
  return {
    facts,
    async end() {
      await session.end(last)
      return reader.connection()
    },
  }
}

/** A case, and what its connection was. */
export interface Result {
  report: CaseReport
  connection: Connection | null
}

/** A case and its connection, once all of that was read. */
export async function resultOf(report: CaseReport, recorder: CaseRecorder | null): Promise<Result> {
  return { report, connection: recorder === null ? null : await recorder.end() }
}

const byPosition = (a: Verdicted, b: Verdicted) => positionOf(a.id) - positionOf(b.id)

export class ConformResults {
  readonly #options: ResultOptions
  readonly #prepared: Prepared
  readonly #report: Report | null
  readonly #byAgent = new Map<string, Map<string, Verdicted>>()
  #written: Promise<void> = Promise.resolve()

  constructor(options: ResultOptions, prepared: Prepared) {
    this.#options = options
    this.#prepared = prepared
    const { title = defaultTitle } = options
    this.#report =
      prepared.write === null ? null : new Report({ title, recorded: false, write: prepared.write })
  }

  /** Takes results in the order that the report is to have. */
  add({ report, connection }: Result): void {
    const group = groupOf(report.id)
    const cases = this.#byAgent.get(report.agent) ?? new Map<string, Verdicted>()
    this.#byAgent.set(report.agent, cases.set(report.id, withoutLog(report)))
    this.#written = this.#written.then(() =>
      this.#report?.add({ report, connection, group: `${group} ${groupTitles[group] ?? ''}` }),
    )
    // Told at the end.
    this.#written.catch(() => undefined)
  }

  /** Writes all that is asked for, and says what a baseline makes of it. Resolves to the exit code. */
  async end(notes: readonly string[]): Promise<number> {
    await this.#written
    const { output, junit, writeExpect } = this.#options
    const all = [...this.#byAgent].map(
      ([agent, cases]) => [agent, [...cases.values()].sort(byPosition)] as const,
    )
    const count = all.reduce((sum, [, cases]) => sum + cases.length, 0)
    const about = `${counted(count, 'case')} of ${counted(all.length, 'agent')}.`
    await this.#report?.end(about, notes)
    if (output !== undefined) say(`report in ${output}`)
    if (junit !== undefined) {
      const suites = all.map(([agent, cases]) => conformSuite(agent, cases, this.#prepared.level))
      await writePage(junit, junitXml(this.#options.title ?? defaultTitle, suites), true)
    }
    const standings = new Map(all.map(([agent, cases]) => [agent, standingsOf(cases)]))
    if (writeExpect !== undefined) await writePage(writeExpect, baselineText(standings), true)
    return this.#exitCode(all)
  }

  #exitCode(all: readonly (readonly [string, readonly Verdicted[]])[]): number {
    const { level, baseline } = this.#prepared
    if (baseline === null) {
      const failed = all.flatMap(([, cases]) => cases).filter(of => fails(of, level)).length
      return failed > 0 ? ExitCode.failed : ExitCode.ok
    }
    const changes = all.flatMap(([agent, cases]) =>
      cases.flatMap(of => changeOf(baseline, agent, of.id, of) ?? []),
    )
    sayChanges(changes, 'better', 'than the baseline says (--write-expect keeps that)')
    sayChanges(changes, 'worse', 'than the baseline says')
    return changes.some(({ kind }) => kind === 'worse') ? ExitCode.failed : ExitCode.ok
  }
}

/** Changes that are told one by one. */
const toldChanges = 20

function sayChanges(all: readonly Change[], kind: Change['kind'], rest: string): void {
  const changes = all.filter(change => change.kind === kind)
  if (changes.length === 0) return
  say(`${counted(changes.length, 'case')} ${kind} ${rest}`)
  for (const { text } of changes.slice(0, toldChanges)) say(`  ${text}`)
  if (changes.length > toldChanges) say(`  and ${changes.length - toldChanges} more`)
}

function standingsOf(cases: readonly Verdicted[]): ReadonlyMap<string, Standing> {
  return new Map(cases.map(({ id, behavior, behaviorClose }) => [id, { behavior, behaviorClose }]))
}

/** What is kept of a report: not its wire log. */
function withoutLog(report: CaseReport): Verdicted {
  const { agent, id, behavior, behaviorClose, result, resultClose } = report
  const { duration, started, description, expectation } = report
  return {
    agent,
    id,
    behavior,
    behaviorClose,
    result,
    resultClose,
    duration,
    started,
    description,
    expectation,
  }
}
