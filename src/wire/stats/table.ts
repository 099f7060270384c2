/** The layout of a table: text left, numbers right, of a width that has a bound. Cells are raw text; the layout escapes. */
import type { Side } from '../../protocol/side.ts'
import { escapeForTerminal } from '../escape.ts'

export interface Table {
  title: string
  /** One cell for each column. */
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Characters of a cell; what is longer is cut, with `…`. */
const cellLimit = 36

/** Spaces between columns. */
const gutter = '  '

function shown(cell: string): string {
  const text = escapeForTerminal(cell.slice(0, cellLimit))
  return cell.length > cellLimit || text.length > cellLimit ? `${text.slice(0, cellLimit - 1)}…` : text
}

/** The lines of a table without their line endings: its title, its head, its rows. */
export function tableLines({ title, head, rows }: Table): string[] {
  const cells = [head, ...rows].map(row => row.map(shown))
  const width = (column: number) => Math.max(...cells.map(row => (row[column] ?? '').length))
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(width(0)) : cell.padStart(width(column))
  const lines = cells.map(row => row.map(pad))
  return [title, ...lines.map(line => `${gutter}${line.join(gutter)}`.trimEnd())]
}

/** A row with the cells of the client, then those of the server. */
export function row<Of>(
  label: string,
  { client, server }: Readonly<Record<Side, Of>>,
  ...cells: readonly ((of: Of) => number | string)[]
): string[] {
  return [label, ...[client, server].flatMap(of => cells.map(cell => String(cell(of))))]
}

/** The keys of both, numbers first and in their order. */
export function keysOf(a: Record<string, unknown>, b: Record<string, unknown>): string[] {
  return Object.keys({ ...a, ...b })
}

/** Whole numbers from `from` to `to`. */
export function range(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`
}
