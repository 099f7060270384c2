import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExtensions } from '../../src/protocol/extension-header.ts'
import { acceptanceFaults, offerFaults } from '../../src/protocol/extension-rules.ts'
import {
  acceptFor,
  extensionsOf,
  refusalHead,
  requestHead,
  switchHead,
} from '../../src/protocol/handshake.ts'
import { syntaxFaults, type HeadFault } from '../../src/protocol/head-rules.ts'
import { HeadReader, parseStatusLine, valuesOf, type Head } from '../../src/protocol/http-head.ts'
import { acceptDeflate } from '../../src/protocol/permessage-deflate.ts'
import { requestFaults } from '../../src/protocol/request-rules.ts'
import { refusalFaults, responseFaults, unaskedFaults } from '../../src/protocol/response-rules.ts'
import { sampleAccept, sampleKey } from '../support/heads.ts'
import { latin1, octets } from '../support/octets.ts'

const deflate = { name: 'permessage-deflate', parameters: [{ name: 'client_max_window_bits', value: null }] }

function read(text: string): Head {
  const found = new HeadReader().push(latin1(text))
  if (found === null) throw new Error('the head has no end')
  return found.head
}

/** Everything that is said of a request, and of a response to it. */
function allFaults(request: Head, response: Head): HeadFault[] {
  return [
    ...syntaxFaults(request),
    ...requestFaults(request),
    ...offerFaults(request),
    ...syntaxFaults(response),
    ...responseFaults(request, response),
    ...acceptanceFaults(request, response),
  ]
}

function withKey(key: string): Head {
  return read(requestHead('/', 'a', key, []))
}

describe('acceptFor (RFC 6455 §4.2.2)', () => {
  it('proves that the key of RFC 6455 §1.3 was read', () => {
    expect(acceptFor(sampleKey)).toBe(sampleAccept)
  })

  it('takes any text for a key', () => {
    expect(acceptFor('')).toBe('Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=')
  })
})

describe('the heads of a well-behaved endpoint', () => {
  const request = read(requestHead('/chat?x=1', 'localhost:9001', sampleKey, [deflate], ['Origin: http://a']))
  const accepted = { name: 'permessage-deflate', parameters: [] }

  it('break no rule', () => {
    for (const extension of [null, accepted]) {
      const response = read(switchHead(sampleKey, extension))
      expect(allFaults(request, response)).toEqual([])
      expect(parseStatusLine(response.startLine)?.status).toBe(101)
      expect(extensionsOf(response)).toEqual(extension === null ? [] : [extension])
    }
  })

  it('break no rule, whatever key, path, host and offer they are made with', () => {
    const bits = fc.integer({ min: 8, max: 15 }).map(String)
    const parameter = (name: string, value: fc.Arbitrary<string | null>) =>
      fc.record({ name: fc.constant(name), value })
    const none = fc.constant(null)
    const offers = fc.array(
      fc.record({
        name: fc.constant('permessage-deflate'),
        parameters: fc
          .subarray([0, 1, 2, 3])
          .chain(picked =>
            fc.tuple(
              ...[
                parameter('client_max_window_bits', fc.oneof(bits, none)),
                parameter('server_max_window_bits', bits),
                parameter('client_no_context_takeover', none),
                parameter('server_no_context_takeover', none),
              ].filter((_, i) => picked.includes(i)),
            ),
          ),
      }),
      { maxLength: 3 },
    )
    const keys = fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map(key => Buffer.from(key).toString('base64'))
    fc.assert(
      fc.property(keys, fc.webPath(), fc.domain(), offers, (key, path, host, extensions) => {
        const sent = read(requestHead(`/${path}`, host, key, extensions))
        const answer = read(switchHead(key, acceptDeflate(extensions)))
        expect(allFaults(sent, answer)).toEqual([])
      }),
    )
  })

  it('say what they were asked to say', () => {
    expect(request.startLine).toBe('GET /chat?x=1 HTTP/1.1')
    expect(valuesOf(request, 'Sec-WebSocket-Extensions')).toEqual([formatExtensions([deflate])])
    expect(valuesOf(request, 'Origin')).toEqual(['http://a'])
  })

  it('refuse with a body whose length counts octets', () => {
    const text = refusalHead(426, 'Upgrade Required', 'bitte upgraden: ä\n', ['Sec-WebSocket-Version: 13'])
    const response = read(text)
    expect(response.startLine).toBe('HTTP/1.1 426 Upgrade Required')
    expect(valuesOf(response, 'Sec-WebSocket-Version')).toEqual(['13'])
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    expect(valuesOf(response, 'Content-Length')).toEqual([String(octets(body).length)])
    expect(parseStatusLine(response.startLine)?.status).toBe(426)
  })
})

