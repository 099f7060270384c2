/** What the detail pane shows of a row, and where the user is in it. */
import { bitsLines, headerFields } from './bits-lines.ts'
import { decodedLines } from './decoded-lines.ts'
import { fieldAt } from './header-fields.ts'
import { hexView, modesOf, type HexMode } from './hex-view.ts'
import { indexOfFound, lineAt, textOf, type Lines } from './lines.ts'
import type { Subject } from './subject.ts'
import { pageOf } from '../scroll.ts'
import { columnsOf, lengthIn } from '../text.ts'

export type View = 'decoded' | 'hex' | 'bits'

export const views: readonly View[] = ['decoded', 'hex', 'bits']

export interface Place {
  /** The first line shown. */
  top: number
  cursor: number
  /** The size it was drawn in last: columns of text, and lines. */
  columns: number
  height: number
}

export interface DetailState {
  subject: Subject
  view: View
  mode: HexMode
  places: Record<View, Place>
  /** Index of the chosen header field. */
  field: number
  /** What is folded of a JSON tree. */
  folded: Set<number>
  /** Long lines of the decoded view are several; otherwise one, of which the first `left` columns are not shown. */
  isWrapped: boolean
  left: number
  /** What is searched for, empty without. */
  find: string
  /** The decoded view as it was laid out last, which is dear. */
  layout: { columns: number; lines: Lines } | null
}

/** More columns than a line can have. */
const unwrapped = 1 << 28

/** Opens a subject; the view, whether lines are wrapped, and what is searched for stay those of `before`. */
export function openDetail(subject: Subject, before: DetailState | null = null): DetailState {
  const { entry, frame } = subject
  const at = entry.type === 'violation' && frame !== null ? entry.offset - frame.offset : 0
  return {
    subject,
    view: before?.view ?? 'decoded',
    mode: modeFor(subject, before?.mode ?? 'unmasked'),
    places: {
      decoded: placeAfter(before, 'decoded'),
      hex: placeAfter(before, 'hex'),
      bits: placeAfter(before, 'bits'),
    },
    field: fieldAt(headerFields(subject), at),
    folded: new Set(),
    isWrapped: before?.isWrapped ?? true,
    left: 0,
    find: before?.find ?? '',
    layout: null,
  }
}

export function setView(state: DetailState, view: View): void {
  state.view = view
}

/** The next way to show octets that makes a difference here. */
export function cycleMode(state: DetailState): void {
  const modes = modesOf(state.subject)
  state.mode = modes[(modes.indexOf(state.mode) + 1) % modes.length] ?? 'wire'
  keepInside(state, 'hex')
}

/** Lines of the decoded view are wrapped, or no more; what the cursor is on stays. */
export function toggleWrap(state: DetailState): void {
  layOutAnew(state, 'decoded', () => {
    state.isWrapped = !state.isWrapped
    state.left = 0
  })
}

/** Moves lines that are not wrapped, as far as those in sight go. Returns false where there are none. */
export function moveSideways(state: DetailState, columns: number): boolean {
  if (state.isWrapped || state.view !== 'decoded') return false
  const { top, height, columns: width } = state.places.decoded
  const lines = linesOf(state, 'decoded')
  let longest = 0
  for (let index = top; index < Math.min(top + height, lines.count); index++)
    longest = Math.max(longest, columnsOf(textOf(lines.at(index))))
  state.left = Math.max(0, Math.min(state.left + columns, longest - width))
  return true
}

/** Moves the cursor by lines. */
export function moveBy(state: DetailState, lines: number): void {
  state.places[state.view].cursor += lines
  keepInside(state, state.view)
}

/** Moves the cursor by pages, also by parts of one. */
export function pageBy(state: DetailState, pages: number): void {
  moveBy(state, pageOf(pages, state.places[state.view].height))
}

export function toHome(state: DetailState): void {
  moveBy(state, -Infinity)
}

export function toEnd(state: DetailState): void {
  moveBy(state, Infinity)
}

/** Folds or unfolds what the cursor's line of a JSON tree opens. Returns false where it opens nothing. */
export function toggleFold(state: DetailState): boolean {
  const fold = state.view === 'decoded' ? linesOf(state, 'decoded').foldAt(state.places.decoded.cursor) : null
  if (fold === null) return false
  if (!state.folded.delete(fold)) state.folded.add(fold)
  state.layout = null
  keepInside(state, 'decoded')
  return true
}

