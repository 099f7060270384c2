import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Connections } from '../../../src/wire/stats/connections.ts'
import { Counts } from '../../../src/wire/stats/counts.ts'
import { boundsOf, bucketOf, Histogram } from '../../../src/wire/stats/histogram.ts'
import { Sample } from '../../../src/wire/stats/sample.ts'
import { tableLines } from '../../../src/wire/stats/table.ts'
import { Timeline } from '../../../src/wire/stats/timeline.ts'

describe('Counts', () => {
  it('tells as many values apart as it may, and counts the others together', () => {
    const counts = new Counts<string>(2)
    for (const value of ['a', 'b', 'c', 'a', 'd', 'b']) counts.add(value)
    counts.add('a', 10)
    counts.add('c', 5)
    expect(counts.entries()).toEqual([
      ['a', 12],
      ['b', 2],
    ])
    expect(counts.other).toBe(7)
  })
})

describe('Histogram', () => {
  it('puts every number of octets there may be into the power of two it belongs to', () => {
    const lengths = fc.oneof(
      fc.maxSafeNat(),
      fc.nat(),
      fc.nat({ max: 52 }).map(power => 2 ** power),
      fc.integer({ min: 1, max: 53 }).map(power => 2 ** power - 1),
    )
    fc.assert(
      fc.property(lengths, length => {
        const { from, to } = boundsOf(bucketOf(length))
        expect(from <= length && length <= to).toBe(true)
        expect(to).toBe(from === 0 ? 0 : 2 * from - 1)
      }),
    )
  })

  it('adds up: its own values, equal ones, those of another', () => {
    const histogram = new Histogram()
    for (const value of [0, 1, 5, 7, 8]) histogram.add(value)
    const sum = histogram.plus(Histogram.of(3, 10)).plus(Histogram.of(1000, 0))
    expect(sum.summary()).toEqual({
      count: 15,
      total: 51,
      max: 8,
      buckets: [
        { from: 0, to: 0, count: 1 },
        { from: 1, to: 1, count: 1 },
        { from: 2, to: 3, count: 10 },
        { from: 4, to: 7, count: 2 },
        { from: 8, to: 15, count: 1 },
      ],
    })
    expect(histogram.count).toBe(5)
  })
})

describe('Connections', () => {
  it('follows a bounded number of them, the newest', () => {
    const connections = new Connections()
    const count = 65_540
    for (let conn = 1; conn <= count; conn++) connections.open(conn, conn)
    for (const conn of [4, 5])
      for (const from of ['client', 'server'] as const) connections.end(conn, 70_000, from)
    expect(connections.summary().connections).toMatchObject({
      opened: count,
      closed: 1,
      durations: { count: 1, max: 70_000 - 5 },
    })
  })

  it('counts the handshake of one whose beginning it did not see, without a duration', () => {
    const connections = new Connections()
    connections.request(1, 5)
    connections.response(1, 6, 'HTTP/1.1 101 Switching Protocols')
    const none = { count: 0, min: null, median: null, p99: null, max: null }
    expect(connections.summary().handshakes).toEqual({
      requests: 1,
      accepted: 1,
      refused: 0,
      responseTimes: none,
    })
  })
})

describe('Sample', () => {
  it('has nothing to say of nothing', () => {
    expect(new Sample().summary()).toEqual({ count: 0, min: null, median: null, p99: null, max: null })
  })

  it('is exact while it keeps every value', () => {
    const sample = new Sample()
    for (let i = 1000; i >= 1; i--) sample.add(i / 10)
    expect(sample.summary()).toEqual({ count: 1000, min: 0.1, median: 50, p99: 99, max: 100 })
  })

  it('keeps the extremes and the shape of more values than it holds', () => {
    const sample = new Sample()
    for (let i = 0; i < 1_000_000; i++) sample.add((i * 7919) % 1_000_003)
    const { count, min, median, p99, max } = sample.summary()
    expect([count, min, max]).toEqual([1_000_000, 0, 1_000_002])
    expect(Math.abs(median! - 500_000)).toBeLessThan(25_000)
    expect(Math.abs(p99! - 990_000)).toBeLessThan(10_000)
  })
})

describe('Timeline', () => {
  it('doubles its intervals when time outgrows them, and loses nothing', () => {
    const timeline = new Timeline()
    for (let time = 1000; time < 2000; time++) {
      timeline.client.octets[timeline.indexOf(time)]! += 10
      timeline.server.frames[timeline.indexOf(time)]! += 1
    }
    const { start, width, client, server } = timeline.summary()
    expect([start, width]).toEqual([1000, 16])
    expect(client.octets).toEqual([...Array.from({ length: 62 }, () => 160), 80])
    expect(server.frames).toEqual([...Array.from({ length: 62 }, () => 16), 8])
    expect(server.octets).toEqual(client.frames)
  })

  it('bears any time: a long pause, one before the first', () => {
    const timeline = new Timeline()
    for (const time of [5, 0, 2 ** 43]) timeline.client.frames[timeline.indexOf(time)]! += 1
    const { client, width } = timeline.summary()
    expect(client.frames.length).toBeLessThanOrEqual(64)
    expect([client.frames[0], client.frames.at(-1)]).toEqual([2, 1])
    expect(client.frames.length * width).toBeGreaterThan(2 ** 43 - 5)
  })
})

describe('tableLines', () => {
  it('aligns text left and numbers right', () => {
    const head = ['what', 'count']
    expect(
      tableLines({
        title: 'a table',
        head,
        rows: [
          ['octets', '1'],
          ['x', '1000000'],
        ],
      }),
    ).toEqual(['a table', '  what      count', '  octets        1', '  x       1000000'])
  })

  it('cuts and escapes whatever a cell holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), cell => {
        const lines = tableLines({ title: '', head: ['a', 'b'], rows: [[cell, cell]] })
        expect(lines).toHaveLength(3)
        for (const line of lines) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          expect(line.length).toBeLessThanOrEqual(2 * 36 + 4)
        }
      }),
    )
  })
})
