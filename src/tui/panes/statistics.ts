/** The pane of statistics: rates over time, what each side has sent, how sizes are spread, what went wrong. */
import { closeCodeName } from '../../protocol/close-code.ts'
import { opcodeName } from '../../protocol/opcode.ts'
import type { Bucket, HistogramSummary } from '../../wire/stats/histogram.ts'
import { bars } from '../../wire/stats/rate-table.ts'
import type { SentSummary } from '../../wire/stats/sent.ts'
import type { Summary } from '../../wire/stats/statistics.ts'
import { outcomesText } from '../../wire/stats/tables.ts'
import { keysOf } from '../../wire/stats/table.ts'
import type { Canvas } from '../canvas.ts'
import { settleScroll, type Scroll } from '../scroll.ts'
import { fit, fitRight } from '../text.ts'
import type { Role } from '../theme.ts'
import { countText, durationText, octetsText } from '../units.ts'
import { bar, boundsText, bucketRows, chopBuckets, percentText } from './bars.ts'

/** What the pane shows beside the counts. */
export interface StatisticsView {
  /** What is counted, such as `all connections` or the text of a filter. */
  scope: string
  /** The time, in ms, on the clock of the rows. */
  now: number
  scroll: Scroll
}

/** A piece of a line, and its look. */
type Piece = readonly [text: string, role: Role]
type Line = readonly Piece[]

/** Columns from which on there are two of lines, and how wide each may get. */
const wide = 76
const widest = 64

/** Rows of a distribution. */
const bucketLimit = 8

/** Columns of a distribution's label, and of a share. */
const labelWidth = 9
const shareWidth = 4

/** Lines of a list of what came. */
const listLimit = 24

/** Paints all of `canvas`, and settles how far it is scrolled. `summary` is best made anew a few times a second only. */
export function paintStatistics(canvas: Canvas, summary: Summary, view: StatisticsView): void {
  canvas.fill(0, 0, canvas.width, canvas.height, ' ')
  const isWide = canvas.width >= wide
  const width = Math.min(widest, isWide ? Math.floor((canvas.width - 1) / 2) : canvas.width)
  const columns = isWide
    ? [leftLines(summary, view, width), rightLines(summary, view, width)]
    : [[...rightLines(summary, view, width), ...leftLines(summary, view, width)]]
  const longest = Math.max(...columns.map(lines => lines.length))
  settleScroll(view.scroll, longest, canvas.height)
  const { top } = view.scroll
  columns.forEach((lines, i) => {
    paintLines(canvas.region(i * (width + 1), 0, width, canvas.height), lines.slice(top))
  })
  if (isWide) canvas.fill(width, 0, 1, canvas.height, '│', 'rule')
  paintMore(canvas, longest - top - canvas.height)
}

function paintLines(canvas: Canvas, lines: readonly Line[]): void {
  lines.slice(0, canvas.height).forEach((line, y) => {
    let x = 1
    for (const [text, role] of line) x = canvas.put(x, y, text, role)
  })
}

/** A sign that there are lines below. */
function paintMore(canvas: Canvas, lines: number): void {
  if (lines > 0) canvas.putRight(canvas.width, canvas.height - 1, ` ↓ ${lines} more `, 'notice')
}

function leftLines(summary: Summary, view: StatisticsView, width: number): Line[] {
  return [
    ...scopeLines(summary, view, width),
    ...sentLines(summary, width),
    ...closeLines(summary, width),
    ...violationLines(summary, width),
  ]
}

function rightLines(summary: Summary, view: StatisticsView, width: number): Line[] {
  const { client, server } = summary
  const messages = [client.messages.sizes.buckets, server.messages.sizes.buckets] as const
  return [
    ...rateLines(summary, view, width),
    ...distribution('message size', ...messages, width),
    ...distribution('chop size', chopBuckets(client), chopBuckets(server), width),
  ]
}

