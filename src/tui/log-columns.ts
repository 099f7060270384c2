/** Which columns of the wire log fit into a width, and where. */
import { clockText, sinceText, type TimeMode } from './units.ts'

export type ColumnName = 'time' | 'conn' | 'dir' | 'type' | 'flags' | 'length' | 'chop' | 'payload'

export interface Column {
  head: string
  x: number
  width: number
}

/** Columns that are not shown are missing. */
export type Columns = Partial<Record<ColumnName, Column>> & Record<'payload', Column>

/** Below these the heads are left out; below the width, half of the columns. */
const fullWidth = 60
const fullHeight = 16

export function hasHeads(width: number, height: number): boolean {
  return width >= fullWidth && height >= fullHeight
}

/** Width of cursor and mark, and a space. */
const gutter = 2

/** By how wide the screen is: below 80 columns, from there on, and from 100 on. Hours and minutes give way first. */
const timeWidths = [6, 9, 12] as const
const chopWidths = [4, 9, 20] as const

/** Whether CHOP has room for more than the count. */
export function hasChopSizes({ chop }: Columns): boolean {
  return chop !== undefined && chop.width > chopWidths[0]
}

/** The columns of a screen `width` wide on which connection numbers take `connWidth`. */
export function columnsFor(width: number, connWidth: number): Columns {
  const columns: Columns = { payload: { head: 'PAYLOAD', x: 0, width: 0 } }
  let x = gutter
  const add = (name: ColumnName, head: string, columnWidth: number, gap = 1) => {
    columns[name] = { head, x, width: columnWidth }
    x += columnWidth + gap
  }
  const hasAll = width >= fullWidth
  const size = width >= 100 ? 2 : width >= 80 ? 1 : 0
  if (hasAll) add('time', 'TIME', timeWidths[size])
  add('conn', 'CON', connWidth)
  add('dir', 'DIR', 3)
  add('type', 'TYPE', 5)
  if (hasAll) add('flags', 'FLG', size === 0 ? 4 : 5, 0)
  add('length', 'LEN', 6)
  if (hasAll) add('chop', 'CHOP', chopWidths[size])
  add('payload', 'PAYLOAD', Math.max(0, width - x))
  return columns
}

/** What the time of a row is told from, in milliseconds since the start; null where that is not known. */
export interface Times {
  row: number
  /** The row before it. */
  previous: number | null
  /** Its connection's first row. */
  opened: number | null
  /** The time of day at the start, in milliseconds since the epoch. */
  startOfDay: number
}

export function timeText(mode: TimeMode, { row, previous, opened, startOfDay }: Times): string {
  switch (mode) {
    case 'clock':
      return clockText(startOfDay + row)
    case 'start':
      return sinceText(row)
    case 'previous':
      return previous === null ? '' : sinceText(Math.max(0, row - previous))
    case 'connection':
      return opened === null ? '' : sinceText(row - opened)
  }
}