export function nextField(state: DetailState): void {
  chooseField(state, 1)
}

export function previousField(state: DetailState): void {
  chooseField(state, -1)
}

/** Looks for `text` from the cursor on, around the end; `81 d8` in the hex view are octets. False when it is nowhere. */
export function find(state: DetailState, text: string): boolean {
  state.find = text
  return text !== '' && goTo(state, found(state, state.places[state.view].cursor))
}

/** The next place of what is searched for: out of sight in the line of the cursor, or in a line below. */
export function findNext(state: DetailState): boolean {
  const { cursor, columns } = state.places[state.view]
  if (state.find === '') return false
  return reveal(state, state.left + columns) || goTo(state, found(state, cursor + 1))
}

/** The lines of a view at the size it was drawn in last. */
export function linesOf(state: DetailState, view: View): Lines {
  const width = state.places[view].columns
  const columns = view === 'decoded' && !state.isWrapped ? unwrapped : width
  if (view === 'bits') return bitsLines(state.subject, columns, state.field)
  if (view === 'hex') return hexView(state.subject, state.mode, state.field, columns)
  if (state.layout?.columns !== columns)
    state.layout = { columns, lines: decodedLines(state.subject, columns, state.folded) }
  return state.layout.lines
}

/** A view is drawn in a size. */
export function resize(state: DetailState, view: View, columns: number, height: number): void {
  const place = state.places[view]
  place.height = height
  if (place.columns === columns) keepInside(state, view)
  else layOutAnew(state, view, () => (place.columns = columns))
}

/** Changes how a view is laid out: the cursor stays on what it is on, and that where it is on the screen. */
function layOutAnew(state: DetailState, view: View, change: () => void): void {
  const place = state.places[view]
  const { cursor, top } = place
  const start = cursor === 0 ? 0 : linesOf(state, view).startAt(cursor)
  change()
  place.cursor = cursor === 0 ? 0 : lineAt(linesOf(state, view), start)
  place.top = place.cursor - (cursor - top)
  keepInside(state, view)
}

function modeFor(subject: Subject, wanted: HexMode): HexMode {
  return modesOf(subject).includes(wanted) ? wanted : 'wire'
}

function placeAfter(before: DetailState | null, view: View): Place {
  const { columns = 79, height = 10 } = before?.places[view] ?? {}
  return { top: 0, cursor: 0, columns, height }
}

function keepInside(state: DetailState, view: View): void {
  const place = state.places[view]
  const last = Math.max(0, linesOf(state, view).count - 1)
  const height = Math.max(1, place.height)
  place.cursor = Math.max(0, Math.min(place.cursor, last))
  const lowest = Math.max(0, Math.min(place.cursor, last + 1 - height))
  place.top = Math.max(place.cursor - height + 1, Math.min(place.top, lowest), 0)
}

function chooseField(state: DetailState, step: number): void {
  const count = headerFields(state.subject).length
  if (count > 0) state.field = (state.field + step + count) % count
}

function found(state: DetailState, from: number): number {
  const lines = linesOf(state, state.view)
  const after = from < lines.count ? lines.find(state.find, from) : -1
  return after < 0 ? lines.find(state.find, 0) : after
}

function goTo(state: DetailState, line: number): boolean {
  if (line < 0) return false
  state.places[state.view].cursor = line
  keepInside(state, state.view)
  state.left = 0
  reveal(state, 0)
  return true
}

/** Moves lines that are not wrapped so that what is found in that of the cursor, beyond column `from`, is seen. False: nothing is. */
function reveal(state: DetailState, from: number): boolean {
  if (state.isWrapped || state.view !== 'decoded') return false
  const { cursor, columns } = state.places.decoded
  const text = textOf(linesOf(state, 'decoded').at(cursor))
  const { length } = state.find
  const at = indexOfFound(text, state.find, Math.max(0, lengthIn(text, from) - length + 1))
  if (at < 0) return false
  const end = columnsOf(text.slice(0, at + length))
  if (end > state.left + columns) state.left = end - (columns >> 1)
  return true
}
