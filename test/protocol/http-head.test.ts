import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  HeadBuilder,
  HeadReader,
  LineBuffer,
  elementsOf,
  hasToken,
  lineText,
  listOf,
  parseField,
  parseRequestLine,
  parseStatusLine,
  valuesOf,
  type Field,
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
        const text = `${startLine}\r\n${lines.join('')}\r\n`
        const bytes = latin1(text)
        const at = (offset: number, length: number) => text.slice(offset - 7, offset - 7 + length)
        const { head } = build(join([bytes, octets('GET next')]), sizes)
        expect(head).toMatchObject({ offset: 7, length: bytes.length, startLine, startLineOffset: 7 })
        expect(head?.headers.map(h => [h.name, h.value])).toEqual(fields.map(([n, v]) => [n, v]))
        for (const [i, h] of (head?.headers ?? []).entries()) {
          expect(at(h.offset, lines[i]!.length)).toBe(lines[i])
          expect(at(h.valueOffset!, h.value.length)).toBe(h.value)
        }
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
      startLineOffset: 10,
    })
  })

  it('keeps what HTTP does not allow, where it is first, and how often', () => {
    const lines = ['GET / HTTP/1.1', 'A: b\n', 'C : d', 'no colon', 'é: f', 'G\t: h\n', ' i', '']
    const text = lines.map(line => (line.endsWith('\n') ? line : `${line}\r\n`)).join('')
    const { head } = build(latin1(text), [])
    expect(head?.flaws).toEqual([
      { kind: 'bare LF', offset: 7 + text.indexOf('A:'), count: 2 },
      { kind: 'space before the colon', offset: 7 + text.indexOf('C :'), count: 2 },
      { kind: 'no colon', offset: 7 + text.indexOf('no colon'), count: 1 },
      { kind: 'name is no token', offset: 7 + text.indexOf('é:'), count: 1 },
      { kind: 'folded line', offset: 7 + text.indexOf(' i'), count: 1 },
    ])
  })

  it('joins a folded line to the value before it (RFC 9112 §5.2)', () => {
    const { head } = build(latin1('GET / HTTP/1.1\r\n folded: first\r\nA: b\r\n  c \r\n\td\r\n\r\n'), [])
    expect(head?.headers).toEqual([
      { name: ' folded', value: 'first', offset: 23, valueOffset: 32 },
      { name: 'A', value: 'b c d', offset: 39, valueOffset: null },
    ])
  })

  it('takes a line without a colon as a name', () => {
    expect(parseField('no colon')).toEqual({ name: 'no colon', value: '', valueAt: 0 })
    expect(parseField(':')).toEqual({ name: '', value: '', valueAt: 1 })
    expect(parseField('A : \t b: c \t')).toEqual({ name: 'A ', value: 'b: c', valueAt: 6 })
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
            expect(found.head.headers).toMatchObject([{ name: 'Host', value: 'a' }])
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
  const field = (name: string, value: string, offset: number, valueOffset: number | null): Field => ({
    name,
    value,
    offset,
    valueOffset,
  })
  const head = {
    headers: [
      field('Connection', 'keep-alive, ,Upgrade', 10, 22),
      field('connection', ' x ,\ty', 50, null),
      field('Connections', 'z', 90, 100),
    ],
  }

  it('finds every header of a name, in any case', () => {
    expect(valuesOf(head, 'CONNECTION')).toEqual(['keep-alive, ,Upgrade', ' x ,\ty'])
  })

  it('reads lists over all lines, without empty elements (RFC 9110 §5.6.1)', () => {
    expect(listOf(head, 'Connection')).toEqual(['keep-alive', 'Upgrade', 'x', 'y'])
    expect(listOf(head, 'Missing')).toEqual([])
  })

  it('knows where the elements of a list are, the empty ones too', () => {
    expect(elementsOf(head, 'Connection')).toEqual([
      { text: 'keep-alive', offset: 22 },
      { text: '', offset: 33 },
      { text: 'Upgrade', offset: 35 },
      { text: 'x', offset: 50 },
      { text: 'y', offset: 50 },
    ])
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
