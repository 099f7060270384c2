import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyMask } from '../../src/protocol/mask.ts'
import { Utf8Validator, utf8Boundary, utf8Cause, utf8Invalid } from '../../src/protocol/utf8.ts'
import { chopSizes, key } from '../support/arbitraries.ts'
import { chop, fromHex, join, octets } from '../support/octets.ts'

/** Octets that complete any text that can be completed. */
const completions = ['', '80', 'bf', '8080', 'bfbf', '808080', 'bfbfbf'].map(fromHex)

/** The first octet after which no text can follow that would make it UTF-8, asked of Node; -1 without one. */
function naiveFault(bytes: Uint8Array): number {
  for (let length = 1; length <= bytes.length; length++) {
    const prefix = bytes.subarray(0, length)
    if (!completions.some(rest => isUtf8(join([prefix, rest])))) return length - 1
  }
  return -1
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Where the validator finds the first fault, given the text masked and in pieces; -1 without one. */
function faultOf(
  bytes: Uint8Array,
  k: number,
  sizes: readonly number[],
  validator = new Utf8Validator(),
): number {
  const masked = bytes.slice()
  applyMask(masked, 0, masked.length, k, 0)
  let position = 0
  let fault = -1
  for (const piece of chop(masked, sizes)) {
    // Octets around the piece must not matter.
    const padded = join([octets(0xff, 0xff, 0xff), piece, octets(0xff)])
    const at = validator.push(padded, 3, 3 + piece.length, k, position)
    if (at >= 0) fault = position + at - 3
    position += piece.length
  }
  return fault
}

const text = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }).map(part => octets(part)) },
      { weight: 2, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 100 }).map(part => octets(part)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    ),
    { maxLength: 5 },
  )
  .map(join)

describe('Utf8Validator (RFC 3629)', () => {
  it('finds the octet that breaks a text, whatever the key and the chops', () => {
    fc.assert(
      fc.property(text, key, chopSizes, (bytes, k, sizes) => {
        const validator = new Utf8Validator()
        expect(faultOf(bytes, k, sizes, validator)).toBe(naiveFault(bytes))
        expect(validator.state === utf8Boundary).toBe(decodes(bytes))
      }),
      { numRuns: 300 },
    )
  })

  it('agrees with Node on every pair of octets', () => {
    const validator = new Utf8Validator()
    const pair = new Uint8Array(2)
    const differing: string[] = []
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        pair.set([first, second])
        validator.reset()
        const at = validator.push(pair, 0, 2, 0, 0)
        if (at !== naiveFault(pair) || (validator.state === utf8Boundary) !== isUtf8(pair)) {
          differing.push(`${first} ${second}`)
        }
      }
    }
    expect(differing).toEqual([])
  })

  it('agrees with Node on every code point of three and four octets at its corners', () => {
    for (const lead of [0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff]) {
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const rest of ['8080', 'bfbf', '80', '7f80', '80c0']) {
          const bytes = join([octets(lead, second), fromHex(rest)])
          expect(faultOf(bytes, 0, [])).toBe(naiveFault(bytes))
        }
      }
    }
  })

  it('finds a lone octet anywhere in a long text, at every alignment and phase of the key', () => {
    const storage = new Uint8Array(300)
    for (let alignment = 0; alignment < 8; alignment++) {
      for (let phase = 0; phase < 4; phase++) {
        for (const at of [0, 1, 7, 8, 9, 63, 64, 65, 129, 199]) {
          const bytes = storage.subarray(alignment, alignment + 200).fill(0x61)
          bytes[at] = 0x80
          applyMask(bytes, 0, 200, 0x80ff_007f, phase)
          expect(new Utf8Validator().push(bytes, 0, 200, 0x80ff_007f, phase)).toBe(at)
        }
      }
    }
  })

  it('takes no more after a fault, until a new text begins', () => {
    const validator = new Utf8Validator()
    expect(validator.push(fromHex('61ff'), 0, 2, 0, 0)).toBe(1)
    expect(validator.push(fromHex('ff'), 0, 1, 0, 2)).toBe(-1)
    expect(validator.state).toBe(utf8Invalid)
    validator.reset()
    expect(validator.push(fromHex('c3'), 0, 1, 0, 0)).toBe(-1)
    expect(validator.state).not.toBe(utf8Boundary)
    expect(validator.push(fromHex('a4'), 0, 1, 0, 1)).toBe(-1)
    expect(validator.state).toBe(utf8Boundary)
  })

  it.each([
    ['80', 'continuation octet without a lead octet'],
    ['bf', 'continuation octet without a lead octet'],
    ['c0', 'overlong encoding'],
    ['c1', 'overlong encoding'],
    ['e09f', 'overlong encoding'],
    ['f08f', 'overlong encoding'],
    ['eda0', 'surrogate'],
    ['edbf', 'surrogate'],
    ['f490', 'code point above U+10FFFF'],
    ['f5', 'code point above U+10FFFF'],
    ['f7', 'code point above U+10FFFF'],
    ['f8', 'octet that UTF-8 never uses'],
    ['ff', 'octet that UTF-8 never uses'],
    ['c341', 'code point cut short'],
    ['e282c3', 'code point cut short'],
    ['e041', 'code point cut short'],
    ['edc3', 'code point cut short'],
  ])('says of %s: %s', (hex, cause) => {
    const bytes = fromHex(hex)
    const validator = new Utf8Validator()
    expect(validator.push(bytes, 0, bytes.length, 0, 0)).toBe(bytes.length - 1)
    expect(utf8Cause(validator.before, bytes.at(-1)!)).toBe(cause)
  })
})
