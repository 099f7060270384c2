import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExtensions, parseExtensions, type Extension } from '../../src/protocol/extension-header.ts'
import { isTokenCode } from '../../src/protocol/http-head.ts'

const punctuation = Array.from("!#$%&'*+-.^_`|~")
const tokenChars = [...punctuation, ...Array.from('0123456789ABCXYZabcxyz')]
const token = fc.string({ unit: fc.constantFrom(...tokenChars), minLength: 1, maxLength: 12 })
const space = fc.constantFrom('', ' ', '\t', ' \t ')

const extension: fc.Arbitrary<Extension> = fc.record({
  name: token,
  parameters: fc.array(fc.record({ name: token, value: fc.oneof(token, fc.constant(null)) }), {
    maxLength: 4,
  }),
})

/** A value as a quoted string, some of its characters escaped. */
function quoted(value: string): string {
  const isEscaped = (char: string, i: number) => char === '"' || char === '\\' || i % 3 === 0
  return `"${Array.from(value, (char, i) => (isEscaped(char, i) ? `\\${char}` : char)).join('')}"`
}

describe('parseExtensions (RFC 6455 §9.1)', () => {
  it('reads back what formatExtensions writes', () => {
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 4 }), extensions => {
        expect(parseExtensions(formatExtensions(extensions))).toEqual({ extensions, faultAt: null })
      }),
    )
  })

  it('allows white space around every delimiter, and values in quotes', () => {
    fc.assert(
      fc.property(token, token, token, fc.array(space, { minLength: 9, maxLength: 9 }), (name, a, b, s) => {
        const [s0, s1, s2, s3, s4, s5, s6, s7, s8] = s as [string, ...string[]]
        const text = `${s0}${name}${s1!};${s2!}${a}${s3!}=${s4!}${quoted(b)}${s5!},${s6!}x${s7!};${s8!}y `
        expect(parseExtensions(text)).toEqual({
          extensions: [
            { name, parameters: [{ name: a, value: b }] },
            { name: 'x', parameters: [{ name: 'y', value: null }] },
          ],
          faultAt: null,
        })
      }),
    )
  })

  it('never throws, and names an index in the text where the grammar breaks', () => {
    const alphabet = fc.constantFrom(...Array.from('ab;,="\\ \t\x00é'))
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 20 }), text => {
        const { extensions, faultAt } = parseExtensions(text)
        if (faultAt === null) expect(extensions.length).toBeGreaterThan(0)
        else expect(faultAt).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['', [], 0],
    [' ', [], 1],
    ['a b', ['a'], 2],
    ['a,', ['a'], 2],
    ['a,,b', ['a'], 2],
    ['a;', [], 2],
    ['a;;b', [], 2],
    ['a;b=', [], 4],
    ['a;b="c', [], 4],
    ['a;b="c\\', [], 4],
    ['a;b=c d', ['a'], 6],
    ['a;b="c"d', ['a'], 7],
    ['a=b', ['a'], 1],
    ['"a"', [], 0],
    ['a, b;c="d', ['a'], 7],
  ])('of %j reads %j and breaks at %i', (text, names, faultAt) => {
    const result = parseExtensions(text)
    expect(result.extensions.map(({ name }) => name)).toEqual(names)
    expect(result.faultAt).toBe(faultAt)
  })

  it('takes a value out of its quotes and escapes, and no quotes around what is no token', () => {
    expect(parseExtensions('a; b="c\\d"').extensions).toEqual([
      { name: 'a', parameters: [{ name: 'b', value: 'cd' }] },
    ])
    for (const value of ['""', '"c, d"', '"c;d"', '"\\""']) {
      expect(parseExtensions(`a; b=${value}`)).toEqual({ extensions: [], faultAt: 5 })
    }
  })

  it('reads 200,000 characters of anything in one pass (CVE-2020-7662)', () => {
    const size = 200_000
    const all = (text: string) => parseExtensions(text.repeat(size / text.length))
    expect(all(' ').faultAt).toBe(size)
    expect(all('a').extensions).toHaveLength(1)
    expect(all('a;').faultAt).toBe(size)
    expect(all('a,').extensions).toHaveLength(size / 2)
    expect(parseExtensions(`a${';b'.repeat(size / 2)}`).extensions[0]?.parameters).toHaveLength(size / 2)
    expect(parseExtensions(`a;b="${'\\a'.repeat(size / 2)}`).faultAt).toBe(4)
    expect(
      parseExtensions(`a;b="${'\\a'.repeat(size / 2)}"`).extensions[0]?.parameters[0]?.value,
    ).toHaveLength(size / 2)
    expect(parseExtensions(`a${' '.repeat(size)}b`).faultAt).toBe(size + 1)
  })

  it('knows the characters of a token (RFC 9110 §5.6.2)', () => {
    const all = Array.from({ length: 256 }, (_, code) => code).filter(isTokenCode)
    const expected = punctuation.map(char => char.charCodeAt(0))
    const alphanumeric = all.filter(code => /[0-9A-Za-z]/.test(String.fromCharCode(code)))
    expect(alphanumeric).toHaveLength(62)
    expect(all).toHaveLength(62 + expected.length)
    expect(all).toEqual(expect.arrayContaining(expected))
  })
})
