/** The whole screen from the model: a pure function from state to cells. */
import { counted } from '../protocol/words.ts'
import { completionOf } from '../wire/filter/completion.ts'
import { Canvas, type Cells } from './canvas.ts'
import type { Pane } from './keys.ts'
import { layoutOf, smallest, type Layout, type Rectangle } from './layout.ts'
import { reaches } from './find.ts'
import type { ConnectionList } from './connection-list.ts'
import { cursorRow, newRows, settle } from './log-state.ts'
import type { Model } from './model.ts'
import { copies } from './copying.ts'
import { hintsOf, paintHeading, paintHints, paintStatus, paintTabs, paintTitle } from './panes/chrome.ts'
import { paintConnections } from './panes/connections.ts'
import { paintDetail } from './panes/detail.ts'
import { paintHelp } from './panes/help.ts'
import { paintLog, rowLines } from './panes/log.ts'
import { paintLines } from './panes/text-box.ts'
import { paintPrompt } from './panes/prompt.ts'
import { paintStatistics } from './panes/statistics.ts'
import { paintWelcome } from './panes/welcome.ts'
import { faultText } from './overlays.ts'
import { seenIn } from './seen-values.ts'
import { textBefore } from './line-editor.ts'
import { cut } from './text.ts'
import type { Position } from './terminal.ts'
import { countText, durationText } from './units.ts'

/** Paints every cell. Returns where the cursor is, while a line is typed. */
export function paintScreen(cells: Cells, model: Model): Position | null {
  const canvas = new Canvas(cells, model.look)
  const { width, height } = canvas
  if (width < smallest.width || height < smallest.height) {
    canvas.fill(0, 0, width, height, ' ')
    const goesOn = model.host.isLive ? '; forwarding goes on' : ''
    const text = `terminal is ${width}x${height}, wsinspect needs ${smallest.width}x${smallest.height}${goesOn}`
    for (let y = 0; y * width < text.length; y++) canvas.put(0, y, text.slice(y * width, (y + 1) * width))
    return null
  }
  const layout = layoutOf(width, height, arrangementOf(model))
  paintHeading(canvas.region(0, 0, width, 1), headingOf(model))
  if (!layout.isWide) {
    paintTabs(canvas.region(0, 1, width, 1), model.focus, model.list, resultOf(model))
  }
  for (const [pane, place] of panesOf(layout)) paintPane(canvas, pane, place, layout, model)
  if (layout.divider !== null) {
    canvas.fill(layout.divider, layout.top, 1, layout.bottom - layout.top, '│', 'rule')
  }
  paintLast(canvas.region(0, height - 1, width, 1), model)
  const cursor = paintBottom(canvas.region(0, height - 2, width, 1), model)
  paintOverlay(canvas.region(0, 1, width, height - 3), model)
  return cursor === null ? null : { x: cursor, y: height - 2 }
}

/** What decides which pane lies where. */
export function arrangementOf({ focus, detail, isZoomed }: Model) {
  return { focus, hasDetail: detail !== null, isZoomed }
}

/** The panes that are seen. */
export function panesOf({ panes }: Layout): [Pane, Rectangle][] {
  return Object.entries(panes) as [Pane, Rectangle][]
}

function paintPane(
  canvas: Canvas,
  pane: Pane,
  { x, y, width, height }: Rectangle,
  { isWide }: Layout,
  model: Model,
): void {
  const place = canvas.region(x, y, width, height)
  if (isWide && pane !== 'detail') {
    const [title, note] = titleOf(pane, model)
    paintTitle(canvas.region(x, y - 1, width, 1), title, note, model.focus === pane)
  }
  const { host, list, time } = model
  switch (pane) {
    case 'connections':
      paintConnections(place, list, model.connections, time, host.waiting)
      break
    case 'log':
      if (host.log.next === 0) paintWelcome(place, host.welcome)
      else paintRows(place, model)
      break
    case 'statistics':
      paintCounts(place, model)
      break
    case 'detail':
      if (model.detail !== null) paintDetail(place, model.detail)
  }
}

function paintRows(place: Canvas, { host, log, list, time, filter }: Model): void {
  const scene = { now: time, startOfDay: host.started, open: openNumbers(list) }
  settle(log, rowLines(place, log, scene))
  paintLog(place, log, scene)
  if (filter.applied === null || log.rows.count > 0 || log.rows.toLook > 0) return
  place.put(2, 1, 'no row matches the filter: Esc takes it away', 'quiet')
  if (filter.applied.searches)
    place.put(
      2,
      2,
      `of each row the first ${reaches.text} are searched, by /…/ the first ${reaches.regex}`,
      'quiet',
    )
}

function openNumbers(list: ConnectionList): number[] {
  return list.all().flatMap(({ isOver, conn }) => (isOver ? [] : [conn]))
}

