/** Statistics as text tables. Each has a bounded number of lines, and those that would be empty are left out. */
import { closeCodeName } from '../../protocol/close-code.ts'
import { opcodeName } from '../../protocol/opcode.ts'
import { outcomeWords } from '../close-verdict.ts'
import { outcomes } from '../entry.ts'
import { chopTable } from './chop-table.ts'
import type { ConnectionsSummary } from './connections.ts'
import type { HistogramSummary } from './histogram.ts'
import { rateTable } from './rate-table.ts'
import type { SentSummary } from './sent.ts'
import type { Spread } from './sample.ts'
import type { Summary } from './statistics.ts'
import { keysOf, range, row, tableLines, type Table } from './table.ts'

/** Rows of a table that lists what came. */
const rowLimit = 24

/** All tables as one text, every line with its ending; safe for a terminal. */
export function statisticsText(summary: Summary): string {
  const tables = [
    overview(summary),
    chopTable(summary),
    opcodes(summary),
    sizes(summary),
    pieces(summary),
    compression(summary),
    durations(summary),
    closeCodes(summary),
    violations(summary),
    rateTable(summary),
  ]
  const blocks = tables.filter(({ rows }) => rows.length > 0).map(tableLines)
  return [headLines(summary), ...blocks].map(lines => `${lines.join('\n')}\n`).join('\n')
}

function headLines({ missed, duration, connections, handshakes, exchanges }: Summary): string[] {
  const { requests, accepted, refused } = handshakes
  const lines = [
    `duration      ${figure(duration, 3)} ms`,
    `connections   ${connections.opened} opened, ${connections.closed} closed`,
    `upgrades      ${requests} requested, ${accepted} accepted, ${refused} refused`,
  ]
  const ends = outcomesText(connections)
  if (ends !== '') lines.push(`ends          ${ends}`)
  if (exchanges > 0) lines.push(`other HTTP    ${exchanges} exchanges`)
  if (missed > 0) lines.push(`missed        ${missed} rows: the log had dropped them`)
  return lines
}

/** `2 clean, 1 not clean; TCP ended first by the client in 1, by the server in 2`. */
export function outcomesText({ outcomes: counts, endedFirst }: ConnectionsSummary): string {
  const named = outcomes.filter(outcome => counts[outcome] > 0)
  const firsts = (['client', 'server'] as const).filter(side => endedFirst[side] > 0)
  const ends = named.map(outcome => `${counts[outcome]} ${outcomeWords[outcome]}`).join(', ')
  const tcp = firsts.map(side => `by the ${side} in ${endedFirst[side]}`).join(', ')
  return tcp === '' ? ends : `${ends}; TCP ended first ${tcp}`
}

function overview(summary: Summary): Table {
  const { client, server } = summary
  const rows = [
    row('octets', summary, sent => sent.octets.total),
    row('chops', summary, sent => sent.octets.chops),
    row('frames', summary, sent => sent.frames.total),
    row('control frames', summary, sent => sent.frames.control),
    row('text messages', summary, sent => sent.messages.text),
    row('binary messages', summary, sent => sent.messages.binary),
    row('octets of payload', summary, sent => sent.overhead.payloadOctets),
    row('octets of headers', summary, sent => sent.overhead.headerOctets),
    row('octets of masking keys', summary, sent => sent.overhead.maskOctets),
    row('overhead of frames', summary, sent => figure(sent.overhead.percent, 2, ' %')),
    row('TCP ended: FIN', summary, sent => sent.ends.fin),
    row('TCP ended: reset', summary, sent => sent.ends.reset),
    row('TCP ended: closed by wsinspect', summary, sent => sent.ends.closed),
    row('TCP ended: error', summary, sent => sent.ends.error),
  ]
  if (client.gaps.count + server.gaps.count > 0)
    rows.push(row('octets not in the record', summary, sent => sent.gaps.octets))
  return { title: 'sent by', head: ['', 'client', 'server'], rows }
}

function opcodes(summary: Summary): Table {
  const rows = keysOf(summary.client.frames.byOpcode, summary.server.frames.byOpcode).map(opcode =>
    row(
      opcodeName(Number(opcode)),
      summary,
      ({ frames }) => frames.byOpcode[opcode] ?? 0,
      ({ frames }) => frames.payloadByOpcode[opcode] ?? 0,
    ),
  )
  if (rows.length > 0)
    rows.push(
      row(
        'total',
        summary,
        sent => sent.frames.total,
        sent => sent.overhead.payloadOctets,
      ),
    )
  return {
    title: 'frames by opcode',
    head: ['opcode', 'client frames', 'payload', 'server frames', 'payload'],
    rows,
  }
}

