import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  HeadBuilder,
  HeadReader,
  LineBuffer,
  hasToken,
  lineText,
  listOf,
  parseField,
  parseRequestLine,
  parseStatusLine,
  valuesOf,
  type Head,
} from '../../src/protocol/http-head.ts'
import { chopSizes } from '../support/arbitraries.ts'
import { chop, join, latin1, octets, toText } from '../support/octets.ts'

const anyChar = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
const lineChar = anyChar.filter(char => char !== '\n' && char !== '\r')
const visible = lineChar.filter(char => char !== ' ' && char !== '\t' && char !== ':')
const name = fc.string({ unit: visible, minLength: 1, maxLength: 10 })
const value = fc
  .tuple(visible, fc.string({ unit: lineChar, maxLength: 15 }), visible)
  .map(([first, middle, last]) => first + middle + last)

/** Reads one head from chops, line by line. */
function build(bytes: Uint8Array, sizes: readonly number[]): { head: Head | null; length: number } {
  const lines = new LineBuffer()
  const builder = new HeadBuilder(7)
  for (const piece of chop(bytes, sizes)) {
    for (let i = 0; i < piece.length;) {
      const taken = lines.take(piece, i, piece.length)
      if (taken === null) break
      const head = builder.add(taken.line)
      if (head !== null) return { head, length: builder.length }
      i = taken.next
    }
  }
  return { head: null, length: builder.length + lines.held }
}

describe('HeadBuilder (RFC 9112 §2)', () => {
  it('keeps order, case, duplicates and every octet of names and values, however they are chopped', () => {
    const field = fc.tuple(name, value, fc.constantFrom('', ' ', '\t', '  '), fc.constantFrom('\r\n', '\n'))
    fc.assert(
      fc.property(value, fc.array(field, { maxLength: 6 }), chopSizes, (startLine, fields, sizes) => {
        const lines = fields.map(([n, v, space, end]) => `${n}:${space}${v}${space}${end}`)
        const bytes = latin1(`${startLine}\r\n${lines.join('')}\r\n`)
        const { head } = build(join([bytes, octets('GET next')]), sizes)
        expect(head).toEqual({
          offset: 7,
          length: bytes.length,
          startLine,
          headers: fields.map(([n, v]) => ({ name: n, value: v })),
        })
      }),
    )
  })

  it('reads any octets the same way in chops as whole, without an exception', () => {
    const loose = fc.string({ unit: fc.oneof(anyChar, fc.constantFrom('\r', '\n', ' ', ':')), maxLength: 60 })
    fc.assert(
      fc.property(loose, chopSizes, (text, sizes) => {
        expect(build(latin1(text), sizes)).toEqual(build(latin1(text), []))
      }),
    )
  })

  it('allows empty lines before the start line (RFC 9112 §2.2)', () => {
    expect(build(latin1('\r\n\nGET / HTTP/1.1\r\n\r\n'), []).head).toMatchObject({
      startLine: 'GET / HTTP/1.1',
      length: 21,
    })
  })

  it('joins a folded line to the value before it (RFC 9112 §5.2)', () => {
    const { head } = build(latin1('GET / HTTP/1.1\r\n folded: first\r\nA: b\r\n  c \r\n\td\r\n\r\n'), [])
    expect(head?.headers).toEqual([
      { name: ' folded', value: 'first' },
      { name: 'A', value: 'b c d' },
    ])
  })

  it('takes a line without a colon as a name', () => {
    expect(parseField('no colon')).toEqual({ name: 'no colon', value: '' })
    expect(parseField(':')).toEqual({ name: '', value: '' })
    expect(parseField('A : \t b: c \t')).toEqual({ name: 'A ', value: 'b: c' })
  })
})

