/** What a verdict rests on: violations with their rules, and the rows that tell how the connection ended. */
import { codeText } from '../protocol/close-code.ts'
import { ruleOf, ruleText } from '../protocol/rules.ts'
import type { Entry, Stamp, Violation } from '../wire/entry.ts'
import { hexDigits } from '../wire/format.ts'
import { violationLimit, type Connection } from './connection.ts'
import { markup, type Html } from './html.ts'
import { severityBadge } from './verdict-words.ts'

const order = ['error', 'warning', 'notice', 'info'] as const

/** The table of violations, the gravest first; null without one. */
export function violationTable({ violations, statistics }: Connection): Html | null {
  if (violations.length === 0) return null
  const total = statistics.violations.reduce((sum, { client, server }) => sum + client + server, 0)
  const listed = violations.reduce((sum, { count }) => sum + count, 0)
  const sorted = violations.toSorted((a, b) => gravity(a) - gravity(b) || a.seq - b.seq)
  const more =
    listed < total
      ? markup`<p class="note">The first ${violationLimit} rows of ${total} violations are listed.</p>`
      : null
  return markup`<div class="scroll"><table class="wide stack violations"><thead><tr><th>severity</th><th>by</th><th>rule</th><th>what is wrong</th><th>where</th><th>octets</th></tr></thead><tbody>${sorted.map(violationRow)}</tbody></table></div>${more}`
}

function gravity({ rule }: Violation): number {
  return order.indexOf(ruleOf(rule).severity)
}

function violationRow(violation: Stamp & Violation): Html {
  const { rule, detail, count, offset, seq, from, evidence } = violation
  const { severity, section, closeCode } = ruleOf(rule)
  const text = ruleText(rule, from ?? 'client')
  const code = closeCode === null ? '' : `; a conforming peer closes with ${closeCode}`
  const times = count === 1 ? '' : ` ×${count}`
  return markup`<tr><td>${severityBadge(severity)}</td><td class="${from ?? ''}-name">${from ?? ''}</td><td><span class="mono">${rule}</span>${times}<br><span class="quiet">${section}</span></td><td>${text}${code}<br><span class="quiet">${detail}</span></td><td><a href="#row-${seq}">@${offset}</a></td><td class="mono">${evidence.length === 0 ? '' : hexDigits(evidence, evidence.length)}</td></tr>`
}

/** The rows that tell how it ended, in their order. */
export function endingList({ closes, ends, violations }: Connection): Html | null {
  const first = violations.find(({ rule }) => ruleOf(rule).severity === 'error') ?? null
  const rows = [closes.client, closes.server, ends.client, ends.server, first]
    .filter(row => row !== null)
    .sort((a, b) => a.seq - b.seq)
  if (rows.length === 0) return null
  return markup`<div class="scroll"><table class="ending"><thead><tr><th class="n">ms</th><th>by</th><th>what</th><th>row</th></tr></thead><tbody>${rows.map(
    row =>
      markup`<tr><td class="n">${row.time.toFixed(3)}</td><td class="${row.from ?? ''}-name">${row.from ?? ''}</td><td>${said(row)}</td><td><a href="#row-${row.seq}">${row.seq}</a></td></tr>`,
  )}</tbody></table></div>`
}

function said(row: Entry): string {
  if (row.type === 'violation') return `the first error: ${row.rule}, ${ruleOf(row.rule).section}`
  if (row.type === 'tcp') return `TCP ${row.state.toUpperCase()}`
  if (row.type !== 'frame' || row.close === null) return 'Close, broken'
  const { code, reason } = row.close
  return `Close with ${codeText(code)}${reason === '' ? '' : ` "${reason}"`}`
}
