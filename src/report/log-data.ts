/** The wire log as the script of a page reads it. */
import { escapeForTerminal } from '../wire/escape.ts'
import type { Connection, ReportRow } from './connection.ts'

/** Characters of a cell. */
const cellLimit = 2000

/** seq, time, side (empty for what concerns both), label, tone, offset, text, payload. */
export type RowData = readonly [number, string, string, string, string, string, string, string]

export interface LogData {
  rows: readonly RowData[]
  /** Behind how many of them some are left out, and how many. */
  omitted: { behind: number; rows: number } | null
}

/** Cells are escaped here: what would be invisible, or turn text around, is shown as what it is. */
export function logData({ rows, omitted }: Pick<Connection, 'rows' | 'omitted'>): LogData {
  return { rows: rows.map(rowData), omitted }
}

function rowData({ entry: { seq }, cells }: ReportRow): RowData {
  const { time, from, label, tone, at, text, payload } = cells
  return [seq, time, from, label, tone, at, shown(text), shown(payload)]
}

function shown(text: string): string {
  return text.length > cellLimit ? `${escapeForTerminal(text.slice(0, cellLimit))}…` : escapeForTerminal(text)
}
