/** The rows that are shown as plain lines, as `wsinspect log` prints them. */
import { cells, defaultPreview, formatLine } from '../wire/format.ts'
import type { Model } from './model.ts'

/** Rows of one dump. */
const dumped = 500

/** Rows up to the last one on the screen, and how to come back. */
export function dumpLines({ host: { log }, log: state }: Model): string[] {
  const lines: string[] = []
  const { rows } = state
  let row = state.follow ? rows.last : rows.at(Math.min(rows.count, rows.rank(state.top) + state.height) - 1)
  while (row >= 0 && lines.length < dumped) {
    lines.push(formatLine(cells(log.entry(row), log, defaultPreview), false))
    row = rows.before(row)
  }
  return ['', ...lines.reverse(), 'any key comes back to the screen', '']
}
