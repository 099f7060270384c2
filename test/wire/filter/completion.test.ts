import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completedBy, completionOf } from '../../../src/wire/filter/completion.ts'
import { fields } from '../../../src/wire/filter/fields.ts'
import { parseFilter } from '../../../src/wire/filter/filter.ts'
import { Opcode } from '../../../src/protocol/opcode.ts'
import { rules } from '../../../src/protocol/rules.ts'

/** The text with what completing adds. */
const completed = (text: string) => text + completedBy(completionOf(text), text)
const words = (text: string) => completionOf(text).words

describe('a filter that is typed', () => {
  it('may begin with every field, and becomes one', () => {
    expect(words('')).toEqual(Object.keys(fields).map(name => `${name}:`))
    for (const start of ['', '-', '(', 'op:text ', 'op:text|', '!-', 'a word ']) {
      expect(words(`${start}se`)).toEqual(['severity:'])
      expect(completed(`${start}se`)).toBe(`${start}severity:`)
    }
    expect(words('re')).toEqual(['read:', 'reason:'])
    expect(completed('re')).toBe('rea')
  })

  it('goes on with the words of the field', () => {
    expect(words('is:')).toContain('deflate')
    expect(words('from:')).toEqual(['client', 'server', 'c', 's'])
    expect(words('op:p')).toEqual(['ping', 'pong'])
    expect(completed('op:p')).toBe('op:p')
    expect(completed('op:text|pi')).toBe('op:text|ping')
    expect(completed('op:text|from:cl')).toBe('op:text|from:client')
    expect(completed('op:text|from:client|serv')).toBe('op:text|from:client|server')
    expect(completed('-(op!=te')).toBe('-(op!=text')
    expect(completed('rule:mask.m')).toBe('rule:mask.missing')
    for (const id of Object.keys(rules)) expect(words('rule:')).toContain(id)
    for (const name of ['text', 'bin', 'ping', 'close']) expect(words('op:')).toContain(name)
    expect(words('op:').length).toBeGreaterThan(Object.keys(Opcode).length)
  })

  it('goes on with values that were seen, but for those that need quotes', () => {
    const seen = (field: string) =>
      field === 'path' ? ['/chat', '/chart', '/a b', '/a|b', '/"', '', '(', 'x:y'] : []
    expect(completionOf('op:text path:', seen).words).toEqual(['/chat', '/chart'])
    expect(completionOf('path!=/a|/chat|/char', seen).words).toEqual(['/chart'])
    expect(completionOf('host:', seen).words).toEqual([])
    expect(completionOf('path~/c', seen).words).toEqual([])
    const text = 'path:/c'
    expect(text + completedBy(completionOf(text, seen), text)).toBe('path:/cha')
  })

  it('offers only values that a filter takes as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), value => {
        const { words } = completionOf('path:', () => [value])
        for (const word of words) expect(() => parseFilter(`path:${word}`)).not.toThrow()
      }),
    )
  })

  it('offers nothing but what is a filter', () => {
    for (const [name, field] of Object.entries(fields)) {
      for (const word of field.words) expect(() => parseFilter(`${name}:${word}`)).not.toThrow()
    }
  })

  it.each(['"op', '"op:te', 'json:.a=tex', 'len:6', 'path~^/o', 'nonsense:', '/re', 'at:12:0'])(
    'is left alone where anything may follow: %s',
    text => {
      expect(completed(text)).toBe(text)
    },
  )

  it('is completed by what its words begin with, whatever it is', () => {
    const piece = fc.constantFrom('op', ':', 'te', '|', '(', ')', '-', ' ', '"', '!=', 'rule', 'mask.', '日')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map(parts => parts.join('')),
        ),
        text => {
          const { start, words } = completionOf(text)
          expect(start).toBeLessThanOrEqual(text.length)
          const all = completed(text).slice(start)
          for (const word of words) expect(word.startsWith(all)).toBe(true)
        },
      ),
    )
  })
})
