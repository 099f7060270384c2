import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { requestHead } from '../../src/protocol/handshake.ts'
import type { Session } from '../../src/wire/session.ts'
import { backend, certificate, connect, drain, echoServer, fixture, proxyTo } from '../support/loopback.ts'

const handshake = requestHead('/', 'localhost', 'dGhlIHNhbXBsZSBub25jZQ==', [])

describe('proxy on loopback', () => {
  it('passes a RST of the server on to the client', async () => {
    const port = await backend(socket => socket.once('data', () => socket.resetAndDestroy()))
    const { proxy, rows } = await proxyTo(String(port))
    const client = connect(proxy.listener.port)
    client.write('anything')
    expect((await drain(client))[1]).toBe('ECONNRESET')
    expect(rows().some(row => row.endsWith('server TCP     RESET'))).toBe(true)
  })

  it('passes a RST of the client on to the server', async () => {
    let reset: (code: string) => void
    const seen = new Promise<string>(resolve => (reset = resolve))
    const port = await backend(socket => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        reset(error.code ?? '')
      })
      socket.once('data', () => socket.write('here'))
    })
    const { proxy } = await proxyTo(String(port))
    const client = connect(proxy.listener.port)
    client.write('anything')
    await once(client, 'data')
    client.resetAndDestroy()
    expect(await seen).toBe('ECONNRESET')
  })

  it('passes a RST that comes right behind octets on as one, and the octets too', async () => {
    const port = await backend(socket => {
      socket.once('data', () => {
        socket.write('last', () => socket.resetAndDestroy())
      })
    })
    for (let round = 0; round < 20; round++) {
      const { proxy, rows } = await proxyTo(String(port))
      const client = connect(proxy.listener.port)
      client.write('anything')
      // Node itself often reads such a RST as the end of the stream, so the client's word is not asked for it.
      expect((await drain(client))[0].toString()).toBe('last')
      expect(rows().some(row => row.endsWith('server TCP     RESET'))).toBe(true)
    }
  })

  it('resets a client that goes on sending to a server which has closed', async () => {
    const port = await backend(socket => socket.once('data', () => socket.destroy()))
    const { proxy, rows } = await proxyTo(String(port))
    const client = connect(proxy.listener.port)
    const failed = once(client, 'error') as Promise<[NodeJS.ErrnoException]>
    client.write('one')
    await once(client, 'end')
    client.on('drain', () => undefined)
    const again = setInterval(() => client.write('more'), 5)
    onTestFinished(() => {
      clearInterval(again)
    })
    expect((await failed)[0].code).toMatch(/ECONNRESET|EPIPE/)
    expect(
      rows()
        .filter(row => row.includes('server TCP'))
        .map(row => row.split(' ').at(-1)),
    ).toEqual(['FIN', 'RESET'])
  })

  it('delivers the last words of a server that closes on a client which is still sending', async () => {
    const words = Buffer.from('the reason of it all')
    const port = await backend(socket => {
      socket.once('data', () => {
        socket.pause()
        // Closing over unread octets: the kernel sends a RST behind the words.
        socket.write(words, () => socket.destroy())
      })
    })
    for (let round = 0; round < 20; round++) {
      const { proxy } = await proxyTo(String(port))
      const client = connect(proxy.listener.port)
      const heard = drain(client)
      const block = Buffer.alloc(65_536)
      const send = () => {
        while (!client.destroyed && client.write(block));
      }
      client.on('drain', send)
      send()
      expect((await heard)[0].toString()).toBe(words.toString())
    }
  })

  it('resets the client and tells the user when the server refuses, and serves the next one', async () => {
    const port = await backend(() => undefined)
    const gone = connect(port)
    await once(gone, 'connect')
    const { proxy, problems, rows } = await proxyTo('127.0.0.1:1')
    const client = connect(proxy.listener.port)
    expect((await drain(client))[1]).toBe('ECONNRESET')
    expect(problems).toEqual(['#1 127.0.0.1:1: connection refused (is the server running?)'])
    expect(rows()[1]).toContain('server TCP     REFUSED')
    expect((await drain(connect(proxy.listener.port)))[1]).toBe('ECONNRESET')
  })

  it('carries a 16 MiB message through and reads it as one frame', async () => {
    const server = await echoServer()
    const { proxy, session, rows } = await proxyTo(String(server.listener.port))
    const client = connect(proxy.listener.port)
    client.write(handshake)
    await once(client, 'data')
    const payload = Buffer.alloc(16 * 1024 * 1024, 'wire')
    client.write(encodeFrame({ opcode: 2, key: 0x01020304 }, payload))
    let octets = 0
    const expected = payload.length + 10
    await new Promise<void>(resolve => {
      client.on('data', (chunk: Buffer) => {
        octets += chunk.length
        if (octets >= expected) resolve()
      })
    })
    expect(octets).toBe(expected)
    expect(session.log.open(1, 'client')).toBeNull()
    expect(rows().filter(row => row.includes('BIN   fin=1 len=16777216'))).toHaveLength(2)
  })

  it('stops a server that floods a client which does not read, and loses nothing', async () => {
    let sent = 0
    let flooding = true
    const port = await backend(socket => {
      const block = Buffer.alloc(65_536)
      const flood = () => {
        while (flooding) {
          sent += block.length
          if (!socket.write(block)) return
        }
        socket.end()
      }
      socket.on('drain', flood)
      flood()
    })
    const { proxy, session } = await proxyTo(String(port))
    const client = connect(proxy.listener.port)
    client.pause()
    let before = -1
    // Until nothing moves any more: the kernel's buffers are full.
    while (before !== sent || countOctets(session) === 0) {
      before = sent
      for (let i = 0; i < 500; i++) await new Promise(setImmediate)
    }
    expect(sent - countOctets(session)).toBeLessThan(16 * 1024 * 1024)
    flooding = false
    let arrived = 0
    client.on('data', (chunk: Buffer) => (arrived += chunk.length))
    client.resume()
    await once(client, 'end')
    expect(arrived).toBe(sent)
  })

  it('keeps apart what waits for two clients that read slowly', async () => {
    const sent = [0, 1].map(fill =>
      Buffer.from(Uint8Array.from({ length: 8 << 20 }, (_, i) => i + (i >> 8) + fill)),
    )
    const waiting = [...sent]
    const port = await backend(socket => socket.end(waiting.shift() ?? ''))
    const { proxy, session } = await proxyTo(String(port))
    const clients: net.Socket[] = []
    while (clients.length < sent.length) {
      const client = connect(proxy.listener.port)
      client.pause()
      clients.push(client)
      await once(client, 'connect')
    }
    let before = -1
    while (before !== countOctets(session) || before === 0) {
      before = countOctets(session)
      for (let i = 0; i < 500; i++) await new Promise(setImmediate)
    }
    const got = await Promise.all(clients.map(async client => (await drain(client.resume()))[0]))
    // Who was accepted first is not said.
    expect(got.map(octets => sent.findIndex(other => other.equals(octets))).sort()).toEqual([0, 1])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'tells %s that ends with TCP from one that ends with close_notify',
    async maxVersion => {
      const transports: net.Socket[] = []
      const secure = tls.createServer({ ...certificate, maxVersion }, socket => {
        socket.on('error', () => undefined)
        socket.once('data', () => {
          if (transports.length === 1) socket.end('bye')
          else socket.write('bye', () => transports[1]?.end())
        })
      })
      const port = await backend(socket => {
        transports.push(socket)
        secure.emit('connection', socket)
      })
      const { proxy, rows } = await proxyTo(`wss://localhost:${port}`, { insecure: true })
      for (let conn = 1; conn <= 2; conn++) {
        const client = net.connect(proxy.listener.port, '127.0.0.1')
        client.write('hello')
        client.resume()
        await once(client, 'end')
        client.end()
      }
      const cuts = rows().filter(row => row.includes('tls.no-close-notify'))
      expect(cuts).toHaveLength(1)
      expect(cuts[0]).toContain('#2  server NOTICE')
    },
  )

  it('speaks TLS on both legs and shows what it carried', async () => {
    const server = await echoServer({ certificate })
    const ca = fixture('ca.pem')
    const { proxy, rows, problems } = await proxyTo(`wss://localhost:${server.listener.port}/`, {
      certificate,
      ca,
    })
    const client = tls.connect({ port: proxy.listener.port, host: '127.0.0.1', servername: 'localhost', ca })
    onTestFinished(() => {
      client.destroy()
    })
    client.write(handshake)
    await once(client, 'data')
    client.write(encodeFrame({ opcode: 1, key: 7 }, Buffer.from('secret')))
    const [reply] = (await once(client, 'data')) as [Buffer]
    expect(reply.toString('latin1')).toBe('\x81\x06secret')
    expect(problems).toEqual([])
    expect(rows()[0]).toMatch(/OPEN .* TLS$/)
    expect(rows().at(-1)).toContain('"secret"')
  })

  it('says why a certificate was not accepted', async () => {
    const server = await echoServer({ certificate })
    const { proxy, problems, rows } = await proxyTo(`wss://localhost:${server.listener.port}/`)
    expect((await drain(connect(proxy.listener.port)))[1]).toBe('ECONNRESET')
    expect(problems[0]).toMatch(/the certificate is from an unknown authority \(use --cacert FILE or -k\)/)
    expect(rows()[1]).toContain('server TCP     TLS')
  })

  it.each([
    ['answers in plain text', (socket: net.Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['ends TCP with FIN', (socket: net.Socket) => socket.end()],
    ['ends TCP with RST', (socket: net.Socket) => socket.resetAndDestroy()],
  ])('says that TLS failed where the server of a wss target %s', async (_what, answer) => {
    const port = await backend(socket => {
      socket.once('data', () => answer(socket))
    })
    const { proxy, problems, rows } = await proxyTo(`wss://localhost:${port}/`, { insecure: true })
    const client = connect(proxy.listener.port)
    client.write(handshake)
    expect((await drain(client))[1]).toBe('ECONNRESET')
    await vi.waitFor(() => {
      expect(rows().at(-1)).toContain('VERDICT the server was not reached: TLS failed')
    })
    expect(problems).toEqual([`#1 localhost:${port}: TLS failed: is this a TLS port?`])
    expect(rows().filter(row => row.includes('WARNING') || row.includes('NOTICE'))).toEqual([])
  })

  it.each([
    [
      'plain HTTP',
      (port: number) => net.connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n'),
      'it speaks plain HTTP',
    ],
    [
      'garbage',
      (port: number) => net.connect(port, '127.0.0.1').end('\0'.repeat(64)),
      'it does not speak TLS',
    ],
    ['an end of TCP', (port: number) => net.connect(port, '127.0.0.1').end(), 'TLS failed'],
  ])('says what is wrong where TLS towards the client meets %s', async (_name, open, problem) => {
    const port = await backend(socket => socket.resume())
    let told: (message: string) => void = () => undefined
    const first = new Promise<string>(resolve => (told = resolve))
    const { proxy } = await proxyTo(String(port), { certificate, onProblem: told })
    const socket = open(proxy.listener.port)
    socket.on('error', () => undefined)
    socket.resume()
    onTestFinished(() => {
      socket.destroy()
    })
    expect(await first).toContain(problem)
  })

  it('refuses a key that does not fit', async () => {
    const broken = { ...certificate, key: Buffer.from('no key') }
    await expect(proxyTo('9', { certificate: broken })).rejects.toThrow('cannot use --cert and --key')
  })

  it.each([
    ['a TLS ClientHello', Buffer.from('1603010200010001fc0303', 'hex'), 'looks like TLS'],
    ['garbage', Buffer.from('GARBAGE\r\n\r\n'), 'not HTTP'],
  ])('forwards %s and says that it is not decoded', async (_name, octets, note) => {
    const port = await backend(socket => socket.pipe(socket))
    const { proxy, rows } = await proxyTo(String(port))
    const client = connect(proxy.listener.port)
    client.write(octets)
    const [back] = (await once(client, 'data')) as [Buffer]
    expect(back).toEqual(octets)
    expect(rows().some(row => row.includes(note))).toBe(true)
  })

  it('refuses connections above its limit visibly and takes new ones afterwards', async () => {
    const port = await backend(socket => socket.pipe(socket))
    const { proxy, problems } = await proxyTo(String(port), { maxConnections: 1 })
    const first = connect(proxy.listener.port)
    first.write('a')
    await once(first, 'data')
    await drain(connect(proxy.listener.port))
    expect(problems[0]).toMatch(/^client 127\.0\.0\.1:\d+ refused: 1 connections are open/)
    first.destroy()
    let reply = ''
    while (reply === '') {
      const next = connect(proxy.listener.port)
      next.write('b')
      next.once('data', () => next.end())
      reply = (await drain(next))[0].toString()
    }
    expect(reply).toBe('b')
  })
})

function countOctets(session: Session): number {
  const { log } = session
  let octets = 0
  for (let row = log.first; row < log.next; row++) {
    const entry = log.entry(row)
    if (entry.type === 'octets') octets += entry.length
  }
  return octets
}
