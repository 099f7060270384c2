/** Floods and the ping-pong against the echo servers; E1. */
import { play } from './arena.mjs'
import { floodTables, ratioBy } from './flood-table.mjs'
import { latencyTable } from './latency-table.mjs'
import { echoes } from './targets.mjs'
import { floods, workloads } from './workloads.mjs'

export async function bench(options) {
  const targetsFor = () => echoes(options.bin)
  const { samples, names, problems } = await play({ ...options, targetsFor, workloads })
  return {
    tables: [
      ...floodTables('Echo servers', { samples, names, workloads: floods, bases: ['ws'] }),
      latencyTable('Echo servers', { samples, names, base: 'ws' }),
    ],
    figures: { E1: ratioBy(samples, 'wsinspect', 'ws', 'rate') },
    problems,
    samples,
  }
}
