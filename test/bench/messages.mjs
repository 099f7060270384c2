/** An endpoint that receives whole text messages, unmasked and checked; R3. */
import { reads, sizes } from './chunks.mjs'
import { messageFeed } from './message-feed.mjs'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { medianRatio } from './stats.mjs'
import { wsReceiver } from './ws-receiver.mjs'

const MIB = 1024 * 1024
const TEXT = 1

export async function bench({ dist, rounds, seconds }) {
  const ratios = {}
  const results = []
  for (const [name, size] of Object.entries(sizes)) {
    const input = reads(size, MIB, TEXT)
    const ours = afresh(input, fresh => messageFeed(dist, fresh))
    const theirs = afresh(input, wsReceiver)
    const rates = await race({ ours: await ours, theirs: await theirs }, { rounds, seconds })
    ratios[name] = medianRatio(rates.ours, rates.theirs)
    results.push({ name: `${name} text, reads of 64 KiB`, ...rates })
  }
  return {
    tables: [raceTable('Messages: per second', results)],
    figures: { R3: ratios },
    samples: results,
  }
}

/** Both unmask in place, so every pass begins with the octets as they were. */
async function afresh({ frames, chunks }, feedOf) {
  const copies = chunks.map(chunk => Buffer.from(chunk))
  const pass = await feedOf({ frames, chunks: copies })
  return () => {
    for (let i = 0; i < chunks.length; i++) copies[i].set(chunks[i])
    return pass()
  }
}
