/** The recorder, chop by chop, against the obvious way: an object per chop, JSON.stringify, stream.write; C1. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { devNull } from 'node:os'
import { payloadOf } from './frames.mjs'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { recorderFeed } from './recorder-feed.mjs'
import { medianRatio } from './stats.mjs'

const SIZES = { '64 KiB': 64 * 1024, '1 KiB': 1024, '32 B': 32 }
/** What one pass records. */
const OCTETS = 16 * 1024 * 1024
const MOST = 16 * 1024

export async function bench({ dist, rounds, seconds }) {
  const ratios = {}
  const results = []
  for (const [name, size] of Object.entries(SIZES)) {
    const input = { chop: payloadOf({ opcode: 2, size }), count: Math.min(MOST, OCTETS / size) }
    const contenders = { ours: await recorderFeed(dist, input), theirs: naiveFeed(input) }
    const rates = await race(contenders, { rounds, seconds })
    ratios[name] = medianRatio(rates.ours, rates.theirs)
    results.push({ name: `chops of ${name}`, ...rates })
  }
  return {
    tables: [raceTable('Recorder: chops per second, into the null device', results, 'naive')],
    figures: { C1: ratios },
    samples: results,
  }
}

/** A pass ends when all of it is written: neither side may hide work in a queue. */
function naiveFeed({ chop, count }) {
  let offset = 0
  return async () => {
    const stream = createWriteStream(devNull)
    for (let i = 0; i < count; i++) {
      const line = {
        type: 'octets',
        time: performance.now(),
        conn: 1,
        from: 'client',
        offset,
        data: chop.toString('base64'),
      }
      offset += chop.length
      if (!stream.write(JSON.stringify(line) + '\n')) await once(stream, 'drain')
    }
    stream.end()
    await once(stream, 'finish')
    return count
  }
}