describe('LineBuffer', () => {
  it('gives back the stream, line by line', () => {
    const loose = fc
      .uint8Array({ maxLength: 60 })
      .map(bytes => bytes.map(octet => (octet < 60 ? 0x0a : octet)))
    fc.assert(
      fc.property(loose, chopSizes, (bytes, sizes) => {
        const lines = new LineBuffer()
        const taken: Uint8Array[] = []
        for (const piece of chop(bytes, sizes)) {
          for (let i = 0; i < piece.length;) {
            const result = lines.take(piece, i, piece.length)
            if (result === null) break
            taken.push(result.line.slice())
            i = result.next
          }
        }
        expect(taken.every(line => line.indexOf(0x0a) === line.length - 1)).toBe(true)
        expect(join([...taken, lines.release()])).toEqual(bytes)
        expect(lines.held).toBe(0)
      }),
    )
  })

  it('puts a line that a chop cut into storage of its own, which later lines leave alone', () => {
    const lines = new LineBuffer()
    expect(lines.take(octets('fir'), 0, 3)).toBeNull()
    expect(lines.held).toBe(3)
    const first = lines.take(octets('st\nsec'), 0, 6)!
    expect(lines.take(octets('st\nsec'), 3, 6)).toBeNull()
    lines.take(octets('ond\n'), 0, 4)
    expect(toText(first.line)).toBe('first\n')
  })

  it('takes the ending off a line', () => {
    expect(['a\r\n', 'a\n', 'a\r', 'a', '\r\n', '\n'].map(line => lineText(latin1(line)))).toEqual([
      'a',
      'a',
      'a\r',
      'a',
      '',
      '',
    ])
  })
})

describe('HeadReader', () => {
  it('says where the head ends in the chop that ends it', () => {
    const bytes = latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\nrest')
    fc.assert(
      fc.property(chopSizes, sizes => {
        const reader = new HeadReader()
        let before = 0
        for (const piece of chop(bytes, sizes)) {
          const found = reader.push(piece)
          if (found !== null) {
            expect(before + found.next).toBe(27)
            expect(found.head.headers).toEqual([{ name: 'Host', value: 'a' }])
            return
          }
          before += piece.length
          expect(reader.length).toBe(before)
        }
        throw new Error('the head has no end')
      }),
    )
  })
})

describe('header values', () => {
  const head: Head = {
    offset: 0,
    length: 0,
    startLine: '',
    headers: [
      { name: 'Connection', value: 'keep-alive, ,Upgrade' },
      { name: 'connection', value: ' x ,\ty' },
      { name: 'Connections', value: 'z' },
    ],
  }

  it('finds every header of a name, in any case', () => {
    expect(valuesOf(head, 'CONNECTION')).toEqual(['keep-alive, ,Upgrade', ' x ,\ty'])
  })

  it('reads lists over all lines, without empty elements (RFC 9110 §5.6.1)', () => {
    expect(listOf(head, 'Connection')).toEqual(['keep-alive', 'Upgrade', 'x', 'y'])
    expect(listOf(head, 'Missing')).toEqual([])
  })

  it('compares tokens without their case', () => {
    expect([hasToken(head, 'connection', 'upgrade'), hasToken(head, 'connection', 'upgrad')]).toEqual([
      true,
      false,
    ])
  })
})

describe('start lines (RFC 9112 §3, §4)', () => {
  it.each([
    ['GET / HTTP/1.1', { method: 'GET', target: '/', version: 'HTTP/1.1' }],
    [' GET  /a  HTTP/1.0 ', { method: 'GET', target: '/a', version: 'HTTP/1.0' }],
    ['GET /', null],
    ['GET', null],
    ['', null],
    ['GET / HTTP/1.1 more', null],
    ['GET / FTP/1.1', null],
  ])('reads the request line %j', (text, parts) => {
    expect(parseRequestLine(text)).toEqual(parts)
  })

  it.each([
    ['HTTP/1.1 101 Switching Protocols', { version: 'HTTP/1.1', status: 101, reason: 'Switching Protocols' }],
    ['HTTP/1.1 200', { version: 'HTTP/1.1', status: 200, reason: '' }],
    ['HTTP/1.1 999  two  spaces', { version: 'HTTP/1.1', status: 999, reason: ' two  spaces' }],
    ['HTTP/1.1', null],
    ['HTTP/1.1 ', null],
    ['HTTP/1.1 99', null],
    ['HTTP/1.1 099', null],
    ['HTTP/1.1 1000', null],
    ['HTTP/1.1 1e2', null],
    ['HTTP/1.1 +99', null],
    ['HTTP/1.1 abc', null],
    ['ICY 200 OK', null],
  ])('reads the status line %j', (text, parts) => {
    expect(parseStatusLine(text)).toEqual(parts)
  })
})