function paintCounts(place: Canvas, { statistics, filter, time }: Model): void {
  const scope = statistics.filtered === null ? 'all connections' : filter.text
  const { summary, scroll } = statistics
  paintStatistics(place, summary, { scope, now: time, scroll })
}

function titleOf(pane: Pane, model: Model): [string, string] {
  switch (pane) {
    case 'connections':
      return ['1 Connections', `${model.list.open} open of ${model.list.size}`]
    case 'log':
      return ['2 Log', resultOf(model)]
    case 'statistics':
      return ['3 Statistics', '']
    case 'detail':
      return ['', '']
  }
}

function headingOf(model: Model) {
  const { host, log, rates } = model
  return {
    title: host.title,
    recording: host.isRecording(),
    isFollowing: log.follow,
    newRows: newRows(log),
    rate: host.isLive ? rates.rows : null,
    lost: log.rows.unseen,
  }
}

/** What the filter leaves. */
function resultOf({ filter, log: { rows } }: Model): string {
  const looking = rows.toLook > 0 ? `, ${countText(rows.toLook)} to look at` : ''
  return `${counted(rows.count, 'row')}${looking}${filter.text.trim() === '' ? '' : `: ${filter.text}`}`
}

/** The hints; while a line is typed what is to be told, and for a filter what may follow, or what is wrong with it. */
function paintLast(line: Canvas, { overlay, focus, list, note }: Model): void {
  if (overlay?.kind !== 'prompt') {
    paintHints(line, hintsOf(focus))
    return
  }
  if (note !== null) {
    paintStatus(line, note.text, '', note.role)
    return
  }
  const { purpose, fault } = overlay
  const { start, words } =
    purpose === 'filter' ? completionOf(textBefore(overlay.line), seenIn(list)) : { start: 0, words: [] }
  // What is wrong with the word that is typed may be that it is not all there yet.
  if (fault !== null && (fault.column <= start || words.length === 0))
    paintStatus(line, faultText(fault), '', 'error')
  else if (words.length === 0)
    paintHints(line, purpose === 'replay' ? [...typingHints, replayHint] : typingHints)
  else paintHints(line, [['Tab', cut(`completes: ${words.join(' ')}`, line.width - 6)]])
}

const replayHint = ['also', '--ignore $.id --level chops|frames|messages'] as const
const typingHints = [
  ['Enter', 'go'],
  ['Esc', 'cancel'],
  ['Up', 'earlier ones'],
] as const

/** The line above the hints; the column of the cursor while something is typed there. */
function paintBottom(line: Canvas, model: Model): number | null {
  const { overlay, note } = model
  if (overlay?.kind === 'prompt') {
    const { purpose, line: typed, fault } = overlay
    const result = purpose === 'filter' ? `✓ ${counted(model.log.rows.count, 'row')}` : ''
    return paintPrompt(line, purpose, typed, fault === null ? result : '✗', fault !== null)
  }
  if (overlay?.kind === 'question') paintStatus(line, questionOf(model, overlay.about), '', 'warning')
  else if (overlay?.kind === 'copy') paintStatus(line, `copy: ${copyChoices}   Esc nothing`, '', 'strong')
  else if (note !== null) paintStatus(line, note.text, '', note.role)
  else if (model.log.search !== null)
    paintStatus(line, `searching: row ${model.log.search.row}`, '', 'strong')
  else if (model.replay !== null) paintStatus(line, model.replay.text, '', 'strong')
  else paintStatus(line, stateOf(model), lastOf(model), 'bar')
  return null
}

const copyChoices = Object.values(copies)
  .map(({ key, text }) => `${key} ${text}`)
  .join('  ')

function questionOf({ list }: Model, about: 'quit' | 'suspend'): string {
  const open = `${counted(list.open, 'connection')} ${list.open === 1 ? 'is' : 'are'} open`
  return about === 'quit'
    ? `Quit?  y yes   any other key no   (${open}, and would end)`
    : `Sleep?  y yes   any other key no   (nothing is forwarded meanwhile; ${open})`
}

function stateOf({ log: state, focus }: Model): string {
  if (focus === 'connections' || focus === 'statistics') return ''
  const {
    rows,
    log,
    marks: { size },
  } = state
  const row = cursorRow(state)
  const position = rows.indexOf(row) + 1
  const where = position > 0 ? `row ${row}, ${position} of ${rows.count}` : counted(rows.count, 'row')
  const dropped = log.first > 0 ? `   ${log.first} older rows dropped` : ''
  const marks = size > 0 ? `   ${size} marked` : ''
  return `${where}${marks}${dropped}`
}

function lastOf({ host: { log } }: Model): string {
  return log.next > log.first ? `last row at ${durationText(log.time(log.next - 1))}` : ''
}

function paintOverlay(canvas: Canvas, { overlay }: Model): void {
  if (overlay?.kind === 'help') paintHelp(canvas, overlay.help)
  if (overlay?.kind === 'lines') paintLines(canvas, overlay)
}
