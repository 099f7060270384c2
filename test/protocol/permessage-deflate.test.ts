import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExtensions } from '../../src/protocol/extension-header.ts'
import {
  Deflater,
  Inflater,
  acceptDeflate,
  agreedDeflate,
  defaultInflateLimit,
  type DeflateParameters,
} from '../../src/protocol/permessage-deflate.ts'
import { formatExtensions } from '../../src/protocol/extension-header.ts'
import { fromHex, join, octets, toText } from '../support/octets.ts'

const tail = fromHex('0000ffff')

/** Messages with much to refer back to, in themselves and in earlier ones; some larger than a small window. */
const messages = fc.array(
  fc
    .tuple(
      fc.constantFrom('', 'Hello, ', '{"type":"update","value":', 'abcdefghijklmnopqrstuvwxyz0123456789'),
      fc.nat({ max: 40 }),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([text, times, more]) => join([octets(text.repeat(times)), more, octets(text)])),
  { minLength: 1, maxLength: 6 },
)

/** What zlib's own stream, flushed after each message, makes of messages: the payloads of a peer that is not ours. */
async function zlibPayloads(
  plain: readonly Uint8Array[],
  { windowBits, contextTakeover }: DeflateParameters,
) {
  const payloads: Uint8Array[] = []
  let stream: zlib.DeflateRaw | null = null
  for (const message of plain) {
    if (stream === null || !contextTakeover) stream = zlib.createDeflateRaw({ windowBits })
    payloads.push(await throughStream(stream, message))
  }
  return payloads.map(payload => payload.subarray(0, payload.length - tail.length))
}

/** What zlib's own inflater, kept for the whole connection, makes of payloads. */
async function zlibMessages(
  payloads: readonly Uint8Array[],
  { windowBits, contextTakeover }: DeflateParameters,
) {
  const plain: Uint8Array[] = []
  let stream: zlib.InflateRaw | null = null
  for (const payload of payloads) {
    if (stream === null || !contextTakeover) stream = zlib.createInflateRaw({ windowBits })
    plain.push(await throughStream(stream, join([payload, tail])))
  }
  return plain
}

function throughStream(stream: zlib.DeflateRaw | zlib.InflateRaw, input: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    const take = (piece: Uint8Array) => pieces.push(Uint8Array.from(piece))
    stream.on('data', take)
    stream.once('error', reject)
    stream.write(input)
    stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
      stream.off('data', take)
      stream.off('error', reject)
      resolve(join(pieces))
    })
  })
}

function inflated(payloads: readonly Uint8Array[], parameters: DeflateParameters) {
  const inflater = new Inflater(parameters, defaultInflateLimit)
  return payloads.map(payload => {
    const result = inflater.inflate(payload)
    return result.status === 'ok' ? Uint8Array.from(result.octets) : result
  })
}

const parameterSets: DeflateParameters[] = [8, 9, 10, 11, 12, 13, 14, 15].flatMap(windowBits => [
  { windowBits, contextTakeover: true },
  { windowBits, contextTakeover: false },
])
const all: DeflateParameters = { windowBits: 15, contextTakeover: true }

describe.each(parameterSets)(
  'with $windowBits window bits, context takeover $contextTakeover',
  parameters => {
    it('inflates what zlib’s own stream compressed', async () => {
      await fc.assert(
        fc.asyncProperty(messages, async plain => {
          expect(inflated(await zlibPayloads(plain, parameters), parameters)).toEqual(plain)
        }),
        { numRuns: 8 },
      )
    })

    it('compresses what zlib’s own stream inflates, and so does the Inflater', async () => {
      await fc.assert(
        fc.asyncProperty(messages, async plain => {
          const deflater = new Deflater(parameters)
          const payloads = plain.map(message => Uint8Array.from(deflater.deflate(message)))
          expect(await zlibMessages(payloads, parameters)).toEqual(plain)
          expect(inflated(payloads, parameters)).toEqual(plain)
        }),
        { numRuns: 8 },
      )
    })
  },
)

