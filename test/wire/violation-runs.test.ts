import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RuleId } from '../../src/protocol/rules.ts'
import { Deadlines } from '../../src/wire/deadlines.ts'
import { ViolationRuns, type Finding } from '../../src/wire/violation-runs.ts'

type Told = Finding & { count: number }

/** A finding that lies nowhere in particular. */
function finding(rule: RuleId, offset: number, detail: string): Finding {
  const place = { subject: null, subjectOffset: null, messageOffset: null, evidenceOffset: null }
  return { rule, offset, detail, ...place, evidence: new Uint8Array(0) }
}

function record(): { runs: ViolationRuns; told: Told[]; deadlines: Deadlines } {
  const told: Told[] = []
  const deadlines = new Deadlines()
  const runs = new ViolationRuns(
    (found, count) => {
      told.push({ ...found, count })
    },
    (due, judge) => {
      deadlines.add(due, judge)
    },
  )
  return { runs, told, deadlines }
}

/** `frames` in a row that each break the rule, from offset `from` on. */
function flood(runs: ViolationRuns, frames: number, from = 0): void {
  for (let i = from; i < from + frames; i++) {
    runs.add('mask.missing', 0, () => finding('mask.missing', i, `frame ${i}`))
    runs.endFrame()
  }
}

describe('ViolationRuns', () => {
  it('tells the first violation at once', () => {
    const { runs, told } = record()
    runs.add('mask.missing', 0, () => finding('mask.missing', 5, 'detail'))
    expect(told).toEqual([{ ...finding('mask.missing', 5, 'detail'), count: 1 }])
  })

  it('tells what follows in a run after 10, 100 and 1,000 more, with the first of each', () => {
    const { runs, told } = record()
    flood(runs, 1111)
    expect(told.map(({ offset, count }) => [offset, count])).toEqual([
      [0, 1],
      [1, 10],
      [11, 100],
      [111, 1000],
    ])
    expect(told.at(-1)?.detail).toBe('frame 111')
  })

  it('tells the rest of a run after the first frame that does not continue it', () => {
    const { runs, told } = record()
    flood(runs, 4)
    expect(told).toHaveLength(1)
    runs.endFrame()
    expect(told.map(({ offset, count }) => [offset, count])).toEqual([
      [0, 1],
      [1, 3],
    ])
    flood(runs, 1, 9)
    expect(told.at(-1)).toMatchObject({ offset: 9, count: 1 })
  })

  it('tells the rest when nothing follows, once', () => {
    const { runs, told } = record()
    flood(runs, 2)
    runs.end()
    runs.end()
    expect(told.map(({ count }) => count)).toEqual([1, 1])
  })

  it('tells what follows when the first of it is a second old, of each rule by itself', () => {
    const { runs, told, deadlines } = record()
    const broken: [number, RuleId[]][] = [
      [0, ['mask.missing']],
      [500, ['mask.missing', 'rsv.reserved']],
      [900, ['mask.missing', 'rsv.reserved']],
      [1500, ['mask.missing', 'rsv.reserved']],
    ]
    const shown = () => told.map(({ rule, offset, count }) => `${rule} ${offset} ×${count}`)
    for (const [time, ids] of broken) {
      deadlines.run(time)
      for (const rule of ids) runs.add(rule, time, () => finding(rule, time, 'detail'))
      runs.endFrame()
    }
    const first = ['mask.missing 0 ×1', 'rsv.reserved 500 ×1', 'mask.missing 500 ×2']
    expect(shown()).toEqual(first)
    deadlines.run(1900)
    expect(shown()).toEqual([...first, 'rsv.reserved 900 ×2'])
    deadlines.run(2499)
    expect(told).toHaveLength(4)
    deadlines.run(2500)
    expect(shown().at(-1)).toBe('mask.missing 1500 ×1')
    expect(deadlines.next).toBe(Infinity)
  })

  it('has one deadline at a time, however many runs begin and end', () => {
    let set = 0
    const runs = new ViolationRuns(
      () => undefined,
      () => set++,
    )
    for (let i = 0; i < 100; i++) {
      flood(runs, 3)
      runs.endFrame()
    }
    expect(set).toBe(1)
  })

  it('tells of a run of one nothing more', () => {
    const { runs, told } = record()
    flood(runs, 1)
    runs.endFrame()
    runs.end()
    expect(told).toHaveLength(1)
  })

  it('counts every violation once, each rule by itself, and names offsets that were added', () => {
    const rule = fc.constantFrom<RuleId>('mask.missing', 'rsv.reserved', 'length.not-minimal')
    const frames = fc.array(fc.array(rule, { maxLength: 4 }), { maxLength: 60 })
    fc.assert(
      fc.property(frames, given => {
        const { runs, told } = record()
        const added: string[] = []
        for (const broken of given) {
          for (const id of broken) {
            added.push(id)
            const offset = added.length
            runs.add(id, 0, () => finding(id, offset, id))
          }
          runs.endFrame()
        }
        runs.end()
        for (const id of new Set(added)) {
          const rows = told.filter(row => row.rule === id)
          expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(
            added.filter(other => other === id).length,
          )
          expect(rows.every(({ offset }) => added[offset - 1] === id)).toBe(true)
          expect(rows.map(({ offset }) => offset)).toEqual(
            rows.map(({ offset }) => offset).sort((a, b) => a - b),
          )
        }
        expect(told.every(({ count }) => count > 0)).toBe(true)
      }),
    )
  })
})
