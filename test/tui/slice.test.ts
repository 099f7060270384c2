/** Work on rows in slices, by a clock that moves with each step. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inSteps, shareSlice } from '../../src/tui/slice.ts'

/** Works of so many steps each, a step of 1 ms; `done`: how many steps each has done. */
function worksOf(steps: readonly number[]) {
  let time = 0
  const done = steps.map(() => 0)
  const works = steps.map((count, i) =>
    inSteps(() => {
      time += done[i]! < count ? 1 : 0
      done[i] = Math.min(count, done[i]! + 1)
      return done[i] < count
    }),
  )
  return { works, done, now: () => time }
}

describe('a slice', () => {
  it('takes no longer than it may, but for one step of each work, and comes to an end', () => {
    const steps = fc.array(fc.nat(50), { maxLength: 5 })
    fc.assert(
      fc.property(steps, fc.nat(20), (given, budget) => {
        const { works, done, now } = worksOf(given)
        let slices = 0
        let isLeft = true
        while (isLeft) {
          const start = now()
          const before = [...done]
          isLeft = shareSlice(works, now, budget)
          expect(now() - start).toBeLessThanOrEqual(budget + given.length)
          given.forEach((count, i) => {
            expect(done[i]).toBeGreaterThanOrEqual(Math.min(count, before[i]! + 1))
          })
          expect(++slices).toBeLessThanOrEqual(51)
        }
        expect(done).toEqual(given)
      }),
    )
  })

  it('is for one work where the others have nothing to do, and is shared fairly where they have', () => {
    const alone = worksOf([0, 0, 100])
    expect(shareSlice(alone.works, alone.now, 30)).toBe(true)
    expect(alone.done).toEqual([0, 0, 30])
    const together = worksOf([100, 100, 100])
    expect(shareSlice(together.works, together.now, 30)).toBe(true)
    expect(together.done).toEqual([10, 10, 10])
  })
})
