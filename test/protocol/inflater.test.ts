import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Inflater, defaultInflateLimit, type InflateLimit } from '../../src/protocol/inflater.ts'
import { Deflater, type DeflateParameters } from '../../src/protocol/permessage-deflate.ts'
import { messages, parameterSets, tail, zlibPayloads } from '../support/deflate.ts'
import { fromHex, join, octets, toText } from '../support/octets.ts'

const { Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH } = zlib.constants
const takeover: DeflateParameters = { windowBits: 15, contextTakeover: true }
const noTakeover: DeflateParameters = { windowBits: 15, contextTakeover: false }
const hello = fromHex('f248cdc9c90700')
const helloAgain = fromHex('f200110000')

/** Octets that do not compress, the same each time. */
function noise(length: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 24)
}

/** What comes of payloads: octets, or a status; and the rules that are broken. */
function inflated(payloads: readonly Uint8Array[], parameters: DeflateParameters, limit?: InflateLimit) {
  const inflater = new Inflater(parameters, limit ?? defaultInflateLimit)
  const rules: string[] = []
  const plain = payloads.map(payload => {
    const { status, octets: found, faults } = inflater.inflate(payload)
    rules.push(...faults.map(({ rule }) => rule))
    return found === null ? status : Uint8Array.from(found)
  })
  return { plain, rules }
}

/** The rules that one message breaks, and the detail of the first. */
function judged(payload: Uint8Array, parameters = takeover, limit = defaultInflateLimit) {
  const { status, faults } = new Inflater(parameters, limit).inflate(payload)
  return { status, rules: faults.map(({ rule }) => rule), detail: faults[0]?.detail ?? '' }
}

const senders = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.integer({ min: 0, max: 4 }),
})
const flushings = fc.record({
  piece: fc.integer({ min: 50, max: 3000 }),
  flush: fc.constantFrom(Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH),
})

describe.each(parameterSets)(
  'with $windowBits window bits, context takeover $contextTakeover',
  parameters => {
    it('inflates whatever zlib’s own stream makes, and finds no fault', async () => {
      await fc.assert(
        fc.asyncProperty(messages, senders, flushings, async (plain, options, flushing) => {
          const all = [noise(1000), ...plain, noise(1000)]
          const payloads = await zlibPayloads(all, parameters, options, flushing)
          expect(inflated(payloads, parameters)).toEqual({ plain: all, rules: [] })
        }),
        { numRuns: 12 },
      )
    })

    it('follows a sender that refers further back than agreed, and says so of nothing else', async () => {
      await fc.assert(
        fc.asyncProperty(messages, fc.integer({ min: 0, max: 800 }), async (plain, length) => {
          const all = [noise(length), ...plain, noise(length)]
          const { plain: found, rules } = inflated(await zlibPayloads(all, takeover), parameters)
          expect(found).toEqual(all)
          const allowed = parameters.contextTakeover
            ? ['deflate.too-far-back']
            : ['deflate.too-far-back', 'deflate.context-used']
          expect(allowed).toEqual(expect.arrayContaining(rules))
        }),
        { numRuns: 8 },
      )
    })

    it('never throws and always ends, whatever became of the payloads', async () => {
      const limit = { octets: 10_000, ratio: 200, ratioFrom: 1000 }
      const change = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 4 }))
      await fc.assert(
        fc.asyncProperty(messages, fc.array(change, { maxLength: 6 }), async (plain, changes) => {
          const payloads = await zlibPayloads(plain, parameters)
          for (const [where, removed, added] of changes) {
            const which = where % payloads.length
            const payload = payloads[which] ?? hello
            const at = where % (payload.length + 1)
            payloads[which] = join([payload.subarray(0, at), added, payload.subarray(at + removed)])
          }
          const inflater = new Inflater(parameters, limit)
          for (const payload of payloads) {
            const { status, octets: found, faults } = inflater.inflate(payload)
            expect(found === null).toBe(status !== 'ok')
            expect(found?.length ?? 0).toBeLessThanOrEqual(limit.octets + 1)
            if (status === 'lost') expect(faults).toEqual([])
            if (status === 'corrupt') expect(faults).toHaveLength(1)
          }
        }),
        { numRuns: 25 },
      )
    })
  },
)