describe('Inflater (RFC 7692 §7.2.2)', () => {
  const hello = fromHex('f248cdc9c90700')
  const helloAgain = fromHex('f200110000')

  it('tells a message that refers to octets that were missed from one that is corrupt', () => {
    const inflater = new Inflater(all, defaultInflateLimit)
    expect(inflater.inflate(helloAgain)).toMatchObject({
      status: 'corrupt',
      reason: 'invalid distance too far back',
    })
    inflater.forget()
    expect(inflater.inflate(helloAgain)).toEqual({ status: 'lost' })
    expect(inflater.inflate(hello)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(fromHex('ff'))).toMatchObject({ status: 'corrupt', reason: 'invalid block type' })
  })

  it('calls a reference too far back corrupt again once a whole window is known', () => {
    const wide = new Deflater(all)
    const noise = Uint8Array.from({ length: 600 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)
    const first = wide.deflate(noise)
    const again = wide.deflate(noise.subarray(0, 100))
    const inflater = new Inflater({ windowBits: 9, contextTakeover: true }, defaultInflateLimit)
    inflater.forget()
    expect(inflater.inflate(again)).toEqual({ status: 'lost' })
    expect(inflater.inflate(new Deflater(all).deflate(octets('little')))).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(again)).toEqual({ status: 'lost' })
    expect(inflater.inflate(first)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(again)).toMatchObject({
      status: 'corrupt',
      reason: 'invalid distance too far back',
    })
  })

  it('never calls a message lost where no window is taken over', () => {
    const inflater = new Inflater({ windowBits: 15, contextTakeover: false }, defaultInflateLimit)
    inflater.forget()
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'corrupt' })
  })

  it('stops at the limit of octets, and does not know the window after it', () => {
    const inflater = new Inflater(all, { octets: 1000, ratio: 10_000, ratioFrom: 1000 })
    const deflater = new Deflater(all)
    expect(inflater.inflate(deflater.deflate(new Uint8Array(1000)))).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(deflater.deflate(new Uint8Array(1001)))).toEqual({ status: 'capped' })
    expect(inflater.inflate(deflater.deflate(new Uint8Array(10)))).toEqual({ status: 'lost' })
  })

  it('stops where a message is larger than its ratio allows', () => {
    const bomb = new Deflater(all).deflate(new Uint8Array(100_000))
    const limit = { octets: 1_000_000, ratio: 10, ratioFrom: 1000 }
    expect(new Inflater(all, limit).inflate(bomb)).toEqual({ status: 'capped' })
    expect(new Inflater(all, { ...limit, ratioFrom: 100_000 }).inflate(bomb)).toMatchObject({ status: 'ok' })
    expect(new Inflater(all, { ...limit, ratio: 1000 }).inflate(bomb)).toMatchObject({ status: 'ok' })
  })

  it('shares the limit between the blocks of a message', () => {
    const final = zlib.deflateRawSync(new Uint8Array(600))
    const limit = { octets: 1000, ratio: 10_000, ratioFrom: 1000 }
    expect(new Inflater(all, limit).inflate(final)).toMatchObject({ status: 'ok' })
    expect(new Inflater(all, limit).inflate(join([final, final]))).toEqual({ status: 'capped' })
  })

  it('goes on after a block with BFINAL set, but not for ever (RFC 7692 §7.2.3.5)', () => {
    const final = zlib.deflateRawSync(octets('ab'))
    const inflater = new Inflater(all, defaultInflateLimit)
    const some = inflater.inflate(join(Array.from({ length: 50 }, () => final)))
    expect(some.status === 'ok' && toText(some.octets)).toBe('ab'.repeat(50))
    const flood = join(Array.from({ length: 32_768 }, () => fromHex('0300')))
    expect(inflater.inflate(flood)).toEqual({ status: 'capped' })
    expect(inflater.inflate(fromHex('f200110000'))).toEqual({ status: 'lost' })
  })

  it('never throws and always ends, whatever the octets are', () => {
    const limit = { octets: 10_000, ratio: 200, ratioFrom: 1000 }
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 30 })),
        fc.constantFrom(...parameterSets),
        (payloads, given) => {
          const inflater = new Inflater(given, limit)
          for (const payload of payloads) {
            const result = inflater.inflate(payload)
            expect(['ok', 'capped', 'lost', 'corrupt']).toContain(result.status)
            if (result.status === 'ok') expect(result.octets.length).toBeLessThanOrEqual(limit.octets + 1)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

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
