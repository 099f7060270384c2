/** Traffic that is made to hurt: it passes, memory stays flat, and what is wrong with it is said in few rows. */
import { once } from 'node:events'
import net from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { startProxy } from '../../src/net/proxy.ts'
import { parseTarget } from '../../src/net/target.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { requestHead, switchHead } from '../../src/protocol/handshake.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import { Session } from '../../src/wire/session.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const deflate = { name: 'permessage-deflate', parameters: [] }

/** A server that agrees to the upgrade, counts octets and says nothing. */
async function sink(): Promise<{ port: number; received: () => number }> {
  let received = 0
  const server = net.createServer(socket => {
    let upgraded = false
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      if (upgraded) received += chunk.length
      else socket.write(switchHead(key, deflate))
      upgraded = true
    })
    cleanUp.push(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.push(() => server.close())
  return { port: (server.address() as net.AddressInfo).port, received: () => received }
}

/** Sends what `octets` yields through a proxy; returns the session and how much memory grew meanwhile, in MiB. */
async function pass(
  octets: Iterable<Uint8Array>,
): Promise<{ session: Session; grown: number; rows: string[] }> {
  const { port, received } = await sink()
  const session = new Session({ log: { memory: 8 * 1024 * 1024, rows: 8192 } })
  const proxy = await startProxy({
    host: '127.0.0.1',
    port: 0,
    target: parseTarget(String(port)),
    certificate: null,
    maxConnections: 10,
    headers: [],
    facts: session,
    now: () => 0,
    gate: null,
    linger: 1000,
    connectTimeout: 5000,
    insecure: false,
    ca: null,
    onProblem: message => {
      throw new Error(message)
    },
  })
  cleanUp.push(() => proxy.close())
  const client = net.connect({ port: proxy.listener.port, host: '127.0.0.1' })
  cleanUp.push(() => client.destroy())
  client.write(requestHead('/', 'h', key, [deflate]))
  await once(client, 'data')
  let sent = 0
  const before = process.memoryUsage().rss
  for (const chunk of octets) {
    sent += chunk.length
    if (!client.write(chunk)) await once(client, 'drain')
  }
  while (received() < sent) await new Promise(setImmediate)
  const grown = (process.memoryUsage().rss - before) / 2 ** 20
  const { log } = session
  const rows = []
  for (let row = log.first; row < log.next; row++) {
    if (log.kind(row) !== 'octets') rows.push(formatLine(cells(log.entry(row), log, 64), false).trim())
  }
  return { session, grown, rows }
}

function masked(
  fields: { opcode: number; fin?: boolean; rsv?: number },
  payload: Uint8Array = Buffer.alloc(0),
) {
  return encodeFrame({ key: 0x12345678, ...fields }, payload)
}

describe('hostile traffic through the proxy', () => {
  it('counts 1,000,000 empty fragments without keeping them', async () => {
    const fragment = masked({ opcode: 0, fin: false })
    const block = Buffer.alloc(fragment.length * 10_000, fragment)
    const { session, grown, rows } = await pass([
      masked({ opcode: 1, fin: false }),
      ...Array.from({ length: 100 }, () => block),
      masked({ opcode: 0 }),
    ])
    expect(rows.at(-1)).toContain('(1000002 frames 0 octets)')
    expect(session.log.next - session.log.first).toBeLessThanOrEqual(8192)
    expect(grown).toBeLessThan(64)
  })

  it('lets a frame of 4 GiB begin, and shows how far it came', async () => {
    const header = encodeFrame({ opcode: 2, key: 1, payloadLength: 2 ** 32, lengthBits: 64 })
    const block = Buffer.alloc(65_536)
    const { session, grown } = await pass([header, ...Array.from({ length: 800 }, () => block)])
    expect(session.log.open(1, 'client')).toMatchObject({
      received: 800 * 65_536,
      header: { payloadLength: 2 ** 32, lengthBits: 64 },
    })
    expect(grown).toBeLessThan(64)
  })

  it('stops inflating a bomb at the limit and goes on with the next message', async () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { finishFlush: 2 })
    const fair = deflateRawSync(Buffer.from('still here'), { finishFlush: 2 })
    const { rows } = await pass([
      masked({ opcode: 1, rsv: 4 }, bomb.subarray(0, -4)),
      masked({ opcode: 1, rsv: 4 }, fair.subarray(0, -4)),
    ])
    expect(rows.at(-2)).toContain('inflate capped')
    expect(rows.at(-1)).toContain('"still here"')
  })

  it('tells 200,000 frames that break the same rule in a handful of rows', async () => {
    const frame = encodeFrame({ opcode: 2 })
    const { rows } = await pass(Array.from({ length: 20 }, () => Buffer.alloc(frame.length * 10_000, frame)))
    const violations = rows.filter(row => row.includes('mask.missing'))
    expect(violations.length).toBeLessThan(10)
  })
})
