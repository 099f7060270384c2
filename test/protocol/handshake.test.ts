import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExtensions } from '../../src/protocol/extension-header.ts'
import {
  acceptFor,
  extensionsOf,
  refusalHead,
  requestFaults,
  requestHead,
  responseFaults,
  switchHead,
} from '../../src/protocol/handshake.ts'
import { HeadReader, parseStatusLine, valuesOf, type Head } from '../../src/protocol/http-head.ts'
import { sampleAccept, sampleKey } from '../support/heads.ts'
import { latin1, octets } from '../support/octets.ts'

const deflate = { name: 'permessage-deflate', parameters: [{ name: 'client_max_window_bits', value: null }] }

function read(text: string): Head {
  const found = new HeadReader().push(latin1(text))
  if (found === null) throw new Error('the head has no end')
  return found.head
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
    expect(requestFaults(request)).toEqual([])
    for (const extension of [null, accepted]) {
      const response = read(switchHead(sampleKey, extension))
      expect(responseFaults(request, response)).toEqual([])
      expect(parseStatusLine(response.startLine)?.status).toBe(101)
      expect(extensionsOf(response)).toEqual(extension === null ? [] : [extension])
    }
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
