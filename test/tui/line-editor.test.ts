import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  editLine,
  enterLine,
  historyLimit,
  editLimit,
  makeLine,
  visibleLine,
  type Line,
} from '../../src/tui/line-editor.ts'
import { columnsOf } from '../../src/tui/text.ts'

/** Presses keys, parted by spaces. */
function press(line: Line, names: string): void {
  for (const name of names.split(' ')) expect(editLine(line, { type: 'key', name })).toBe(true)
}

/** The line with `|` where the cursor is. */
function shown({ text, cursor }: Line): string {
  const characters = Array.from(text)
  return [...characters.slice(0, cursor), '|', ...characters.slice(cursor)].join('')
}

const editKeys = [
  ...['left', 'right', 'home', 'end', 'C-a', 'C-e', 'C-b', 'C-f', 'backspace', 'delete', 'C-h', 'C-d'],
  ...['C-u', 'C-k', 'C-w', 'up', 'down', 'space', 'a', 'é', '日', '\u{1f600}'],
]

const lines = fc
  .array(
    fc.oneof(
      fc.constantFrom(...editKeys).map(name => ({ type: 'key' as const, name })),
      fc.string({ unit: 'grapheme' }).map(text => ({ type: 'paste' as const, text })),
    ),
    { maxLength: 40 },
  )
  .map(events => {
    const line = makeLine('', ['older', 'newer'])
    for (const event of events) editLine(line, event)
    return line
  })

describe('editLine', () => {
  it.each([
    ['x', 'ab cdx|'],
    ['home x', 'x|ab cd'],
    ['C-a space', ' |ab cd'],
    ['left left \u{1f600}', 'ab \u{1f600}|cd'],
    ['\u{1f600} left backspace', 'ab c|\u{1f600}'],
    ['\u{1f600} backspace', 'ab cd|'],
    ['C-b C-b C-f', 'ab c|d'],
    ['home left delete', '|b cd'],
    ['home C-d C-e C-h', 'b c|'],
    ['home backspace', '|ab cd'],
    ['end delete right', 'ab cd|'],
    ['left C-u', '|d'],
    ['left left C-k', 'ab |'],
    ['C-w', 'ab |'],
    ['C-w C-w', '|'],
    ['left C-w', 'ab |d'],
  ])('turns "ab cd|" by %s into %s', (names, result) => {
    const line = makeLine('ab cd')
    press(line, names)
    expect(shown(line)).toBe(result)
  })

  it('leaves what it does not know to others', () => {
    const line = makeLine('ab')
    for (const name of ['enter', 'escape', 'tab', 'f1', 'C-c', 'C-up', 'M-b', 'pageup']) {
      expect(editLine(line, { type: 'key', name })).toBe(false)
    }
    expect(editLine(line, { type: 'mouse', action: 'press', x: 0, y: 0 })).toBe(false)
    expect(shown(line)).toBe('ab|')
  })

  it('pastes at the cursor, line breaks as spaces', () => {
    const line = makeLine('()')
    press(line, 'left')
    expect(editLine(line, { type: 'paste', text: 'a\r\nb\nc\rd' })).toBe(true)
    expect(shown(line)).toBe('(a b c d|)')
  })

  it('has a longest line', () => {
    const line = makeLine('x'.repeat(editLimit - 1))
    press(line, 'home')
    editLine(line, { type: 'paste', text: '\u{1f600}b' })
    press(line, 'c')
    expect(Array.from(line.text).length).toBe(editLimit)
    expect(shown(line).slice(0, 5)).toBe('\u{1f600}|xx')
  })

  it('walks through the history and back to what was typed', () => {
    const line = makeLine()
    for (const text of ['one', 'two', 'two', '  ', 'three']) {
      editLine(line, { type: 'paste', text })
      enterLine(line)
    }
    expect(line.history).toEqual(['one', 'two', 'three'])
    press(line, 'd r')
    const seen = ['up', 'up', 'up', 'up', 'down', 'down', 'down', 'down'].map(name => {
      press(line, name)
      return shown(line)
    })
    expect(seen).toEqual(['three|', 'two|', 'one|', 'one|', 'two|', 'three|', 'dr|', 'dr|'])
  })

  it('forgets the oldest of its history', () => {
    const line = makeLine()
    for (let i = 0; i < historyLimit + 5; i++) {
      editLine(line, { type: 'paste', text: `${i}` })
      enterLine(line)
    }
    expect([line.history.length, line.history[0]]).toEqual([historyLimit, '5'])
  })

  it('never leaves the line or halves a character', () => {
    fc.assert(
      fc.property(lines, ({ text, cursor }) => {
        expect(cursor).toBeGreaterThanOrEqual(0)
        expect(cursor).toBeLessThanOrEqual(Array.from(text).length)
        expect(text).not.toMatch(/[\p{Cs}\r\n]/u)
      }),
    )
  })
})

describe('visibleLine', () => {
  it.each([
    ['home', 10, 'short', 'short', 0],
    ['end', 10, 'short', 'short', 5],
    ['end', 5, 'short', 'hort', 4],
    ['end', 8, '0123456789', '3456789', 7],
    ['end left left left', 8, '0123456789', '23456789', 5],
    ['home', 8, '0123456789', '01234567', 0],
    ['end', 6, '日本語', '本語', 4],
    ['home', 5, '日本語', '日本', 0],
  ])('after %s shows in %i columns of %s: %s', (names, columns, text, visible, column) => {
    const line = makeLine(text)
    press(line, names)
    expect(visibleLine(line, columns)).toEqual({ text: visible, column })
  })

  it('always has the cursor in it, and no more columns than told', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 30 }), fc.boolean(), (line, columns, ascii) => {
        const { text, column } = visibleLine(line, columns, ascii)
        expect(column).toBeGreaterThanOrEqual(0)
        expect(column).toBeLessThan(columns)
        expect(columnsOf(text, ascii)).toBeLessThanOrEqual(columns)
        const before = Array.from(line.text).slice(0, line.cursor).join('')
        const visibleBefore = Array.from(text).reduce(
          ({ taken, used }, char) => {
            const width = columnsOf(char, ascii)
            return used + width <= column
              ? { taken: taken + char, used: used + width }
              : { taken, used: Infinity }
          },
          { taken: '', used: 0 },
        ).taken
        expect(columnsOf(visibleBefore, ascii)).toBe(column)
        expect(before.endsWith(visibleBefore)).toBe(true)
      }),
    )
  })
})
