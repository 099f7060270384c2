/**
 * What the wire log's pane shows, as plain data, and how keys change that. Places are row numbers, so that nothing moves
 * when rows come; a row that is not shown stands for the nearest one that is, until it is shown again.
 */
import type { Filter } from '../wire/filter/filter.ts'
import type { WireLog } from '../wire/log.ts'
import type { Find } from './find.ts'
import { searchErrors, searchMatch, searchPart, type Search } from './row-search.ts'
import { pageOf } from './scroll.ts'
import { ShownRows } from './shown-rows.ts'
import type { TimeMode } from './units.ts'

/** Marks kept. */
export const markLimit = 1000

/** Columns that a payload can be moved to the left. */
export const sidewaysLimit = 4096

export interface LogState {
  readonly log: WireLog
  readonly rows: ShownRows
  /** The newest row is on the screen, and the cursor on it. */
  follow: boolean
  /** The number that the next row had when the screen was last drawn following. */
  pausedAt: number
  /** The row in the first line, and the one at the cursor. */
  top: number
  cursor: number
  /** Lines for rows, as `settle` was told last. */
  height: number
  /** Columns of payload that are out of sight on the left. */
  left: number
  time: TimeMode
  /** Rows, in the order in which they were marked. */
  readonly marks: Set<number>
  find: Find | null
  search: Search | null
}

export function makeLogState(log: WireLog): LogState {
  return {
    log,
    rows: new ShownRows(log),
    follow: true,
    pausedAt: 0,
    top: -1,
    cursor: -1,
    height: 1,
    left: 0,
    time: 'clock',
    marks: new Set<number>(),
    find: null,
    search: null,
  }
}

/** Makes the view fit into `height` lines: the cursor in sight, no line empty that need not be. Before each painting. */
export function settle(state: LogState, height: number): void {
  const { rows } = state
  state.height = Math.max(1, height)
  if (state.follow) {
    toLast(state)
    state.pausedAt = state.log.next
  }
  const cursor = rows.indexOf(cursorRow(state))
  const top = state.follow ? rows.count : rows.rank(state.top)
  const inSight = Math.max(cursor - state.height + 1, Math.min(top, cursor))
  state.top = rows.at(Math.max(0, Math.min(inSight, rows.count - state.height)))
}

/** The row at the cursor, -1 where nothing is shown. */
export function cursorRow({ rows, cursor }: LogState): number {
  return rows.nearest(cursor)
}

/** Rows shown that came since it stopped following. */
export function newRows({ follow, rows, pausedAt }: LogState): number {
  return follow ? 0 : rows.count - rows.rank(pausedAt)
}

/** Moves the cursor by so many rows; reaching the newest goes on following. */
export function moveBy(state: LogState, count: number): void {
  const { rows } = state
  const at = rows.indexOf(cursorRow(state))
  if (at < 0) return
  if (count > 0 && at + count >= rows.count - 1) toNewest(state)
  else put(state, rows.at(Math.max(0, at + count)))
}

/** Moves by a screen, or by a part of it, and the screen with it. */
export function page(state: LogState, screens: number): void {
  const { rows, height } = state
  const count = pageOf(screens, height)
  const top = rows.rank(state.top) + count
  moveBy(state, count)
  if (!state.follow) state.top = rows.at(Math.max(0, Math.min(top, rows.count - 1)))
}

/** To the oldest row, also where that is still to be looked at. */
export function toOldest(state: LogState): void {
  put(state, Math.max(0, state.log.first))
}

/** To the newest row, and follows. */
export function toNewest(state: LogState): void {
  state.search = null
  state.follow = true
  toLast(state)
}

/** While nothing is shown yet, as after a change of the filter, the cursor keeps its row. */
function toLast(state: LogState): void {
  if (state.rows.count > 0) state.cursor = state.rows.last
}

export function toggleFollow(state: LogState): void {
  if (state.follow) pause(state)
  else toNewest(state)
}

/** Stops following: what is on the screen stays there. */
export function pause(state: LogState): void {
  state.follow = false
}

/** To a row; where it is out of sight, to the middle of the screen. */
export function toRow(state: LogState, row: number): void {
  const { rows, height } = state
  put(state, row)
  const [index, top] = [rows.indexOf(cursorRow(state)), rows.rank(state.top)]
  if (index < top || index >= top + height) state.top = rows.at(Math.max(0, index - (height >> 1)))
}

