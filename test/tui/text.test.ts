import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, cut, eachCharacter, fit, fitRight } from '../../src/tui/text.ts'
import { hostileText, isHostile, printable } from '../support/screen-text.ts'

function charactersOf(text: string, ascii: boolean): [string, number][] {
  const characters: [string, number][] = []
  eachCharacter(text, ascii, (char, width) => {
    characters.push([char, width])
    return true
  })
  return characters
}

describe('eachCharacter', () => {
  it.each([
    ['abc ~', 'abc ~'],
    ['héllo 日本', 'héllo 日本'],
    ['\0\t\r\n\x1b[31m', '␀␉␍␊␛[31m'],
    ['\x7f', '␡'],
    ['a\x9bb\x85', 'a�b�'],
    ['\u202eabc\u2066', '�abc�'],
    ['a\u200bb\u200d\ufeff\u00ad', 'a�b���'],
    ['e\u0301', 'e�'],
    ['\u2028\u2029', '��'],
    ['\ud800a\udc00', '�a�'],
    ['\ue000\u{10ffff}\ufffe', '���'],
    ['\u{1f44d}\u{1f3fd}', '\u{1f44d}�'],
    ['\u{1f1e9}\u{1f1ea}', '��'],
    ['❤\ufe0f', '❤�'],
    ['\u1100\u1161\u11a8', '\u1100��'],
    ['가', '가'],
  ])('makes %j harmless: %s', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('gives each code point one character, that a cell may hold', () => {
    fc.assert(
      fc.property(hostileText, text => {
        const characters = charactersOf(text, false)
        expect(characters.length).toBe(Array.from(text).length)
        for (const [char] of characters) {
          expect(Array.from(char).length).toBe(1)
          expect(isHostile(char)).toBe(false)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('knows each code point that there is as harmless', () => {
    const broken: string[] = []
    for (let code = 0; code <= 0x10_ffff; code++) {
      const char = String.fromCodePoint(code)
      if (isHostile(printable(char)) || !/^[ -~]$/.test(printable(char, true))) broken.push(code.toString(16))
    }
    expect(broken).toEqual([])
  })

  it('has nothing beyond printable ASCII in ASCII mode, each one column wide', () => {
    expect(printable('C→S │ 12…', true)).toBe('C>S | 12~')
    fc.assert(
      fc.property(hostileText, text => {
        const characters = charactersOf(text, true)
        expect(characters.map(([char]) => char).join('')).toMatch(/^[ -~]*$/)
        expect(characters.every(([, width]) => width === 1)).toBe(true)
      }),
    )
  })

  it('stops when it is told to', () => {
    let seen = ''
    eachCharacter('a日b', false, char => {
      seen += char
      return char !== '日'
    })
    expect(seen).toBe('a日')
  })
})

describe('cut and fit', () => {
  it.each([
    ['', 0, '', ''],
    ['abc', 0, '', ''],
    ['abc', 1, '…', '…'],
    ['abc', 2, 'a…', 'a…'],
    ['abc', 3, 'abc', 'abc'],
    ['abc', 5, 'abc', 'abc  '],
    ['日本語', 6, '日本語', '日本語'],
    ['日本語', 5, '日本…', '日本…'],
    ['日本語', 4, '日…', '日… '],
    ['日本語', 1, '…', '…'],
    ['a\x1b\u{1f600}', 3, 'a\x1b…', 'a\x1b…'],
  ])('%j in %i columns is %j', (text, columns, cutText, fitted) => {
    expect(cut(text, columns)).toBe(cutText)
    expect(fit(text, columns)).toBe(fitted)
    expect(fitRight(text, columns)).toBe(' '.repeat(fitted.length - cutText.length) + cutText)
  })

  it('take no more columns than told, and cut only what has no room', () => {
    fc.assert(
      fc.property(hostileText, fc.nat({ max: 30 }), (text, columns) => {
        const kept = cut(text, columns)
        expect(columnsOf(kept)).toBeLessThanOrEqual(columns)
        expect(columnsOf(kept, true)).toBeLessThanOrEqual(columns)
        expect(kept === text).toBe(columnsOf(text) <= columns)
        if (kept !== text) expect(text.startsWith(kept.replace(/…$/, ''))).toBe(true)
        // What is cut leaves at most one column free, before a wide character.
        if (kept !== text) expect(columnsOf(kept)).toBeGreaterThanOrEqual(columns - 1)
        expect(columnsOf(fit(text, columns))).toBe(columns)
        expect(columnsOf(fitRight(text, columns))).toBe(columns)
      }),
      { numRuns: 1_000 },
    )
  })
})
