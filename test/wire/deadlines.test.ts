import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/wire/deadlines.ts'

describe('Deadlines', () => {
  it('come in the order of their times, those of one time in the order in which they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), fc.nat({ max: 25 }), (dues, now) => {
        const deadlines = new Deadlines()
        const judged: [number, number][] = []
        for (const [i, due] of dues.entries()) deadlines.add(due, at => judged.push([at, i]))
        deadlines.run(now)
        const expected = dues
          .map((due, i): [number, number] => [due, i])
          .filter(([due]) => due <= now)
          .sort(([a, i], [b, j]) => a - b || i - j)
        expect(judged).toEqual(expected)
        expect(deadlines.next).toBe(Math.min(...dues.filter(due => due > now)))
      }),
    )
  })

  it('of one time come by rank, whenever they were set', () => {
    const deadlines = new Deadlines()
    const judged: string[] = []
    for (const [name, rank] of [
      ['third', 2],
      ['second', 1],
      ['fourth', 2],
      ['first', 0],
    ] as const)
      deadlines.add(7, () => judged.push(name), rank)
    deadlines.run(7)
    expect(judged).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('may be set while others are judged', () => {
    const deadlines = new Deadlines()
    const judged: number[] = []
    deadlines.add(1, due => {
      judged.push(due)
      deadlines.add(2, later => judged.push(later))
      deadlines.add(9, later => judged.push(later))
    })
    deadlines.add(3, due => judged.push(due))
    deadlines.run(5)
    expect(judged).toEqual([1, 2, 3])
    expect(deadlines.next).toBe(9)
  })
})
