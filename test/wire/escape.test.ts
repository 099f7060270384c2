import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeForHtml, escapeForScript } from '../../src/wire/escape.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", '/', '!', '-', '\n', '\u2028', '\u202e', '\0', 'a'),
  }),
)

describe('escapeForHtml', () => {
  it('leaves lines as they are, and shows what could not be seen', () => {
    expect(escapeForHtml('<b a="1">\r\n&amp; \'é\' \u202e\x1b\0')).toBe(
      '&lt;b a=&quot;1&quot;&gt;\n&amp;amp; &#39;é&#39; \\u{202e}\\x1b\\x00',
    )
  })

  it('lets nothing through that HTML would take for its own', () => {
    fc.assert(
      fc.property(text, value => {
        expect(escapeForHtml(value)).not.toMatch(/[<>"'\0\r\u2028\u202e]|&(?!(amp|lt|gt|quot|#39);)/)
      }),
    )
  })
})

describe('escapeForScript', () => {
  it('is the same JSON, without anything that ends a script or a line', () => {
    fc.assert(
      fc.property(text, value => {
        const escaped = escapeForScript(JSON.stringify({ [value]: value }))
        expect(escaped).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify({ [value]: value })))
      }),
    )
  })
})
