import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brokenTraffic, chopSizes, framedTraffic, looseTraffic } from '../support/arbitraries.ts'
import { derived, observe, rechop, type Fact } from '../support/facts.ts'

const traffic: [string, fc.Arbitrary<Fact[]>][] = [
  ['frames', framedTraffic],
  ['HTTP and what looks like it', looseTraffic],
  ['a damaged connection', brokenTraffic],
]

describe('Session', () => {
  it.each(traffic)('makes the same rows of %s however the octets are chopped', (_, facts) => {
    fc.assert(
      fc.property(facts, chopSizes, (given, sizes) => {
        expect(derived(observe(rechop(given, sizes)).rows)).toEqual(derived(observe(given).rows))
      }),
      { numRuns: Number(process.env.RUNS ?? 200) },
    )
  })
})
