import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/protocol/frame-encoder.ts'
import { makeFind } from '../../../src/tui/find.ts'
import * as view from '../../../src/tui/log-state.ts'
import { Flag } from '../../../src/tui/theme.ts'
import { parseFilter } from '../../../src/wire/filter/filter.ts'
import { opened, push, sent, type Fact } from '../../support/facts.ts'
import { finishRows, painted, paintedLines, rowsOf, unpainted, viewOf } from '../../support/log-view.ts'
import { join, octets } from '../../support/octets.ts'
import { parseScript } from '../../support/wire-script.ts'

const script = `
open
time 1
handshake permessage-deflate
time 1102
client TEXT key=01020304 "{\\"op\\":\\"subscribe\\"}" chops=10
time 1109
server TEXT fin=0 "snapshot 1 "
+ CONT fin=0 "snapshot 2 "
+ CONT "snapshot 3"
server BIN "\\x00\\x01abc\\xff"*4
time 1400
server PING "ping"
time 1401.3
client PONG key=01020304 "ping"
server TEXT rsv=4 4a4c4c0400
client TEXT "hi there!"
time 2512
server BIN "0123456789"*500 chops=1448,1448,1448
server CLOSE code=1002 "bad mask bit"
client CLOSE key=00000001 code=1002
tcp server fin
tcp client reset
`

const demo = () => viewOf(parseScript(script)).state

/** `count` text frames, in one read. */
function texts(count: number): Fact {
  const frame = (_: unknown, i: number) => encodeFrame({ opcode: 1 }, octets(`n${i}.`))
  return sent('server', join(Array.from({ length: count }, frame)))
}

