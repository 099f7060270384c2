/** `wsinspect report FILE…`: recordings as pages. */
import { basename } from 'node:path'
import { ExitCode, UserError } from '../errors.ts'
import { counted } from '../protocol/words.ts'
import { reportFolder, writePage } from '../recording/report-folder.ts'
import { indexRecording, type IndexedConnection, type RecordingIndex } from '../recording/recording-index.ts'
import { CaseSuites } from '../report/case-junit.ts'
import { casePage } from '../report/case-page.ts'
import { ConnectionReader, type Connection } from '../report/connection.ts'
import { recordedCase } from '../report/recorded-case.ts'
import { Report } from '../report/report.ts'
import type { Tally } from '../wire/entry.ts'
import { defaultLogLimits, type LogLimits } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { inflateLimitOf, type InflateOptions } from './bounds.ts'
import { failOn, type FailLevel } from './fail-on.ts'
import { endWithStdout, say, stdoutFlushed } from './terminal.ts'

export interface ReportOptions extends InflateOptions {
  output?: string
  title?: string
  force?: boolean
  failOn?: FailLevel
}

/** Connections of a report; of more, the index says how many there are. */
export const connectionLimit = 5000

const severities = ['error', 'warning', 'notice', 'info'] as const

/** Recordings that are open, each under a name of its own. */
interface Source {
  file: string
  agent: string
  index: RecordingIndex
}

/** Writes a folder of pages, or the page of the only connection to a file or stdout. */
export async function report(files: readonly string[], options: ReportOptions): Promise<void> {
  const sources: Source[] = []
  const tally: Tally = { error: 0, warning: 0, notice: 0, info: 0 }
  try {
    for (const file of files) {
      const index = await indexRecording(file, { onNote: say })
      sources.push({ file, agent: agentOf(file, sources), index })
    }
    const { output } = options
    if (output === undefined || output.toLowerCase().endsWith('.html')) await onePage(sources, options, tally)
    else await folder(sources, output, options, tally)
    failOn(options.failOn, tally)
  } finally {
    for (const { index } of sources) await index.close()
  }
}

/** The base name of a file; a second one of the same name gets a number. */
function agentOf(file: string, others: readonly Source[]): string {
  const base = file === '-' ? 'stdin' : basename(file).replace(/\.ndjson(\.gz)?$/, '')
  const isTaken = (name: string) => others.some(({ agent }) => agent === name)
  let name = base
  for (let i = 2; isTaken(name); i++) name = `${base}-${i}`
  return name
}

async function onePage(sources: readonly Source[], options: ReportOptions, tally: Tally): Promise<void> {
  const { output, title = 'wsinspect report', force = false } = options
  const all = sources.flatMap(source => source.index.connections.map(indexed => ({ source, indexed })))
  const [only] = all
  if (only === undefined)
    throw new UserError(ExitCode.input, `${sources[0]?.file ?? ''} has no connection in it`)
  if (all.length > 1)
    throw new UserError(
      ExitCode.usage,
      `a page is of one connection, and there are ${all.length} (give a folder: -o DIR)`,
    )
  const { source, indexed } = only
  const connection = await read(source, indexed, options, tally)
  const described = { report: caseOf(source, indexed, 1, connection), connection }
  const page = casePage({ ...described, title, recorded: true, index: null })
  if (output !== undefined) {
    await writePage(output, page, force)
    return
  }
  endWithStdout()
  process.stdout.write(page)
  await stdoutFlushed()
}

async function folder(
  sources: readonly Source[],
  path: string,
  options: ReportOptions,
  tally: Tally,
): Promise<void> {
  const { title = 'wsinspect report', force = false } = options
  const target = await reportFolder(path, force)
  const made = new Report({ title, recorded: true, write: target.write })
  const suites = new CaseSuites()
  const notes: string[] = []
  let number = 0
  for (const source of sources) {
    const { connections } = source.index
    for (const indexed of connections) {
      if (number === connectionLimit) break
      const connection = await read(source, indexed, options, tally)
      const report = caseOf(source, indexed, ++number, connection)
      await made.add({ report, connection })
      suites.add(report)
    }
    if (number === connectionLimit)
      notes.push(`A report has ${connectionLimit} connections: not all of ${source.agent} are in it.`)
  }
  const about = `${counted(number, 'connection')} of ${counted(sources.length, 'recording')}.`
  await made.end(about, notes, suites.xml(title))
  await target.done()
  for (const note of notes) say(note)
  say(`report of ${counted(number, 'connection')} in ${path}`)
}

async function read(
  { index }: Source,
  indexed: IndexedConnection,
  options: InflateOptions,
  tally: Tally,
): Promise<Connection> {
  const session = new Session({ log: roomFor(indexed), inflate: inflateLimitOf(options) })
  const reader = new ConnectionReader()
  session.attach(reader)
  await index.read(indexed.conn, session)
  for (const severity of severities) tally[severity] += session.log.tally[severity]
  return reader.connection()
}

/** Stores for all of a short connection, and for as much of a long one as is always kept. */
function roomFor({ octets, lines }: IndexedConnection): LogLimits {
  const rows = octets.client + octets.server + 4 * lines + 256
  return {
    memory: Math.min(defaultLogLimits.memory, 4 * (octets.client + octets.server) + 65_536),
    rows: Math.min(defaultLogLimits.rows, 2 ** Math.ceil(Math.log2(rows))),
  }
}

function caseOf(
  { agent, index }: Source,
  indexed: IndexedConnection,
  number: number,
  connection: Connection,
) {
  const start = Date.parse(index.header.started)
  const started = Number.isNaN(start)
    ? index.header.started
    : new Date(start + indexed.firstTime).toISOString()
  return recordedCase(connection, { agent, number, started })
}
