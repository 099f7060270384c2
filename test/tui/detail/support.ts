/** What the detail pane shows of rows of a scripted connection. */
import { makeCells, linesOf, Canvas, type Cells } from '../../../src/tui/canvas.ts'
import { openDetail, type DetailState } from '../../../src/tui/detail/detail-state.ts'
import { subjectOf } from '../../../src/tui/detail/subject.ts'
import { paintDetail } from '../../../src/tui/panes/detail.ts'
import { themes } from '../../../src/tui/theme.ts'
import type { Entry } from '../../../src/wire/entry.ts'
import type { WireLog } from '../../../src/wire/log.ts'
import { observe } from '../../support/facts.ts'
import { parseScript } from '../../support/wire-script.ts'

/** The log of a script. */
export function logOf(script: string): WireLog {
  return observe(parseScript(script)).log
}

/** The rows of `log` of a type, in order. */
export function rowsOf(log: WireLog, type: Entry['type']): number[] {
  const rows: number[] = []
  for (let row = log.first; row < log.next; row++) if (log.type(row) === type) rows.push(row)
  return rows
}

/** The state of the `index`th row of a type. */
export function opened(log: WireLog, type: Entry['type'], index = 0): DetailState {
  return openDetail(subjectOf(log, rowsOf(log, type)[index]!))
}

export function paint(state: DetailState, width: number, height: number, ascii = false): Cells {
  const cells = makeCells(width, height, themes.mono)
  cells.chars.fill('?')
  paintDetail(new Canvas(cells, { theme: themes.mono, ascii }), state)
  return cells
}

/** The lines of the pane, without the spaces at their ends and empty lines at its end. */
export function painted(state: DetailState, width: number, height: number): string[] {
  const lines = linesOf(paint(state, width, height)).map(line => line.trimEnd())
  return lines.slice(0, lines.findLastIndex(line => line !== '') + 1)
}
