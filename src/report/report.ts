/** A report as files: a page and a JSON file for each case, and at the end an index of both kinds, and JUnit. */
import type { CaseReport } from '../conformance/case-report.ts'
import { reasonOf } from '../conformance/reasons.ts'
import { caseFileName, caseJson, connectionFileName, indexJson, type CaseResult } from './autobahn.ts'
import { casePage } from './case-page.ts'
import type { Connection } from './connection.ts'
import { connectionRow, type ConnectionRow } from './connection-index.ts'
import { indexPage, type IndexCase } from './index-page.ts'

export interface ReportOptions {
  title: string
  /** Recordings rather than cases of the suite. */
  recorded: boolean
  /** Stores a file under a name of its own. */
  write: (name: string, text: string) => Promise<void>
}

/** What is added: a case, what its connection was, and what it belongs to, such as `1 Framing`. */
export interface ReportedCase {
  report: CaseReport
  connection: Connection | null
  group?: string | null
}

export class Report {
  readonly #options: ReportOptions
  readonly #names = new Set<string>(['index'])
  readonly #cases: IndexCase[] = []
  readonly #connections: ConnectionRow[] = []
  readonly #results = new Map<string, Map<string, CaseResult>>()

  constructor(options: ReportOptions) {
    this.#options = options
  }

  /** Writes the files of one case. Nothing but its verdict is kept. */
  async add({ report, connection, group = null }: ReportedCase): Promise<void> {
    const { title, recorded, write } = this.#options
    const { agent, id, behavior, behaviorClose, remoteCloseCode, duration } = report
    const name = this.#nameOf(report)
    const page = `${name}.html`
    await write(page, casePage({ report, connection, title, recorded, index: 'index.html' }))
    await write(`${name}.json`, caseJson(report))
    const verdict = { behavior, behaviorClose, remoteCloseCode, duration }
    if (!recorded)
      this.#cases.push({ agent, id, group, about: firstLine(report.description), ...verdict, page })
    else if (connection !== null) this.#connections.push(connectionRow(report, connection, page))
    const reason = reasonOf(report)
    const result = { ...verdict, reportfile: `${name}.json`, ...(reason === '' ? {} : { reason }) }
    const results = this.#results.get(agent) ?? new Map<string, CaseResult>()
    this.#results.set(agent, results.set(id, result))
  }

  /** Writes the index. `about` says in a sentence what was reported, `notes` what is not in it; `junit` is the document. */
  async end(about: string, notes: readonly string[], junit: string): Promise<void> {
    const { title, recorded, write } = this.#options
    await write('index.json', indexJson(this.#results))
    await write('junit.xml', junit)
    const connections = recorded ? this.#connections : null
    await write('index.html', indexPage({ title, about, cases: this.#cases, connections, notes }))
  }

  /** A name that no other case has: those of different agents may become the same. */
  #nameOf({ agent, id }: CaseReport): string {
    const name = this.#options.recorded ? connectionFileName(agent, id) : caseFileName(agent, id)
    let unique = name
    for (let i = 2; this.#names.has(unique); i++) unique = `${name}-${i}`
    this.#names.add(unique)
    return unique
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
