/** Connections read off facts as a report reads them. */
import { ConnectionReader, type Connection } from '../../src/report/connection.ts'
import { recordedCase, type RecordedAs } from '../../src/report/recorded-case.ts'
import { casePage } from '../../src/report/case-page.ts'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import type { LogLimits } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { push, roomFor, type Fact } from './facts.ts'
import { parseScript } from './wire-script.ts'

export const recordedAs: RecordedAs = { agent: 'session', number: 1, started: '2026-11-22T18:00:00.000Z' }

/** The connection of these facts. */
export async function connectionOf(
  facts: readonly Fact[],
  limits: LogLimits = roomFor(facts),
): Promise<Connection> {
  const session = new Session({ log: limits })
  const reader = new ConnectionReader()
  session.attach(reader)
  for (const fact of facts) push(session, fact)
  await session.end(facts.at(-1)?.time ?? 0)
  return reader.connection()
}

/** The connection of a script as in `test/transcripts`, its report and its page. */
export async function recorded(
  script: string,
): Promise<{ connection: Connection; report: CaseReport; page: string }> {
  const connection = await connectionOf(parseScript(script))
  const report = recordedCase(connection, recordedAs)
  const page = casePage({ report, connection, title: 'a report', recorded: true, index: 'index.html' })
  return { connection, report, page }
}
