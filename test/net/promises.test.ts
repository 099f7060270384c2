/** The proxy never refuses, repairs or answers: whatever it is given arrives as it was sent, and rows say what is wrong. */
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { handshake, head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { join, octets } from '../support/octets.ts'
import { drain, peers } from '../support/loopback.ts'

type Step = [from: Side, bytes: Uint8Array]

const hello = encodeFrame({ opcode: 1, key: 0x01020304 }, octets('Hello'))
const answer = encodeFrame({ opcode: 1 }, octets('answer'))
const asked = head('GET /internal HTTP/1.1', 'Host: localhost')
const refused = head('HTTP/1.1 426 Upgrade Required', 'Content-Length: 0')
const ok = head('HTTP/1.1 200 OK', 'Content-Length: 0')

/** What a proxy that goes wherever a request says must not be told. */
const metadata = 'http://169.254.169.254/latest/'

function posted(): Uint8Array {
  return octets(new TextDecoder().decode(upgradeRequest()).replace('GET', 'POST'))
}

const heads: [string, Step[], RegExp[]][] = [
  [
    'a second request behind a refused upgrade',
    [
      ['client', upgradeRequest()],
      ['server', refused],
      ['client', asked],
      ['server', ok],
    ],
    [/REPLY .* 426 /, /HTTP +GET \/internal HTTP\/1.1 {2}200/],
  ],
  [
    'an upgrade by POST that the server accepts',
    [
      ['client', posted()],
      ['server', upgradeResponse()],
      ['client', hello],
    ],
    [/client ERROR .* request\.method /, /client FRAME .* "Hello"/],
  ],
  [
    'an upgrade with a body',
    [
      ['client', join([upgradeRequest('Content-Length: 5'), octets('GET /')])],
      ['server', upgradeResponse()],
      ['client', hello],
    ],
    [/client .* request\.body /, /client FRAME .* "Hello"/],
  ],
  [
    'frames that come before the response',
    [
      ['client', join([upgradeRequest(), hello])],
      ['client', hello],
      ['server', join([upgradeResponse(), answer])],
      ['client', hello],
    ],
    [/request\.early-octets /, /server FRAME .* "answer"/, /client FRAME .* "Hello"/],
  ],
  [
    'a request that comes before the refusal of an upgrade',
    [
      ['client', join([upgradeRequest(), asked])],
      ['server', join([refused, ok])],
    ],
    [/REPLY .* 426 /, /HTTP +GET \/internal HTTP\/1.1 {2}200/],
  ],
  [
    'a request for another host',
    [
      ['client', octets(new TextDecoder().decode(upgradeRequest()).replace('GET /', `GET ${metadata}`))],
      ['server', refused],
    ],
    [/client REQUEST .* GET http:\/\/169\.254\.169\.254\/latest\/ /],
  ],
  [
    'a request for a tunnel to another host',
    [
      ['client', head('CONNECT 169.254.169.254:80 HTTP/1.1', 'Host: 169.254.169.254:80')],
      ['server', head('HTTP/1.1 403 Forbidden', 'Content-Length: 0')],
    ],
    [/HTTP +CONNECT 169\.254\.169\.254:80 HTTP\/1\.1 {2}403/],
  ],
  [
    'a 101 with the wrong accept',
    [
      ['client', upgradeRequest()],
      [
        'server',
        head('HTTP/1.1 101 x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: x'),
      ],
      ['client', hello],
    ],
    [/server ERROR .* response\.accept .*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/, /client FRAME .* "Hello"/],
  ],
  [
    'a 101 that upgrades to nothing',
    [
      ['client', upgradeRequest()],
      ['server', head('HTTP/1.1 101 Switching Protocols')],
      ['server', answer],
    ],
    [/response\.upgrade /, /response\.connection /, /server FRAME .* "answer"/],
  ],
]

describe('the opening handshake', () => {
  it.each(heads)('%s passes as it was sent', async (_, steps, shown) => {
    const { send, sent, got, rows } = await peers()
    for (const [from, bytes] of steps) await send(from, bytes)
    expect(got.server()).toEqual(sent.client())
    expect(got.client()).toEqual(sent.server())
    for (const row of shown) expect(rows().join('\n')).toMatch(row)
  })
})

describe('windows that nobody has', () => {
  it.each(['1000', '7', '08', '', '16', '""', '-8', '1e1'])(
    'of "%s" bits: frames pass, and are read',
    async bits => {
      const { send, got, sent, rows } = await peers()
      const { request, response } = handshake(`permessage-deflate; server_max_window_bits=${bits}`)
      await send('client', request)
      await send('server', join([response, answer]))
      await send(
        'server',
        encodeFrame({ opcode: 1, rsv: 4 }, Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)),
      )
      expect(got.client()).toEqual(sent.server())
      expect(rows().join('\n')).toMatch(/server ERROR .* (deflate\.window-bits|response\.extension-syntax) /)
      expect(rows().join('\n')).toMatch(/server FRAME .* "answer"/)
      expect(rows().at(-1)).toMatch(/server FRAME .* len=7 /)
    },
  )
})