describe('Inflater (RFC 7692 §7.2.2)', () => {
  it('never throws and always ends, whatever the octets are', () => {
    const limit = { octets: 10_000, ratio: 200, ratioFrom: 1000 }
    const payloads = fc.array(fc.uint8Array({ maxLength: 30 }))
    fc.assert(
      fc.property(payloads, fc.constantFrom(...parameterSets), (given, parameters) => {
        for (const found of inflated(given, parameters, limit).plain) {
          if (typeof found === 'string') expect(['capped', 'lost', 'corrupt']).toContain(found)
          else expect(found.length).toBeLessThanOrEqual(limit.octets + 1)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('tells a message that refers to octets that were missed from one that is at fault', () => {
    const inflater = new Inflater(takeover, defaultInflateLimit)
    expect(inflater.inflate(helloAgain)).toMatchObject({
      status: 'corrupt',
      faults: [{ rule: 'deflate.too-far-back' }],
    })
    inflater.forget()
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'lost', octets: null, faults: [] })
    expect(inflater.inflate(hello)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(fromHex('ff'))).toMatchObject({ status: 'corrupt' })
  })

  it('blames a reference too far back again once a whole window is known', () => {
    const wide = new Deflater(takeover)
    const first = wide.deflate(noise(600))
    const far = noise(40_000).subarray(39_000)
    wide.deflate(far)
    const again = wide.deflate(far.subarray(0, 100))
    const inflater = new Inflater({ windowBits: 9, contextTakeover: true }, defaultInflateLimit)
    inflater.forget()
    expect(inflater.inflate(again)).toMatchObject({ status: 'lost' })
    expect(inflater.inflate(new Deflater(takeover).deflate(octets('little')))).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(again)).toMatchObject({ status: 'lost' })
    expect(inflater.inflate(first)).toMatchObject({ status: 'ok' })
    expect(inflater.inflate(again)).toMatchObject({
      status: 'corrupt',
      faults: [{ rule: 'deflate.too-far-back' }],
    })
  })

  it('never calls a message lost where no window is taken over', () => {
    const inflater = new Inflater(noTakeover, defaultInflateLimit)
    inflater.forget()
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'corrupt' })
  })

  it('holds a message to the agreed window also within itself', () => {
    const message = new Deflater(takeover).deflate(join([noise(800), noise(800)]))
    for (const contextTakeover of [true, false]) {
      const found = judged(message, { windowBits: 9, contextTakeover })
      expect(found).toMatchObject({ status: 'ok', rules: ['deflate.too-far-back'] })
      expect(found.detail).toMatch(
        /^agreed is 9 bits (no )?takeover, exceeded after \d+ of \d+ octets, which inflate to 80\d$/,
      )
    }
    expect(judged(message, { windowBits: 10, contextTakeover: true }).rules).toEqual([])
  })

  it('says up to where corrupt data can be inflated', () => {
    const stored = join([fromHex('000300fcff'), octets('abc')])
    expect(judged(join([stored, fromHex('07')])).detail).toBe(
      'invalid block type after 8 of 9 octets, which inflate to 3',
    )
    expect(judged(join([stored, fromHex('0001000100')])).detail).toBe(
      'invalid stored block lengths after 12 of 13 octets, which inflate to 3',
    )
  })

  it('says no more where faults are after the first 32', () => {
    const inflater = new Inflater(noTakeover, defaultInflateLimit)
    const details = Array.from({ length: 34 }, () => inflater.inflate(fromHex('07')).faults[0]?.detail)
    expect(details[31]).toBe('invalid block type after 0 of 1 octet, which inflate to 0')
    expect(details[32]).toBe('invalid block type')
    expect(details[33]).toBe('invalid block type')
  })

  it('tells a message cut anywhere from a whole one', async () => {
    const [payload = hello] = await zlibPayloads(
      [octets('a message that is cut, a message that is cut')],
      noTakeover,
    )
    for (let length = 1; length < payload.length - 1; length++)
      expect(judged(payload.subarray(0, length))).toMatchObject({
        status: 'corrupt',
        rules: ['deflate.incomplete'],
      })
    expect(judged(payload).rules).toEqual([])
  })

  it('does not blame a message for what its end and the tail say together', () => {
    // It breaks off inside a distance; with the octets of the tail that would reach before the message.
    expect(judged(fromHex('0205'))).toEqual({
      status: 'corrupt',
      rules: ['deflate.incomplete'],
      detail: '2 octets, which inflate to 0',
    })
  })

  it('goes on after a block with BFINAL set, but not for ever (RFC 7692 §7.2.3.5)', () => {
    const final = zlib.deflateRawSync(octets('ab'))
    const inflater = new Inflater(takeover, defaultInflateLimit)
    const some = inflater.inflate(join(Array.from({ length: 50 }, () => final)))
    expect(toText(some.octets ?? tail)).toBe('ab'.repeat(50))
    expect(some.faults).toMatchObject([{ rule: 'deflate.final-block' }])
    const flood = join(Array.from({ length: 32_768 }, () => fromHex('0300')))
    expect(inflater.inflate(flood)).toMatchObject({
      status: 'capped',
      faults: [{ rule: 'deflate.final-block' }],
    })
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'lost' })
  })

  it('keeps what a final block gave when no block follows it', () => {
    const final = zlib.deflateRawSync(octets('Hello'))
    for (const junk of ['07', '6a756e6b', '4a', '0001000100', 'f200252e0000']) {
      const { plain, rules } = inflated([join([final, fromHex(junk)]), helloAgain], takeover)
      expect(plain, junk).toEqual([octets('Hello'), octets('Hello')])
      expect(rules, junk).toEqual(['deflate.trailing-octets'])
    }
  })

  it('takes a tail that was kept for what it is, also after a final block', () => {
    const kept = zlib.deflateRawSync(octets('Hello'), { finishFlush: Z_SYNC_FLUSH })
    const final = zlib.deflateRawSync(octets('Hello'))
    const { plain, rules } = inflated([kept, join([final, fromHex('00'), tail]), helloAgain], takeover)
    expect(plain.map(found => found.length)).toEqual([5, 5, 5])
    expect(rules).toEqual(['deflate.tail-kept', 'deflate.tail-kept'])
  })
})

