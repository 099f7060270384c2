import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OctetRing, Slab } from '../../src/wire/octet-ring.ts'
import type { Chop } from '../../src/wire/span.ts'
import { fromHex, octets, toHex, toText } from '../support/octets.ts'

/** A chop as the naive store keeps it: for ever. */
interface Kept extends Chop {
  stream: number
  ordinal: number
  bytes: Uint8Array
}

/** Keeps every chop; what the ring may have forgotten is worked out from sizes alone. */
class NaiveStore {
  readonly chops: Kept[] = []

  add(stream: number, gap: number, time: number, bytes: Uint8Array): Kept {
    const last = this.of(stream).at(-1)
    const offset = (last === undefined ? 0 : last.offset + last.length) + gap
    const kept = { stream, ordinal: this.of(stream).length, time, offset, length: bytes.length, bytes }
    this.chops.push(kept)
    return kept
  }

  of(stream: number): Kept[] {
    return this.chops.filter(chop => chop.stream === stream)
  }

  /** Octets put since `chop` began, itself included. */
  since(chop: Kept): number {
    return this.chops.slice(this.chops.indexOf(chop)).reduce((sum, { length }) => sum + length, 0)
  }

  /** The chops that carry octets of a span, oldest first. */
  covering(stream: number, offset: number, length: number): Kept[] {
    return this.of(stream).filter(chop => chop.offset < offset + length && chop.offset + chop.length > offset)
  }
}

const largest = 12
const step = fc.record({
  stream: fc.integer({ min: 2, max: 5 }),
  gap: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 })),
  length: fc.integer({ min: 1, max: largest }),
})
const store = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
  size: fc.integer({ min: largest, max: 200 }),
  capacity: fc.integer({ min: 1, max: 40 }),
})

function build({
  steps,
  size,
  capacity,
}: {
  steps: { stream: number; gap: number; length: number }[]
  size: number
  capacity: number
}) {
  const ring = new OctetRing(size, capacity)
  const naive = new NaiveStore()
  // Octets that differ from those that may lie in the same place before and after them.
  let octet = 0
  const numbers = steps.map(({ stream, gap, length }, time) => {
    const bytes = Uint8Array.from({ length }, () => octet++)
    const { ordinal, offset } = naive.add(stream, gap, time, bytes)
    return ring.keep(stream, ordinal, time, offset, bytes)
  })
  /** The chops whose place and time the ring still knows. */
  const known = naive.chops.slice(-capacity)
  return { ring, naive, numbers, known }
}

