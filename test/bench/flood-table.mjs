/** Samples (workload → target → one per round) as ratios and tables. */
import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

export const valuesOf = (cells, target, field) => (cells[target] ?? []).map(sample => sample?.[field] ?? null)

export const ratioOn = (cells, target, base, field) =>
  medianRatio(valuesOf(cells, target, field), valuesOf(cells, base, field))

/** The ratio on every workload. */
export function ratioBy(samples, target, base, field) {
  const ratios = Object.entries(samples).map(([name, cells]) => [name, ratioOn(cells, target, base, field)])
  return Object.fromEntries(ratios)
}

/** The last sample of a target: its last round of the last workload. */
export const last = (samples, target) => Object.values(samples).at(-1)[target]?.at(-1)

/** A table per workload; throughput is compared with each of `bases`, CPU with the first. */
export function floodTables(title, { samples, names, workloads, bases }) {
  return workloads.map(workload => ({
    title: `${title}, ${workload.name}: ${workload.label}, window ${workload.window}`,
    head: [
      'target',
      'frames/s',
      'MB/s',
      ...bases.map(base => `x ${base}`),
      'CPU µs/frame',
      `CPU x ${bases[0]}`,
      'spread',
      'RSS MiB',
      'left out',
    ],
    rows: names.map(name => row(name, samples[workload.name], workload, bases)),
  }))
}

function row(name, cells, workload, bases) {
  const of = field => valuesOf(cells, name, field)
  const rate = median(of('rate'))
  const cpu = median(of('cpuPerFrame'))
  return [
    name,
    number(rate),
    number(rate === null ? null : (rate * workload.size) / 1e6),
    ...bases.map(base => number(ratioOn(cells, name, base, 'rate'))),
    number(cpu === null ? null : cpu * 1e6),
    number(ratioOn(cells, name, bases[0], 'cpuPerFrame')),
    percent(spread(of('rate'))),
    number(of('rss').at(-1)),
    percent(median(of('lost'))),
  ]
}
