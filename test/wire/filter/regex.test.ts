import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FilterError } from '../../../src/wire/filter/expression.ts'
import { regexLimit, regexOf } from '../../../src/wire/filter/regex.ts'

function matches(source: string, text: string, ignoreCase = false): boolean {
  return regexOf({ text: source, column: 1 }, ignoreCase)(text)
}

const atoms = [
  ...[
    'a',
    'b',
    'B',
    '.',
    '\\d',
    '\\w',
    '\\S',
    '[ab]',
    '[^a]',
    '[a-c\\]]',
    '\\.',
    '\\n',
    'ä',
    '\u{1f600}',
    '1',
  ],
  ...[
    '\\x61',
    '\\u0062',
    '\\u{1f600}',
    '\\ud83d\\ude00',
    '\\p{Lu}',
    '\\cA',
    '\\0',
    '[\\b]',
    '[]',
    '[^]',
    '/',
    '-',
  ],
]
const quantifiers = ['*', '+', '?', '*?', '{2}', '{1,}', '{0,2}', '{1,3}?', '{0}']

const expression = fc.letrec<{ any: string }>(any => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...atoms),
    fc.constantFrom('^', '$', '\\b', '\\B', ''),
    fc.tuple(any('any'), any('any')).map(([a, b]) => a + b),
    fc.tuple(any('any'), any('any')).map(([a, b]) => `${a}|${b}`),
    fc.tuple(fc.constantFrom('(', '(?:'), any('any')).map(([open, a]) => `${open}${a})`),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?<name>'), any('any'), fc.constantFrom(...quantifiers))
      .map(([open, a, q]) => `${open}${a})${q}`),
    fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers)).map(([a, q]) => a + q),
  ),
})).any

const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    'A',
    'B',
    'c',
    '1',
    ' ',
    '\n',
    '.',
    'ä',
    'Ä',
    '\u{1f600}',
    '\x01',
    '\0',
    ']',
  ),
  maxLength: 12,
})

describe('regexOf', () => {
  it('matches what RegExp matches', () => {
    let compared = 0
    fc.assert(
      fc.property(
        expression,
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (source, texts, i) => {
          let reference: RegExp
          try {
            reference = new RegExp(source, i ? 'iu' : 'u')
          } catch {
            expect(() => regexOf({ text: source, column: 3 }, i)).toThrow(FilterError)
            return
          }
          compared++
          const pattern = regexOf({ text: source, column: 1 }, i)
          for (const of of texts) {
            // V8 finds a \B between the halves of a character beyond U+FFFF.
            if (source.includes('\\B') && of.includes('\u{1f600}')) continue
            expect(pattern(of), `/${source}/ in "${of}"`).toBe(reference.test(of))
          }
        },
      ),
      { numRuns: 2000 },
    )
    expect(compared).toBeGreaterThan(1000)
  })

  it.each(['^(a+)+$', '(a|a)*b', '(a?){50}a{50}$', 'a*a*a*a*a*a*b', '(.*)*x$'])(
    'takes no longer for a text made against it: %s',
    source => {
      expect(matches(source, `${'a'.repeat(regexLimit - 1)}!`)).toBe(false)
    },
  )

  it('looks at the beginning of a long text', () => {
    expect(matches('x', `${'a'.repeat(regexLimit - 1)}x`)).toBe(true)
    expect(matches('x', `${'a'.repeat(regexLimit)}x`)).toBe(false)
    expect(matches('a$', `${'a'.repeat(regexLimit)}x`)).toBe(true)
  })

  it.each([
    ['a(?=b)', 'look-around is not supported'],
    ['(?<!a)b', 'look-around is not supported'],
    ['(a)\\1', 'back-references are not supported'],
    ['(?<n>a)\\k<n>', 'back-references are not supported'],
    ['a{1000}b{1000}', 'it is too large; give smaller repeat counts'],
    ['((a{99}){99}){99}', 'it is too large; give smaller repeat counts'],
    ['(', 'Unterminated group'],
    ['a**', 'Nothing to repeat'],
  ])('refuses %s: %s', (source, why) => {
    expect(() => regexOf({ text: source, column: 7 }, false)).toThrow(
      `filter column 7: regular expression "${source}": ${why}`,
    )
  })

  it('refuses a long expression', () => {
    expect(() => matches('a'.repeat(1025), '')).toThrow('it has more than 1024 characters')
    expect(matches('a'.repeat(900), 'a'.repeat(900))).toBe(true)
  })

  it('repeats nothing as often as asked, at once', () => {
    expect(matches('((((){1000}){1000}){1000}){1000000000}', '')).toBe(true)
    expect(matches('((a{0}){1000}){1000}b', 'b')).toBe(true)
  })
})
