/** A whole session, as the proxy feeds it: decoder, judge, octet ring, rows; R2. */
import { reads, sizes } from './chunks.mjs'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { sessionFeed } from './session-feed.mjs'
import { medianRatio } from './stats.mjs'
import { wsReceiver } from './ws-receiver.mjs'

const MIB = 1024 * 1024

export async function bench({ dist, rounds, seconds }) {
  const ratios = {}
  const results = []
  for (const [name, size] of Object.entries(sizes)) {
    const input = reads(size, MIB)
    const contenders = { ours: await sessionFeed(dist, input), theirs: wsReceiver(input) }
    const rates = await race(contenders, { rounds, seconds })
    ratios[name] = medianRatio(rates.ours, rates.theirs)
    results.push({ name: `${name} masked, reads of 64 KiB`, ...rates })
  }
  return {
    tables: [raceTable('Session: frames per second', results)],
    figures: { R2: ratios },
    samples: results,
  }
}
