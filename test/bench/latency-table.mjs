import { ratioOn, valuesOf } from './flood-table.mjs'
import { median, spread } from './stats.mjs'
import { number, percent } from './table.mjs'
import { pingPong } from './workloads.mjs'

export function latencyTable(title, { samples, names, base }) {
  const cells = samples[pingPong.name]
  const rows = names.map(name => {
    const of = field => valuesOf(cells, name, field)
    const toBase = field => number(ratioOn(cells, name, base, field))
    const [p50, p99] = [of('p50'), of('p99')]
    return [
      name,
      number(median(p50)),
      number(median(p99)),
      toBase('p50'),
      toBase('p99'),
      percent(spread(p50)),
    ]
  })
  const head = ['target', 'p50 µs', 'p99 µs', `p50 / ${base}`, `p99 / ${base}`, 'spread']
  return { title: `${title}, ${pingPong.name}: ${pingPong.label}`, head, rows }
}
