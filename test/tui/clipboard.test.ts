import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipboardLimit, clipboardSequence } from '../../src/tui/clipboard.ts'

describe('clipboardSequence', () => {
  it('is OSC 52 with the text as base64 of UTF-8', () => {
    expect(clipboardSequence('héllo 日本')).toBe('\x1b]52;c;aMOpbGxvIOaXpeacrA==\x07')
  })

  it('lets nothing of the text end the sequence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const sequence = clipboardSequence(text)!
        expect([sequence.slice(0, 7), sequence.at(-1)]).toEqual(['\x1b]52;c;', '\x07'])
        expect(sequence.slice(7, -1)).toMatch(/^[A-Za-z0-9+/]*=*$/)
        expect(Buffer.from(sequence.slice(7, -1), 'base64').toString()).toBe(Buffer.from(text).toString())
      }),
    )
  })

  it('is null above the limit of encoded octets', () => {
    const most = (clipboardLimit >> 2) * 3
    expect(clipboardSequence('x'.repeat(most))?.length).toBe(4 * (clipboardLimit >> 2) + 8)
    expect(clipboardSequence('x'.repeat(most + 1))).toBeNull()
    expect(clipboardSequence('é'.repeat(most / 2 + 1))).toBeNull()
  })
})
