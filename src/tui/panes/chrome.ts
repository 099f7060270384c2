/** The lines around the panes: where we are and how it goes, tabs, state or what is being typed, hints. */
import type { Canvas } from '../canvas.ts'
import { bindingsOf, keyName, type Pane } from '../keys.ts'
import { columnsOf, cut } from '../text.ts'
import type { Role } from '../theme.ts'
import { countText } from '../units.ts'

/** What the first line says. */
export interface Heading {
  /** What is looked at: listener and target, or files. */
  title: string
  /** Null where nothing can be recorded. */
  recording: boolean | null
  isFollowing: boolean
  /** Shown rows that came since it stopped following. */
  newRows: number
  /** Rows per second; null for a recording. */
  rate: number | null
  /** Rows that the screen did not get to see. */
  lost: number
}

/** The first line: what is looked at, and the states of storing and of the view, each in a word. */
export function paintHeading(canvas: Canvas, heading: Heading): void {
  canvas.fill(0, 0, canvas.width, 1, ' ', 'bar')
  const states = statesOf(heading)
  let end = canvas.width - 1
  for (const [text, role] of states.toReversed()) {
    const start = end - columnsOf(text)
    if (start < 12) break
    canvas.put(start, 0, text, role)
    end = start - 2
  }
  const name = canvas.put(1, 0, 'wsinspect ', 'strong', end)
  canvas.put(name, 0, cut(heading.title, end - name), 'bar', end)
}

function statesOf({ recording, isFollowing, newRows, rate, lost }: Heading): [string, Role][] {
  const states: [string, Role][] = []
  if (recording !== null) states.push(recording ? ['● REC', 'error'] : ['not recorded', 'bar'])
  if (isFollowing) states.push(['FOLLOW', 'good'])
  else states.push([newRows > 0 ? `PAUSED ↓${countText(newRows)} new` : 'PAUSED', 'warning'])
  if (rate !== null) states.push([`${countText(rate)} rows/s`, 'bar'])
  if (lost > 0) states.push([`! lost ${countText(lost)}`, 'error'])
  return states
}

/** How many connections there are. */
export interface ConnectionCounts {
  open: number
  size: number
}

/** The tabs of a screen that shows one pane at a time, and the pane that each leads to. */
function tabsOf({ open, size }: ConnectionCounts): [Pane, string][] {
  return [
    ['connections', `1 Connections ${size === 0 ? '0' : `${countText(open)}/${countText(size)} open`}`],
    ['log', '2 Log'],
    ['statistics', '3 Statistics'],
  ]
}

/** Draws the tabs, and at the right what the filter leaves. */
export function paintTabs(canvas: Canvas, focus: Pane, counts: ConnectionCounts, right: string): void {
  canvas.fill(0, 0, canvas.width, 1, ' ', 'bar')
  const chosen = focus === 'detail' ? 'log' : focus
  let x = 1
  for (const [pane, text] of tabsOf(counts)) {
    const isChosen = pane === chosen
    x = canvas.put(x, 0, isChosen ? `[${text}]` : ` ${text} `, isChosen ? 'focus' : 'bar') + 1
  }
  canvas.putRight(canvas.width - 1, 0, cut(right, canvas.width - x - 2), 'bar')
}

/** The pane that the tab at column `x` leads to; null behind them. */
export function tabAt(x: number, counts: ConnectionCounts): Pane | null {
  let end = 1
  for (const [pane, text] of tabsOf(counts)) {
    end += text.length + 3
    if (x < end) return pane
  }
  return null
}

/** The line of a title above a pane: `── 2 Log ── 18 of 18233 ─────`. */
export function paintTitle(canvas: Canvas, title: string, note: string, hasFocus: boolean): void {
  canvas.fill(0, 0, canvas.width, 1, '─', 'rule')
  const end = canvas.put(3, 0, cut(` ${title} `, canvas.width - 4), hasFocus ? 'focus' : 'rule')
  if (note !== '') canvas.put(end + 2, 0, cut(` ${note} `, canvas.width - end - 3), 'rule')
}

/** The line above the hints: what happened or how many rows there are; a message stands out. */
export function paintStatus(canvas: Canvas, left: string, right: string, role: Role): void {
  canvas.fill(0, 0, canvas.width, 1, ' ', 'bar')
  const free = canvas.width - 2
  const end = canvas.put(1, 0, cut(left, free), role)
  if (end + 2 + columnsOf(right) < canvas.width) canvas.putRight(canvas.width - 1, 0, right, 'bar')
}

/** A key, and what it does in few words. */
export type Hint = readonly [key: string, text: string]

/** Keys, as many as fit. */
export function paintHints(canvas: Canvas, hints: readonly Hint[]): void {
  canvas.fill(0, 0, canvas.width, 1, ' ', 'bar')
  let x = 1
  for (const [key, text] of hints) {
    const width = columnsOf(key) + 1 + columnsOf(text)
    if (x + width > canvas.width - 1) break
    x = canvas.put(x, 0, key, 'strong') + 1
    x = canvas.put(x, 0, text, 'bar') + 2
  }
}

/** The keys of a pane. */
export function hintsOf(pane: Pane): Hint[] {
  return bindingsOf(pane).flatMap(({ keys, hint }): Hint[] =>
    hint === null ? [] : [[keyName(keys[0] ?? ''), hint]],
  )
}
