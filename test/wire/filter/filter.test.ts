import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/protocol/frame-encoder.ts'
import { opcodeName } from '../../../src/protocol/opcode.ts'
import { rules } from '../../../src/protocol/rules.ts'
import { Deflater } from '../../../src/protocol/permessage-deflate.ts'
import type { Entry } from '../../../src/wire/entry.ts'
import { FilterError } from '../../../src/wire/filter/expression.ts'
import { fields } from '../../../src/wire/filter/fields.ts'
import { parseFilter } from '../../../src/wire/filter/filter.ts'
import {
  brokenTraffic,
  chopSizes,
  framedTraffic,
  gappedTraffic,
  looseTraffic,
} from '../../support/arbitraries.ts'
import { connectionInfo, observe, push, rechop, roomFor, sent, tcp, type Fact } from '../../support/facts.ts'
import { naiveFilter, type World } from '../../support/filters.ts'
import { upgradeRequest, upgradeResponse } from '../../support/heads.ts'
import { join, latin1, octets } from '../../support/octets.ts'

/** Facts of two connections, in turns. */
function interleaved(first: readonly Fact[], second: readonly Fact[]): Fact[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [
    ...first.slice(i, i + 1),
    ...second.slice(i, i + 1).map(fact => ({ ...fact, conn: 2 })),
  ]).flat()
}

/** A log of `facts` and all its rows, chops too. */
function worldOf(facts: readonly Fact[]): World {
  const { log } = observe(facts, roomFor(facts))
  return { log, entries: Array.from({ length: log.next }, (_, row) => log.entry(row)) }
}

const deflater = new Deflater({ windowBits: 15, contextTakeover: true })

/** A chop of connection `conn` at `time`. */
function chop(conn: number, time: number, from: 'client' | 'server', ...pieces: Uint8Array[]): Fact {
  return { ...sent(from, join(pieces), time), conn }
}

const protocol = 'Sec-WebSocket-Protocol: chat.v2'
const extension = 'Sec-WebSocket-Extensions: permessage-deflate'

const request = latin1(
  Buffer.from(upgradeRequest(protocol, extension, 'X-Team: Blue'))
    .toString('latin1')
    .replace('GET / ', 'GET /Chat?room=1 ')
    .replace('Host: localhost', 'Host: Example.org:8080'),
)

/** Two connections: one with compression and faults, one over IPv6 that is short. */
const scene: Fact[] = [
  { type: 'open', conn: 1, time: 0, info: { ...connectionInfo, client: '10.0.0.7:5000' } },
  chop(1, 1, 'client', request),
  chop(1, 2, 'server', upgradeResponse(protocol, extension)),
  { type: 'open', conn: 2, time: 3, info: { ...connectionInfo, client: '[::1]:6000' } },
  chop(2, 4, 'client', upgradeRequest()),
  chop(2, 5, 'server', upgradeResponse()),
  chop(
    1,
    10,
    'client',
    encodeFrame({ opcode: 1, key: 0x01020304 }, octets('{"type":"Tick","list":[1,{"x":null}],"n":-2.5}')),
  ),
  chop(1, 20, 'client', encodeFrame({ opcode: 1, fin: false, key: 5 }, octets('one half')).subarray(0, 7)),
  chop(
    1,
    21,
    'client',
    encodeFrame({ opcode: 1, fin: false, key: 5 }, octets('one half')).subarray(7),
    encodeFrame({ opcode: 0, fin: false, key: 6 }, octets(' and ano')),
    encodeFrame({ opcode: 9, key: 7 }, octets('are you there')),
  ),
  chop(1, 90, 'server', encodeFrame({ opcode: 10 }, octets('are you there'))),
  chop(1, 100, 'client', encodeFrame({ opcode: 0, key: 8 }, octets('ther'))),
  chop(1, 200, 'server', encodeFrame({ opcode: 1, rsv: 4 }, deflater.deflate(octets('{"zip":"pressed"}')))),
  chop(1, 300, 'server', encodeFrame({ opcode: 2 }, octets(0x00, 0xff, 0x01, 'Ä', new Uint8Array(2000)))),
  chop(2, 400, 'client', encodeFrame({ opcode: 1 }, octets('bare'))),
  chop(2, 500, 'server', encodeFrame({ opcode: 1 }, octets(0xff))),
  chop(2, 600, 'server', encodeFrame({ opcode: 3 }, octets('reserved'))),
  chop(1, 1000, 'client', encodeFrame({ opcode: 8, key: 9 }, octets(0x0f, 0xa1, 'no Auth'))),
  chop(1, 1001, 'server', encodeFrame({ opcode: 8 })),
  { ...tcp('client', 'fin', 1100), conn: 1 },
  { ...tcp('server', 'reset', 1200), conn: 2 },
]