describe('the wire log', () => {
  it('at 80×24', () => {
    expect(paintedLines(demo(), { width: 80, height: 24 })).toMatchInlineSnapshot(`
      [
        "  TIME      CON DIR TYPE  FLG     LEN CHOP      PAYLOAD",
        "  00:00.000 #1  C─S OPEN  127.0.0.1:50000 → 127.0.0.1:9001",
        "  00:00.001 #1  C→S REQ   GET / HTTP/1.1  key=dGhlIHNhbXBsZSBub25jZQ==  ext=per…",
        "  00:00.001 #1  C←S REPLY 101 Switching Protocols  ext=permessage-deflate  defl…",
        "  00:01.102 #1  C→S TEXT  F-M      18 2:10+14   {"op":"subscribe"}",
        "  00:01.109 #1  C←S TEXT┐ ---      11 1&        snapshot 1",
        "  00:01.109 #1  C←S CONT├ ---      11 1&        snapshot 2",
        "  00:01.109 #1  C←S CONT┘ F--      10 1&        snapshot 3  (3 frames 32 octets)",
        "  00:01.109 #1  C←S BIN   F--      24 1         00 01 61 62 63 ff 00 01 61 62 6…",
        "  00:01.400 #1  C←S PING  F--       4 1         "ping"",
        "  00:01.401 #1  C→S PONG  F-M       4 1         "ping"  rtt 1.3ms",
        "  00:01.401 #1  C←S TEXT  F1-       5 1         z→3 aaa",
        "  00:01.401 #1  C→S ERROR mask.missing: a client must mask every frame (TEXT fr…",
        "  00:01.401 #1  C→S TEXT  F--!      9 1         hi there!",
        "  00:02.512 #1  C←S BIN   F--    5000 4:1448×3… 30 31 32 33 34 35 36 37 38 39 3…",
        "  00:02.512 #1  C←S CLOSE F--      14 1         1002 protocol error "bad mask b…",
        "  00:02.512 #1  C→S CLOSE F-M       2 1         1002 protocol error",
        "  00:02.512 #1  C←S FIN",
        "  00:02.512 #1  C→S RST",
        "> 00:02.512 #1  C─S END   not clean: closed by the server with 1002 "bad mask b…",
        "",
        "",
        "",
        "",
      ]
    `)
  })

  it('at 120×40', () => {
    expect(paintedLines(demo(), { width: 120, height: 40 }).slice(0, 20)).toMatchInlineSnapshot(`
      [
        "  TIME         CON DIR TYPE  FLG     LEN CHOP                 PAYLOAD",
        "  12:00:00.000 #1  C─S OPEN  127.0.0.1:50000 → 127.0.0.1:9001",
        "  12:00:00.001 #1  C→S REQ   GET / HTTP/1.1  key=dGhlIHNhbXBsZSBub25jZQ==  ext=permessage-deflate",
        "  12:00:00.001 #1  C←S REPLY 101 Switching Protocols  ext=permessage-deflate  deflate=client 15 bits takeover, server 1…",
        "  12:00:01.102 #1  C→S TEXT  F-M      18 2:10+14              {"op":"subscribe"}",
        "  12:00:01.109 #1  C←S TEXT┐ ---      11 1&                   snapshot 1",
        "  12:00:01.109 #1  C←S CONT├ ---      11 1&                   snapshot 2",
        "  12:00:01.109 #1  C←S CONT┘ F--      10 1&                   snapshot 3  (3 frames 32 octets)",
        "  12:00:01.109 #1  C←S BIN   F--      24 1                    00 01 61 62 63 ff 00 01 61 62 63 ff 00 …   ··abc···abc··",
        "  12:00:01.400 #1  C←S PING  F--       4 1                    "ping"",
        "  12:00:01.401 #1  C→S PONG  F-M       4 1                    "ping"  rtt 1.3ms",
        "  12:00:01.401 #1  C←S TEXT  F1-       5 1                    z→3 aaa",
        "  12:00:01.401 #1  C→S ERROR mask.missing: a client must mask every frame (TEXT frame of 9 octets is not masked)",
        "  12:00:01.401 #1  C→S TEXT  F--!      9 1                    hi there!",
        "  12:00:02.512 #1  C←S BIN   F--    5000 4:1448×3+660         30 31 32 33 34 35 36 37 38 39 30 31 32 …   0123456789012",
        "  12:00:02.512 #1  C←S CLOSE F--      14 1                    1002 protocol error "bad mask bit"",
        "  12:00:02.512 #1  C→S CLOSE F-M       2 1                    1002 protocol error",
        "  12:00:02.512 #1  C←S FIN",
        "  12:00:02.512 #1  C→S RST",
        "> 12:00:02.512 #1  C─S END   not clean: closed by the server with 1002 "bad mask bit" after the client broke mask.missi…",
      ]
    `)
  })

  it('at 70×18 has short times, and of reads only how many', () => {
    expect(paintedLines(demo(), { width: 70, height: 18 }).slice(0, 9)).toMatchInlineSnapshot(`
      [
        "  TIME   CON DIR TYPE  FLG    LEN CHOP PAYLOAD",
        "  00.001 #1  C←S REPLY 101 Switching Protocols  ext=permessage-deflat…",
        "  01.102 #1  C→S TEXT  F-M     18 2    {"op":"subscribe"}",
        "  01.109 #1  C←S TEXT┐ ---     11 1&   snapshot 1",
        "  01.109 #1  C←S CONT├ ---     11 1&   snapshot 2",
        "  01.109 #1  C←S CONT┘ F--     10 1&   snapshot 3  (3 frames 32 octet…",
        "  01.109 #1  C←S BIN   F--     24 1    00 01 61 62 63 ff 00 01 61 62 …",
        "  01.400 #1  C←S PING  F--      4 1    "ping"",
        "  01.401 #1  C→S PONG  F-M      4 1    "ping"  rtt 1.3ms",
      ]
    `)
  })

  it('at 50×12 has what is needed, and no heads', () => {
    expect(paintedLines(demo(), { width: 50, height: 12 })).toMatchInlineSnapshot(`
      [
        "  #1  C←S BIN       24 00 01 61 62 63 ff 00 01 61…",
        "  #1  C←S PING       4 "ping"",
        "  #1  C→S PONG       4 "ping"  rtt 1.3ms",
        "  #1  C←S TEXT       5 z→3 aaa",
        "  #1  C→S ERROR mask.missing: a client must mask …",
        "  #1  C→S TEXT       9 hi there!",
        "  #1  C←S BIN     5000 30 31 32 33 34 35 36 37 38…",
        "  #1  C←S CLOSE     14 1002 protocol error "bad m…",
        "  #1  C→S CLOSE      2 1002 protocol error",
        "  #1  C←S FIN",
        "  #1  C→S RST",
        "> #1  C─S END   not clean: closed by the server w…",
      ]
    `)
  })

  it('in ASCII, with reads', () => {
    const state = demo()
    view.toggleReads(state)
    finishRows(state)
    const lines = paintedLines(state, { width: 80, height: 48, ascii: true })
    expect(lines.slice(5, 14)).toMatchInlineSnapshot(`
      [
        "  00:00.001 #1  C<S REPLY 101 Switching Protocols  ext=permessage-deflate  defl~",
        "  00:01.102 #1  C>S READ           10           81 92 01 02 03 04 7a 20 6c 74",
        "  00:01.102 #1  C>S READ           14           23 38 21 77 74 60 70 67 73 6b 6~",
        "  00:01.102 #1  C>S TEXT  F-M      18 2:10+14   {"op":"subscribe"}",
        "  00:01.109 #1  C<S READ           38           01 0b 73 6e 61 70 73 68 6f 74 2~",
        "  00:01.109 #1  C<S TEXT\\ ---      11 1&        snapshot 1",
        "  00:01.109 #1  C<S CONT| ---      11 1&        snapshot 2",
        "  00:01.109 #1  C<S CONT/ F--      10 1&        snapshot 3  (3 frames 32 octets)",
        "  00:01.109 #1  C<S READ           26           82 18 00 01 61 62 63 ff 00 01 6~",
      ]
    `)
  })

  it.each([0, 1, 2, 3, 5, 10, 20, 40, 59, 60, 79, 80, 100, 200])('paints every cell at width %i', width => {
    for (const height of [0, 1, 2, 15, 16, 30]) {
      const { chars } = painted(demo(), { width, height })
      expect(chars).toHaveLength(width * height)
      expect(chars).not.toContain(unpainted)
    }
  })

  it('makes room for the longest number of a connection', () => {
    const facts = opened().map(fact => ({ ...fact, conn: 12_345 }))
    const lines = paintedLines(viewOf(facts).state, { width: 80, height: 20 })
    expect(lines[0]).toContain('CON    DIR')
    expect(lines[1]).toContain('#12345 C─S OPEN ')
  })
})

