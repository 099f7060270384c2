import { describe, expect, it } from 'vitest'
import { requestHead } from '../../src/protocol/handshake.ts'
import { ServerHandshake, isLocalOrigin, type HandshakePolicy } from '../../src/protocol/server-handshake.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const policy: HandshakePolicy = { compression: true, allowsOrigin: isLocalOrigin }
const good = requestHead('/chat', 'server.example', key, [])

/** The first line of the reply to a request, or what became of it. */
function replyTo(request: string, options: Partial<HandshakePolicy> = {}): string {
  const opening = new ServerHandshake({ ...policy, ...options }).push(Buffer.from(request, 'latin1'))
  return opening.kind === 'incomplete' ? opening.kind : (opening.reply.split('\r\n')[0] ?? '')
}

describe('ServerHandshake', () => {
  it('accepts with no header beyond what RFC 6455 §4.2.2 asks', () => {
    const opening = new ServerHandshake(policy).push(Buffer.from(good))
    expect(opening).toEqual({
      kind: 'accepted',
      reply:
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      deflate: null,
      next: good.length,
    })
  })

  it('takes a head octet by octet and says where frames begin', () => {
    const handshake = new ServerHandshake(policy)
    for (const octet of Buffer.from(good.slice(0, -1))) {
      expect(handshake.push(Uint8Array.of(octet))).toEqual({ kind: 'incomplete' })
    }
    expect(handshake.push(Buffer.from('\n\x81\x00'))).toMatchObject({ kind: 'accepted', next: 1 })
  })

  it.each([
    ['permessage-deflate', 'permessage-deflate'],
    ['permessage-deflate; client_max_window_bits', 'permessage-deflate'],
    [
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9; server_no_context_takeover',
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9; server_no_context_takeover',
    ],
    ['permessage-deflate; server_max_window_bits=16, permessage-deflate', 'permessage-deflate'],
    ['permessage-deflate; unknown, x-other', null],
    ['permessage-deflate; client_no_context_takeover=1', null],
    ['permessage-deflate; client_max_window_bits; client_max_window_bits', null],
  ])('answers the offer %j with %j (RFC 7692 §7.1)', (offer, answer) => {
    const request = good.replace('\r\n\r\n', `\r\nSec-WebSocket-Extensions: ${offer}\r\n\r\n`)
    const opening = new ServerHandshake(policy).push(Buffer.from(request))
    const [, found = null] =
      /Sec-WebSocket-Extensions: (.*)\r\n/.exec('reply' in opening ? opening.reply : '') ?? []
    expect(found).toBe(answer)
    expect(new ServerHandshake({ ...policy, compression: false }).push(Buffer.from(request))).toMatchObject({
      deflate: null,
    })
  })

  it.each([
    ['GARBAGE\r\n\r\n', '400 Bad Request'],
    [good.replace('GET', 'POST'), '405 Method Not Allowed'],
    [good.replace('Upgrade: websocket\r\n', ''), '426 Upgrade Required'],
    [good.replace('Version: 13', 'Version: 8'), '426 Upgrade Required'],
    [good.replace(key, 'c2hvcnQ='), '400 Bad Request'],
    [good.replace('\r\n\r\n', '\r\nOrigin: https://evil.example\r\n\r\n'), '403 Forbidden'],
    [good.replace('\r\n\r\n', '\r\nOrigin: null\r\n\r\n'), '403 Forbidden'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`, '431 Request Header Fields Too Large'],
  ])('refuses %j', (request, status) => {
    expect(replyTo(request)).toBe(`HTTP/1.1 ${status}`)
  })

  it.each([
    'http://localhost:8080',
    'https://app.localhost',
    'http://127.0.0.1',
    'http://127.8.8.8:1',
    'http://[::1]:3000',
  ])('serves pages of this machine: %s', origin => {
    expect(replyTo(good.replace('\r\n\r\n', `\r\nOrigin: ${origin}\r\n\r\n`))).toContain('101')
  })
})