/** Moves the payload sideways. */
export function moveSideways(state: LogState, columns: number): void {
  state.left = Math.max(0, Math.min(sidewaysLimit, state.left + columns))
}

const timeModes: readonly TimeMode[] = ['clock', 'start', 'previous', 'connection']

export function nextTimeMode(state: LogState): void {
  state.time = timeModes[(timeModes.indexOf(state.time) + 1) % timeModes.length] ?? 'clock'
}

/** Shows the rows that a filter matches, null: all. The cursor keeps its row. */
export function setFilter(state: LogState, filter: Filter | null): void {
  state.rows.set(filter, state.rows.reads)
}

/** Shows chops, or no longer. */
export function toggleReads(state: LogState): void {
  state.rows.set(state.rows.filter, !state.rows.reads)
}

/** Marks the cursor's row, or takes its mark away. Marks of rows that are gone are forgotten. */
export function toggleMark(state: LogState): void {
  const { log, marks } = state
  const row = cursorRow(state)
  for (const mark of marks) if (mark < log.first) marks.delete(mark)
  if (row < 0 || marks.delete(row)) return
  const [oldest] = marks
  if (marks.size >= markLimit && oldest !== undefined) marks.delete(oldest)
  marks.add(row)
}

/** To the next marked row that is shown, after the last to the first again. False: there is none. */
export function nextMark(state: LogState): boolean {
  const at = cursorRow(state)
  const marks = [...state.marks].filter(mark => state.rows.indexOf(mark) >= 0).sort((a, b) => a - b)
  const next = marks.find(mark => mark > at) ?? marks[0]
  if (next === undefined) return false
  toRow(state, next)
  return true
}

/** Looks for a text, see `makeFind`; null ends that. */
export function setFind(state: LogState, find: Find | null): void {
  state.find = find
}

/** Begins to look for the next row, or the one before, in which `find` is found; `advanceSearch` does it. */
export function findNext(state: LogState): void {
  if (state.find !== null) begin(state, searchMatch(state.rows, state.find, cursorRow(state), 1))
}

export function findPrevious(state: LogState): void {
  if (state.find !== null) begin(state, searchMatch(state.rows, state.find, cursorRow(state), -1))
}

/** Begins to look for the next error or warning, or the one before. */
export function nextError(state: LogState): void {
  begin(state, searchErrors(state.rows, cursorRow(state), 1))
}

export function previousError(state: LogState): void {
  begin(state, searchErrors(state.rows, cursorRow(state), -1))
}

/** Begins to look for the next fragment of the message at the cursor, or the one before; from a ping for its pong, and back. */
export function partOfMessage(state: LogState, step: 1 | -1): void {
  begin(state, searchPart(state.log, cursorRow(state), step))
}

/** How a search stands after a slice; `idle`: there was none. */
export type SearchStanding = 'idle' | 'more' | 'found' | 'none'

/** Searches on for at most `budgetMs`. What is found and shown has the cursor; the rest leaves all as it is. */
export function advanceSearch(state: LogState, now: () => number, budgetMs: number): SearchStanding {
  const { log, rows, search } = state
  if (search === null) return 'idle'
  const until = now() + budgetMs
  do {
    step(search, log)
    const isKept = search.row >= log.first && search.row < log.next
    const found = isKept ? search.test(log, search.row) : null
    if (found === null || (found && rows.indexOf(search.row) < 0)) return ended(state, 'none')
    if (found) return ended(state, 'found', search.row)
  } while (now() < until)
  return 'more'
}

/** To the next row; a search that wraps goes on at the other end, once. */
function step(search: Search, { first, next }: WireLog): void {
  search.row = Math.max(search.row, first - 1) + search.step
  if (!search.wraps || (search.row >= first && search.row < next)) return
  search.wraps = false
  search.row = search.step === 1 ? first : next - 1
}

function ended(state: LogState, standing: SearchStanding, row = -1): SearchStanding {
  state.search = null
  if (row >= 0) toRow(state, row)
  return standing
}

function begin(state: LogState, search: Search): void {
  pause(state)
  state.search = search
}

function put(state: LogState, row: number): void {
  pause(state)
  state.search = null
  state.cursor = row
}
