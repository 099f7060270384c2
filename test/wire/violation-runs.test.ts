import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RuleId } from '../../src/protocol/rules.ts'
import { ViolationRuns, type Finding } from '../../src/wire/violation-runs.ts'

type Told = Finding & { count: number }

/** A finding that lies nowhere in particular. */
function finding(rule: RuleId, offset: number, detail: string): Finding {
  const place = { subject: null, subjectOffset: null, messageOffset: null, evidenceOffset: null }
  return { rule, offset, detail, ...place, evidence: new Uint8Array(0) }
}

function record(): { runs: ViolationRuns; told: Told[] } {
  const told: Told[] = []
  const runs = new ViolationRuns((found, count) => {
    told.push({ ...found, count })
  })
  return { runs, told }
}

/** `frames` in a row that each break the rule, from offset `from` on. */
function flood(runs: ViolationRuns, frames: number, from = 0): void {
  for (let i = from; i < from + frames; i++) {
    runs.add('mask.missing', () => finding('mask.missing', i, `frame ${i}`))
    runs.endFrame()
  }
}

describe('ViolationRuns', () => {
  it('tells the first violation at once', () => {
    const { runs, told } = record()
    runs.add('mask.missing', () => finding('mask.missing', 5, 'detail'))
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
            runs.add(id, () => finding(id, offset, id))
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
