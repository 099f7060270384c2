/** Traffic that is made to hurt: it passes, memory stays flat, and what is wrong with it is said in few rows. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type net from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { requestHead, switchHead } from '../../src/protocol/handshake.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import type { Reader, WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { backend, connect, proxyTo } from '../support/loopback.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const deflate = { name: 'permessage-deflate', parameters: [] }

/** A server that agrees to the upgrade, takes in octets and says nothing. */
async function sink(): Promise<{ port: number; received: () => number; digest: () => string }> {
  const hash = createHash('sha256')
  let received = 0
  const port = await backend(socket => {
    let upgraded = false
    socket.on('data', (chunk: Buffer) => {
      if (!upgraded) socket.write(switchHead(key, deflate))
      else {
        received += chunk.length
        hash.update(chunk)
      }
      upgraded = true
    })
  })
  return { port, received: () => received, digest: () => hash.digest('hex') }
}

/** As many as one read may hold, so that no row is gone before it is counted. */
const rowLimit = 65_536

/** How many rows each rule got. */
class ToldRules implements Reader {
  readonly rows = new Map<string, number>()
  #next = 0

  advance(log: WireLog): boolean {
    for (this.#next = Math.max(this.#next, log.first); this.#next < log.next; this.#next++) {
      if (log.kind(this.#next) !== 'remark') continue
      const entry = log.entry(this.#next)
      if (entry.type === 'violation') this.rows.set(entry.rule, (this.rows.get(entry.rule) ?? 0) + 1)
    }
    return false
  }

  end(): Promise<void> {
    return Promise.resolve()
  }
}

/** What came of traffic that went through a proxy. */
interface Passage {
  session: Session
  client: net.Socket
  /** MiB by which memory grew meanwhile. */
  grown: number
  told: Map<string, number>
  /** Octets that the client got beside the response to its upgrade. */
  answered: () => number
  rows: () => string[]
}

/** Sends what `octets` yields through a proxy; it must arrive as it was sent. */
async function pass(octets: Iterable<Uint8Array>): Promise<Passage> {
  const { port, received, digest } = await sink()
  const session = new Session({ log: { memory: 8 * 1024 * 1024, rows: rowLimit } })
  const rules = new ToldRules()
  session.attach(rules)
  const { proxy } = await proxyTo(String(port), { facts: session })
  const client = connect(proxy.listener.port)
  client.write(requestHead('/', 'h', key, [deflate]))
  await once(client, 'data')
  let answered = 0
  client.on('data', (chunk: Buffer) => (answered += chunk.length))
  const hash = createHash('sha256')
  let sent = 0
  const before = process.memoryUsage().rss
  for (const chunk of octets) {
    sent += chunk.length
    hash.update(chunk)
    if (!client.write(chunk)) await once(client, 'drain')
  }
  while (received() < sent) await new Promise(setImmediate)
  const grown = (process.memoryUsage().rss - before) / 2 ** 20
  expect(digest()).toBe(hash.digest('hex'))
  return { session, client, grown, told: rules.rows, answered: () => answered, rows: () => rowsOf(session) }
}

function rowsOf({ log }: Session): string[] {
  const rows = []
  for (let row = log.first; row < log.next; row++) {
    if (log.kind(row) !== 'octets') rows.push(formatLine(cells(log.entry(row), log, 64), false).trim())
  }
  return rows
}

function masked(
  fields: { opcode: number; fin?: boolean; rsv?: number },
  payload: Uint8Array = Buffer.alloc(0),
) {
  return encodeFrame({ key: 0x12345678, ...fields }, payload)
}

/** `count` frames in blocks of 10,000. */
function flood(frame: Uint8Array, count: number): Uint8Array[] {
  const block = Buffer.alloc(frame.length * 10_000, frame)
  return Array.from({ length: count / 10_000 }, () => block)
}

function compressed(plain: Uint8Array): Uint8Array {
  return masked({ opcode: 1, rsv: 4 }, deflateRawSync(plain, { finishFlush: 2 }).subarray(0, -4))
}

describe('hostile traffic through the proxy', () => {
  it('counts 200,000 empty fragments without keeping them, and says so once', async () => {
    const { session, grown, rows, told } = await pass([
      masked({ opcode: 1, fin: false }),
      ...flood(masked({ opcode: 0, fin: false }), 200_000),
      masked({ opcode: 0 }),
    ])
    expect(rows().at(-1)).toContain('(200002 frames 0 octets)')
    expect(told.get('fragment.tiny')).toBe(1)
    expect(session.log.next - session.log.first).toBeLessThanOrEqual(rowLimit)
    expect(grown).toBeLessThan(64)
  })

  it('counts 200,000 fragments of an octet that never end, and says at the end that they did not', async () => {
    const fragment = masked({ opcode: 0, fin: false }, Buffer.from('x'))
    const { client, grown, rows, told } = await pass([
      masked({ opcode: 1, fin: false }),
      ...flood(fragment, 200_000),
    ])
    expect(told.get('fragment.tiny')).toBe(1)
    expect(grown).toBeLessThan(64)
    client.end()
    while (!told.has('message.unfinished')) await new Promise(setImmediate)
    expect(rows().join('\n')).toContain(
      'TEXT message: 200000 octets in 200001 frames, the last of them without FIN',
    )
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
    const bomb = compressed(Buffer.alloc(64 * 1024 * 1024))
    const { rows } = await pass([bomb, compressed(Buffer.from('still here'))])
    expect(rows().at(-2)).toContain('inflate capped')
    expect(rows().at(-1)).toContain('"still here"')
  })

  it('keeps nothing of 200 bombs on ten connections', async () => {
    const bombs = Array.from({ length: 20 }, () => compressed(Buffer.alloc(4 * 1024 * 1024)))
    const before = process.memoryUsage().rss
    const passed = await Promise.all(Array.from({ length: 10 }, () => pass(bombs)))
    for (const { rows, told } of passed) {
      expect(rows().filter(row => row.includes('inflate capped'))).toHaveLength(20)
      // One a second, beside those at 1 and 10: inflating takes its time.
      expect(told.get('deflate.bomb')).toBeLessThan(12)
    }
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(256)
  })

  it('passes 100,000 pings on and answers none of them', async () => {
    const { session, grown, answered } = await pass(flood(masked({ opcode: 9 }, Buffer.from('x')), 100_000))
    expect(answered()).toBe(0)
    expect(session.log.next - session.log.first).toBeLessThanOrEqual(rowLimit)
    expect(grown).toBeLessThan(64)
  })

  it('tells 200,000 frames that break the same rule in a handful of rows', async () => {
    const { told } = await pass(flood(encodeFrame({ opcode: 2 }), 200_000))
    expect(told.get('mask.missing')).toBeLessThan(10)
  })
})
