import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExtensions, parseExtensions } from '../../src/protocol/extension-header.ts'
import { Inflater, defaultInflateLimit } from '../../src/protocol/inflater.ts'
import {
  Deflater,
  acceptDeflate,
  agreedDeflate,
  type DeflateParameters,
} from '../../src/protocol/permessage-deflate.ts'
import { messages, parameterSets, zlibMessages } from '../support/deflate.ts'
import { fromHex, octets } from '../support/octets.ts'

const all: DeflateParameters = { windowBits: 15, contextTakeover: true }

describe.each(parameterSets)(
  'with $windowBits window bits, context takeover $contextTakeover',
  parameters => {
    it('compresses what zlib’s own stream inflates, and so does the Inflater', async () => {
      await fc.assert(
        fc.asyncProperty(messages, async plain => {
          const deflater = new Deflater(parameters)
          const payloads = plain.map(message => Uint8Array.from(deflater.deflate(message)))
          expect(await zlibMessages(payloads, parameters)).toEqual(plain)
          const inflater = new Inflater(parameters, defaultInflateLimit)
          const found = payloads.map(payload => inflater.inflate(payload))
          expect(found.map(({ octets }) => Uint8Array.from(octets ?? []))).toEqual(plain)
          expect(found.flatMap(({ faults }) => faults)).toEqual([])
        }),
        { numRuns: 8 },
      )
    })
  },
)

describe('Deflater (RFC 7692 §7.2.1)', () => {
  it('writes an empty message as one octet (RFC 7692 §7.2.3.6)', () => {
    expect(new Deflater(all).deflate(new Uint8Array(0))).toEqual(fromHex('00'))
  })

  it('writes a message again shorter where the window is taken over', () => {
    const text = octets('the same text twice, the same text twice')
    const withWindow = new Deflater(all)
    const without = new Deflater({ windowBits: 15, contextTakeover: false })
    const first = withWindow.deflate(text)
    expect(withWindow.deflate(text).length).toBeLessThan(first.length)
    expect(without.deflate(text)).toEqual(without.deflate(text))
  })
})

describe('agreedDeflate (RFC 7692 §7.1)', () => {
  const standard = { windowBits: 15, contextTakeover: true }

  it.each([
    ['x, y', null],
    ['permessage-deflate', { client: standard, server: standard }],
    ['x, PerMessage-Deflate', { client: standard, server: standard }],
    [
      'permessage-deflate; server_no_context_takeover; client_max_window_bits=9',
      {
        client: { windowBits: 9, contextTakeover: true },
        server: { windowBits: 15, contextTakeover: false },
      },
    ],
    [
      'permessage-deflate; client_no_context_takeover; server_max_window_bits="8"',
      {
        client: { windowBits: 15, contextTakeover: false },
        server: { windowBits: 8, contextTakeover: true },
      },
    ],
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=7',
      { client: standard, server: standard },
    ],
    [
      'permessage-deflate; client_max_window_bits=010; server_max_window_bits=16',
      { client: standard, server: standard },
    ],
  ])('reads %s', (header, agreement) => {
    expect(agreedDeflate(parseExtensions(header).extensions)).toEqual(agreement)
  })
})

describe('acceptDeflate (RFC 7692 §5)', () => {
  it.each([
    ['x', null],
    ['permessage-deflate', 'permessage-deflate'],
    ['permessage-deflate; client_max_window_bits', 'permessage-deflate'],
    [
      'x, permessage-deflate; client_max_window_bits=10; server_max_window_bits=9',
      'permessage-deflate; client_max_window_bits=10; server_max_window_bits=9',
    ],
    [
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    ],
    ['permessage-deflate; server_max_window_bits, permessage-deflate', 'permessage-deflate'],
    ['permessage-deflate; server_max_window_bits=16', null],
    ['permessage-deflate; client_max_window_bits=07', null],
    ['permessage-deflate; server_no_context_takeover=1', null],
    ['permessage-deflate; unknown', null],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', null],
  ])('answers %s with %s', (offers, answer) => {
    const accepted = acceptDeflate(parseExtensions(offers).extensions)
    expect(accepted === null ? null : formatExtensions([accepted])).toBe(answer)
  })
})
