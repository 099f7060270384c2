import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/protocol/frame-encoder.ts'
import { rules } from '../../../src/protocol/rules.ts'
import { defaultLogLimits } from '../../../src/wire/log.ts'
import { Statistics, type Summary } from '../../../src/wire/stats/statistics.ts'
import { statisticsText } from '../../../src/wire/stats/tables.ts'
import { observe, opened, sent, type Fact } from '../../support/facts.ts'
import { octets } from '../../support/octets.ts'
import { parseScript } from '../../support/wire-script.ts'

function summaryOf(facts: readonly Fact[]): Summary {
  const statistics = new Statistics()
  statistics.advance(observe(facts, defaultLogLimits).log)
  return statistics.summary()
}

/** The lines of one table. */
function table(text: string, title: string): string[] {
  return text
    .split('\n\n')
    .find(block => block.startsWith(title))!
    .trimEnd()
    .split('\n')
    .slice(1)
}

describe('statisticsText', () => {
  it('shows what was counted, and leaves out the tables that would be empty', () => {
    const facts = parseScript(`
open
handshake
time 2
client TEXT fin=0 key=01020304 "frag"
+ PING key=01020304 "p"
time 5
server PONG "p"
client CONT key=01020304 "ment" chops=5
time 9
client CLOSE key=01020304 code=4001
time 10
tcp client fin
tcp server reset
`)
    expect(statisticsText(summaryOf(facts))).toMatchInlineSnapshot(`
      "duration      10.000 ms
      connections   1 opened, 1 closed
      upgrades      1 requested, 1 accepted, 0 refused
      ends          1 not clean; TCP ended first by the client in 1

      sent by
                                         client   server
        octets                              183      132
        chops                                 5        2
        frames                                4        1
        control frames                        2        1
        text messages                         1        0
        binary messages                       0        0
        octets of payload                    11        1
        octets of headers                     8        2
        octets of masking keys               16        0
        overhead of frames              68.57 %  66.67 %
        TCP ended: FIN                        1        0
        TCP ended: reset                      0        1
        TCP ended: closed by wsinspect        0        0
        TCP ended: error                      0        0

      octets by chop size
        size   client chops  octets  server chops  octets
        3                 0       0             1       3
        5                 2      10             0       0
        8                 1       8             0       0
        17                1      17             0       0
        129               0       0             1     129
        148               1     148             0       0
        total             5     183             2     132

      frames by opcode
        opcode  client frames  payload  server frames  payload
        CONT                1        4              0        0
        TEXT                1        4              0        0
        CLOSE               1        2              0        0
        PING                1        1              0        0
        PONG                0        0              1        1
        total               4       11              1        1

      frames and messages by octets of payload
        octets  client frames  messages  server frames  messages
        1                   1         0              1         0
        2-3                 1         0              0         0
        4-7                 2         0              0         0
        8-15                0         1              0         0

      how often
                                 client  server
        chops per frame: 1            3       1
        chops per frame: 2-3          1       0
        frames per chop: 0            2       1
        frames per chop: 1            2       1
        frames per chop: 2-3          1       0
        frames per message: 2-3       1       0

      durations in ms
                                 count     min  median     p99     max
        ping answered by server      1   3.000   3.000   3.000   3.000
        upgrade answered             1   0.000   0.000   0.000   0.000
        connection                   1  10.000  10.000  10.000  10.000

      close codes
                           client  server
        4001 private code       1       0

      violations by rule
                              severity  client  server
        mask.repeated            error       2       0
        fragment.interleaved      info       1       0
        tcp.reset              warning       0       1

      rates, in intervals of 1 ms
                           mean    peak    over time
        client: octets/s  18300  148000  █·▁··▁···▁·
        client: frames/s    400    2000  ··█··▄···▄·
        server: octets/s  13200  129000  █····▁·····
        server: frames/s    100    1000  ·····█·····
      "
    `)
  })

  it('of nothing has a head and totals of 0', () => {
    const blocks = statisticsText(new Statistics().summary()).split('\n\n')
    expect(blocks.map(block => block.split('\n')[0])).toEqual(['duration      0.000 ms', 'sent by'])
  })

  it('names what is not in the figures', () => {
    const summary = summaryOf(parseScript('handshake\ngap server 12 queue'))
    const text = statisticsText({ ...summary, missed: 7, exchanges: 3 })
    expect(text).toContain('missed        7 rows: the log had dropped them\n')
    expect(text).toContain('other HTTP    3 exchanges\n')
    expect(table(text, 'sent by')).toContainEqual(
      expect.stringMatching(/^ {2}octets not in the record +0 +12$/),
    )
  })

  it('has no ratio of messages that were not inflated', () => {
    const corrupt = sent('server', encodeFrame({ opcode: 2, rsv: 4 }, octets(0xff)))
    const text = statisticsText(summaryOf([...opened('permessage-deflate'), corrupt]))
    expect(table(text, 'permessage-deflate')).toContainEqual(expect.stringMatching(/^ {2}ratio +- +-$/))
  })

  it('puts many sizes of chops together by powers of two', () => {
    const chops = Array.from({ length: 40 }, (_, i) =>
      sent('server', encodeFrame({ opcode: 2 }, new Uint8Array(i))),
    )
    const text = statisticsText(summaryOf([...opened(), ...chops]))
    expect(table(text, 'octets by chop size')).toEqual([
      '  size     client chops  octets  server chops  octets',
      '  2-3                 0       0             2       5',
      '  4-7                 0       0             4      22',
      '  8-15                0       0             8      92',
      '  16-31               0       0            16     376',
      '  32-63               0       0            10     365',
      '  128-255             1     148             1     129',
      '  total               1     148            41     989',
    ])
  })

  it('shows sizes that are no longer told apart', () => {
    const summary = summaryOf([...opened(), sent('server', octets(0x89, 0))])
    const read = { total: 1129 + 2, chops: 9, bySize: { 2: 1, 129: 1 }, other: 7 }
    const text = statisticsText({ ...summary, server: { ...summary.server, octets: read } })
    expect(table(text, 'octets by chop size').slice(-2)).toEqual([
      '  other sizes             0       0             7    1000',
      '  total                   1     148             9    1131',
    ])
  })

  it('stays short and narrow whatever was on the wire', () => {
    const many: Fact[] = opened()
    for (let i = 0; i < 600; i++) {
      const code = 1000 + i
      many.push(sent('server', encodeFrame({ opcode: 8 }, octets(code >> 8, code & 255)), i ** 3))
      many.push(sent('client', encodeFrame({ opcode: i % 16, rsv: i % 8 }, new Uint8Array(20 * i)), i))
    }
    const summary = summaryOf(many)
    const all = Object.keys(rules) as (keyof typeof rules)[]
    const counts = { severity: 'error', client: 2 ** 53 - 1, server: 2 ** 53 - 1 } as const
    const violations = all.map(rule => ({ rule, ...counts }))
    const lines = statisticsText({ ...summary, violations }).split('\n')
    expect(lines.length).toBeLessThan(200)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
    expect(lines.filter(line => /^ {2}and \d+ more$/.test(line))).toHaveLength(2)
  })
})
