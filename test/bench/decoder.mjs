/** The frame decoder alone, with a handler that only counts; R1 and R4. */
import { chops, reads, sizes } from './chunks.mjs'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { medianRatio } from './stats.mjs'
import { wsReceiver } from './ws-receiver.mjs'

const MIB = 1024 * 1024
const CHOPPED = ['32 B', '1 KiB']

export async function bench({ dist, rounds, seconds }) {
  const { FrameDecoder } = await import(new URL('protocol/frame-decoder.js', dist))
  const figures = { R1: {}, R4: {} }
  const results = []
  await compare('R1', '32 B', 'reads of 64 KiB', reads(sizes['32 B'], MIB))
  for (const size of CHOPPED) await compare('R4', size, 'chops of 1 to 7', chops(sizes[size], MIB / 8))
  return {
    tables: [raceTable('Frame decoder: frames per second', results)],
    figures,
    samples: results,
  }

  async function compare(id, size, how, input) {
    const contenders = { ours: frameDecoder(FrameDecoder, input), theirs: wsReceiver(input) }
    const rates = await race(contenders, { rounds, seconds })
    figures[id][size] = medianRatio(rates.ours, rates.theirs)
    results.push({ name: `${size} masked, ${how}`, ...rates })
  }
}

function frameDecoder(FrameDecoder, { frames, chunks }) {
  let seen = 0
  const decoder = new FrameDecoder({ header() {}, payload() {}, end: () => seen++ })
  return () => {
    seen = 0
    for (let i = 0; i < chunks.length; i++) decoder.push(chunks[i])
    if (seen !== frames) throw new Error(`the decoder saw ${seen} of ${frames} frames`)
    return frames
  }
}
