/** Histograms of both sides, drawn back to back: what the client sent grows to the left, the server's to the right. */
import type { HistogramSummary } from '../wire/stats/histogram.ts'
import { range } from '../wire/stats/table.ts'
import { grouped } from './figures.ts'
import { markup, type Html } from './html.ts'

const width = 320
const lineHeight = 17

/** What a digit takes in the widest of the fonts. */
const digitWidth = 7
const gap = 4

/** A figure, or null where neither side has a value. */
export function histogramFigure(
  title: string,
  client: HistogramSummary,
  server: HistogramSummary,
): Html | null {
  const buckets = [...client.buckets, ...server.buckets]
  if (buckets.length === 0) return null
  const bounds = [...new Map(buckets.map(bucket => [bucket.from, bucket])).values()].sort(
    (a, b) => a.from - b.from,
  )
  const counts = buckets.map(({ count }) => count)
  const most = Math.max(...counts)
  const labelWidth = widest(bounds.map(({ from, to }) => range(from, to))) + 4 * gap
  const barLimit = (width - labelWidth) / 2 - widest(counts.map(grouped)) - 2 * gap
  const lines = bounds.map(({ from, to }, i) => {
    const y = 18 + i * lineHeight
    const bar = (count: number) => (count === 0 ? 0 : Math.max(1.5, (count / most) * barLimit))
    const [left, right] = [countAt(client, from), countAt(server, from)]
    const middle = width / 2
    return markup`<text class="mid" x="${middle}" y="${y + 11}">${range(from, to)}</text>
${side('client', left, middle - labelWidth / 2 - bar(left), bar(left), y, middle - labelWidth / 2 - bar(left) - gap, 'end')}
${side('server', right, middle + labelWidth / 2, bar(right), y, middle + labelWidth / 2 + bar(right) + gap, 'start')}`
  })
  const height = 22 + bounds.length * lineHeight
  return markup`<figure><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}, client to the left, server to the right">
<text class="client end" x="${width / 2 - labelWidth / 2}" y="10">client</text><text class="server" x="${width / 2 + labelWidth / 2}" y="10">server</text>
${lines}</svg></figure>`
}

function widest(texts: readonly string[]): number {
  return digitWidth * Math.max(...texts.map(({ length }) => length))
}

function side(
  name: string,
  count: number,
  x: number,
  length: number,
  y: number,
  textAt: number,
  anchor: string,
): Html | null {
  if (count === 0) return null
  return markup`<rect class="${name}" x="${x.toFixed(1)}" y="${y + 2}" width="${length.toFixed(1)}" height="${lineHeight - 5}" rx="1.5"/><text class="n ${anchor}" x="${textAt.toFixed(1)}" y="${y + 11}">${grouped(count)}</text>`
}

function countAt({ buckets }: HistogramSummary, from: number): number {
  return buckets.find(bucket => bucket.from === from)?.count ?? 0
}
