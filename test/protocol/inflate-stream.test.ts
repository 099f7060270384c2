import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { streamLimit } from '../../src/protocol/inflate-stream.ts'
import { Inflater, closeLooks, defaultInflateLimit } from '../../src/protocol/inflater.ts'
import { Deflater, type DeflateParameters } from '../../src/protocol/permessage-deflate.ts'
import { tail } from '../support/deflate.ts'
import { join, octets } from '../support/octets.ts'

const takeover: DeflateParameters = { windowBits: 15, contextTakeover: true }
const noTakeover: DeflateParameters = { windowBits: 15, contextTakeover: false }

/** So many that the next ones are no longer looked at closely. */
const warmUp = Array.from({ length: closeLooks + 4 }, (_, i) =>
  octets(`{"seq":${i},"text":"one of many messages"}`),
)

/** Two ends that have exchanged the warm-up. */
function warm(parameters: DeflateParameters): { deflater: Deflater; inflater: Inflater } {
  const deflater = new Deflater(parameters)
  const inflater = new Inflater(parameters, defaultInflateLimit)
  for (const message of warmUp) inflater.inflate(deflater.deflate(message))
  return { deflater, inflater }
}

/** An inflater that has the same octets behind it, and looks closely at what comes. */
function fresh(parameters: DeflateParameters): Inflater {
  const inflater = new Inflater(parameters, defaultInflateLimit)
  inflater.inflate(new Deflater(parameters).deflate(join(warmUp)))
  return inflater
}

/** Texts are compared faster than octets. */
function latin1(found: Uint8Array): string {
  return Buffer.from(found).toString('latin1')
}

function outcome(inflater: Inflater, payload: Uint8Array) {
  const { status, octets: found, faults } = inflater.inflate(payload)
  return { status, text: found && latin1(found), rules: faults.map(({ rule }) => rule) }
}

const damages = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), octets: fc.uint8Array({ maxLength: 8 }) }),
  fc.record({
    kind: fc.constant('append' as const),
    octets: fc.constantFrom(tail, octets(1, 0, 0, 255, 255), octets(0)),
  }),
  fc.record({ kind: fc.constant('none' as const) }),
)

type Damage = typeof damages extends fc.Arbitrary<infer D> ? D : never

function damaged(payload: Uint8Array, damage: Damage): Uint8Array {
  if (damage.kind === 'append') return join([payload, damage.octets])
  if (damage.kind === 'none') return payload
  const at = damage.at % payload.length
  if (damage.kind === 'cut') return payload.subarray(0, at)
  if (damage.kind === 'insert') return join([payload.subarray(0, at), damage.octets, payload.subarray(at)])
  return payload.map((octet, i) => (i === at ? octet ^ (1 << damage.bit) : octet))
}

const plains = fc.array(
  fc.oneof(
    fc.string({ maxLength: 300 }).map(text => octets(text)),
    fc.uint8Array({ maxLength: 3000 }),
    fc.constantFrom(...warmUp),
    fc.nat(140_000).map(length => new Uint8Array(length)),
  ),
  { minLength: 1, maxLength: 12 },
)

describe.each([takeover, noTakeover])('a direction with context takeover $contextTakeover', parameters => {
  it('inflates what follows the first messages as it does those', () => {
    fc.assert(
      fc.property(plains, messages => {
        const { deflater, inflater } = warm(parameters)
        for (const message of messages) {
          const found = outcome(inflater, deflater.deflate(message))
          expect(found).toEqual({ status: 'ok', text: latin1(message), rules: [] })
        }
      }),
    )
  })

  it('says of damaged data what it would have said of a first message, and goes on as it would have', () => {
    fc.assert(
      fc.property(plains, fc.array(damages, { minLength: 1, maxLength: 6 }), (messages, list) => {
        const { deflater, inflater } = warm(parameters)
        const reference = fresh(parameters)
        messages.forEach((message, i) => {
          const whole = deflater.deflate(message)
          const payload =
            whole.length === 0 ? whole : damaged(whole, list[i % list.length] ?? { kind: 'none' })
          expect(outcome(inflater, payload)).toEqual(outcome(reference, payload))
        })
      }),
      { numRuns: 300 },
    )
  })

  it('holds a message to the limit', () => {
    const { deflater } = warm(parameters)
    const limited = new Inflater(parameters, { octets: 1000, ratio: 1, ratioFrom: 1000 })
    const other = new Deflater(parameters)
    for (const message of warmUp) limited.inflate(other.deflate(message))
    expect(outcome(limited, deflater.deflate(new Uint8Array(1001))).status).toBe('capped')
  })
})

it('takes more directions at a time than states are kept', () => {
  const ends = Array.from({ length: streamLimit + 20 }, () => warm(takeover))
  for (let round = 0; round < 3; round++) {
    for (const [i, { deflater, inflater }] of ends.entries()) {
      const message = octets(`round ${round} of direction ${i}, one of many messages`)
      expect(outcome(inflater, deflater.deflate(message)).text).toBe(latin1(message))
    }
  }
})