describe('the limit of inflating', () => {
  it('stops at so many octets, and does not know the window after it', () => {
    const inflater = new Inflater(takeover, { octets: 1000, ratio: 10_000, ratioFrom: 1000 })
    const deflater = new Deflater(takeover)
    expect(inflater.inflate(deflater.deflate(new Uint8Array(1000)))).toMatchObject({
      status: 'ok',
      faults: [],
    })
    expect(inflater.inflate(deflater.deflate(new Uint8Array(1001)))).toMatchObject({
      status: 'capped',
      faults: [
        { rule: 'deflate.bomb', detail: expect.stringMatching(/^more than 1000 octets from \d+$/) as string },
      ],
    })
    expect(inflater.inflate(deflater.deflate(new Uint8Array(10)))).toMatchObject({
      status: 'lost',
      faults: [],
    })
  })

  it('stops where a message is larger than its ratio allows', () => {
    const bomb = new Deflater(takeover).deflate(new Uint8Array(100_000))
    const limit = { octets: 1_000_000, ratio: 10, ratioFrom: 1000 }
    expect(judged(bomb, takeover, limit)).toMatchObject({ status: 'capped', rules: ['deflate.bomb'] })
    expect(judged(bomb, takeover, { ...limit, ratioFrom: 100_000 })).toMatchObject({ status: 'ok' })
    expect(judged(bomb, takeover, { ...limit, ratio: 1000 })).toMatchObject({ status: 'ok' })
  })

  it('is shared between the blocks of a message', () => {
    const final = zlib.deflateRawSync(new Uint8Array(600))
    const limit = { octets: 1000, ratio: 10_000, ratioFrom: 1000 }
    expect(judged(final, takeover, limit)).toMatchObject({ status: 'ok' })
    expect(judged(join([final, final]), takeover, limit)).toMatchObject({ status: 'capped' })
  })

  it('passes over a message that is too large as it is', () => {
    const inflater = new Inflater(takeover, defaultInflateLimit)
    inflater.inflate(hello)
    expect(inflater.skip(20_000_000)).toMatchObject({
      status: 'capped',
      faults: [{ rule: 'deflate.bomb', detail: 'more than 16777216 octets from 20000000' }],
    })
    expect(inflater.inflate(helloAgain)).toMatchObject({ status: 'lost' })
  })
})

describe('use of the context', () => {
  const uses = (inflater: Inflater, payload: Uint8Array) => inflater.inflate(payload).contextUsed

  it('is told of the first 32 messages of who does not use it', () => {
    const inflater = new Inflater(takeover, defaultInflateLimit)
    for (let i = 0; i < 32; i++) expect(uses(inflater, hello)).toBe(false)
    expect(uses(inflater, hello)).toBe(null)
    expect(uses(inflater, helloAgain)).toBe(null)
  })

  it('is told of eight messages of who uses it', () => {
    const inflater = new Inflater(takeover, defaultInflateLimit)
    expect(uses(inflater, hello)).toBe(false)
    for (let i = 0; i < 8; i++) expect(uses(inflater, helloAgain)).toBe(true)
    expect(uses(inflater, helloAgain)).toBe(null)
    expect(uses(inflater, hello)).toBe(null)
  })

  it('is false where none is taken over, and true of who takes one all the same', () => {
    const inflater = new Inflater(noTakeover, defaultInflateLimit)
    expect(uses(inflater, hello)).toBe(false)
    expect(uses(inflater, hello)).toBe(false)
    expect(inflater.inflate(helloAgain)).toMatchObject({
      status: 'ok',
      contextUsed: true,
      faults: [{ rule: 'deflate.context-used' }],
    })
  })

  it('is not known of a message that is not inflated', () => {
    expect(uses(new Inflater(takeover, defaultInflateLimit), fromHex('07'))).toBe(null)
  })
})
