import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bar, boundsText, bucketRows, percentText } from '../../../src/tui/panes/bars.ts'
import { scrollAt } from '../../../src/tui/scroll.ts'
import { paintStatistics } from '../../../src/tui/panes/statistics.ts'
import { Statistics, type Summary } from '../../../src/wire/stats/statistics.ts'
import { framedTraffic, gappedTraffic } from '../../support/arbitraries.ts'
import { observe } from '../../support/facts.ts'
import { painted, play, shown, unsafe } from '../support.ts'

const deflate = 'permessage-deflate'

/** What is counted of a session with a bit of everything. */
const script = `
handshake ${deflate}
client TEXT key=01020304 "hello" chops=3,3
client BIN key=01020304 00*100
time 1000
server TEXT "a"*20000
server TEXT rsv=4 f248cdc9c90700
server PING "a"
time 1002.5
client PONG key=01020304 "a"
client TEXT "unmasked"
server CLOSE code=1002
tcp server fin
tcp client fin`

function summaryOf(...scripts: string[]): Summary {
  const statistics = new Statistics()
  play(statistics, scripts)
  return statistics.summary()
}

function pane(width: number, height: number, top = 0, summary = summaryOf(script)): string {
  return shown(width, height, canvas => {
    paintStatistics(canvas, summary, { scope: 'all connections', now: 1100, scroll: scrollAt(top) })
  })
}