describe('requestFaults (RFC 6455 §4.1)', () => {
  it('accepts every key of 16 octets, and no other length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const faults = requestFaults(withKey(Buffer.from(bytes).toString('base64')))
        expect(faults.map(({ rule }) => rule)).toEqual(bytes.length === 16 ? [] : ['request.key-invalid'])
      }),
    )
  })

  it.each([
    ['AQIDBAUGBwgJCgsMDQ4PEC==', true],
    ['dGhlIHNhbXBsZSBub25jZQ==', true],
    ['dGhlIHNhbXBsZSBub25jZQ=', false],
    ['dGhlIHNhbXBsZSBub25jZQ', false],
    ['dGhlIHNhbXBsZSBub25j-_==', false],
    ['dGhl!HNhbXBsZSBub25jZQ==', false],
    ['dGhlIHNhbXBsZSBub25jZQ==x', false],
    ['dGhlIHNhbXBsZSBub25j==ZQ', false],
    ['====', false],
  ])('of the key %s says %s', (key, fits) => {
    expect(requestFaults(withKey(key))).toHaveLength(fits ? 0 : 1)
  })
})

describe('faults of any head', () => {
  const names = [
    ...[
      'Host',
      'Upgrade',
      'Connection',
      'Content-Length',
      'Transfer-Encoding',
      'Location',
      'WWW-Authenticate',
    ],
    ...['Authorization', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol'],
    ...['Sec-WebSocket-Extensions', 'Sec-WebSocket-Accept', ' folded', 'X'],
  ]
  const words = [
    'websocket',
    'Upgrade',
    '13',
    'permessage-deflate',
    ';',
    ',',
    '=',
    '"',
    '//',
    '?token=1',
    ' ',
    'é',
    '\\',
  ]
  const piece = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 }))
  const value = fc.array(piece, { maxLength: 6 }).map(parts => parts.join('').replaceAll(/[\r\n]/g, ''))
  const line = fc.tuple(fc.constantFrom(...names), value, fc.constantFrom('\r\n', '\n'))
  const lines = fc
    .array(line, { maxLength: 12 })
    .map(all => all.map(([n, v, end]) => `${n}:${v}${end}`).join(''))
  const target = value.map(text => `/${text.replaceAll(' ', '')}`)
  const status = fc.constantFrom(
    '101 Switching',
    '200',
    '302 Found',
    '400 Bad',
    '401 No',
    '407 No',
    '426 Upgrade',
  )

  it('lie within it, and no rule is told twice', () => {
    fc.assert(
      fc.property(target, lines, status, lines, (path, asked, code, answered) => {
        const request = read(`GET ${path} HTTP/1.1\r\n${asked}\r\n`)
        const response = read(`HTTP/1.1 ${code}\r\n${answered}\r\n`)
        const of = (head: Head, faults: readonly HeadFault[]) => {
          for (const { offset } of faults) {
            expect(offset).toBeGreaterThanOrEqual(0)
            expect(offset).toBeLessThan(head.length)
          }
          expect(new Set(faults.map(({ rule }) => rule)).size).toBe(faults.length)
        }
        of(request, [...syntaxFaults(request), ...requestFaults(request), ...offerFaults(request)])
        of(response, [...responseFaults(request, response), ...acceptanceFaults(request, response)])
        of(response, [...refusalFaults(request, response), ...unaskedFaults(request, response)])
      }),
      { numRuns: 500 },
    )
  })

  it('have details of bounded length, however long the head is', () => {
    const list = Array.from({ length: 2000 }, (_, i) => `@${i}${'x'.repeat(20)}`).join(',')
    const request = read(
      `${'G'.repeat(9000)} /${'x'.repeat(9000)}#? HTTP/1.1\r\nUpgrade: ${list}\r\nSec-WebSocket-Protocol: ${list}\r\n` +
        `Sec-WebSocket-Extensions: ${'y'.repeat(9000)}@${list}\r\n\r\n`,
    )
    const response = read(`HTTP/1.1 302 ${'z'.repeat(9000)}\r\nLocation: ${list}\r\nUpgrade: ${list}\r\n\r\n`)
    const faults = [
      ...requestFaults(request),
      ...responseFaults(request, response),
      ...refusalFaults(request, response),
      ...unaskedFaults(request, response),
    ]
    expect(Math.max(...faults.map(({ detail }) => detail.length))).toBeLessThan(2000)
    expect(faults.find(({ rule }) => rule === 'request.subprotocol')?.detail).toContain(' and 1992 more')
  })

  it('tell the refusal of a version from any other', () => {
    const version8 = read(requestHead('/', 'a', sampleKey, []).replace(': 13', ': 8'))
    const rules = (text: string) => refusalFaults(version8, read(text)).map(({ rule }) => rule)
    expect(rules(refusalHead(426, 'Upgrade Required', ''))).toEqual([
      'response.status',
      'response.version-missing',
    ])
    expect(rules(refusalHead(426, 'Upgrade Required', '', ['Sec-WebSocket-Version: 13']))).toEqual([
      'response.status',
    ])
    expect(rules(refusalHead(503, 'Service Unavailable', ''))).toEqual(['response.status'])
  })
})
