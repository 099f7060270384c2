/** What the mouse does, where it is asked for: it chooses panes and rows, and scrolls. */
import { actions, type Effects } from './actions.ts'
import type { InputEvent } from './input.ts'
import type { Pane } from './keys.ts'
import { layoutOf, type Rectangle } from './layout.ts'
import { toLine } from './connections-state.ts'
import { cursorRow, toRow } from './log-state.ts'
import { hasHeads } from './log-columns.ts'
import type { Model } from './model.ts'
import { arrangementOf, panesOf } from './paint.ts'
import { tabAt } from './panes/chrome.ts'

type MouseEvent = Extract<InputEvent, { type: 'mouse' }>

/** Lines of one step of the wheel. */
const wheelLines = 3

/** Gives a click or a step of the wheel to what lies under it. */
export function pointed(model: Model, { action, x, y }: MouseEvent, effects: Effects): void {
  if (model.overlay !== null) return
  const layout = layoutOf(model.width, model.height, arrangementOf(model))
  if (!layout.isWide && y === 1 && action === 'press') model.focus = tabAt(x, model.list) ?? model.focus
  const [pane, place] = panesOf(layout).find(([, rectangle]) => holds(rectangle, x, y)) ?? []
  if (pane === undefined || place === undefined) return
  if (action === 'press') choose(model, pane, place, y - place.y, effects)
  if (action === 'wheel-up' || action === 'wheel-down') scroll(model, pane, action, effects)
}

function holds({ x, y, width, height }: Rectangle, column: number, line: number): boolean {
  return column >= x && column < x + width && line >= y && line < y + height
}

/** Gives the keys to a pane, and puts its cursor on the line; a click on where it was opens it. */
function choose(model: Model, pane: Pane, place: Rectangle, line: number, effects: Effects): void {
  const had = model.focus === pane
  model.focus = pane
  if (pane === 'log') {
    const { rows, top } = model.log
    const row = rows.at(rows.rank(top) + line - Number(hasHeads(place.width, place.height)))
    if (row < 0) return
    if (had && row === cursorRow(model.log)) actions.open(model, effects)
    else toRow(model.log, row)
  }
  if (pane === 'connections') toLine(model.connections, line)
}

/** Scrolls the pane under the pointer; the keys stay where they are. */
function scroll(model: Model, pane: Pane, action: 'wheel-up' | 'wheel-down', effects: Effects): void {
  const { focus } = model
  model.focus = pane
  for (let i = 0; i < wheelLines; i++) actions[action === 'wheel-up' ? 'up' : 'down'](model, effects)
  model.focus = focus
}
