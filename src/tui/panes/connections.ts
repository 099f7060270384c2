/** The pane of connections: a line each, and below all that is known of the one under the cursor. */
import type { Side } from '../../protocol/side.ts'
import { counted } from '../../protocol/words.ts'
import type { Canvas } from '../canvas.ts'
import { isBad, stateOf, type Connection, type Direction } from '../connection.ts'
import type { ConnectionList } from '../connection-list.ts'
import { orderNames, refresh, scrollInto, type ConnectionsState } from '../connections-state.ts'
import { cut, fit, fitRight, wrapWords } from '../text.ts'
import type { Role } from '../theme.ts'
import { countText, durationText, octetsText } from '../units.ts'

/** Octets that `from` has sent and its peer has not taken yet. */
export type Waiting = (conn: number, from: Side) => number

interface Column {
  title: string
  width: number
  isNumber: boolean
  text: (connection: Connection) => string
  role: (connection: Connection) => Role
}

/** Heights below which there is no place for details, and none for the heads of columns. */
const leastForDetails = 8
const leastForHeads = 5

/** Columns from which on two details stand beside each other. */
const wide = 76

/** Paints all of `canvas`. `now` is the time, in ms, on the clock of the rows. */
export function paintConnections(
  canvas: Canvas,
  list: ConnectionList,
  state: ConnectionsState,
  now: number,
  waiting: Waiting,
): void {
  refresh(state, list)
  canvas.fill(0, 0, canvas.width, canvas.height, ' ')
  const chosen = state.listed[state.index] ?? null
  if (chosen === null) {
    canvas.put(1, 0, 'no connection yet', 'quiet')
    return
  }
  const details = detailLines(chosen, canvas.width, now, waiting)
  // A short table leaves more than half of the room.
  const most = Math.max(canvas.height >> 1, canvas.height - state.listed.length - 1)
  const room = canvas.height < leastForDetails ? 0 : Math.min(details.length + 1, most)
  const tableHeight = canvas.height - room
  paintTable(canvas.region(0, 0, canvas.width, tableHeight), state, now)
  if (room > 0) paintDetails(canvas.region(0, tableHeight, canvas.width, room), chosen, state, list, details)
}

function paintTable(canvas: Canvas, state: ConnectionsState, now: number): void {
  const heads = canvas.height >= leastForHeads ? 1 : 0
  scrollInto(state, canvas.height - heads, heads)
  const shown = state.listed.slice(state.top, state.top + canvas.height - heads)
  const columns = tableColumns(canvas.width, shown, now)
  if (heads > 0) paintRow(canvas, 0, columns, column => [column.title, 'quiet'])
  shown.forEach((connection, i) => {
    const y = heads + i
    paintRow(canvas, y, columns, column => [column.text(connection), column.role(connection)])
    if (state.top + i !== state.index) return
    canvas.put(0, y, '>', 'focus')
    canvas.flag(0, y, canvas.width, 'inverse')
  })
}

function paintRow(
  canvas: Canvas,
  y: number,
  columns: readonly Column[],
  cell: (column: Column) => [text: string, role: Role],
): void {
  let x = 1
  for (const column of columns) {
    const [all, role] = cell(column)
    // Texts of a peer may be long: what cannot be reached is not measured.
    const text = all.slice(0, 2 * column.width + 2)
    canvas.put(x, y, (column.isNumber ? fitRight : fit)(text, column.width), role)
    x += column.width + 1
  }
}

/** The columns that there is room for; the path takes what is left. */
function tableColumns(width: number, shown: readonly Connection[], now: number): Column[] {
  const largest = Math.max(...shown.map(({ conn }) => conn))
  const stateWidth = width < 60 ? 8 : 12
  const path = text('PATH', 0, ({ path }) => path ?? '-')
  const columns = [
    text('#', Math.max(3, String(largest).length), ({ conn }) => String(conn)),
    { ...text('STATE', stateWidth, connection => stateText(connection, stateWidth)), role: stateRole },
    path,
    ...(width < wide ? [] : [text('CLIENT', 19, ({ info }) => info?.client ?? '-')]),
    number('↑ MSG', 6, connection => messagesText(connection, connection.client)),
    number('↓ MSG', 6, connection => messagesText(connection, connection.server)),
    ...(width < 100 ? [] : [number('↑ B/s', 6, connection => rateText(connection, connection.client))]),
    number('↓ B/s', 6, connection => rateText(connection, connection.server)),
    ...(width < 60 ? [] : [number('IDLE', 6, ({ active }) => spanText(now - active))]),
    ...(width < 110 ? [] : [number('RTT', 7, ({ rtt }) => (rtt === null ? '-' : durationText(rtt)))]),
  ]
  const taken = columns.reduce((sum, column) => sum + column.width + 1, 1)
  path.width = Math.max(0, width - taken)
  return columns
}