describe('lengths that nobody means', () => {
  it.each([
    '9223372034707292161', // 0x7fffffff00000001
    '4294967297', // 0x100000001: 1 where somebody counts in 32 bits
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '4294967295',
    '4294967296',
    '2147483647',
    '2147483649',
    '4611686018427387904',
  ])('%s octets are announced: 10 pass, and the row says both exactly', async length => {
    const { send, server, client, got, sent, rows } = await peers()
    const { request, response } = handshake()
    const header = encodeFrame({ opcode: 2, payloadLength: BigInt(length), lengthBits: 64 })
    await send('client', request)
    await send('server', join([response, header, new Uint8Array(10)]))
    server.end()
    await once(client, 'end')
    expect(got.client()).toEqual(sent.server())
    expect(rows().join('\n')).toMatch(new RegExp(`server FRAME .* len=${length} chops=1 received=10`))
    expect(rows().join('\n')).toContain(`frame cut short: 10 of ${length} octets`)
  })

  it('2^63 octets are announced: framing is lost once, traffic goes on', async () => {
    const { send, got, sent, rows } = await peers()
    const { request, response } = handshake()
    const header = encodeFrame({ opcode: 2, payloadLength: 2n ** 63n, lengthBits: 64 })
    await send('client', request)
    await send('server', join([response, header, answer]))
    await send('server', answer)
    await send('client', hello)
    expect(got.client()).toEqual(sent.server())
    expect(rows().filter(row => row.includes('length.top-bit'))).toHaveLength(1)
    expect(rows().filter(row => row.includes('framing.lost'))).toHaveLength(1)
    expect(rows().at(-1)).toMatch(/client FRAME .* "Hello"/)
  })
})

describe('compressed messages that are broken', () => {
  const good = Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)
  it.each([
    ['no DEFLATE data', Uint8Array.of(0x07, 0xff, 0xff), 'deflate.corrupt'],
    ['a final block', Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), 'deflate.final-block'],
    [
      'octets behind a final block',
      octets(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 'junk'),
      'deflate.trailing-octets',
    ],
    ['a tail that was not removed', join([good, Uint8Array.of(0, 0, 0xff, 0xff)]), 'deflate.tail-kept'],
  ])('%s passes, and the next message is read', async (_, payload, rule) => {
    const { send, got, sent, rows } = await peers()
    const { request, response } = handshake('permessage-deflate; server_no_context_takeover')
    await send('client', request)
    await send('server', response)
    await send('server', encodeFrame({ opcode: 1, rsv: 4 }, payload))
    await send('server', encodeFrame({ opcode: 1, rsv: 4 }, good))
    expect(got.client()).toEqual(sent.server())
    expect(rows().join('\n')).toContain(` ${rule} `)
    expect(rows().at(-1)).toMatch(/server FRAME .* "Hello"$/)
  })
})

describe('the end of TCP', () => {
  it('passes a RST in the middle of a frame on as one, time and again', async () => {
    const { request, response } = handshake()
    const begun = encodeFrame({ opcode: 2, payloadLength: 100 }, octets('abc'))
    const rig = await peers()
    for (let round = 0; round < 60; round++) {
      const side = round % 2 === 0 ? 'client' : 'server'
      const { client, server, send, rows } = await peers()
      await send('client', request)
      await send('server', response)
      await send(side, begun)
      const [gone, left] = side === 'client' ? [client, server] : [server, client]
      const ended = drain(left)
      gone.resetAndDestroy()
      expect((await ended)[1]).toBe('ECONNRESET')
      expect(rows().join('\n')).toMatch(new RegExp(`${side} FRAME .* len=100 .*received=3`))
      expect(rows().join('\n')).toMatch(new RegExp(`${side} WARNING .* tcp\\.reset `))
    }
    await rig.send('client', request)
    expect(rig.got.server()).toEqual(rig.sent.client())
  })

  it('keeps a server sending whose client has ended its side, until the server ends too', async () => {
    const { client, server, send, got, sent, rows } = await peers()
    await send('client', octets('last words'))
    client.end()
    await once(server, 'end')
    for (let i = 0; i < 20; i++) await send('server', octets(`still sending ${i}`))
    server.end()
    await once(client, 'end')
    expect(got.client()).toEqual(sent.server())
    expect(
      rows()
        .filter(row => row.includes(' TCP '))
        .map(row => row.split(' ').at(-1)),
    ).toEqual(expect.arrayContaining(['FIN', 'FIN']))
  })

  it('cuts a half-closed connection on which nobody says anything any more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { client, server, rows } = await peers({ linger: 60_000 })
      client.end()
      await once(server, 'end')
      vi.advanceTimersByTime(59_999)
      expect(client.destroyed).toBe(false)
      vi.advanceTimersByTime(1)
      await once(client, 'end')
      expect(rows().join('\n')).toMatch(/server TCP +CLOSED/)
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows a client that does not read, holds the server back, and delivers its FIN after all octets', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let now = 0
      const { client, server, session, rows } = await peers({ now: () => now })
      client.pause()
      let sent = 0
      const block = Buffer.alloc(65_536)
      const flood = async () => {
        // Until nothing moves any more: the kernel's buffers are full.
        for (let quiet = 0; quiet < 500; quiet++) {
          while (server.writableLength === 0) {
            server.write(block)
            sent += block.length
            quiet = 0
          }
          await new Promise(setImmediate)
        }
      }
      await flood()
      now = 1000
      vi.advanceTimersByTime(1000)
      now = 10_000
      vi.advanceTimersByTime(9000)
      const stalls = rows().filter(row => row.includes('reader.stalled'))
      expect(stalls[0]).toMatch(/client WARNING .* for 1\.0 s\)$/)
      expect(session.log.next).toBeLessThan(2000)
      expect(sent).toBeLessThan(32 * 1024 * 1024)
      server.end()
      let arrived = 0
      client.on('data', (chunk: Buffer) => (arrived += chunk.length))
      client.resume()
      await once(client, 'end')
      expect(arrived).toBe(sent)
    } finally {
      vi.useRealTimers()
    }
  })
})
