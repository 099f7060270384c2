/** Floods through the proxy with its screen open, against none; P6. */
import { play } from './arena.mjs'
import { here } from './children.mjs'
import { floodTables, ratioBy } from './flood-table.mjs'
import { proxies } from './targets.mjs'
import { floods } from './workloads.mjs'

export async function bench(options) {
  const targetsFor = port => [
    ...proxies(options.bin, ['wsinspect'], port),
    { name: 'wsinspect-screen', args: [here('targets/screen.mjs'), options.dist, port] },
  ]
  const { samples, names, problems } = await play({ ...options, targetsFor, workloads: floods })
  return {
    tables: floodTables('The screen', { samples, names, workloads: floods, bases: ['wsinspect'] }),
    figures: { P6: ratioBy(samples, 'wsinspect-screen', 'wsinspect', 'rate') },
    problems,
    samples,
  }
}
