/** The index of recordings: a row for each connection, those of a recording together, each with a link to its page. */
import type { CaseReport } from '../conformance/case-report.ts'
import { parseRequestLine } from '../protocol/http-head.ts'
import { ruleOf, type Severity } from '../protocol/rules.ts'
import type { Connection } from './connection.ts'
import { duration, grouped } from './figures.ts'
import { markup, type Html } from './html.ts'
import { badge, behaviorLook } from './verdict-words.ts'

/** What the index says of one connection. */
export interface ConnectionRow {
  recording: string
  conn: number
  /** The file name of its page. */
  page: string
  behavior: CaseReport['behavior']
  /** The request's path, and where it went; empty where there was none. */
  path: string
  url: string
  /** How it went, in words. */
  verdict: string
  /** The first rule that was broken, of the gravest severity; null without an error or warning. */
  rule: string | null
  frames: number
  /** Milliseconds. */
  duration: number
}

/** The row of a connection; `page` is the name of its file. */
export function connectionRow(report: CaseReport, connection: Connection, page: string): ConnectionRow {
  const { conn, open, heads, violations, statistics } = connection
  const first = (wanted: Severity) => violations.find(({ rule }) => ruleOf(rule).severity === wanted)?.rule
  return {
    recording: report.agent,
    conn,
    page,
    behavior: report.behavior,
    path: parseRequestLine(heads.client?.startLine ?? '')?.target ?? '',
    url: open?.url ?? '',
    verdict: report.result,
    rule: first('error') ?? first('warning') ?? null,
    frames: statistics.client.frames.total + statistics.server.frames.total,
    duration: report.duration,
  }
}

const columns = 7

export function connectionTable(rows: readonly ConnectionRow[]): Html {
  const lines = rows.map(
    (row, i) => markup`${rows[i - 1]?.recording === row.recording ? null : heading(row, rows)}${line(row)}
`,
  )
  return markup`<table class="matrix wide"><thead><tr><th>connection</th><th>request</th><th>outcome</th><th>how it went</th><th>first rule broken</th><th class="n">frames</th><th class="n">duration</th></tr></thead>
<tbody>${lines}</tbody></table>`
}

function heading({ recording }: ConnectionRow, rows: readonly ConnectionRow[]): Html {
  const own = rows.filter(row => row.recording === recording)
  const failed = own.filter(({ behavior }) => behavior === 'FAILED').length
  const counts = failed === 0 ? grouped(own.length) : `${grouped(own.length)}, ${grouped(failed)} failed`
  return markup`<tr class="group" data-group="${recording}"><th colspan="${columns}">${recording} <small>${counts}</small></th></tr>`
}

function line({ recording, conn, page, behavior, path, url, ...row }: ConnectionRow): Html {
  return markup`<tr class="case" data-group="${recording}"><th scope="row">${conn}</th><td class="request">${path === '' ? '–' : path}<small>${url}</small></td><td class="verdict"><a href="${page}">${badge(behaviorLook(behavior))}</a></td><td class="what">${row.verdict}</td><td class="mono">${row.rule ?? '–'}</td><td class="n" data-label="frames">${grouped(row.frames)}</td><td class="n" data-label="duration">${duration(row.duration)}</td></tr>`
}
