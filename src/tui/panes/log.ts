/** The wire log as cells: one line for each row, and below the newest those for frames in flight. */
import type { Side } from '../../protocol/side.ts'
import type { OpenFrame, WireLog } from '../../wire/log.ts'
import type { Entry } from '../../wire/entry.ts'
import type { Canvas } from '../canvas.ts'
import { foundIn } from '../find.ts'
import {
  columnsFor,
  hasChopSizes,
  hasHeads,
  timeText,
  type ColumnName,
  type Columns,
} from '../log-columns.ts'
import { cursorRow, type LogState } from '../log-state.ts'
import { chopText, frameType, rowCells, type RowCells } from '../row-cells.ts'
import { columnsOf, cut, fitRight, scrolled } from '../text.ts'
import type { Role } from '../theme.ts'
import { durationText } from '../units.ts'

/** What the screen shows beside the state of the view. */
export interface LogScene {
  /** Milliseconds since the start. */
  now: number
  /** The time of day at the start, in milliseconds since the epoch. */
  startOfDay: number
  /** Connections whose frames in flight are shown. */
  open: readonly number[]
}

/** A frame has been in flight for a while from here on, in ms. */
const inFlightAfter = 100

interface LiveFrame {
  conn: number
  from: Side
  since: number
  /** Null while its header is not complete. */
  frame: OpenFrame | null
  /** Octets of that header. */
  headerOctets: number
}

/** Lines that are there for rows: what `settle` is to be told before `paintLog`. */
export function rowLines({ width, height }: Canvas, state: LogState, scene: LogScene): number {
  const body = height - Number(hasHeads(width, height))
  return body - liveFrames(state, scene, body).length
}

/** Draws the view as it stands; every cell of the canvas is drawn. */
export function paintLog(canvas: Canvas, state: LogState, scene: LogScene): void {
  const { width, height } = canvas
  const heads = Number(hasHeads(width, height))
  const live = liveFrames(state, scene, height - heads)
  const end = height - live.length
  const columns = columnsFor(width, connWidth(state, live, end))
  const painter: Painter = { canvas, columns, state, scene, cursor: cursorRow(state) }
  canvas.fill(0, 0, width, height, ' ')
  if (heads === 1) paintHeads(painter)
  const dropped = paintDropped(painter, heads, end)
  const top = state.rows.rank(state.top)
  const first = heads + Number(dropped)
  const count = Math.min(end - first, state.rows.count - top)
  for (let i = 0; i < count; i++) paintRow(painter, first + i, top + i)
  live.forEach((frame, i) => {
    paintLive(painter, first + count + i, frame)
  })
}

interface Painter {
  canvas: Canvas
  columns: Columns
  state: LogState
  scene: LogScene
  /** The row at the cursor. */
  cursor: number
}

/** Frames that have been in flight for a while, where the newest rows are shown: in at most a quarter of the lines. */
function liveFrames({ follow, log }: LogState, { now, open }: LogScene, lines: number): LiveFrame[] {
  const found: LiveFrame[] = []
  if (!follow) return found
  for (const conn of open) {
    for (const from of ['client', 'server'] as const) {
      if (found.length >= lines >> 2) return found
      const live = liveFrame(log, conn, from)
      if (live !== null && now - live.since >= inFlightAfter) found.push(live)
    }
  }
  return found
}

function liveFrame(log: WireLog, conn: number, from: Side): LiveFrame | null {
  const frame = log.open(conn, from)
  if (frame !== null) return { conn, from, since: frame.since, frame, headerOctets: 0 }
  const header = log.openHeader(conn, from)
  if (header === null) return null
  const since = log.chops(header)[0]?.time ?? Infinity
  return { conn, from, since, frame, headerOctets: header.length }
}

/** Wide enough for every connection on the screen. */
function connWidth({ rows, log, top }: LogState, live: readonly LiveFrame[], lines: number): number {
  let highest = Math.max(0, ...live.map(({ conn }) => conn))
  const start = rows.rank(top)
  for (let at = start; at < Math.min(start + lines, rows.count); at++)
    highest = Math.max(highest, log.conn(rows.at(at)))
  return Math.max(3, String(highest).length + 1)
}

function paintHeads({ canvas, columns, state: { left } }: Painter): void {
  for (const { head, x, width } of Object.values(columns)) {
    canvas.put(x, 0, head === 'LEN' ? fitRight(head, width) : cut(head, width), 'strong')
    if (head === 'PAYLOAD' && left > 0) canvas.put(x + 8, 0, `← ${left} columns (h)`, 'notice')
  }
}

