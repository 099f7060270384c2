import { describe, expect, it } from 'vitest'
import { fuzz } from './fuzz/fuzz.ts'
import { recordingOf } from './fuzz/record.ts'

/** A few seconds' worth; `npm run fuzz` goes on for as long as one likes. */
const runs = 2000

describe('decoder, judges and formatter', () => {
  it(
    `survive ${runs} streams that were mutated: no row says what the octets do not`,
    { timeout: 120_000 },
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      console.log(`fuzz: seed ${seed}`)
      const report = await fuzz({ seed, runs, seconds: Infinity, failures: 3 })
      const failures = report.failures.map(
        ({ seed, fault, facts }) => `seed ${seed}: ${fault}\n${recordingOf(facts)}`,
      )
      expect(failures).toEqual([])
      expect(report.runs).toBe(runs)
    },
  )
})