function text(title: string, width: number, of: Column['text']): Column {
  return { title, width, isNumber: false, text: of, role: ({ isOver }) => (isOver ? 'quiet' : 'plain') }
}

function number(title: string, width: number, of: Column['text']): Column {
  return { ...text(title, width, of), isNumber: true }
}

function stateText(connection: Connection, width: number): string {
  const state = stateOf(connection)
  return isBad(connection) ? `${cut(state, width - 2)} ✗` : state
}

function stateRole(connection: Connection): Role {
  if (isBad(connection)) return 'error'
  if (connection.isOver) return 'quiet'
  return connection.status === 101 ? 'good' : 'plain'
}

function messagesText({ status }: Connection, { sent }: Direction): string {
  return status === 101 ? countText(sent.messages) : '-'
}

function rateText({ isOver }: Connection, { rate }: Direction): string {
  return isOver ? '-' : octetsText(rate)
}

function spanText(ms: number): string {
  return durationText(Math.max(0, ms))
}

function paintDetails(
  canvas: Canvas,
  { conn }: Connection,
  { index, listed, order }: ConnectionsState,
  { forgotten }: ConnectionList,
  lines: readonly string[],
): void {
  canvas.fill(0, 0, canvas.width, 1, '─', 'rule')
  canvas.put(2, 0, ` #${conn} `, 'strong')
  const older = forgotten === 0 ? '' : `, ${countText(forgotten)} forgotten`
  canvas.putRight(
    canvas.width - 2,
    0,
    ` ${index + 1} of ${listed.length}, ${orderNames[order]}${older} `,
    'rule',
  )
  lines.slice(0, canvas.height - 1).forEach((line, i) => {
    canvas.put(1, i + 1, line)
  })
  if (lines.length > canvas.height - 1) canvas.putRight(canvas.width - 1, canvas.height - 1, '…', 'quiet')
}

/** What is known, most important first. */
function detailLines(connection: Connection, width: number, now: number, waiting: Waiting): string[] {
  const room = width - 2
  const { extensions, verdict } = connection
  const fields = [
    field('client', connection.info?.client ?? '-'),
    field('server', serverText(connection)),
    field('request', requestText(connection)),
    field('subprotocol', connection.subprotocol ?? '-'),
  ]
  return [
    ...(width < wide ? fields.map(one => cut(one, room)) : besides(fields, room)),
    ...wrapped(timesText(connection, now), room),
    ...wrapped(octetsLine(connection, waiting), room),
    ...(verdict === null ? [] : wrapped(verdict.text, room)),
    ...(extensions === null ? [] : wrapped(field('extension', extensions), room)),
  ]
}

function field(label: string, value: string): string {
  return `${label.padEnd(11)} ${value}`
}

/** Two in a line. */
function besides(fields: readonly string[], room: number): string[] {
  const half = Math.floor(room / 2)
  const lines: string[] = []
  for (let i = 0; i < fields.length; i += 2)
    lines.push(`${fit(fields[i] ?? '', half - 1)} ${cut(fields[i + 1] ?? '', half)}`)
  return lines
}

function serverText({ info }: Connection): string {
  return info === null ? '-' : `${info.server}${info.tls ? ' (TLS)' : ''}`
}

function requestText({ method, path, status, responseTime }: Connection): string {
  if (path === null) return '-'
  const after = responseTime === null ? '' : ` in ${durationText(responseTime)}`
  // The answer stands first: a path may be long.
  return `${status === null ? 'no answer yet' : `${status}${after}`}: ${method ?? ''} ${path}`
}

function timesText({ opened, active, isOver, rtt, errors, warnings }: Connection, now: number): string {
  const parts = [
    isOver ? `lasted ${spanText(active - opened)}` : `up ${spanText(now - opened)}`,
    `${isOver ? 'over' : 'idle'} ${spanText(now - active)}`,
    ...(rtt === null ? [] : [`rtt ${durationText(rtt)}`]),
    ...(errors === 0 ? [] : [counted(errors, 'error')]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ]
  return parts.join('  ')
}

function octetsLine({ conn, client, server }: Connection, waiting: Waiting): string {
  const ways = [
    ['↑', client, waiting(conn, 'client')],
    ['↓', server, waiting(conn, 'server')],
  ] as const
  const sums = ways.map(([arrow, { sent }]) => `${arrow} ${octetsText(sent.octets)}`)
  const waits = ways
    .filter(([, , octets]) => octets > 0)
    .map(([arrow, , octets]) => `${arrow} ${octetsText(octets)}`)
  return `octets ${sums.join(' ')}${waits.length === 0 ? '' : `  waiting ${waits.join(' ')}`}`
}

/** `text` in lines of at most `columns`; a longer word is cut off. */
function wrapped(text: string, columns: number): string[] {
  return wrapWords(text, columns).map(line => cut(line, columns))
}
