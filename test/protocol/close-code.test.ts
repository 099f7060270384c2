import { describe, expect, it } from 'vitest'
import { closeCodeName, closeCodeStanding } from '../../src/protocol/close-code.ts'

/** The codes that may be on the wire, from RFC 6455 §7.4 and the registry at IANA. */
const valid = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])

describe('close codes (RFC 6455 §7.4)', () => {
  it('has a standing for each of the 65,536 codes that two octets can say', () => {
    const wrong = Array.from({ length: 65_536 }, (_, code) => code).filter(code => {
      const expected = code >= 5000 ? 'undefined' : code >= 3000 || valid.has(code) ? 'valid' : 'invalid'
      return closeCodeStanding(code) !== expected
    })
    expect(wrong).toEqual([])
  })

  it.each([
    [1000, 'normal closure'],
    [1006, 'abnormal closure'],
    [1004, 'unassigned'],
    [2999, 'unassigned'],
    [3000, 'library code'],
    [3999, 'library code'],
    [4000, 'private code'],
    [4999, 'private code'],
    [5000, 'unassigned'],
    [0, 'unassigned'],
  ])('calls %i %s', (code, name) => {
    expect(closeCodeName(code)).toBe(name)
  })
})
