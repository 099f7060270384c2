/** The table of rates: octets and frames per second of each side, as figures and as bars over time. */
import type { Summary } from './statistics.ts'
import type { Table } from './table.ts'
import type { Series } from './timeline.ts'

/** Bars of a row. */
const barLimit = 32

export function rateTable({ duration, rates: { width, client, server } }: Summary): Table {
  const rate = (label: string, values: readonly number[]) => {
    // A time shorter than one interval says nothing of a rate.
    const mean = duration < width ? '-' : perSecond(sumOf(values), duration)
    return [label, mean, perSecond(Math.max(...values), width), bars(values, barLimit)]
  }
  const of = (name: string, { octets, frames }: Series) => [
    rate(`${name}: octets/s`, octets),
    rate(`${name}: frames/s`, frames),
  ]
  return {
    title: `rates, in intervals of ${width} ms`,
    head: ['', 'mean', 'peak', 'over time'],
    rows: client.octets.length === 0 ? [] : [...of('client', client), ...of('server', server)],
  }
}

function perSecond(count: number, time: number): string {
  return String(Math.round((count / time) * 1000))
}

const levels = '▁▂▃▄▅▆▇█'

/** Values over time in at most `limit` bars: nothing is a dot, the most is the highest bar. */
export function bars(values: readonly number[], limit: number): string {
  const step = Math.ceil(values.length / limit)
  const sums = Array.from({ length: Math.ceil(values.length / step) }, (_, i) =>
    sumOf(values.slice(i * step, (i + 1) * step)),
  )
  const most = Math.max(...sums)
  const bar = (sum: number) => levels[Math.ceil((sum / most) * levels.length) - 1] ?? '·'
  return sums.map(bar).join('')
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
