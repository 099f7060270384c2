/** Chopped writes on real sockets: what comes is what was written, in pieces, in order, and ends as it would have ended. */
import { once } from 'node:events'
import type net from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { chopper, type Chop } from '../../src/net/chopper.ts'
import { requestHead } from '../../src/protocol/handshake.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { parseChopPattern } from '../../src/replay/chop-pattern.ts'
import { backend, connect, drain, echoServer, peers, proxyTo } from '../support/loopback.ts'

/** What was written, and by whom the octets were sent. */
interface Written {
  client: number[]
  server: number[]
}

/** Chops by `pattern`, and notes the writes. */
function noting(pattern: string, delay = 0): { chop: Chop; written: Written } {
  const written: Written = { client: [], server: [] }
  const chop = chopper({ pattern: parseChopPattern(pattern), delay })
  return {
    written,
    chop: (socket, from, onWrite) => {
      chop(socket, from, octets => {
        written[from].push(octets)
        onWrite(octets)
      })
    },
  }
}

/** A socket whose writes are chopped, and its peer. */
async function chopped(
  pattern: string,
  delay = 0,
): Promise<{ near: net.Socket; far: net.Socket; sizes: number[] }> {
  let accepted: (socket: net.Socket) => void
  const accept = new Promise<net.Socket>(resolve => (accepted = resolve))
  const near = connect(
    await backend(socket => {
      accepted(socket)
    }),
  )
  const { chop, written } = noting(pattern, delay)
  chop(near, 'client', () => undefined)
  return { near, far: await accept, sizes: written.client }
}

const random = (length: number): Buffer => {
  let state = 1
  return Buffer.from(Uint8Array.from({ length }, () => (state = (state * 16_807) % 2_147_483_647) & 255))
}

describe('chopper', () => {
  it.each([0, 2])('writes pieces as reads of their own, %i ms apart', async delay => {
    const { near, far, sizes } = await chopped('1,1,*', delay)
    const reads: number[] = []
    far.on('data', (chunk: Buffer) => reads.push(chunk.length))
    near.write('hello')
    near.write('you', 'latin1')
    near.end()
    await once(far, 'end')
    expect(sizes).toEqual([1, 1, 3, 1, 1, 1])
    expect(reads.reduce((sum, length) => sum + length)).toBe(8)
    if (delay > 0) expect(reads.length).toBeGreaterThan(1)
  })

  it('sends FIN behind the last piece', async () => {
    const { near, far, sizes } = await chopped('every:3')
    near.end('all of this')
    expect((await drain(far))[0].toString()).toBe('all of this')
    expect(sizes).toEqual([3, 3, 3, 2])
  })

  it('writes before it is connected', async () => {
    const port = await backend(socket => socket.pipe(socket))
    const near = connect(port)
    noting('1').chop(near, 'client', () => undefined)
    near.end('early')
    expect((await drain(near))[0].toString()).toBe('early')
  })

  it('makes whoever writes wait for a peer that does not read', async () => {
    const { near, far } = await chopped('every:10000')
    const octets = random(16 * 1024 * 1024)
    far.pause()
    let at = 0
    const write = () => {
      while (at < octets.length && near.write(octets.subarray(at, (at += 65_536))));
      if (at >= octets.length) near.end()
    }
    near.on('drain', write)
    write()
    // One write is let through; what waits is never more than that.
    expect(at).toBe(65_536)
    for (let i = 0; i < 2000; i++) await new Promise(setImmediate)
    expect(at).toBeLessThan(octets.length)
    expect(near.writableLength).toBeLessThanOrEqual(65_536 + near.writableHighWaterMark)
    far.resume()
    const [got] = await drain(far)
    expect(Buffer.compare(got, octets)).toBe(0)
  })

  it('stops when the socket is gone', async () => {
    const { near, far, sizes } = await chopped('1', 60_000)
    near.write('abc')
    await once(far, 'data')
    near.destroy()
    await once(near, 'close')
    expect(sizes).toEqual([1])
  })
})