describe('times', () => {
  it.each([
    [0, '12:00:01.109', '12:00:01.109', '12:00:01.400'],
    [1, '      01.109', '      01.109', '      01.400'],
    [2, '      00.000', '      00.000', '      00.291'],
    [3, '      01.109', '      01.109', '      01.400'],
  ])('in mode %i', (mode, ...times) => {
    const state = demo()
    for (let i = 0; i < mode; i++) view.nextTimeMode(state)
    const lines = paintedLines(state, { width: 100, height: 30 })
    expect(lines.slice(7, 10).map(line => line.slice(2, 14))).toEqual(times)
  })

  it('since the opening of a connection whose first row is gone', () => {
    const later = opened().map(fact => ({ ...fact, time: 1000 }))
    const { state, log } = viewOf([...later, { ...texts(100), time: 3500 }], { memory: 65_536, rows: 64 })
    expect(log.first).toBeGreaterThan(5)
    state.time = 'connection'
    expect(paintedLines(state, { width: 80, height: 20 }).at(-1)!.slice(2, 11)).toBe('   02.500')
  })
})

describe('signs and looks', () => {
  const styleAt = (state: view.LogState, x: number, y: number) =>
    painted(state, { width: 80, height: 20 }).styles[y * 80 + x]!

  it('has the cursor and marks in the gutter, and the whole line of the cursor inverse', () => {
    const state = viewOf([...opened(), texts(5)]).state
    view.moveBy(state, -2)
    view.toggleMark(state)
    view.moveBy(state, 1)
    view.toggleMark(state)
    view.moveBy(state, -3)
    const gutters = paintedLines(state, { width: 80, height: 20 }).map(line => line.slice(0, 2))
    expect(gutters.slice(0, 9)).toEqual(['  ', '  ', '  ', '  ', '> ', '  ', '* ', '* ', '  '])
    view.moveBy(state, 2)
    expect(paintedLines(state, { width: 80, height: 20 })[6]!.slice(0, 2)).toBe('>*')
    for (const x of [0, 40, 79]) expect(styleAt(state, x, 6) & Flag.inverse).toBe(Flag.inverse)
    expect(styleAt(state, 40, 7) & Flag.inverse).toBe(0)
  })

  it('underlines what is found, as far as it can be seen', () => {
    const state = viewOf([
      ...opened(),
      sent('server', encodeFrame({ opcode: 1 }, octets('abc xyz abc'))),
    ]).state
    view.setFind(state, makeFind('abc'))
    const underlined = () =>
      Array.from({ length: 80 }, (_, x) => x).filter(x => (styleAt(state, x, 4) & Flag.underline) !== 0)
    const payload = paintedLines(state, { width: 80, height: 20 })[4]!.indexOf('abc')
    expect(underlined()).toEqual([0, 1, 2, 8, 9, 10].map(x => payload + x))
    view.moveSideways(state, 8)
    expect(underlined()).toEqual([0, 1, 2].map(x => payload + x))
  })

  it('moves payloads sideways, and nothing else', () => {
    const state = demo()
    const before = paintedLines(state, { width: 80, height: 24 })
    view.moveSideways(state, 3)
    const after = paintedLines(state, { width: 80, height: 24 })
    expect(after.map(line => line.slice(0, 26))).toEqual(before.map(line => line.slice(0, 26)))
    expect(after.find(line => line.includes('TEXT┐'))).toMatch(/ pshot 1$/)
    expect(after.find(line => line.includes('PONG'))).toMatch(/ ng" {2}rtt 1\.3ms$/)
  })

  it('cuts a payload rather than what is told behind it', () => {
    const wire = `handshake\nserver TEXT fin=0 "a"\nserver CONT "long "*100`
    const at = (width: number) => paintedLines(viewOf(parseScript(wire)).state, { width, height: 20 })[5]
    expect(at(120)).toMatch(/ long.*… {2}\(2 frames 501 octets\)$/)
    expect(at(60)).toMatch(/ long.*…$/)
  })
})

describe('rows that are gone', () => {
  const limits = { memory: 65_536, rows: 64 }

  it('are counted above the oldest row', () => {
    const { state, session, log } = viewOf([...opened(), texts(10)], limits)
    view.toOldest(state)
    expect(paintedLines(state, { width: 80, height: 20 })[1]).toContain('OPEN')
    for (let i = 0; i < 20; i++) push(session, texts(60))
    finishRows(state)
    const lines = paintedLines(state, { width: 80, height: 20 })
    expect(lines[1]).toBe(`— ${log.first.toLocaleString('en')} older rows were dropped —`)
    expect(lines[1]).toContain(',')
    expect(lines[2]).toMatch(/^> /)
    expect(lines).toHaveLength(20)
    view.moveBy(state, 17)
    const last = paintedLines(state, { width: 80, height: 20 })
    expect([last[1]!.includes('dropped'), last[19]!.startsWith('>')]).toEqual([true, true])
    view.moveBy(state, 1)
    const end = paintedLines(state, { width: 80, height: 20 })
    expect([end[1]!.includes('dropped'), end[19]!.startsWith('>')]).toEqual([false, true])
    view.toNewest(state)
    expect(paintedLines(state, { width: 80, height: 20 }).join('\n')).not.toContain('dropped')
  })

  it('are counted above the only row that a filter leaves', () => {
    const { state } = viewOf([...opened(), texts(200)], limits)
    view.setFilter(state, parseFilter('n199.'))
    finishRows(state)
    const lines = paintedLines(state, { width: 80, height: 20 })
    expect(lines[1]).toContain('older rows were dropped')
    expect(lines[2]).toContain('n199.')
  })
})

describe('frames in flight', () => {
  const flying = (conn: number): Fact[] => [
    ...opened().map(fact => ({ ...fact, conn })),
    {
      ...sent('server', encodeFrame({ opcode: 2, fin: false, payloadLength: 70_000n }, octets('abc')), 50),
      conn,
    },
  ]
  const screen = { width: 80, height: 20 }

  it('stand below the newest row from 100 ms on', () => {
    const { state, log } = viewOf(flying(7))
    const at = (now: number) => paintedLines(state, screen, { now, open: [7] })
    expect(at(149).filter(line => line.startsWith('…'))).toEqual([])
    const lines = at(3250)
    const live = lines.findIndex(line => line.startsWith('…'))
    expect(lines[live]).toBe('…           #7  C←S BIN┐  3 of 70000 octets, for 3.2s')
    expect(lines[live - 1]).toMatch(/^> .*REPLY/)
    expect(rowsOf(log, 'frame')).toEqual([])
    view.toggleFollow(state)
    expect(at(3250).filter(line => line.startsWith('…'))).toEqual([])
  })

  it('are told from their first octet on, also where the header is not complete', () => {
    const { state } = viewOf([...opened(), sent('client', Uint8Array.of(0x81), 50)])
    const lines = paintedLines(state, screen, { now: 1300, open: [1] })
    expect(lines.find(line => line.startsWith('…'))).toBe(
      '…           #1  C→S       1 octet of a header, for 1.2s',
    )
  })

  it('take at most a quarter of the lines, and hide no new row', () => {
    const conns = Array.from({ length: 9 }, (_, i) => i + 1)
    const { state } = viewOf(conns.flatMap(flying))
    const lines = paintedLines(state, screen, { now: 1000, open: conns })
    expect(lines.filter(line => line.startsWith('…'))).toHaveLength(4)
    expect(lines.slice(-4).every(line => line.startsWith('…'))).toBe(true)
    expect(lines.at(-5)).toMatch(/^> .*#9 .*REPLY/)
  })
})

describe('hostile text', () => {
  /** What a cell may hold: nothing, or one character that shows as such. */
  const safe = /^(?:|[\p{L}\p{N}\p{P}\p{S}\p{Zs}])$/u
  const char = fc.oneof(
    fc.constantFrom(
      '\x1b',
      '\x9b',
      '\u202e',
      '\u200b',
      '\ufeff',
      '\ud800',
      '\u{e0001}',
      '\r',
      '\n',
      '\0',
      '日',
      '́',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )

  it('is shown, never obeyed, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 30 }), fc.boolean(), fc.nat(5), (text, ascii, left) => {
        const { state } = viewOf([
          {
            type: 'open',
            time: 0,
            info: { client: `c${text}`, server: `s${text}`, url: 'ws://a/', tls: false },
          },
          ...opened().slice(1),
          sent('server', encodeFrame({ opcode: 1 }, octets(text))),
          sent('server', encodeFrame({ opcode: 9 }, octets(text).subarray(0, 125))),
          sent('server', encodeFrame({ opcode: 8 }, octets(3, 232, octets(text).subarray(0, 123)))),
          { type: 'tcp', time: 0, from: 'server', state: text },
        ])
        state.left = left
        view.setFind(state, makeFind(text.replaceAll('/', '')))
        const { chars } = painted(state, { width: 80, height: 20, ascii })
        expect(chars.filter(cell => !safe.test(cell) || (ascii && cell > '~'))).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})
