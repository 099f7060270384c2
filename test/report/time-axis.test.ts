import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breakWidth, timeAxis } from '../../src/report/time-axis.ts'

describe('timeAxis', () => {
  it('shares the room by time, and keeps to the order', () => {
    const axis = timeAxis(
      [0, 10, 20, 40].map(time => ({ time, room: 10 })),
      440,
    )
    expect([0, 10, 20, 40].map(time => axis.at(time))).toEqual([0, 110, 220, 430])
    expect(axis.breaks).toEqual([])
  })

  it('cuts a silence, so that what is around it can be seen', () => {
    const axis = timeAxis(
      [0, 1, 2, 10_000, 10_001].map(time => ({ time, room: 10 })),
      400,
    )
    expect(axis.breaks).toEqual([{ x: axis.at(2) + 10, width: breakWidth, span: 9998 }])
    expect(axis.at(1)).toBeGreaterThan(60)
  })

  it('never lets marks of different times overlap', () => {
    const moment = fc.record({
      time: fc.double({ min: 0, max: 1e9, noNaN: true }),
      room: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(moment, { selector: ({ time }) => time, minLength: 1, maxLength: 60 }),
        unsorted => {
          const moments = unsorted.toSorted((a, b) => a.time - b.time)
          const axis = timeAxis(moments, 500)
          for (const [i, { time, room }] of moments.entries()) {
            const next = moments[i + 1]
            const end = next === undefined ? axis.width : axis.at(next.time)
            expect(axis.at(time) + room).toBeLessThanOrEqual(end + 1e-6)
          }
        },
      ),
    )
  })
})