describe('the pane of statistics', () => {
  it('has two columns of lines, and a sign for those below', () => {
    expect(`\n${pane(80, 20)}`).toMatchInlineSnapshot(`
      "
       counted: all connections              | per second, 16ms each       now  peak
       for 1.0s, 1 opened, 1 closed          | frames C>S #...........#     16   125
       upgrades: 1 of 1 accepted, 0 refused  | frames C<S ............#     32   250
       ends: 1 not clean; TCP ended first by | octets C>S #..........._    137   18K
       frames                 C>S        C<S | octets C<S _...........#   157K  1.2M
       TEXT                     2          2 | message size        C>S           C<S
       BIN                      1          0 | 4-7       ######### 33% ######### 50%
       CLOSE                    0          1 | 8-15      ######### 33%
       PING                     0          1 | 64-127    ######### 33%
       PONG                     1          0 | 16K-32K                 ######### 50%
       all frames               4          4 | chop size           C>S           C<S
       messages                 3          2 | 3         ######### 29% ######### 20%
       chops                    7          5 | 4-7       ######### 29% ######### 20%
       octets                 328        19K | 9-10      ####=     14% ######### 20%
       payload                114        19K | 106       ####=     14%
       overhead             14.9%       0.1% | 175-194   ####=     14% ######### 20%
       deflate saved            -       -40% | 20004                   ######### 20%
       chops/frame            1.5        1.0 |
       at most                  3          1 |
       frames/chop            0.6        0.8 |                               v 8 more"
    `)
  })

  it('has one column in a narrow place, rates first', () => {
    expect(`\n${pane(42, 30)}`).toMatchInlineSnapshot(`
      "
       per second, 16ms each          now  peak
       frames C>S #..............#     16   125
       frames C<S ...............#     32   250
       octets C>S #.............._    137   18K
       octets C<S _..............#   157K  1.2M
       message size          C>S            C<S
       4-7        ########## 33% ########## 50%
       8-15       ########## 33%
       64-127     ########## 33%
       16K-32K                   ########## 50%
       chop size             C>S            C<S
       3          ########## 29% ########## 20%
       4-7        ########## 29% ########## 20%
       9-10       #####      14% ########## 20%
       106        #####      14%
       175-194    #####      14% ########## 20%
       20004                     ########## 20%
       counted: all connections
       for 1.0s, 1 opened, 1 closed
       upgrades: 1 of 1 accepted, 0 refused
       ends: 1 not clean; TCP ended first by the
       frames                  C>S          C<S
       TEXT                      2            2
       BIN                       1            0
       CLOSE                     0            1
       PING                      0            1
       PONG                      1            0
       all frames                4            4
       messages                  3            2
       chops                     7    v 15 more"
    `)
  })

  it('is scrolled to its end, and not beyond it', () => {
    const summary = summaryOf(script)
    const scroll = scrollAt(1000)
    const text = shown(42, 12, canvas => {
      paintStatistics(canvas, summary, { scope: 'all', now: 0, scroll })
    })
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
       deflate saved             -         -40%
       chops/frame             1.5          1.0
       at most                   3            1
       frames/chop             0.6          0.8
       at most                   1            1
       rtt median            2.5ms            -
       rtt p99               2.5ms            -
       close codes                   C>S    C<S
       1002 protocol error             0      1
       violations                    C>S    C<S
       ! mask.repeated                 1      0
       ! mask.missing                  1      0"
    `)
    expect(pane(42, 12, scroll.top, summary)).toBe(text)
    expect(pane(42, 12, scroll.top - 1, summary)).toContain('1 more')
  })

  it('names what is counted, and says when rows were missed', () => {
    const text = shown(80, 24, canvas => {
      const summary = { ...summaryOf('handshake'), missed: 12_000 }
      paintStatistics(canvas, summary, { scope: 'op:text \u001b[2J', now: 0, scroll: scrollAt(0) })
    })
    expect(text).toContain('counted: op:text .[2J')
    expect(text).toContain('! 12k rows were gone uncounted')
  })

  it('shows chops one by one while there are few sizes, else in powers of two', () => {
    const few = pane(42, 60, 0, summaryOf('server 00*1448\nserver 00*1448\nserver 00*7'))
    expect(few).toMatch(/^ 1448 .* 67%$/m)
    const sizes = Array.from({ length: 20 }, (_, i) => `server 00*${100 + i}`)
    expect(pane(42, 60, 0, summaryOf(sizes.join('\n')))).toMatch(/^ 64-127 .*100%$/m)
  })

  it('fills every cell of any size', () => {
    fc.assert(
      fc.property(
        fc.oneof(framedTraffic, gappedTraffic),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: -5, max: 200 }),
        fc.boolean(),
        (facts, width, height, top, ascii) => {
          const statistics = new Statistics()
          statistics.advance(observe(facts).log)
          const paint = (canvas: Parameters<typeof paintStatistics>[0]) => {
            paintStatistics(canvas, statistics.summary(), { scope: 'all', now: 5, scroll: scrollAt(top) })
          }
          const { chars } = painted(width, height, paint, ascii)
          expect(chars).toHaveLength(width * height)
          expect(chars.filter(char => unsafe.test(char) || char === '?')).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('bars', () => {
  it('are as long as their share, to an eighth of a column, and show whatever is there', () => {
    expect([0, 0.001, 0.5, 0.55, 1, 2].map(share => bar(share, 4))).toEqual([
      '',
      '▏',
      '██',
      '██▎',
      '████',
      '████',
    ])
  })

  it('have shares in few columns', () => {
    expect([0, 0.001, 0.124, 1].map(percentText)).toEqual(['0%', '<1%', '12%', '100%'])
  })

  it('have bounds in few columns', () => {
    const bounds = [
      boundsText(7, 7),
      boundsText(64, 127),
      boundsText(8192, 16_383),
      boundsText(1 << 20, (1 << 21) - 1),
    ]
    expect(bounds).toEqual(['7', '64-127', '8192-16K', '1.0M-2.0M'])
  })

  it('lose no count when buckets are put together, and keep to the limit', () => {
    const size = fc.integer({ min: 0, max: 1 << 20 })
    const buckets = fc
      .uniqueArray(size, { maxLength: 30 })
      .map(sizes => sizes.map(from => ({ from, to: from, count: 1 })))
    fc.assert(
      fc.property(buckets, buckets, (client, server) => {
        const rows = bucketRows(client, server, 8)
        expect(rows.length).toBeLessThanOrEqual(8)
        expect(rows.reduce((sum, row) => sum + row.client, 0)).toBe(client.length)
        expect(rows.reduce((sum, row) => sum + row.server, 0)).toBe(server.length)
        for (let i = 1; i < rows.length; i++) expect(rows[i]!.from).toBeGreaterThan(rows[i - 1]!.to)
      }),
    )
  })

  it('do not put a single size beside a range that has it', () => {
    const rows = bucketRows([{ from: 1448, to: 1448, count: 3 }], [{ from: 1024, to: 2047, count: 2 }], 8)
    expect(rows).toEqual([{ from: 1024, to: 2047, client: 3, server: 2 }])
  })
})
