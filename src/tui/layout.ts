/** Which pane lies where, for each size of the terminal. */
import type { Pane } from './keys.ts'

export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Where everything is drawn. `rule`: the line above a pane that carries its title; null where there are tabs instead. */
export interface Layout {
  /** Everything at once, rather than one pane behind tabs. */
  isWide: boolean
  /** Panes that are seen, with their place, the line of their title above them not counted. */
  panes: Partial<Record<Pane, Rectangle>>
  /** The column of the line between left and right; null without. */
  divider: number | null
  /** Where the body begins and ends. */
  top: number
  bottom: number
}

/** What decides beside the size. */
export interface Arrangement {
  focus: Pane
  /** Detail is open. */
  hasDetail: boolean
  isZoomed: boolean
}

/** The smallest terminal that is drawn to. */
export const smallest = { width: 40, height: 8 }

/** Columns of connections and statistics where they stand beside the log. */
const leftColumn = 42

/** Where to draw in a terminal of this size, at least `smallest`. */
export function layoutOf(width: number, height: number, arrangement: Arrangement): Layout {
  const isWide = width >= 140 && height >= 36
  const top = isWide ? 1 : 2
  const bottom = height - 2
  const body = { x: 0, y: top, width, height: bottom - top }
  const { focus, hasDetail, isZoomed } = arrangement
  const flat = { isWide: false, divider: null, top, bottom }
  // Detail draws the line of its title itself.
  if (isZoomed)
    return { ...flat, isWide, panes: { [focus]: isWide && focus !== 'detail' ? below(body) : body } }
  if (isWide) return { isWide, divider: leftColumn, top, bottom, panes: wide(body, hasDetail) }
  if (focus === 'connections' || focus === 'statistics') return { ...flat, panes: { [focus]: body } }
  if (!hasDetail) return { ...flat, panes: { log: body } }
  // Too low for both: the one that has the keys.
  return { ...flat, panes: body.height < 10 ? { [focus]: body } : stacked(body) }
}

/** Connections over statistics at the left, log over detail at the right; each below the line of its title. */
function wide(body: Rectangle, hasDetail: boolean): Layout['panes'] {
  const list = Math.floor(body.height * 0.4)
  const right = { ...body, x: leftColumn + 1, width: body.width - leftColumn - 1 }
  const connections = below({ ...body, width: leftColumn, height: list })
  const statistics = below({ ...body, y: body.y + list, width: leftColumn, height: body.height - list })
  if (!hasDetail) return { connections, statistics, log: below(right) }
  const upper = Math.ceil(right.height * 0.55)
  const detail = { ...right, y: right.y + upper, height: right.height - upper }
  return { connections, statistics, log: below({ ...right, height: upper }), detail }
}

/** Log over detail. */
function stacked(body: Rectangle): Layout['panes'] {
  const upper = Math.max(3, Math.floor(body.height * (body.height >= 24 ? 0.5 : 0.4)))
  const log = { ...body, height: upper }
  return { log, detail: { ...body, y: body.y + upper, height: body.height - upper } }
}

function below({ x, y, width, height }: Rectangle): Rectangle {
  return { x, y: y + 1, width, height: height - 1 }
}
