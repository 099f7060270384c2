import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { ChopPatternError, parseChopPattern } from '../../src/replay/chop-pattern.ts'
import { ChopPlanner } from '../../src/replay/chop-planner.ts'
import { WriteTally } from '../../src/replay/write-tally.ts'
import { head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { chop, join, octets, toText } from '../support/octets.ts'

/** The pieces that buffers are written in. */
function pieces(pattern: string, buffers: readonly Uint8Array[], from: Side = 'client'): Uint8Array[] {
  const planner = new ChopPlanner(parseChopPattern(pattern), from)
  return buffers.flatMap(buffer => {
    const written: Uint8Array[] = []
    for (let at = 0; at < buffer.length;) {
      const end = planner.next(buffer, at)
      written.push(buffer.subarray(at, end))
      at = end
    }
    return written
  })
}

const sizes = (of: readonly Uint8Array[]): number[] => of.map(({ length }) => length)

/** Where pieces end in the stream. */
const ends = (of: readonly Uint8Array[]): number[] => {
  let at = 0
  return of.map(({ length }) => (at += length))
}

const text = (payload: string, key: number | null = 0x01020304, fin = true, opcode = 1): Uint8Array =>
  encodeFrame({ opcode, fin, key }, octets(payload))

const patterns = ['1,1,*', '3', '2,5', 'every:7', 'at:header', 'at:mask', 'at:utf8', 'random:7']

/** The client's octets of a session with frames of every width of length. */
const stream = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }).map(payload => text(payload)),
      fc.constantFrom(text('ä'.repeat(100)), text('x'.repeat(70_000)), text('a', null), text('', 7)),
      fc.constantFrom(text('ä', 9, false), text('ö€', 9, true, 0), text('ping', 9, true, 9)),
    ),
    { maxLength: 8 },
  )
  .map(frames => join([upgradeRequest(), ...frames]))

describe('parseChopPattern', () => {
  it.each([
    '',
    '0',
    '-1',
    '1,,2',
    '*,1',
    '1,*,*',
    'every:0',
    'every:',
    'at:nowhere',
    'random:x',
    'every:1:2',
    '1.5',
    'x',
  ])('refuses %j with a hint', pattern => {
    expect(() => parseChopPattern(pattern)).toThrow(ChopPatternError)
    expect(() => parseChopPattern(pattern)).toThrow(/: give sizes as 1,1,\* /)
  })

  it('takes no more than it can hold', () => {
    expect(() => parseChopPattern('1,'.repeat(600))).toThrow(/at most 1000 characters/)
  })
})

describe('ChopPlanner', () => {
  it.each<[string, number[], number[]]>([
    ['*', [5, 3], [5, 3]],
    ['1,1,*', [5, 3, 1], [1, 1, 3, 1, 1, 1, 1]],
    ['3', [7], [3, 3, 1]],
    ['3', [7, 3], [3, 3, 1, 2, 1]],
    ['every:4', [6, 6], [4, 2, 2, 4]],
    ['1,3', [8, 1], [1, 3, 1, 3, 1]],
  ])('cuts as %s says', (pattern, buffers, expected) => {
    expect(
      sizes(
        pieces(
          pattern,
          buffers.map(size => new Uint8Array(size)),
        ),
      ),
    ).toEqual(expected)
  })

  it('keeps every octet, and cuts at the same places whatever the buffers', () => {
    fc.assert(
      fc.property(
        stream,
        fc.constantFrom(...patterns),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (bytes, pattern, cuts) => {
          const whole = pieces(pattern, [bytes])
          const buffers = chop(bytes, cuts)
          const chopped = pieces(pattern, buffers)
          expect(Buffer.compare(join(whole), bytes)).toBe(0)
          expect(Buffer.compare(join(chopped), bytes)).toBe(0)
          expect(chopped.every(({ length }) => length > 0)).toBe(true)
          if (pattern.endsWith('*')) return
          const expected = new Set([...ends(whole), ...ends(buffers)])
          expect(ends(chopped)).toEqual([...expected].sort((a, b) => a - b))
        },
      ),
    )
  })

  it('cuts headers behind their first octet, of frames only', () => {
    const frames = [text('one'), text('two'.repeat(100)), text('', null)]
    const bytes = join([upgradeRequest(), ...frames])
    const first = upgradeRequest().length
    const starts = ends([upgradeRequest(), ...frames]).slice(0, -1)
    expect(starts[0]).toBe(first)
    expect(ends(pieces('at:header', [bytes])).slice(0, -1)).toEqual(starts.map(start => start + 1))
  })

  it('cuts masking keys in the middle, and nothing where none is', () => {
    const bytes = join([upgradeRequest(), text('one'), text('x'.repeat(200)), text('plain', null)])
    const first = upgradeRequest().length
    expect(ends(pieces('at:mask', [bytes])).slice(0, -1)).toEqual([first + 4, first + 9 + 6])
  })

  it('cuts characters of text behind their first octet, also where fragments meet', () => {
    const euro = octets('€')
    const fragments = [
      encodeFrame({ opcode: 1, fin: false, key: 5 }, join([octets('ä'), euro.subarray(0, 1)])),
      text('ping ä', 3, true, 9),
      encodeFrame({ opcode: 0, key: 6 }, euro.subarray(1)),
    ]
    const compressed = encodeFrame({ opcode: 1, rsv: 4, key: 0 }, octets('ä'))
    const bytes = join([upgradeRequest(), ...fragments, compressed])
    const starts = ends([upgradeRequest(), ...fragments])
    expect(ends(pieces('at:utf8', [bytes])).slice(0, -1)).toEqual([starts[0]! + 7, starts[2]! + 6])
  })

  it('waits for the 101 of a server, whatever HTTP came before', () => {
    const page = join([head('HTTP/1.1 200 OK', 'Content-Length: 5'), octets('hello')])
    const bytes = join([page, upgradeResponse(), text('hi', null)])
    expect(ends(pieces('at:header', [bytes], 'server'))[0]).toBe(page.length + upgradeResponse().length + 1)
    expect(toText(join(pieces('at:header', [page], 'server')))).toBe(toText(page))
    expect(pieces('at:header', [page], 'server')).toHaveLength(1)
  })

  it('follows a seed', () => {
    const bytes = new Uint8Array(100_000)
    expect(sizes(pieces('random:1', [bytes]))).toEqual(sizes(pieces('random:1', [bytes])))
    expect(sizes(pieces('random:1', [bytes]))).not.toEqual(sizes(pieces('random:2', [bytes])))
  })
})

describe('WriteTally', () => {
  it('tells how many writes were of which size', () => {
    const tally = new WriteTally()
    expect(String(tally)).toBe('0 writes, 0 octets')
    for (const size of [1, 1, 300]) tally.add(size)
    expect(String(tally)).toBe('3 writes, 302 octets: 2×1, 1×300')
    for (let size = 1; size <= 3000; size++) tally.add(size)
    expect(String(tally)).toMatch(/^3003 writes, \d+ octets: 3×1, 2×300, .*, \d+ of other sizes$/)
  })
})