describe('proxy with --chop', () => {
  it('carries the same octets in the chops of the pattern, both ways', async () => {
    const { chop, written } = noting('every:7')
    const { send, got, sent } = await peers({ chop })
    await send('client', random(100))
    await send('server', random(50))
    expect(got.server()).toEqual(sent.client())
    expect(got.client()).toEqual(sent.server())
    expect(written.client.every(size => size <= 7)).toBe(true)
    expect(written.server.every(size => size <= 7)).toBe(true)
  })

  it('lets neither FIN nor RST overtake', async () => {
    const { chop } = noting('1')
    const gone = new Promise<[Buffer, string]>(resolve => {
      void backend(socket => {
        void drain(socket).then(resolve)
      }).then(async port => {
        const { proxy } = await proxyTo(String(port), { chop })
        const client = connect(proxy.listener.port)
        client.write('x'.repeat(500), () => {
          client.resetAndDestroy()
        })
      })
    })
    // Node often reads a RST behind octets as an end; that all octets came before it is what counts.
    expect((await gone)[0].toString()).toBe('x'.repeat(500))

    const half = await peers({ chop })
    half.client.end('y'.repeat(300))
    await once(half.server, 'end')
    expect(half.got.server().toString()).toBe('y'.repeat(300))
    half.server.end('z'.repeat(300))
    await once(half.client, 'end')
    expect(half.got.client().toString()).toBe('z'.repeat(300))
  })

  it('carries 16 MiB through a slow reader without holding them', async () => {
    const { chop } = noting('every:30000')
    const { client, server, proxy } = await peers({ chop })
    const octets = random(16 * 1024 * 1024)
    server.pause()
    client.end(octets)
    for (let i = 0; i < 2000; i++) await new Promise(setImmediate)
    expect(proxy.waiting(1, 'client')).toBeLessThanOrEqual(2 * 65_536)
    const got: Buffer[] = []
    server.removeAllListeners('data')
    server.on('data', (chunk: Buffer) => got.push(chunk)).resume()
    await once(server, 'end')
    expect(Buffer.compare(Buffer.concat(got), octets)).toBe(0)
  })

  it('does not call a connection silent or a side stalled while its pieces are written', async () => {
    const { chop } = noting('every:1', 1)
    const { client, server, got, rows } = await peers({ chop, linger: 100, now: () => performance.now() })
    client.end(random(1500))
    await once(server, 'end')
    expect(got.server()).toEqual(random(1500))
    expect(rows().filter(row => row.includes('STALL'))).toEqual([])
    server.end()
    await once(client, 'end')
  })
})

describe('echo with --chop', () => {
  it.each(['every:1', '1,1,*', 'at:header', 'at:utf8', 'random:3'])(
    'serves a client in %s',
    async pattern => {
      const { chop, written } = noting(pattern)
      const { listener } = await echoServer({ chop })
      const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`)
      await once(client, 'open')
      const answers: string[] = []
      client.on('message', (data: Buffer) => answers.push(data.toString()))
      client.on('pong', (data: Buffer) => answers.push(`pong ${data.toString()}`))
      // As in Autobahn's case 5.20: a message in fragments with pings between them.
      const raw = (client as unknown as { _socket: net.Socket })._socket
      const frame = (opcode: number, fin: boolean, payload: string) =>
        raw.write(encodeFrame({ opcode, fin, key: 0x0a0b0c0d }, Buffer.from(payload)))
      frame(1, false, 'fragment1 ä')
      frame(9, true, 'pongme 1!')
      frame(0, false, 'fragment2')
      frame(9, true, 'pongme 2!')
      frame(0, true, 'fragment3')
      client.send('compressed '.repeat(30))
      client.send('€'.repeat(300))
      client.ping('last')
      client.close(1000)
      const [code] = (await once(client, 'close')) as [number]
      expect(code).toBe(1000)
      expect(answers).toEqual([
        'pong pongme 1!',
        'pong pongme 2!',
        'fragment1 äfragment2fragment3',
        'compressed '.repeat(30),
        '€'.repeat(300),
        'pong last',
      ])
      if (pattern === 'every:1') expect(new Set(written.server)).toEqual(new Set([1]))
    },
  )

  it('does not give up on a client while its answer is on the way', async () => {
    const { chop } = noting('every:1', 1)
    const { listener } = await echoServer({ chop, timeout: 50 })
    const client = connect(listener.port)
    const payload = 'a'.repeat(400)
    client.write(requestHead('/', 'localhost', 'dGhlIHNhbXBsZSBub25jZQ==', []))
    client.write(encodeFrame({ opcode: 1, key: 1 }, Buffer.from(payload)))
    client.write(encodeFrame({ opcode: 8, key: 1 }, Buffer.alloc(0)))
    const [got] = await drain(client)
    expect(got.toString('latin1')).toContain(payload)
    expect([...got.subarray(-2)]).toEqual([0x88, 0])
  })
})
