import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, cut, scrolled } from '../../src/tui/text.ts'
import { printable } from '../support/screen-text.ts'

const char = fc.oneof(
  fc.constantFrom('a', '日', '\x1b', '́', '🙂'),
  fc.string({ unit: 'binary', maxLength: 1 }),
)
const text = fc.string({ unit: char, maxLength: 20 })
const columns = fc.integer({ min: 0, max: 45 })

describe('cut', () => {
  it('keeps what fits, and else as much as fits beside the sign of it', () => {
    fc.assert(
      fc.property(text, columns, (whole, room) => {
        const shown = cut(whole, room)
        const fits = columnsOf(whole) <= room
        expect(shown === whole).toBe(fits)
        expect(columnsOf(shown)).toBeLessThanOrEqual(room)
        if (fits || room === 0) return
        expect(shown.endsWith('…')).toBe(true)
        expect(whole.startsWith(shown.slice(0, -1))).toBe(true)
        // A wide character may leave one column.
        expect(columnsOf(shown)).toBeGreaterThanOrEqual(room - 1)
      }),
    )
  })
})

describe('scrolled', () => {
  it('takes off so many columns from the left', () => {
    fc.assert(
      fc.property(text, columns, columns, fc.boolean(), (whole, left, room, ascii) => {
        const rest = Math.max(0, columnsOf(whole, ascii) - left)
        const shown = scrolled(whole, left, room, ascii)
        expect(columnsOf(shown, ascii)).toBeLessThanOrEqual(rest)
        expect(columnsOf(shown, ascii)).toBeGreaterThanOrEqual(Math.min(rest, room + 1))
        expect(columnsOf(shown, ascii)).toBeLessThanOrEqual(room + 2)
        expect(printable(whole, ascii)).toContain(shown.replace(/^ /, ''))
      }),
    )
    expect(scrolled('日本x', 1, 9, false)).toBe(' 本x')
  })
})
