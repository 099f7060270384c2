/** A wire log on a screen, for tests of what is shown and how keys change it. */
import { Canvas, linesOf, makeCells, type Cells } from '../../src/tui/canvas.ts'
import {
  advanceSearch,
  makeLogState,
  settle,
  type LogState,
  type SearchStanding,
} from '../../src/tui/log-state.ts'
import { paintLog, rowLines, type LogScene } from '../../src/tui/panes/log.ts'
import { themes, type ThemeName } from '../../src/tui/theme.ts'
import type { WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { push, roomFor, type Fact } from './facts.ts'

const stopped = () => 0

/** The time of day at the start, wherever the test runs. */
const noon = new Date(2026, 0, 1, 12).getTime()

/** All rows are looked at. */
export function finishRows({ rows }: LogState): void {
  while (rows.advance(stopped, 1));
}

/** A search to its end. */
export function finishSearch(state: LogState): SearchStanding {
  let standing: SearchStanding
  do standing = advanceSearch(state, stopped, 1)
  while (standing === 'more')
  return standing
}

/** The state of a view of `facts`, all looked at, and what gives it more facts. */
export function viewOf(facts: readonly Fact[], limits = roomFor(facts)) {
  const session = new Session({ log: limits })
  for (const fact of facts) push(session, fact)
  const { log } = session
  const state = makeLogState(log)
  finishRows(state)
  settle(state, 10)
  return { session, log, state }
}

export interface Screen {
  width: number
  height: number
  ascii?: boolean
  theme?: ThemeName
}

/** What a cell holds that was not painted. */
export const unpainted = '\u0001'

/** Paints the view into cells that held something else. */
export function painted(state: LogState, screen: Screen, scene: Partial<LogScene> = {}): Cells {
  const { width, height, ascii = false, theme = 'ansi' } = screen
  const cells = makeCells(width, height, themes[theme])
  cells.chars.fill(unpainted)
  const canvas = new Canvas(cells, { theme: themes[theme], ascii })
  const all = { now: 0, startOfDay: noon, open: [], ...scene }
  settle(state, rowLines(canvas, state, all))
  paintLog(canvas, state, all)
  return cells
}

/** The lines of a painted view, without spaces at their ends. */
export function paintedLines(state: LogState, screen: Screen, scene: Partial<LogScene> = {}): string[] {
  return linesOf(painted(state, screen, scene)).map(line => line.trimEnd())
}

/** The rows of a type. */
export function rowsOf(log: WireLog, type: string): number[] {
  const rows = Array.from({ length: log.next - log.first }, (_, i) => log.first + i)
  return rows.filter(row => log.type(row) === type)
}
