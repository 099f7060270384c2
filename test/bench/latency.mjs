/** The ping-pong through the proxies; P8. Pinned wherever that is possible: unpinned, the scheduler decides. */
import { play } from './arena.mjs'
import { canPin } from './children.mjs'
import { latencyTable } from './latency-table.mjs'
import { ratioOn } from './flood-table.mjs'
import { proxies } from './targets.mjs'
import { pingPong } from './workloads.mjs'

const NAMES = ['direct', 'node-net', 'ws-relay', 'wsinspect', 'wsinspect-record']

export async function bench(options) {
  const pin = canPin()
  const targetsFor = port => proxies(options.bin, NAMES, port)
  const { samples, names, problems } = await play({ ...options, pin, targetsFor, workloads: [pingPong] })
  const ratio = field => ratioOn(samples[pingPong.name], 'wsinspect-record', 'node-net', field)
  return {
    tables: [latencyTable(pin ? 'Proxies, pinned' : 'Proxies', { samples, names, base: 'node-net' })],
    figures: pin ? { P8: { p50: ratio('p50'), p99: ratio('p99') } } : {},
    problems: pin ? problems : [...problems, 'P8 is not judged: nothing was pinned (taskset is missing)'],
    samples,
  }
}
