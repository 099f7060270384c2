/** Floods through the proxies: throughput, CPU, memory; P1 to P5 and P9. */
import { play } from './arena.mjs'
import { floodTables, last, ratioBy } from './flood-table.mjs'
import { proxies } from './targets.mjs'
import { floods } from './workloads.mjs'

const ALL = ['direct', 'node-net', 'ws-relay', 'wsinspect', 'wsinspect-record', 'wsinspect-record-gap']

export async function bench(options) {
  const targetsFor = port => proxies(options.bin, ALL, port)
  const { samples, names, problems } = await play({ ...options, targetsFor, workloads: floods })
  const ratios = (target, base, field) => ratioBy(samples, target, base, field)
  return {
    tables: floodTables('Proxies', { samples, names, workloads: floods, bases: ['node-net', 'ws-relay'] }),
    figures: {
      P1: ratios('wsinspect', 'node-net', 'rate'),
      P2: ratios('wsinspect', 'node-net', 'cpuPerFrame'),
      P3: ratios('wsinspect', 'ws-relay', 'rate'),
      P4: ratios('wsinspect-record', 'node-net', 'rate'),
      P5: ratios('wsinspect-record-gap', 'wsinspect', 'rate'),
      P9: { RSS: last(samples, 'wsinspect-record-gap')?.rss },
    },
    problems,
    samples,
  }
}
