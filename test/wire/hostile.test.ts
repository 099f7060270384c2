/** Octets in every combination: what is said of them is the same however they come. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../src/recording/read.ts'
import { FactList } from '../support/fact-list.ts'
import { derived, observe, opened, rechop, sent, type Fact } from '../support/facts.ts'
import { handshake } from '../support/heads.ts'
import { octets } from '../support/octets.ts'

const start = handshake().request.length

/** A length that no tail fills in 8 octets, a key, and some payload. */
const tail = octets(0x00, 0x05, 0xc3, 0x28, 0x00, 0x80, 0x7f, 0xff, 0x41, 0x00, 0x1b, 0x9b)

/** All frames that begin with `first`, one after the other; a gap of nothing in front of each lets it begin anew. */
function framesOf(first: number): Fact[] {
  const facts = opened()
  for (let second = 0; second < 256; second++) {
    const offset = start + second * (2 + tail.length)
    const mark = { type: 'gap', offset, octets: 0, reason: 'queue' } as const
    facts.push({ type: 'mark', time: 0, from: 'client', mark }, sent('client', octets(first, second, tail)))
  }
  return facts
}

/** All that is derived, as one text. */
function said(facts: readonly Fact[]): string {
  return JSON.stringify(derived(observe(facts).rows))
}

describe('the first two octets of a frame', () => {
  it(
    'are read as what they are in all 65,536 combinations, whole and octet by octet',
    { timeout: 120_000 },
    () => {
      for (let first = 0; first < 256; first++) {
        const facts = framesOf(first)
        const rows = derived(observe(facts).rows)
        expect(said(rechop(facts, [1]))).toBe(JSON.stringify(rows))
        for (const row of rows as {
          type: string
          offset: number
          fin: boolean
          rsv: number
          opcode: number
        }[]) {
          if (row.type !== 'frame' || (row.offset - start) % (2 + tail.length) !== 0) continue
          expect((row.fin ? 0x80 : 0) | (row.rsv << 4) | row.opcode).toBe(first)
        }
      }
    },
  )
})

describe('a recording', () => {
  const folder = new URL('../../recordings/', import.meta.url)
  it.each(readdirSync(folder).filter(name => name.endsWith('.ndjson')))(
    '%s says the same wherever the first 1,024 octets of its reads are cut in two',
    { timeout: 120_000 },
    async name => {
      const list = new FactList()
      await readRecording(new URL(name, folder).pathname, list, { onNote: note => expect.unreachable(note) })
      const longest = Math.max(...list.facts.map(fact => (fact.type === 'octets' ? fact.bytes.length : 0)))
      const whole = said(list.facts)
      const last = Math.min(longest, 1024)
      for (let cut = 1; cut < last; cut++) expect(said(rechop(list.facts, [cut, longest]))).toBe(whole)
    },
  )
})
