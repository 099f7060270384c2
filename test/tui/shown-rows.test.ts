import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { ShownRows } from '../../src/tui/shown-rows.ts'
import { parseFilter } from '../../src/wire/filter/filter.ts'
import type { WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { observe, opened, push, sent, type Fact } from '../support/facts.ts'
import { join, octets } from '../support/octets.ts'

/** A clock that goes on by 1 ms at each look. */
function ticking(): () => number {
  let time = 0
  return () => time++
}

const quiet = new Set<string | null>(['redacted', 'stalled', 'cut'])

/** The rows kept that belong to the view, one by one. */
function naive(log: WireLog, filter: string | null, reads: boolean): number[] {
  const test = filter === null ? null : parseFilter(filter)
  const rows = Array.from({ length: log.next - log.first }, (_, i) => log.first + i)
  return rows
    .filter(row => (reads || log.type(row) !== 'octets') && !quiet.has(log.type(row)))
    .filter(row => test === null || test.matches(log, row))
}

function shown(rows: ShownRows): number[] {
  return Array.from({ length: rows.count }, (_, i) => rows.at(i))
}

function finish(rows: ShownRows): void {
  while (rows.advance(ticking(), 100));
}

const stalled: Fact = {
  type: 'mark',
  time: 0,
  from: 'client',
  mark: { type: 'stalled', offset: 0, octets: 5, span: 1000 },
}

const text = (count: number) =>
  sent('server', join(Array.from({ length: count }, () => encodeFrame({ opcode: 1 }, octets('x')))))

const fact = fc.oneof(
  fc.constantFrom<Fact>(
    sent('server', encodeFrame({ opcode: 2 }, octets('y'))),
    sent('client', encodeFrame({ opcode: 9, key: 1 })),
    stalled,
  ),
  fc.integer({ min: 1, max: 40 }).map(text),
)

const view = fc.record({
  filter: fc.constantFrom(null, 'op:bin', '-op:text', 'from:client', 'type:violation', '"y"'),
  reads: fc.boolean(),
})

const step = fc.oneof(
  fc.array(fact, { minLength: 1, maxLength: 8 }).map(facts => ({ do: 'facts' as const, facts })),
  fc.integer({ min: 0, max: 3 }).map(budget => ({ do: 'advance' as const, budget })),
  view.map(of => ({ do: 'set' as const, of })),
)

describe('ShownRows', () => {
  it('are those of the log that belong to the view, also when it drops rows while they are looked at', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const { session, log } = observe(opened(), { memory: 65_536, rows: 64 })
        const rows = new ShownRows(log)
        let of: { filter: string | null; reads: boolean } = { filter: null, reads: false }
        for (const step of steps) {
          if (step.do === 'facts') for (const fact of step.facts) push(session, fact)
          else if (step.do === 'advance') rows.advance(ticking(), step.budget)
          else {
            of = step.of
            rows.set(of.filter === null ? null : parseFilter(of.filter), of.reads)
          }
          const all = naive(log, of.filter, of.reads)
          expect(all).toEqual(expect.arrayContaining(shown(rows)))
          expect(rows.looked + rows.toLook).toBe(log.next - log.first)
        }
        finish(rows)
        expect(shown(rows)).toEqual(naive(log, of.filter, of.reads))
        expect([rows.first, rows.last]).toEqual([rows.at(0), rows.at(rows.count - 1)])
        expect(rows.toLook).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('find rows by number as a list would', () => {
    const { log } = observe([...opened(), text(3), sent('server', encodeFrame({ opcode: 2 })), text(40)], {
      memory: 65_536,
      rows: 32,
    })
    const rows = new ShownRows(log)
    rows.set(parseFilter('op:text'), false)
    finish(rows)
    const list = shown(rows)
    expect(list.length).toBeGreaterThan(20)
    for (let row = -2; row < log.next + 2; row++) {
      const distance = (of: number) => Math.abs(of - row)
      expect(rows.indexOf(row)).toBe(list.indexOf(row))
      expect(rows.rank(row)).toBe(list.filter(of => of < row).length)
      expect(rows.after(row)).toBe(list.find(of => of > row) ?? -1)
      expect(rows.before(row)).toBe(list.findLast(of => of < row) ?? -1)
      expect(distance(rows.nearest(row))).toBe(Math.min(...list.map(distance)))
    }
    rows.set(parseFilter('op:close'), false)
    finish(rows)
    expect([rows.first, rows.last, rows.nearest(5), rows.after(0), rows.before(9), rows.indexOf(-1)]).toEqual(
      [-1, -1, -1, -1, -1, -1],
    )
  })

  it('look at new rows first, then from the newest backwards', () => {
    const { session, log } = observe([...opened(), text(600)])
    const rows = new ShownRows(log)
    expect(rows.advance(ticking(), 0)).toBe(true)
    const newest = log.next - 1
    expect([rows.first, rows.last, rows.looked]).toEqual([newest - 255, newest, 256])
    push(session, text(1))
    expect(rows.advance(ticking(), 0)).toBe(true)
    expect([rows.first, rows.last, rows.looked]).toEqual([newest - 255, newest + 2, 258])
  })

  it('stop when the time is over, after each row that a filter looked at', () => {
    const { log } = observe([...opened(), text(600)])
    const rows = new ShownRows(log)
    rows.set(parseFilter('x'), false)
    expect(rows.advance(ticking(), 4)).toBe(true)
    expect(rows.looked).toBe(4)
  })

  it('count rows that were gone before they were looked at', () => {
    const session = new Session({ log: { memory: 65_536, rows: 64 } })
    const rows = new ShownRows(session.log)
    for (const fact of opened()) push(session, fact)
    finish(rows)
    expect(rows.unseen).toBe(0)
    push(session, text(200))
    // 5 rows of the opening were looked at; of the 201 that followed 64 are kept.
    expect(rows.unseen).toBe(201 - 64)
    expect(rows.count).toBe(0)
    // They stay uncounted, whatever is shown. Old rows that are dropped while they are still to be looked at were dropped as all are.
    rows.set(null, false)
    push(session, text(9))
    expect(rows.unseen).toBe(201 - 64)
    finish(rows)
    expect(rows.unseen).toBe(201 - 64)
    expect(rows.last).toBe(session.log.next - 1)
  })
})
