/** A long connection over time as SVG: octets and frames of each side in intervals, all of them, however many. */
import type { RuleId } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { Stamp } from '../wire/entry.ts'
import type { Connection } from './connection.ts'
import { duration, grouped } from './figures.ts'
import { markup, type Html } from './html.ts'
import { frameOfLanes, levelY, timelineHeight, violationMark } from './timeline.ts'

const left = 64
const width = 1118
const plot = width - left - 20
const octetsAt = 15
const octetsHeight = 40
const framesAt = 60
const framesHeight = 22

export function rates(connection: Connection): Html | null {
  const { rates: summary, start, duration: span } = connection.statistics
  const count = summary.client.octets.length
  if (count === 0 || start === null) return null
  const step = plot / count
  const x = (time: number) => left + Math.min(1, (time - summary.start) / (count * summary.width)) * plot
  const bars = (from: Side, what: 'octets' | 'frames', distance: number, height: number) => {
    const most = Math.max(...summary.client[what], ...summary.server[what])
    return summary[from][what].map((value, i) => {
      if (value === 0) return null
      const tall = Math.max(1.5, (Math.sqrt(value) / Math.sqrt(most)) * height)
      return markup`<rect class="rate ${from} ${what}" x="${(left + i * step).toFixed(1)}" y="${levelY(from, distance, tall).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${tall.toFixed(1)}"><title>${from}: ${grouped(value)} ${what} in ${summary.width} ms</title></rect>`
    })
  }
  const both = (['client', 'server'] as const).map(from => [
    bars(from, 'octets', octetsAt, octetsHeight),
    bars(from, 'frames', framesAt, framesHeight),
  ])
  return markup`<svg class="timeline" viewBox="0 0 ${width} ${timelineHeight}" width="${width}" height="${timelineHeight}" role="img" aria-label="octets and frames over time: client above, server below">
${frameOfLanes(width)}${both}
<text class="tick" x="${left}" y="${timelineHeight / 2 + 4}">+0</text><text class="tick end" x="${width - 16}" y="${timelineHeight / 2 + 4}">+${duration(span)}</text>
${firstOfEach(connection.violations).map(violation => violationMark(violation, x(violation.time)))}
</svg>`
}

/** What the bars are. */
export function ratesLegend({ statistics: { rates: summary } }: Connection): Html {
  return markup`<p class="legend"><span>bars at the wire: octets in intervals of ${duration(summary.width)}</span> <span>bars outside: frames</span> <span>heights are square roots</span> <span>▲ △ the first violation of each rule</span></p>`
}

/** One violation of each rule and side. */
function firstOfEach<V extends Stamp & { rule: RuleId }>(violations: readonly V[]): V[] {
  const first = new Map<string, V>()
  for (const violation of violations) {
    const key = `${violation.from ?? ''} ${violation.rule}`
    if (!first.has(key)) first.set(key, violation)
  }
  return [...first.values()]
}