/** Says that rows are gone, above the oldest one, unless the cursor needs the line. True where it does. */
function paintDropped({ canvas, state, cursor }: Painter, y: number, end: number): boolean {
  const { log, rows, top } = state
  const isNeeded = rows.indexOf(cursor) >= end - y - 1
  if (log.first === 0 || rows.toLook > 0 || top !== rows.first || isNeeded) return false
  canvas.put(
    0,
    y,
    cut(`— ${log.first.toLocaleString('en')} older rows were dropped —`, canvas.width),
    'quiet',
  )
  return true
}

function paintRow(painter: Painter, y: number, at: number): void {
  const { canvas, columns, state, cursor } = painter
  const { log, rows } = state
  const row = rows.at(at)
  const entry = log.entry(row)
  const cells = rowCells(log, entry, columns.payload.width + state.left)
  if (row === cursor) canvas.put(0, y, '>', 'strong')
  if (state.marks.has(row)) canvas.put(row === cursor ? 1 : 0, y, '*', 'strong')
  put(painter, y, 'time', timeOf(painter, entry, at), 'quiet')
  put(painter, y, 'conn', entry.conn === 0 ? '' : `#${entry.conn}`)
  putDirection(painter, y, cells.from)
  put(painter, y, 'type', cells.type, cells.role)
  put(painter, y, 'flags', cells.flags, cells.flags.endsWith('!') ? 'error' : 'plain')
  put(painter, y, 'length', fitRight(cells.length, columns.length?.width ?? 0))
  if (entry.type === 'frame' && columns.chop !== undefined)
    put(painter, y, 'chop', chopText(log, entry, hasChopSizes(columns)))
  paintText(painter, y, row, cells)
  if (row === cursor) canvas.flag(0, y, canvas.width, 'inverse')
}

function put({ canvas, columns }: Painter, y: number, name: ColumnName, text: string, role?: Role): void {
  const column = columns[name]
  if (column === undefined || text === '') return
  canvas.put(column.x, y, cut(text, column.width), role)
}

function putDirection(painter: Painter, y: number, from: Side | null): void {
  const arrow = from === null ? 'C─S' : from === 'client' ? 'C→S' : 'C←S'
  put(painter, y, 'dir', arrow, from ?? 'plain')
}

function timeOf({ columns, state, scene }: Painter, { conn, time }: Entry, at: number): string {
  const { log, rows } = state
  if (columns.time === undefined) return ''
  const before = rows.at(at - 1)
  const text = timeText(state.time, {
    row: time,
    previous: before < 0 ? null : log.time(before),
    opened: log.connection(conn)?.open?.time ?? null,
    startOfDay: scene.startOfDay,
  })
  return fitRight(text.slice(-columns.time.width), columns.time.width)
}

/** The payload and what stands around it; what is behind it stays in sight where that takes no more than half. */
function paintText({ canvas, columns, state }: Painter, y: number, row: number, cells: RowCells): void {
  const { ascii } = canvas.look
  const hasColumns = cells.flags !== '' || cells.length !== ''
  const start = hasColumns ? columns.payload.x : (columns.flags ?? columns.length ?? columns.payload).x
  const x = canvas.put(start, y, cells.lead, cells.tone)
  const room = Math.max(0, canvas.width - x)
  const tail = columnsOf(cells.tail, ascii)
  const payload = state.left === 0 ? cells.payload : scrolled(cells.payload, state.left, room, ascii)
  const shown = cut(payload, tail * 2 <= room ? room - tail : room)
  const end = canvas.put(x, y, shown, cells.tone)
  canvas.put(end, y, cut(cells.tail, canvas.width - end), 'quiet')
  // What stands in front has left no room for as much as a sign.
  if (room === 0 && payload + cells.tail !== '') canvas.put(canvas.width - 1, y, '…', cells.tone)
  if (state.find === null) return
  for (const found of foundIn(state.find, state.log, row, shown, ascii))
    canvas.flag(x + found.x, y, found.width, 'underline')
}

function receivedText({ frame, headerOctets }: LiveFrame): string {
  if (frame === null) return `${headerOctets} ${headerOctets === 1 ? 'octet' : 'octets'} of a header`
  const { exactLength, header, received } = frame
  return `${received} of ${exactLength ?? header.payloadLength} octets`
}

/** A frame in flight has no row yet. */
function paintLive(painter: Painter, y: number, live: LiveFrame): void {
  const { canvas, columns, scene } = painter
  const { conn, from, frame, since } = live
  canvas.put(0, y, '…', 'strong')
  put(painter, y, 'conn', `#${conn}`)
  putDirection(painter, y, from)
  if (frame !== null) put(painter, y, 'type', frameType(frame.header), from)
  const text = `${receivedText(live)}, for ${durationText(scene.now - since)}`
  const { x } = columns.flags ?? columns.length ?? columns.payload
  canvas.put(x, y, cut(text, canvas.width - x), 'notice')
}
