import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyText } from '../../../src/tui/detail/copy.ts'
import { subjectOf } from '../../../src/tui/detail/subject.ts'
import { gappedTraffic, framedTraffic } from '../../support/arbitraries.ts'
import { observe, type Fact } from '../../support/facts.ts'
import { join } from '../../support/octets.ts'
import { parseScript } from '../../support/wire-script.ts'
import { logOf, rowsOf } from './support.ts'

/** The octets of facts that come after the opening handshake. */
function octetsIn(facts: readonly (Fact & { hidden?: boolean })[]): Uint8Array {
  return join(facts.flatMap(fact => (fact.type === 'octets' && fact.hidden !== true ? [fact.bytes] : [])))
}

function copied(script: string, type: 'frame' | 'handshake' | 'tcp' | 'verdict', index = 0) {
  const log = logOf(script)
  const subject = subjectOf(log, rowsOf(log, type)[index]!)
  return (kind: Parameters<typeof copyText>[1]) => copyText(subject, kind)
}

describe('what is copied', () => {
  it('is the message, the octets, the line of --json and a line of a transcript', () => {
    const copy = copied('handshake\nclient TEXT key=37fa213d "h\\x00é" chops=3', 'frame')
    expect(copy('payload')).toBe('h\0é')
    expect(copy('hex')).toBe('818437fa213d5ffae294')
    expect(JSON.parse(copy('json')!)).toMatchObject({ type: 'frame', maskingKey: '37fa213d', text: 'h\0é' })
    expect(copy('transcript')).toBe('client TEXT key=37fa213d "h\\x00\\xc3\\xa9" chops=3')
  })

  it('is the whole message, from any of its frames', () => {
    const copy = copied(
      'handshake\nserver TEXT fin=0 "ab"\nserver CONT fin=0 "cd"\nserver CONT "ef"',
      'frame',
      1,
    )
    expect(copy('payload')).toBe('abcdef')
    expect(copy('transcript')).toBe('server CONT fin=0 "cd"')
  })

  it('is hex where the octets are no text', () => {
    const copy = copied('handshake\nserver BIN 00ff', 'frame')
    expect(copy('payload')).toBe('00ff')
    expect(copy('transcript')).toBe('server BIN 00ff')
  })

  it('has the code of a Close apart', () => {
    const copy = copied('handshake\nserver CLOSE code=1000 "a\\"b"', 'frame')
    expect(copy('transcript')).toBe('server CLOSE code=1000 "a\\"b"')
  })

  it('is a head, what TCP did, what a verdict says', () => {
    const script = 'handshake\ntcp client reset\ntcp server fin'
    expect(copied(script, 'handshake')('payload')).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: /)
    expect(copied(script, 'tcp')('transcript')).toBe('tcp client reset')
    expect(copied(script, 'tcp')('payload')).toBe(null)
    expect(copied(script, 'verdict')('payload')).toContain('TCP reset')
  })

  it('gives a transcript that makes the same octets', () => {
    fc.assert(
      fc.property(fc.oneof(framedTraffic, gappedTraffic), facts => {
        const { log } = observe(facts)
        for (const row of [...rowsOf(log, 'frame'), ...rowsOf(log, 'handshake')]) {
          const subject = subjectOf(log, row)
          const line = copyText(subject, 'transcript')
          expect(octetsIn(parseScript(line!))).toEqual(Uint8Array.from(subject.wire!))
        }
      }),
      { numRuns: 50 },
    )
  })
})
