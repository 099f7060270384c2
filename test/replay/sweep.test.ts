import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { CutPlanner } from '../../src/replay/cut-planner.ts'
import { cutKinds, cutText, type Cut } from '../../src/replay/cut.ts'
import { SweepPlan, type Sweep } from '../../src/replay/sweep.ts'
import { Thinned, shareOut } from '../../src/replay/thinned.ts'
import { upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { join, octets } from '../support/octets.ts'

type Chop = [Side, Uint8Array]

function sweepOf(chops: readonly Chop[], limit = 1000): Sweep {
  const plan = new SweepPlan(limit)
  plan.open(1, 0)
  for (const [from, bytes] of chops) plan.octets(1, 0, from, bytes)
  void plan.end(0)
  return plan.sweep()
}

const opening: Chop[] = [
  ['client', upgradeRequest()],
  ['server', upgradeResponse()],
]

const frame = (payload: string | Uint8Array, fields: { opcode?: number; fin?: boolean; rsv?: number } = {}) =>
  encodeFrame(
    { opcode: 1, key: 0x01020304, ...fields },
    typeof payload === 'string' ? octets(payload) : payload,
  )

const textsOf = ({ cuts }: Sweep): string[] => cuts.map(cutText)

describe('SweepPlan', () => {
  it('finds every cut of a short frame', () => {
    const sweep = sweepOf([...opening, ['client', frame('aä')]])
    expect(textsOf(sweep)).toEqual([
      'request head: cut before its last CR LF',
      'frame 1 (TEXT): header cut after octet 1 of 6',
      'frame 1 (TEXT): cut before the masking key',
      'frame 1 (TEXT): masking key cut after octet 1 of 4',
      'frame 1 (TEXT): masking key cut after octet 2 of 4',
      'frame 1 (TEXT): masking key cut after octet 3 of 4',
      'frame 1 (TEXT): cut between header and payload',
      'frame 1 (TEXT): character cut after octet 1 of 2',
      'frame 1 (TEXT): cut before the last octet of 3',
    ])
    expect(sweep.cuts.map(({ at }) => at)).toEqual([-2, 1, 2, 3, 4, 5, 6, 8, 8])
  })

  it('finds the cuts of an extended length, and of nothing but text', () => {
    const long = frame('x'.repeat(200), { opcode: 2 })
    const texts = textsOf(sweepOf([...opening, ['client', long], ['client', frame('', { opcode: 9 })]]))
    expect(texts).toContain('frame 1 (BIN): cut before the extended length')
    expect(texts).toContain('frame 1 (BIN): extended length cut after octet 1 of 2')
    expect(texts).toContain('frame 2 (PING): in one write with frame 1')
    const zipped = frame('ä', { rsv: 4 })
    expect(sweepOf([...opening, ['client', zipped]]).found.utf8).toBe(0)
    const binary = frame('ä', { opcode: 2 })
    expect(sweepOf([...opening, ['client', binary]]).found.utf8).toBe(0)
  })

  it('follows characters over fragments and the pings between them', () => {
    const euro = octets('€')
    const chops: Chop[] = [
      ...opening,
      [
        'client',
        join([
          frame(euro.subarray(0, 1), { fin: false }),
          frame('ä', { opcode: 9 }),
          frame(euro.subarray(1), { opcode: 0 }),
        ]),
      ],
    ]
    const texts = textsOf(sweepOf(chops)).filter(text => text.includes('character'))
    expect(texts).toEqual([
      'frame 3 (CONT): character cut after octet 1 of 3',
      'frame 3 (CONT): character cut after octet 2 of 3',
    ])
  })

  it('joins only what waited for nothing', () => {
    const answer: Chop = ['server', encodeFrame({ opcode: 1 }, octets('answer'))]
    const [one, two]: Chop[] = [
      ['client', frame('one')],
      ['client', frame('two')],
    ]
    expect(sweepOf([...opening, one!, two!]).found.join).toBe(1)
    expect(sweepOf([...opening, one!, answer, two!]).found.join).toBe(0)
    const early: Chop[] = [opening[0]!, one!, opening[1]!]
    expect(textsOf(sweepOf(early)).filter(text => text.includes('one write'))).toEqual([
      'frame 1 (TEXT): in one write with the request head',
    ])
  })

  it('cuts where no chop ended yet', () => {
    const bytes = frame('aä')
    for (let at = 1; at < bytes.length; at++) {
      const { cuts } = sweepOf([
        ...opening,
        ['client', bytes.subarray(0, at)],
        ['client', bytes.subarray(at)],
      ])
      expect(cuts.map(cut => cut.at)).toEqual([-2, 1, 2, 3, 4, 5, 6, 8, 8].filter(place => place !== at))
    }
  })

  it('is the same however large the session is, and bounded', () => {
    const many: Chop[] = Array.from({ length: 3000 }, () => ['client', frame('aä')])
    const { cuts, found } = sweepOf([...opening, ...many], 70)
    expect(cuts.length).toBe(70)
    expect(found).toMatchObject({ head: 1, header: 3000, mask: 12_000, utf8: 3000, length: 0, join: 2999 })
    const counts = cutKinds.map(kind => cuts.filter(cut => cut.kind === kind).length)
    expect(Math.max(...counts) - Math.min(...counts.filter(count => count > 1))).toBeLessThanOrEqual(1)
    expect(cuts.at(-1)!.frame).toBeGreaterThan(2500)
    expect(sweepOf([...opening, ...many], 70).cuts).toEqual(cuts)
  })

  it('ends where octets are missing', () => {
    const plan = new SweepPlan(100)
    for (const [from, bytes] of opening) plan.octets(1, 0, from, bytes)
    plan.mark(1, 0, 'client', { type: 'gap', offset: 0, octets: 5, reason: 'queue' })
    plan.octets(1, 0, 'client', frame('x'))
    expect(plan.sweep().cuts.map(({ kind }) => kind)).toEqual(['head'])
  })
})

describe('CutPlanner', () => {
  /** The writes that become of `chops`. */
  function writes(cut: Cut, chops: readonly Uint8Array[]): Uint8Array[] {
    const planner = new CutPlanner(cut)
    const written: Uint8Array[] = []
    let held: Uint8Array = new Uint8Array(0)
    for (const chop of chops) {
      const bytes = join([held, chop])
      held = new Uint8Array(0)
      for (let at = 0; at < bytes.length;) {
        const end = planner.next(bytes, at)
        if (end < 0) {
          held = bytes.slice(at)
          break
        }
        written.push(bytes.slice(at, end))
        at = end
      }
    }
    expect(planner.done).toBe(true)
    return [...written, ...(held.length > 0 ? [held] : [])]
  }

  const ends = (of: readonly Uint8Array[]): number[] => {
    let at = 0
    return of.map(({ length }) => (at += length))
  }

  it('makes one cut, or takes one away, where the plan found it, behind whatever head', () => {
    const payload = fc.string({ unit: 'grapheme', maxLength: 40 })
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 5 }), fc.nat(), (payloads, pick) => {
        const frames = payloads.map(text => frame(text))
        const { cuts } = sweepOf([...opening, ...frames.map((bytes): Chop => ['client', bytes])])
        const cut = cuts[pick % cuts.length]!
        const head = upgradeRequest('X-Longer: than before')
        const before = [head, ...frames]
        const after = writes(cut, before)
        expect(Buffer.compare(join(after), join(before))).toBe(0)
        const place = head.length + cut.at
        const expected = new Set(ends(before))
        if (cut.kind === 'join') expected.delete(place)
        else expected.add(place)
        expect(ends(after)).toEqual([...expected].sort((a, b) => a - b))
      }),
    )
  })
})

describe('shareOut', () => {
  it.each([
    [10, [100, 100], [5, 5]],
    [10, [2, 100], [2, 8]],
    [10, [1, 2, 3], [1, 2, 3]],
    [3, [5, 5, 5, 5], [1, 1, 1, 0]],
  ])('shares %i out over %j', (most, asked, shares) => {
    expect(shareOut(most, asked)).toEqual(shares)
  })
})

describe('Thinned', () => {
  it('keeps few, evenly', () => {
    const thinned = new Thinned<number>(10)
    for (let i = 0; i < 10_000; i++) thinned.add(i)
    const spread = thinned.spread(5)
    expect(spread).toHaveLength(5)
    expect(spread[0]).toBe(0)
    expect(spread.at(-1)).toBeGreaterThan(8000)
    expect(thinned.spread(1)).toEqual([0])
    expect(thinned.spread(0)).toEqual([])
  })
})
