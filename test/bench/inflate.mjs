/** permessage-deflate: inflating messages of 1 KiB of JSON with the context kept; Z1. */
import { constants, createDeflateRaw } from 'node:zlib'
import { PerMessageDeflate } from 'ws'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { random } from './random.mjs'
import { medianRatio } from './stats.mjs'

/** Messages of a connection: the first ones are looked at more closely. */
const SHORT = 200
const LONG = 2000
const SIZE = 1024

export async function bench({ dist, rounds, seconds }) {
  const { Inflater, defaultInflateLimit } = await import(new URL('protocol/inflater.js', dist))
  const results = []
  for (const count of [SHORT, LONG]) {
    const messages = await compressed(count)
    const ours = () => {
      const inflater = new Inflater({ windowBits: 15, contextTakeover: true }, defaultInflateLimit)
      for (const message of messages) check(inflater.inflate(message).octets?.length)
      return count
    }
    const rates = await race({ ours, theirs: () => wsPass(messages) }, { rounds, seconds })
    results.push({ name: `1 KiB JSON, context kept, the first ${count}`, ...rates })
  }
  const [, long] = results
  return {
    tables: [raceTable('Inflating: messages per second', results, 'ws')],
    figures: { Z1: { '1 KiB': medianRatio(long.ours, long.theirs) } },
    samples: results,
  }
}

async function wsPass(messages) {
  const extension = new PerMessageDeflate({ isServer: true })
  extension.accept([{}])
  for (const message of messages) {
    const octets = await new Promise((resolve, reject) => {
      extension.decompress(message, true, (error, result) => (error ? reject(error) : resolve(result)))
    })
    check(octets.length)
  }
  extension.cleanup()
  return messages.length
}

function check(length) {
  if (length !== SIZE) throw new Error(`${length} octets came out of a message of ${SIZE}`)
}

/** Payloads as on the wire: one zlib stream, flushed after each message, without the tail (RFC 7692 §7.2.1). */
async function compressed(count) {
  const next = random(SIZE)
  const deflate = createDeflateRaw()
  let parts = []
  deflate.on('data', part => parts.push(part))
  const messages = []
  for (let i = 0; i < count; i++) {
    parts = []
    deflate.write(json(next))
    await new Promise(resolve => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    messages.push(Buffer.concat(parts).subarray(0, -4))
  }
  deflate.close()
  return messages
}

/** Ticks of a market, cut to size. */
function json(next) {
  let text = ''
  while (text.length < SIZE) text += `{"type":"tick","id":${next()},"price":${(next() % 1e5) / 100}},`
  return Buffer.from(text.slice(0, SIZE))
}
