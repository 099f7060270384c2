/** A whole session, as the proxy feeds it: decoder, judge, octet ring, rows; R2. */
import { chops, reads, sizes } from './chunks.mjs'
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
    ratios[name] = await compare(`${name} masked, reads of 64 KiB`, reads(size, MIB))
  }
  await compare('32 B masked, chops of 1 to 7', chops(sizes['32 B'], MIB / 8))
  return {
    tables: [raceTable('Session: frames per second', results)],
    figures: { R2: ratios },
    samples: results,
  }

  async function compare(name, input) {
    const contenders = { ours: await sessionFeed(dist, input), theirs: wsReceiver(input) }
    const rates = await race(contenders, { rounds, seconds })
    results.push({ name, ...rates })
    return medianRatio(rates.ours, rates.theirs)
  }
}