function scopeLines(
  { missed, duration, connections, handshakes }: Summary,
  { scope }: StatisticsView,
  width: number,
) {
  const { requests, accepted, refused } = handshakes
  const lines: Line[] = [
    [[fit(`counted: ${scope}`, width - 2), 'strong']],
    plain(`for ${durationText(duration)}, ${connections.opened} opened, ${connections.closed} closed`),
    plain(`upgrades: ${accepted} of ${requests} accepted, ${refused} refused`),
  ]
  const ends = outcomesText(connections)
  if (ends !== '') lines.push(plain(`ends: ${ends}`))
  if (missed > 0) lines.push([[`! ${countText(missed)} rows were gone uncounted`, 'warning']])
  return lines
}

/** Counts of both sides beside each other. */
function sentLines(summary: Summary, width: number): Line[] {
  const { client, server } = summary
  const row = (label: string, of: (sent: SentSummary) => string): Line =>
    pairLine(label, of(client), of(server), width)
  const opcodes = keysOf(client.frames.byOpcode, server.frames.byOpcode)
  const isAny = (of: (sent: SentSummary) => number) => of(client) + of(server) > 0
  return [
    titleLine('frames', width),
    ...opcodes.map(opcode =>
      row(opcodeName(Number(opcode)), ({ frames }) => countText(frames.byOpcode[opcode] ?? 0)),
    ),
    row('all frames', ({ frames }) => countText(frames.total)),
    row('messages', ({ messages }) => countText(messages.total)),
    row('chops', ({ octets }) => countText(octets.chops)),
    row('octets', ({ octets }) => octetsText(octets.total)),
    row('payload', ({ overhead }) => octetsText(overhead.payloadOctets)),
    row('overhead', ({ overhead: { percent } }) => (percent === null ? '-' : `${percent.toFixed(1)}%`)),
    ...(isAny(({ compression }) => compression.messages) ? [row('deflate saved', savedText)] : []),
    row('chops/frame', ({ frames }) => meanText(frames.chops)),
    row('at most', ({ frames }) => countText(frames.chops.max)),
    row('frames/chop', ({ frames }) => meanText(frames.perChop)),
    row('at most', ({ frames }) => countText(frames.perChop.max)),
    ...(isAny(({ roundTrips }) => roundTrips.count)
      ? [
          row('rtt median', ({ roundTrips: { median } }) => spanText(median)),
          row('rtt p99', ({ roundTrips: { p99 } }) => spanText(p99)),
        ]
      : []),
    ...(isAny(({ gaps }) => gaps.octets) ? [row('not recorded', ({ gaps }) => octetsText(gaps.octets))] : []),
  ]
}

function savedText({ compression: { ratio } }: SentSummary): string {
  return ratio === null ? '-' : `${Math.round((1 - ratio) * 100)}%`
}

function meanText({ count, total }: HistogramSummary): string {
  return count === 0 ? '-' : (total / count).toFixed(1)
}

function spanText(ms: number | null): string {
  return ms === null ? '-' : durationText(ms)
}

function closeLines({ client, server }: Summary, width: number): Line[] {
  const codes = keysOf(client.closeCodes, server.closeCodes)
  const name = (code: string) => (code === 'none' ? 'no code' : `${code} ${closeCodeName(Number(code))}`)
  return listLines(
    'close codes',
    codes.map(code => [name(code), client.closeCodes[code] ?? 0, server.closeCodes[code] ?? 0, 'plain']),
    width,
  )
}

function violationLines({ violations }: Summary, width: number): Line[] {
  return listLines(
    'violations',
    violations.map(({ rule, severity, client, server }) => {
      const role = severity === 'info' ? 'quiet' : severity
      return [`${severity === 'error' ? '✗ ' : ''}${rule}`, client, server, role]
    }),
    width,
  )
}

/** A list of what came, with its counts; nothing where nothing did. */
function listLines(
  title: string,
  rows: readonly (readonly [label: string, client: number, server: number, role: Role])[],
  width: number,
): Line[] {
  if (rows.length === 0) return []
  const lines = rows
    .slice(0, listLimit)
    .map(([label, client, server, role]) =>
      pairLine(label, countText(client), countText(server), width, role, countWidth),
    )
  if (rows.length > listLimit) lines.push(plain(`and ${rows.length - listLimit} more`))
  return [titleLine(title, width, countWidth), ...lines]
}