describe('OctetRing', () => {
  it('gives back spans of any stream that it keeps, null for those that it does not', () => {
    fc.assert(
      fc.property(store, fc.nat(), fc.nat({ max: 40 }), (given, at, length) => {
        const { ring, naive, known } = build(given)
        const { stream } = naive.chops[at % naive.chops.length]!
        const whole = naive.of(stream)
        const end = whole.at(-1)!.offset + whole.at(-1)!.length
        const offset = at % end
        const covering = naive.covering(stream, offset, length)
        const pieces = covering.map(chop =>
          chop.bytes.slice(Math.max(0, offset - chop.offset), Math.max(0, offset + length - chop.offset)),
        )
        const expected = toHex(octets(...pieces))
        const isThere = expected.length === 2 * length
        const read = ring.read(stream, offset, length)
        if (read !== null) expect([isThere, toHex(read)]).toEqual([true, expected])
        // Octets lie in one piece: at the end of the slab less than a chop may be left unused.
        const mustBeThere = covering.every(
          chop => known.includes(chop) && naive.since(chop) + largest <= given.size,
        )
        const cannotBeThere = covering.some(chop => !known.includes(chop) || naive.since(chop) > given.size)
        if (isThere && mustBeThere) expect(read).not.toBeNull()
        if (!isThere || (length > 0 && cannotBeThere)) expect(read).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  it('knows which chops carried a span, longer than their octets', () => {
    fc.assert(
      fc.property(store, fc.nat(), fc.integer({ min: 1, max: 40 }), (given, at, length) => {
        const { ring, naive, known } = build(given)
        const { stream, offset: start, length: width } = naive.chops[at % naive.chops.length]!
        const end = start + width - (at % width)
        const offset = Math.max(0, end - length)
        const isKnown = known.some(chop => naive.covering(stream, end - 1, 1).includes(chop))
        const covering = naive.covering(stream, offset, end - offset).filter(chop => known.includes(chop))
        expect(ring.chops(stream, offset, end - offset)).toEqual(
          isKnown
            ? covering.map(chop => ({ time: chop.time, offset: chop.offset, length: chop.length }))
            : [],
        )
      }),
      { numRuns: 500 },
    )
  })

  it('knows the ordinal of the chop that brought an octet, and each chop by its number', () => {
    fc.assert(
      fc.property(store, fc.nat(), (given, at) => {
        const { ring, naive, numbers, known } = build(given)
        const { stream } = naive.chops[at % naive.chops.length]!
        const last = naive.of(stream).at(-1)!
        for (let offset = 0; offset <= last.offset + last.length; offset++) {
          const [chop] = naive.covering(stream, offset, 1)
          const isKnown = chop !== undefined && known.includes(chop)
          expect(ring.ordinalAt(stream, offset)).toBe(isKnown ? chop.ordinal : null)
        }
        naive.chops.forEach((chop, i) => {
          const { time, offset, length } = chop
          expect(ring.chop(numbers[i]!)).toEqual(known.includes(chop) ? { time, offset, length } : null)
        })
        expect(ring.chop(numbers.length)).toBeNull()
      }),
    )
  })

  it('finds a chop among many', () => {
    const ring = new OctetRing(1000, 1 << 17)
    for (let i = 0; i < 1 << 17; i++) ring.keep(2 + (i & 1), i >> 1, i, i >> 1, octets('a'))
    for (const offset of [0, 1, 1000, 65_535]) expect(ring.ordinalAt(3, offset)).toBe(offset)
    expect(ring.ordinalAt(3, 65_536)).toBeNull()
  })

  it('reads no octets of a stream that it has never seen, and an empty span of any', () => {
    const ring = new OctetRing(10, 10)
    expect(ring.read(2, 0, 1)).toBeNull()
    expect(ring.read(2, 0, 0)).toEqual(new Uint8Array(0))
    expect(ring.chops(2, 0, 1)).toEqual([])
    expect(ring.ordinalAt(2, 0)).toBeNull()
  })

  it('knows the place of a chop that is larger than the slab, but not its octets', () => {
    const ring = new OctetRing(10, 10)
    ring.keep(2, 0, 5, 0, new Uint8Array(11))
    expect(ring.read(2, 0, 1)).toBeNull()
    expect(ring.chops(2, 3, 1)).toEqual([{ time: 5, offset: 0, length: 11 }])
  })

  it('gives copies: what is read does not change when the ring goes on', () => {
    const ring = new OctetRing(4, 4)
    const bytes = octets('abcd')
    ring.keep(2, 0, 0, 0, bytes)
    bytes.fill(0)
    const read = ring.read(2, 0, 4)!
    ring.keep(2, 1, 0, 4, octets('efgh'))
    expect(toText(read)).toBe('abcd')
    expect(ring.read(2, 0, 4)).toBeNull()
  })
})

describe('Slab', () => {
  it('says by the address alone what is still kept', () => {
    const slab = new Slab(8)
    const first = slab.put(fromHex('010203'))
    const second = slab.put(fromHex('040506'))
    expect([slab.keeps(first), slab.keeps(second), slab.keeps(-1)]).toEqual([true, true, false])
    const third = slab.put(fromHex('070809'))
    expect([slab.keeps(first), slab.keeps(second), slab.keeps(third)]).toEqual([false, true, true])
    expect(toHex(slab.view(second, 3))).toBe('040506')
    expect(toHex(slab.view(third, 3))).toBe('070809')
    expect(slab.put(new Uint8Array(9))).toBe(-1)
  })
})