function sizes(summary: Summary): Table {
  const all = (sent: SentSummary) => [sent.frames.sizes, sent.messages.sizes]
  const bounds = boundsIn([...all(summary.client), ...all(summary.server)])
  return {
    title: 'frames and messages by octets of payload',
    head: ['octets', 'client frames', 'messages', 'server frames', 'messages'],
    rows: bounds.map(({ from, to }) =>
      row(
        range(from, to),
        summary,
        sent => countAt(sent.frames.sizes, from),
        sent => countAt(sent.messages.sizes, from),
      ),
    ),
  }
}

function pieces(summary: Summary): Table {
  const rows = (label: string, of: (sent: SentSummary) => HistogramSummary) =>
    boundsIn([of(summary.client), of(summary.server)]).map(({ from, to }) =>
      row(`${label} ${range(from, to)}`, summary, sent => countAt(of(sent), from)),
    )
  return {
    title: 'how often',
    head: ['', 'client', 'server'],
    rows: [
      ...rows('chops per frame:', sent => sent.frames.chops),
      ...rows('frames per chop:', sent => sent.frames.perChop),
      ...rows('frames per message:', sent => sent.messages.frames),
    ],
  }
}

/** The buckets that any of the histograms has. */
function boundsIn(histograms: readonly HistogramSummary[]): { from: number; to: number }[] {
  const buckets = histograms.flatMap(histogram => histogram.buckets)
  const byFrom = new Map(buckets.map(bucket => [bucket.from, bucket]))
  return [...byFrom.values()].sort((a, b) => a.from - b.from)
}

function countAt({ buckets }: HistogramSummary, from: number): number {
  return buckets.find(bucket => bucket.from === from)?.count ?? 0
}

function compression(summary: Summary): Table {
  const { client, server } = summary
  const title = 'permessage-deflate'
  const head = ['', 'client', 'server']
  if (client.compression.messages + server.compression.messages === 0) return { title, head, rows: [] }
  const rows = [
    row('compressed messages', summary, sent => sent.compression.messages),
    row('octets on the wire', summary, sent => sent.compression.wireOctets),
    row('octets inflated', summary, sent => sent.compression.octets),
    row('ratio', summary, sent => figure(sent.compression.ratio, 4)),
    row('not inflated: capped', summary, sent => sent.compression.notInflated.capped),
    row('not inflated: context lost', summary, sent => sent.compression.notInflated.lost),
    row('not inflated: corrupt', summary, sent => sent.compression.notInflated.corrupt),
  ]
  return { title, head, rows }
}

function durations({ connections, handshakes, client, server }: Summary): Table {
  const spreads: [string, Spread][] = [
    ['ping answered by client', client.roundTrips],
    ['ping answered by server', server.roundTrips],
    ['upgrade answered', handshakes.responseTimes],
    ['connection', connections.durations],
  ]
  return {
    title: 'durations in ms',
    head: ['', 'count', 'min', 'median', 'p99', 'max'],
    rows: spreads
      .filter(([, { count }]) => count > 0)
      .map(([label, { count, min, median, p99, max }]) => [
        label,
        String(count),
        ...[min, median, p99, max].map(value => figure(value, 3)),
      ]),
  }
}

function closeCodes(summary: Summary): Table {
  const codes = keysOf(summary.client.closeCodes, summary.server.closeCodes)
  const label = (code: string) => (code === 'none' ? 'no code' : `${code} ${closeCodeName(Number(code))}`)
  return {
    title: 'close codes',
    head: ['', 'client', 'server'],
    rows: bounded(codes.map(code => row(label(code), summary, sent => sent.closeCodes[code] ?? 0))),
  }
}

function violations({ violations: counts }: Summary): Table {
  return {
    title: 'violations by rule',
    head: ['', 'severity', 'client', 'server'],
    rows: bounded(
      counts.map(({ rule, severity, client, server }) => [rule, severity, String(client), String(server)]),
    ),
  }
}

/** The first rows, and how many more there are. */
function bounded(rows: string[][]): string[][] {
  if (rows.length <= rowLimit) return rows
  return [...rows.slice(0, rowLimit), [`and ${rows.length - rowLimit} more`]]
}

function figure(value: number | null, digits: number, unit = ''): string {
  return value === null ? '-' : value.toFixed(digits) + unit
}
