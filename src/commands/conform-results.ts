/** What a run of cases leaves behind: a folder of reports, JUnit, a baseline, and an exit code. */
import { ExitCode, UserError } from '../errors.ts'
import { baselineText, changeOf, parseBaseline, type Baseline, type Change } from '../conformance/baseline.ts'
import type { Behavior, CaseReport } from '../conformance/case-report.ts'
import type { ConformCase } from '../conformance/case.ts'
import { groupOf, groupTitles, isHeavy, positionOf } from '../conformance/catalogue.ts'
import { fails, type FailLevel, type Standing } from '../conformance/standing.ts'
import { counted } from '../protocol/words.ts'
import { reportFolder, type ReportFolder } from '../recording/report-folder.ts'
import { checkSavable, saveFile } from '../recording/save.ts'
import { readText } from '../recording/text-file.ts'
import { CaseSuites } from '../report/case-junit.ts'
import { ConnectionReader, type Connection } from '../report/connection.ts'
import { Report } from '../report/report.ts'
import type { Facts } from '../wire/facts.ts'
import { Session } from '../wire/session.ts'
import { refuseOverwriting } from './overwriting.ts'
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
  /** Null where no report is asked for. */
  folder: ReportFolder | null
  baseline: Baseline | null
}

/** Checks what the options name; `inputs` are other files that are read. Rejects with a `UserError`. */
export async function prepareResults(
  options: ResultOptions,
  inputs: readonly (string | undefined)[],
): Promise<Prepared> {
  const { output, force = false, strict = false, failOn, expect, junit, writeExpect } = options
  // A baseline may be brought up to date.
  await refuseOverwriting([...inputs, expect], [junit])
  await refuseOverwriting(inputs, [writeExpect])
  for (const path of [junit, writeExpect]) if (path !== undefined) await checkSavable(path)
  return {
    level: strict && failOn === 'failed' ? 'non-strict' : failOn,
    baseline: expect === undefined ? null : await readBaseline(expect),
    folder: output === undefined ? null : await reportFolder(output, force),
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
interface CaseRecorder {
  facts: Facts
  end: () => Promise<Connection>
}

/** Null for cases that move more octets than a page would show. */
function recorderOf(of: ConformCase): CaseRecorder | null {
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
interface Result {
  report: CaseReport
  connection: Connection | null
}

/** A case that was asked for, and that an agent did not run. */
export interface NotRun {
  agent: string
  of: ConformCase
}

/** Rows of a connection that are kept until the report is written: a peer that floods does not fill the memory. */
export const keptRows = 2000

/**
 * The last result of each agent and case. Pages are drawn when all is over: that takes time, of which cases that run would have
 * too little.
 */
export class ConformResults {
  readonly #options: ResultOptions
  readonly #prepared: Prepared
  readonly #results = new Map<string, Map<string, Promise<Result>>>()
  readonly #behaviors = new Map<string, Behavior>()

  constructor(options: ResultOptions, prepared: Prepared) {
    this.#options = options
    this.#prepared = prepared
  }

  /** A case begins: who gets its facts, and who takes its report. */
  begin(of: ConformCase): { facts: Facts | null; add: (report: CaseReport) => void } {
    const recorder = this.#options.output === undefined ? null : recorderOf(of)
    return {
      facts: recorder?.facts ?? null,
      add: report => {
        this.#add(report, recorder)
      },
    }
  }

  #add(report: CaseReport, recorder: CaseRecorder | null): void {
    const cases = this.#results.get(report.agent) ?? new Map<string, Promise<Result>>()
    this.#results.set(report.agent, cases.set(report.id, resultOf(report, recorder)))
    this.#behaviors.set(`${report.id} ${report.agent}`, report.behavior)
  }

  behaviorOf(agent: string, id: string): Behavior | null {
    return this.#behaviors.get(`${id} ${agent}`) ?? null
  }

  /** The agents of which there are results. */
  get agents(): readonly string[] {
    return [...this.#results.keys()]
  }

  /**
   * Writes all that is asked for, and says what a baseline makes of it. `notRun` are the cases that were asked for and are
   * not there. Resolves to the exit code.
   */
  async write(notes: readonly string[], notRun: readonly NotRun[]): Promise<number> {
    const { output, junit, writeExpect, title = defaultTitle } = this.#options
    const agents = await this.#sorted()
    const cases = agents.map(([agent, results]) => [agent, results.map(({ report }) => report)] as const)
    const xml = this.#junit(cases, notRun).xml(title)
    if (output !== undefined) {
      await writeReport(agents, title, this.#prepared, notes, xml)
      say(`report in ${output}`)
    }
    if (junit !== undefined) await saveFile(junit, xml, true)
    const standings = new Map(cases.map(([agent, reports]) => [agent, standingsOf(reports)]))
    if (writeExpect !== undefined) await writeBaseline(writeExpect, standings, notRun)
    return this.#exitCode(cases.flatMap(([, reports]) => reports))
  }

  #junit(
    agents: readonly (readonly [string, readonly CaseReport[]])[],
    notRun: readonly NotRun[],
  ): CaseSuites {
    const suites = new CaseSuites(report => this.#isFailure(report))
    for (const [, reports] of agents) for (const report of reports) suites.add(report)
    for (const { agent, of } of notRun) suites.addNotRun(agent, of)
    return suites
  }

  /** By agent, in the order of the cases. */
  async #sorted(): Promise<(readonly [string, readonly Result[]])[]> {
    const place = ({ report }: Result) => positionOf(report.id)
    return Promise.all(
      [...this.#results].map(async ([agent, cases]) => {
        const results = await Promise.all(cases.values())
        return [agent, results.sort((a, b) => place(a) - place(b))] as const
      }),
    )
  }

  /** Whether a case fails the run: one that is worse than the baseline, where there is one. */
  #isFailure(report: CaseReport): boolean {
    const { level, baseline } = this.#prepared
    if (baseline === null) return fails(report, level)
    return changeOf(baseline, report.agent, report.id, report)?.kind === 'worse'
  }

  #exitCode(cases: readonly CaseReport[]): number {
    const { baseline } = this.#prepared
    if (baseline !== null) {
      const changes = cases.flatMap(of => changeOf(baseline, of.agent, of.id, of) ?? [])
      sayChanges(changes, 'better', 'than the baseline says (--write-expect keeps that)')
      sayChanges(changes, 'worse', 'than the baseline says')
    }
    return cases.some(of => this.#isFailure(of)) ? ExitCode.failed : ExitCode.ok
  }
}

/** Writes what is expected of the agents that ran all of their cases; of others, if any, it is said that they are not in it. */
async function writeBaseline(
  path: string,
  standings: ReadonlyMap<string, ReadonlyMap<string, Standing>>,
  notRun: readonly NotRun[],
): Promise<void> {
  const missing = new Map<string, number>()
  for (const { agent } of notRun) missing.set(agent, (missing.get(agent) ?? 0) + 1)
  const whole = new Map([...standings].filter(([agent]) => !missing.has(agent)))
  if (whole.size > 0) await saveFile(path, baselineText(whole), true)
  if (missing.size === 0) return
  const what = whole.size === 0 ? 'is not written' : `has only ${[...whole.keys()].join(', ')}`
  const rest = [...missing].map(([agent, count]) => `${counted(count, 'case')} of ${agent}`)
  say(`${path} ${what}: ${rest.join(', ')} ${notRun.length === 1 ? 'was' : 'were'} not run`)
}

/** A case and its connection, once all of that was read. */
async function resultOf(report: CaseReport, recorder: CaseRecorder | null): Promise<Result> {
  const connection = recorder === null ? null : await recorder.end()
  return { report, connection: (connection?.rows.length ?? 0) > keptRows ? null : connection }
}

async function writeReport(
  agents: readonly (readonly [string, readonly Result[]])[],
  title: string,
  { folder }: Prepared,
  notes: readonly string[],
  junit: string,
): Promise<void> {
  if (folder === null) return
  const report = new Report({ title, recorded: false, write: folder.write })
  let count = 0
  for (const [, results] of agents) {
    for (const result of results) {
      const group = groupOf(result.report.id)
      await report.add({ ...result, group: `${group} ${groupTitles[group] ?? ''}` })
      count++
    }
  }
  await report.end(`${counted(count, 'case')} of ${counted(agents.length, 'agent')}.`, notes, junit)
  await folder.done()
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

function standingsOf(cases: readonly CaseReport[]): ReadonlyMap<string, Standing> {
  return new Map(cases.map(({ id, behavior, behaviorClose }) => [id, { behavior, behaviorClose }]))
}
