/** Autobahn's wire statistics: octets by chop size and frames by opcode, with totals. */
import { opcodeName } from '../protocol/opcode.ts'
import { boundsOf, bucketOf } from '../wire/stats/histogram.ts'
import { range } from '../wire/stats/table.ts'
import { grouped } from './figures.ts'
import { markup, type Html } from './html.ts'

/** Sizes shown one by one; more are put together by powers of two. */
const sizeRows = 24

interface Line {
  label: string
  count: number
  octets: number
}

/** `stats`: how many chops had so many octets. */
export function chopSizes(title: string, stats: Readonly<Record<string, number>>): Html {
  const sizes = Object.entries(stats).map(([size, count]) => ({ size: Number(size), count }))
  const lines = sizes.length <= sizeRows ? sizes.map(lineOf) : bucketed(sizes)
  const total = sum(lines.map(({ count }) => count))
  const octets = sum(lines.map(line => line.octets))
  return markup`<table><caption>${title}</caption>
<thead><tr><th>chop size</th><th class="n">count</th><th class="n">octets</th></tr></thead>
<tbody>${lines.map(line => markup`<tr><td>${line.label}</td><td class="n">${grouped(line.count)}</td><td class="n">${grouped(line.octets)}</td></tr>`)}</tbody>
<tfoot><tr><td>total</td><td class="n">${grouped(total)}</td><td class="n">${grouped(octets)}</td></tr></tfoot></table>`
}

function lineOf({ size, count }: { size: number; count: number }): Line {
  return { label: grouped(size), count, octets: size * count }
}

function bucketed(sizes: readonly { size: number; count: number }[]): Line[] {
  const lines = new Map<number, Line>()
  for (const { size, count } of sizes) {
    const bucket = bucketOf(size)
    const { from, to } = boundsOf(bucket)
    const line = lines.get(bucket) ?? { label: range(from, to), count: 0, octets: 0 }
    lines.set(bucket, { ...line, count: line.count + count, octets: line.octets + size * count })
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line)
}

/** `stats`: how many frames had this opcode. */
export function opcodes(title: string, stats: Readonly<Record<string, number>>): Html {
  const lines = Object.entries(stats)
  return markup`<table><caption>${title}</caption>
<thead><tr><th>opcode</th><th></th><th class="n">frames</th></tr></thead>
<tbody>${lines.map(([opcode, count]) => markup`<tr><td>${opcode}</td><td>${opcodeName(Number(opcode))}</td><td class="n">${grouped(count)}</td></tr>`)}</tbody>
<tfoot><tr><td>total</td><td></td><td class="n">${grouped(sum(lines.map(([, count]) => count)))}</td></tr></tfoot></table>`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