/** A row in a few words. */
function short(entry: Entry): string {
  const { conn, from } = entry
  const who = `${conn}${from?.charAt(0) ?? ''}`
  if (entry.type === 'violation') return `${who} ${entry.rule}`
  if (entry.type !== 'frame') return `${who} ${entry.type}`
  return `${who} ${opcodeName(entry.opcode)} ${entry.payloadLength}`
}

const world = worldOf(scene)

/** What matches in the scene, without its chops unless they are asked for. */
function found(text: string, clock = {}): string[] {
  const filter = parseFilter(text, clock)
  return world.entries.filter(({ seq }) => filter.matches(world.log, seq)).map(short)
}

/** Filters and what they find in the scene. */
const cases: [string, string[]][] = [
  [
    '-type:octets conn:1',
    [
      '1c open',
      '1c handshake',
      '1s handshake',
      '1c TEXT 46',
      '1c TEXT 8',
      '1c CONT 8',
      '1c fragment.interleaved',
      '1c PING 13',
      '1s PONG 13',
      '1c CONT 4',
      '1s TEXT 19',
      '1s BIN 2005',
      '1c CLOSE 9',
      '1s close.empty',
      '1s CLOSE 0',
      '1c tcp',
      '1c tcp.client-first',
    ],
  ],
  ['op:text', ['1c TEXT 46', '1c TEXT 8', '1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['op:bin|cont', ['1c CONT 8', '1c CONT 4', '1s BIN 2005']],
  ['op:ctl', ['1c PING 13', '1s PONG 13', '1c CLOSE 9', '1s CLOSE 0']],
  ['op:0x3|0xa', ['1s PONG 13', '2s OP3 8']],
  ['op!=text type:frame from:client', ['1c CONT 8', '1c PING 13', '1c CONT 4', '1c CLOSE 9']],
  ['op:open', ['1c open', '2c open']],
  ['op:read from:server conn:1', ['1s octets', '1s octets', '1s octets', '1s octets', '1s octets']],
  ['type:handshake', ['1c handshake', '1s handshake', '2c handshake', '2s handshake']],
  [
    'type:tcp|violation',
    [
      '1c fragment.interleaved',
      '2c mask.missing',
      '2s text.invalid-utf8',
      '2s opcode.reserved-data',
      '1s close.empty',
      '1c tcp',
      '1c tcp.client-first',
      '2s tcp',
      '2s tcp.reset',
    ],
  ],
  ['from:c op:text', ['1c TEXT 46', '1c TEXT 8', '2c TEXT 4']],
  ['from:s op:text', ['1s TEXT 19', '2s TEXT 1']],
  ['from!=client op:text', ['1s TEXT 19', '2s TEXT 1']],
  ['conn:2 type:frame', ['2c TEXT 4', '2s TEXT 1', '2s OP3 8']],
  ['conn>1 op:text', ['2c TEXT 4', '2s TEXT 1']],
  ['conn:1|2 op:open', ['1c open', '2c open']],
  ['ip:10.0.0.7 op:ctl', ['1c PING 13', '1s PONG 13', '1c CLOSE 9', '1s CLOSE 0']],
  ['ip:::1 op:text', ['2c TEXT 4', '2s TEXT 1']],
  ['ip~^10 op:open', ['1c open']],
  ['host:example.org op:ping', ['1c PING 13']],
  ['host:Example.org op:ping', ['1c PING 13']],
  ['host:EXAMPLE.org op:ping', []],
  ['host:localhost op:text', ['2c TEXT 4', '2s TEXT 1']],
  ['host!=localhost type:handshake', ['1c handshake', '1s handshake']],
  ['path:/chat op:ping', ['1c PING 13']],
  ['path:/other|/ op:text', ['2c TEXT 4', '2s TEXT 1']],
  [
    'path:/|op:pong op:ping|pong',
    [
      '2c handshake',
      '2s octets',
      '2s handshake',
      '1s PONG 13',
      '2c octets',
      '2c mask.missing',
      '2c TEXT 4',
      '2s octets',
      '2s text.invalid-utf8',
      '2s TEXT 1',
      '2s octets',
      '2s opcode.reserved-data',
      '2s OP3 8',
      '2s tcp',
      '2s tcp.reset',
    ],
  ],
  ['path~^/[A-C]h op:ping', ['1c PING 13']],
  ['path~(x|hat)$ op:ping|open', ['1c PING 13']],
  ['proto:chat.v2 type:handshake', ['1s handshake']],
  ['proto~v2 op:bin', ['1s BIN 2005']],
  ['len:46', ['1c TEXT 46']],
  ['len>1k', ['1s BIN 2005']],
  ['len<=4 type:frame', ['1c CONT 4', '2c TEXT 4', '2s TEXT 1', '1s CLOSE 0']],
  ['len:4|13', ['1c PING 13', '1s PONG 13', '1c CONT 4', '2c TEXT 4']],
  ['len:..4', ['1c CONT 4', '2c TEXT 4', '2s TEXT 1', '1s CLOSE 0']],
  ['len:2000..', ['1s BIN 2005']],
  ['len!=46 op:text', ['1c TEXT 8', '1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['-len:46 op:text|open', ['1c open', '2c open', '1c TEXT 8', '1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['!len:46 op:text', ['1c TEXT 8', '1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['wire:10', ['1c CONT 4', '2s OP3 8']],
  ['wire>1.9k', ['1s BIN 2005']],
  ['msg:20', ['1c CONT 4']],
  ['msg:17', ['1s TEXT 19']],
  ['msg<20 from:client', ['2c TEXT 4']],
  ['chop:2', ['1c TEXT 8']],
  ['chop>1', ['1c TEXT 8']],
  ['chop:&', ['1c TEXT 8', '1c CONT 8', '1c PING 13']],
  ['chop:&|2', ['1c TEXT 8', '1c CONT 8', '1c PING 13']],
  ['read:7', ['1c octets', '1c TEXT 8']],
  ['read<8 op:text', ['1c TEXT 8', '2c TEXT 4', '2s TEXT 1']],
  ['fin:0', ['1c TEXT 8', '1c CONT 8']],
  ['mask:0 from:client', ['2c TEXT 4']],
  ['mask!=1 op:text', ['1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['rsv1:1', ['1s TEXT 19']],
  ['part:first', ['1c TEXT 8']],
  ['part:mid|last', ['1c CONT 8', '1c CONT 4']],
  ['part:whole op:text', ['1c TEXT 46', '1s TEXT 19', '2c TEXT 4', '2s TEXT 1']],
  ['code:4001', ['1c CLOSE 9']],
  ['code>=4000 op:close', ['1c CLOSE 9']],
  ['code<4000', []],
  ['reason~Auth', ['1c CLOSE 9']],
  ['reason~"no auth"', []],
  ['reason:"no auth"', ['1c CLOSE 9']],
  ['reason:"NO auth"', []],
  ['reason:""', ['1s CLOSE 0']],
  ['rule:mask', ['2c mask.missing']],
  ['rule:mask.missing', ['2c mask.missing']],
  ['rule!=mask severity!=info', ['2s text.invalid-utf8', '2s opcode.reserved-data', '2s tcp.reset']],
  ['rule~utf8', ['2s text.invalid-utf8']],
  [
    'severity>=warning',
    ['2c mask.missing', '2s text.invalid-utf8', '2s opcode.reserved-data', '2s tcp.reset'],
  ],
  ['severity:warning', ['2s tcp.reset']],
  ['severity:notice|info', ['1c fragment.interleaved', '1s close.empty', '1c tcp.client-first']],
  ['is:bad', ['2c mask.missing', '2s text.invalid-utf8', '2s opcode.reserved-data', '2s tcp.reset']],
  ['is:warning', ['2s tcp.reset']],
  ['is:frag', ['1c TEXT 8', '1c CONT 8', '1c CONT 4']],
  ['is:deflate', ['1s TEXT 19']],
  ['is:notutf8', ['2s text.invalid-utf8']],
  ['is:frag|deflate', ['1c TEXT 8', '1c CONT 8', '1c CONT 4', '1s TEXT 19']],
  ['json:.type', ['1c TEXT 46']],
  ['json:.type=tick', ['1c TEXT 46']],
  ['json:.type=TICK', []],
  ['json:.type!=tick', []],
  ['json:.type~^T', ['1c TEXT 46']],
  ['json:.n<0', ['1c TEXT 46']],
  ['json:.n<=-2.5', ['1c TEXT 46']],
  ['json:.n=-2.5', ['1c TEXT 46']],
  ['json:.n!=-2.5', []],
  ['json:.n>-2', []],
  ['json:.n>=-2.5', ['1c TEXT 46']],
  ['json:.type>0', []],
  ['json:.list[1].x=null', ['1c TEXT 46']],
  ['json:.list.0=1', ['1c TEXT 46']],
  ['json:.list.length=2', ['1c TEXT 46']],
  ['json:.list!=x', ['1c TEXT 46']],
  ['json:.list=x', []],
  ['json:.zip=pressed', ['1s TEXT 19']],
  ['json:.type.length', []],
  ['json:.n=""', []],
  ['json:.none|.zip', ['1s TEXT 19']],
  ['hex:00ff01', ['1s octets', '1s BIN 2005']],
  ['hex:81ae', ['1c octets', '1c TEXT 46']],
  ['hex:01020304 type:frame', ['1c TEXT 46']],
  ['hex:00??01c384', ['1s octets', '1s BIN 2005']],
  [
    'hex:??????????????????????????????????????????????????????????????????????????00 op:bin',
    ['1s BIN 2005'],
  ],
  ['at:10..90 op:text|pong', ['1c TEXT 46', '1c TEXT 8', '1s PONG 13']],
  [
    'at>=1s -severity:info',
    ['1c octets', '1c CLOSE 9', '1s octets', '1s CLOSE 0', '1c tcp', '2s tcp', '2s tcp.reset'],
  ],
  ['at<0.5s op:open', ['1c open', '2c open']],
  [
    'gap>=100 -op:read',
    [
      '1s TEXT 19',
      '1s BIN 2005',
      '2c mask.missing',
      '2s text.invalid-utf8',
      '2s opcode.reserved-data',
      '1c CLOSE 9',
      '2s tcp',
    ],
  ],
  ['gap:69', ['1s octets', '1s PONG 13']],
  ['rtt>50ms', ['1s PONG 13']],
  ['tick', ['1c TEXT 46']],
  ['Tick', ['1c TEXT 46']],
  ['TICK', []],
  ['"one half"', ['1c TEXT 8', '1c CONT 4']],
  ['another', ['1c CONT 4']],
  ['pressed', ['1s TEXT 19']],
  ['"\\"zip\\""', ['1s TEXT 19']],
  ['Ä', ['1s BIN 2005']],
  ['ä', []],
  ['auth', ['1c CLOSE 9']],
  ['blue', ['1c handshake']],
  ['4001', []],
  ['tick | bare', ['1c TEXT 46', '2c TEXT 4']],
  ['tick OR bare', ['1c TEXT 46', '2c TEXT 4']],
  ['tick|bare', ['1c TEXT 46', '2c TEXT 4']],
  ['(tick OR bare) AND conn:2', ['2c TEXT 4']],
  ['NOT (type:octets OR conn:1 OR conn:2 AND NOT op:text)', ['2c TEXT 4', '2s TEXT 1']],
  ['op:text "AND"', []],
  ['(tick | bare) conn:2', ['2c TEXT 4']],
  ['-(type:octets | conn:1 | conn:2 -op:text)', ['2c TEXT 4', '2s TEXT 1']],
  ['/one|bare/ -is:frag', ['2c TEXT 4']],
  ['/AUTH/i', ['1c CLOSE 9']],
  ['/^no/', ['1c CLOSE 9']],
  ['/x-team: b/i', ['1c handshake']],
  ['/pre[s]{2}ed/', ['1s TEXT 19']],
  ['/a\\/b|[/]chat/i', ['1c handshake']],
  ['/\\x00\\xff\\x01/', ['1s BIN 2005']],
  ['mask.missing', ['2c mask.missing']],
  ['reset', ['2s tcp', '2s tcp.reset']],
]

const anyTraffic = fc.oneof(framedTraffic, gappedTraffic, looseTraffic, brokenTraffic)

describe('parseFilter', () => {
  it('finds the rows that its text means, asked for in any order', () => {
    fc.assert(
      fc.property(
        anyTraffic,
        anyTraffic,
        chopSizes,
        naiveFilter,
        fc.boolean(),
        (one, two, sizes, naive, backwards) => {
          const world = worldOf(
            rechop(
              interleaved(one, two),
              sizes.map(size => size * 5),
            ),
          )
          const { text, holds } = naive(world)
          const filter = parseFilter(text)
          const asked = backwards ? world.entries.toReversed() : world.entries
          const found = asked.filter(({ seq }) => filter.matches(world.log, seq)).map(({ seq }) => seq)
          expect(found, text).toEqual(asked.filter(holds).map(({ seq }) => seq))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('takes or refuses any text, and throws nothing but a FilterError with a column', () => {
    const pieces = fc.constantFrom(
      ...['op', 'len', 'json', 'hex', 'at', 'path', 'chop', 'rule', 'is', 'nonsense'],
      ...[
        ':',
        '=',
        '!=',
        '>',
        '<=',
        '~',
        '|',
        ' ',
        '-',
        '!',
        '(',
        ')',
        '"',
        '/',
        '\\',
        '..',
        '[',
        ']',
        '{9}',
        '+',
      ],
      ...['text', '1', '5k', '&', '.a', '81??', 'OR', 'AND', 'NOT', '12:00', 'i', 'ä', '\u{1f600}', '\ud800'],
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 20 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, given => {
        try {
          expect(parseFilter(given)).toHaveProperty('matches')
        } catch (error) {
          if (!(error instanceof FilterError)) throw error
          expect(error.column).toBeGreaterThanOrEqual(1)
          expect(error.column).toBeLessThanOrEqual(given.length + 1)
          expect(error.message.startsWith(`filter column ${error.column}: `)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each(cases)('%s', (text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  it.each(Object.entries(fields).flatMap(([name, { examples }]) => examples.map(example => [name, example])))(
    '%s: takes its example %s',
    (_, example) => {
      expect(() => found(example, { now: () => 2000, startOfDay: () => 0 })).not.toThrow()
    },
  )

  it.each([...new Set([...Object.keys(rules), ...Object.keys(rules).map(id => id.split('.')[0]!)])])(
    'rule:%s is a rule or a chapter',
    id => {
      expect(() => parseFilter(`rule:${id}`)).not.toThrow()
    },
  )

  it('matches every row when it is empty', () => {
    for (const text of ['', ' \t\n']) expect(found(text)).toHaveLength(world.entries.length)
  })

  it.each([
    ['op:bin op:foo', 11, 'op: needs text, bin, cont, ping, pong, close or ctl, not "foo"'],
    ['op:text|foo', 9, 'op: needs text, bin, cont, ping, pong, close or ctl, not "foo"'],
    ['op>text', 3, 'op: takes : = !=, not >'],
    ['is!=bad', 3, 'is: takes : =, not !='],
    ['path>5', 5, 'path: takes : = != ~, not >'],
    ['chop>=&', 5, 'chop: takes : =, not >='],
    ['read~5', 5, 'read: takes : = != > >= < <=, not ~'],
    ['chops>1', 1, 'there is no field "chops": did you mean chop?'],
    ['frim:client', 1, 'there is no field "frim": did you mean from?'],
    ['nonsense:1', 1, 'there is no field "nonsense"; put it in quotes to search for it'],
    ['  constructor:1', 3, 'there is no field "constructor"; put it in quotes to search for it'],
    ['op:constructor', 4, 'op: needs text, bin, cont, ping, pong, close or ctl, not "constructor"'],
    [
      'is:constructor',
      4,
      'is: needs bad, error, warning, notice, info, frag, deflate or notutf8, not "constructor"',
    ],
    ['len:', 5, 'len: needs octets, such as 64, 1k or 64..128'],
    ['path~', 6, 'path~ needs a regular expression'],
    ['len: 5', 5, 'len: needs octets, such as 64, 1k or 64..128'],
    ['op:text|', 9, 'a word, a field or a parenthesis is missing'],
    ['len:5x', 5, 'len: needs octets, such as 64, 1k or 64..128, not "5x"'],
    ['len:5..3', 5, 'len: needs octets, such as 64, 1k or 64..128, not "5..3"'],
    ['len:..', 5, 'len: needs octets, such as 64, 1k or 64..128, not ".."'],
    ['len:1..x', 5, 'len: needs octets, such as 64, 1k or 64..128, not "1..x"'],
    ['gap>1constructor', 5, 'gap: needs a time, such as 5, 500ms or 10s, not "1constructor"'],
    ['rule:nonsense', 6, 'rule: needs a rule, or the part of one before the dot, not "nonsense"'],
    ['hex:0', 5, 'hex: needs pairs of hex digits, ?? for any octet, not "0"'],
    ['hex:0?', 5, 'hex: needs pairs of hex digits, ?? for any octet, not "0?"'],
    ['json:type', 6, 'json: needs a path such as .type, .list[0] or .type=tick, not "type"'],
    ['json:.a>b', 9, 'json: > needs a number, not "b"'],
    ['path~(', 6, 'regular expression "(": Unterminated group'],
    ['/a(?=b)/', 2, 'regular expression "a(?=b)": look-around is not supported'],
    ['/a/g', 4, 'i is the only flag of a regular expression'],
    ['/a', 1, 'the regular expression has no / at its end; quote a text to search for it'],
    ['age<1s', 5, 'age: these rows are not live'],
    ['at:12:00', 4, 'at: when the rows began is not known'],
    ['"a', 1, 'the quote is never closed'],
    ['a "b\\', 3, 'the quote is never closed'],
    ['""', 1, 'an empty text cannot be searched for'],
    ['(a', 1, '( is never closed'],
    ['a)', 2, ') closes nothing'],
    ['()', 2, 'a word, a field or a parenthesis is missing before ")"'],
    ['a | | b', 5, 'a word, a field or a parenthesis is missing before "| b"'],
    ['OR a', 1, 'a word, a field or a parenthesis is missing before "OR a"'],
    ['AND a', 1, 'a word, a field or a parenthesis is missing before "AND a"'],
    ['a AND AND b', 7, 'a word, a field or a parenthesis is missing before "AND b"'],
    ['a AND OR b', 7, 'a word, a field or a parenthesis is missing before "OR b"'],
    ['a AND NOT', 10, 'a word, a field or a parenthesis is missing'],
    ['a -', 4, 'a word, a field or a parenthesis is missing'],
    [`${'('.repeat(65)}a`, 66, 'more than 64 levels of parentheses and negations'],
    [`${'-'.repeat(65)}a`, 66, 'more than 64 levels of parentheses and negations'],
    ['a '.repeat(2049), 4097, 'a filter has at most 4096 characters'],
    ['ä'.repeat(513), 1, 'a text has at most 1024 octets'],
    [`op:${'x'.repeat(50)}`, 4, `close or ctl, not "${'x'.repeat(40)}…"`],
  ])('%j: column %i, %s', (text, column, problem) => {
    let error: unknown
    try {
      parseFilter(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(FilterError)
    expect((error as FilterError).column).toBe(column)
    expect((error as FilterError).message).toContain(`filter column ${column}: `)
    expect((error as FilterError).message).toContain(problem)
  })

  it('finds connections by how they ended', () => {
    const whole = worldOf([
      ...scene,
      { ...tcp('server', 'fin', 1300), conn: 1 },
      { ...tcp('client', 'fin', 1300), conn: 2 },
      { type: 'open', conn: 3, time: 1400, info: connectionInfo },
      { ...tcp('server', 'refused', 1401), conn: 3 },
      { ...tcp('client', 'closed', 1402), conn: 3 },
    ])
    const conns = (text: string) => {
      const filter = parseFilter(text, {})
      return whole.entries.filter(({ seq }) => filter.matches(whole.log, seq)).map(({ conn }) => conn)
    }
    expect(conns('outcome:clean')).toEqual([1])
    expect(conns('outcome:unclean')).toEqual([2])
    expect(conns('outcome:unopened|unclean')).toEqual([2, 3])
    expect(conns('outcome!=clean')).toEqual([2, 3])
  })

  it('knows the age of a row from the clock it is given', () => {
    let now = 1100
    const filter = parseFilter('age<=100', { now: () => now })
    const matching = () => world.entries.filter(({ seq }) => filter.matches(world.log, seq)).length
    const recent = matching()
    expect(recent).toBe(world.entries.filter(({ time }) => time >= 1000).length)
    now = 5000
    expect(matching()).toBe(0)
    expect(recent).toBeGreaterThan(0)
  })

  it.each([
    ['at:12:00', 100, Infinity],
    ['at:12:00:00', 100, 1100],
    ['at:12:00:00.100', 200, 201],
    ['at:12:00:00.1', 200, 300],
    ['at:11:59..12:00:00', 0, 1100],
    ['at>=12:00:01', 1100, Infinity],
    ['at>12:00:00.2', 400, Infinity],
    ['at<12:00', 0, 100],
    ['at:0:00..0:00:59', 0, 0],
  ])('%s by the clock on the wall is from %i ms on, before %i ms', (text, from, to) => {
    // The scene begins 100 ms before noon.
    const filter = parseFilter(text, { startOfDay: () => 12 * 3_600_000 - 100 })
    const times = world.entries.filter(({ seq }) => filter.matches(world.log, seq)).map(({ time }) => time)
    expect(times).toEqual(world.entries.map(({ time }) => time).filter(time => time >= from && time < to))
  })

  it.each(['at:24:00', 'at:12:60', 'at:12:00:60', 'at:12:', 'at:1:2'])('refuses %s', text => {
    expect(() => parseFilter(text, { startOfDay: () => 0 })).toThrow(`not "${text.slice(3)}"`)
  })

  it('goes over midnight', () => {
    const filter = parseFilter('at:0:00..0:00:59', { startOfDay: () => 86_400_000 - 1000 })
    const rows = world.entries.filter(({ seq }) => filter.matches(world.log, seq))
    expect(rows.map(({ time }) => time)).toEqual(
      world.entries.map(({ time }) => time).filter(time => time >= 1000),
    )
  })

  it('matches no row that is not kept, not even by negation', () => {
    const { log } = observe(scene, { memory: 65_536, rows: 16 })
    const filter = parseFilter('-nothing')
    expect([log.first - 1, log.first, log.next - 1, log.next].map(row => filter.matches(log, row))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  it('knows a connection also when the rows that told of it are gone', () => {
    const { log } = observe(scene, { memory: 65_536, rows: 16 })
    const last = log.next - 1
    expect(log.entry(log.first).time).toBeGreaterThan(2)
    const close = Array.from({ length: 16 }, (_, i) => log.first + i).filter(row =>
      parseFilter('path:/chat host:example.org proto:chat.v2 ip:10.0.0.7 op:close').matches(log, row),
    )
    expect(close).toHaveLength(2)
    expect(parseFilter('host:localhost').matches(log, last)).toBe(true)
  })

  it('does not know how long a connection was silent before the oldest row', () => {
    const { log } = observe(scene, { memory: 65_536, rows: 16 })
    const rows = Array.from({ length: 16 }, (_, i) => log.first + i)
    const filter = parseFilter('gap>=0')
    expect(rows.filter(row => filter.matches(log, row))).not.toContain(log.first)
    expect(filter.matches(log, log.next - 1)).toBe(true)
  })

  it('forgets what it knew of silences when it has missed rows', () => {
    const { session, log } = observe(scene.slice(0, 3), { memory: 65_536, rows: 16 })
    const filter = parseFilter('gap>=0')
    expect(filter.matches(log, log.next - 1)).toBe(true)
    for (let i = 0; i < 20; i++) {
      push(session, { ...sent('client', encodeFrame({ opcode: 9, key: i }), 10 + i), conn: 1 })
    }
    expect(filter.matches(log, log.first)).toBe(false)
    expect(filter.matches(log, log.first + 2)).toBe(true)
  })

  it('looks at the first 64 KiB of a payload', () => {
    const limit = 65_536
    const { log } = observe([
      ...scene.slice(0, 3),
      chop(
        1,
        10,
        'client',
        encodeFrame({ opcode: 2, key: 1 }, octets(new Uint8Array(limit - 3), 'end', 'after')),
      ),
    ])
    const row = log.next - 1
    expect(parseFilter('end').matches(log, row)).toBe(true)
    expect(parseFilter('enda').matches(log, row)).toBe(false)
    expect(parseFilter('after').matches(log, row)).toBe(false)
  })

  it('finds nothing in octets that are no longer kept', () => {
    const large = encodeFrame({ opcode: 2 }, new Uint8Array(2900))
    const { log, rows } = observe(
      [
        ...scene.slice(0, 3),
        chop(1, 10, 'server', encodeFrame({ opcode: 1 }, octets('{"gone":1}'))),
        chop(1, 11, 'server', large),
        chop(1, 12, 'server', large),
      ],
      { memory: 4096, rows: 64 },
    )
    const { seq } = rows.entries.find(entry => entry.type === 'frame')!
    for (const text of ['gone', '/gone/', 'json:.gone', 'hex:67']) {
      expect([text, parseFilter(text).matches(log, seq)]).toEqual([text, false])
    }
    expect(parseFilter('hex:00').matches(log, seq - 1)).toBe(false)
    expect(parseFilter('op:text len:10').matches(log, seq)).toBe(true)
  })

  it.each(['{"a":', '[1,{"a":1}', 'a', '{"a":1}'.padEnd(70_000, ' '), '"a"'])(
    'reads no JSON out of %.20s',
    text => {
      const { log } = observe([
        ...scene.slice(0, 3),
        chop(1, 10, 'client', encodeFrame({ opcode: 1, key: 1 }, octets(text))),
      ])
      expect(parseFilter('json:.a|[1].a').matches(log, log.next - 1)).toBe(false)
    },
  )

  it('finds long patterns', () => {
    const long = Array.from({ length: 300 }, (_, i) => i.toString(36)).join('')
    const { log } = observe([
      ...scene.slice(0, 3),
      chop(1, 10, 'client', encodeFrame({ opcode: 1, key: 77 }, octets('0a1b', long.toUpperCase(), 'x'))),
    ])
    const row = log.next - 1
    for (const length of [31, 32, 33, 64, 65, 500]) {
      expect(parseFilter(`"${long.slice(7, 7 + length)}"`).matches(log, row)).toBe(true)
      expect(parseFilter(`"${long.slice(7, 6 + length)}~"`).matches(log, row)).toBe(false)
      expect(
        parseFilter(`hex:${Buffer.from(long.toUpperCase().slice(7, 7 + length)).toString('hex')}`).matches(
          log,
          row,
        ),
      ).toBe(true)
    }
  })
})