/** Columns of a count beside a long label. */
const countWidth = 7

function titleLine(title: string, width: number, valueWidth?: number): Line {
  return pairLine(title, 'C→S', 'C←S', width, 'strong', valueWidth)
}

/** A label, and a value for each side. */
function pairLine(
  label: string,
  client: string,
  server: string,
  width: number,
  role: Role = 'plain',
  valueWidth = Math.floor((width - 16) / 2),
): Line {
  const values = fitRight(client, valueWidth) + fitRight(server, valueWidth)
  return [[fit(label, width - 2 - 2 * valueWidth) + values, role]]
}

function plain(text: string): Line {
  return [[text, 'plain']]
}

function rateLines({ rates, end }: Summary, { now }: StatisticsView, width: number): Line[] {
  const count = rates.client.octets.length
  if (count === 0) return []
  // The last two intervals, for the last one has only begun.
  const recent = Math.min(2, count)
  const span = Math.max(now, end ?? 0) - rates.start - (count - recent) * rates.width
  const line = (
    label: string,
    values: readonly number[],
    inText: (value: number) => string,
    role: Role,
  ): Line => {
    const latest = values.slice(-recent).reduce((sum, value) => sum + value, 0)
    const perSecond = (value: number, ms: number) =>
      fitRight(inText((value / Math.max(1, ms)) * 1000), rateWidth)
    return [
      [fit(label, rateLabel), 'plain'],
      [fit(bars(values, barsWidth(width)), barsWidth(width)), role],
      [perSecond(latest, span) + perSecond(Math.max(...values), rates.width), 'plain'],
    ]
  }
  const title = fit(`per second, ${intervalText(rates.width)} each`, rateLabel + barsWidth(width))
  return [
    [[title + fitRight('now', rateWidth) + fitRight('peak', rateWidth), 'strong']],
    line('frames C→S', rates.client.frames, countText, 'client'),
    line('frames C←S', rates.server.frames, countText, 'server'),
    line('octets C→S', rates.client.octets, octetsText, 'client'),
    line('octets C←S', rates.server.octets, octetsText, 'server'),
  ]
}

const rateWidth = 6
const rateLabel = 11

function barsWidth(width: number): number {
  return Math.max(1, width - 2 - rateLabel - 2 * rateWidth)
}

/** Widths of intervals are powers of two, in ms. */
function intervalText(ms: number): string {
  return ms < 1000 ? `${ms}ms` : durationText(ms)
}

/** Shares of each side by size, as bars; each side's longest fills its place. */
function distribution(
  title: string,
  client: readonly Bucket[],
  server: readonly Bucket[],
  width: number,
): Line[] {
  const rows = bucketRows(client, server, bucketLimit)
  if (rows.length === 0) return []
  const half = Math.floor((width - 2 - labelWidth) / 2)
  const cells = {
    client: barCells(
      rows.map(row => row.client),
      half,
    ),
    server: barCells(
      rows.map(row => row.server),
      half,
    ),
  }
  return [
    [[`${fit(title, width - 5 - half)}C→S${fitRight('C←S', half)}`, 'strong']],
    ...rows.map(({ from, to }, i): Line => [
      [fit(boundsText(from, to), width - 2 - half * 2), 'plain'],
      [cells.client[i] ?? '', 'client'],
      [cells.server[i] ?? '', 'server'],
    ]),
  ]
}

function barCells(counts: readonly number[], width: number): string[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const most = Math.max(...counts)
  return counts.map(count => {
    const share = total === 0 ? 0 : count / total
    const length = Math.max(0, width - shareWidth - 1)
    return ` ${fit(bar(count / Math.max(1, most), length), length)}${fitRight(count === 0 ? '' : percentText(share), shareWidth)}`
  })
}
