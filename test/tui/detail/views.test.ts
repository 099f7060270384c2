import { describe, expect, it } from 'vitest'
import { Flag } from '../../../src/tui/theme.ts'
import * as detail from '../../../src/tui/detail/detail-state.ts'
import { logOf, opened, paint, painted } from './support.ts'
import { octets } from '../../support/octets.ts'
import { zlibPayloads } from '../../support/deflate.ts'

type State = detail.DetailState

/** The pane in one view, its lines as one text. */
function shown(state: State, view: detail.View = 'decoded', width = 80, height = 24): string {
  detail.setView(state, view)
  return painted(state, width, height).join('\n')
}

/** What is inverse in a pane. */
function inverse(state: State, view: detail.View, width = 80, height = 24): string {
  detail.setView(state, view)
  const { chars, styles } = paint(state, width, height)
  return chars.filter((_, at) => (styles[at]! & Flag.inverse) !== 0).join('')
}

const ack =
  '{\\"type\\":\\"ack\\",\\"seq\\":991,\\"note\\":\\"héllo 日本\\",\\"items\\":[1,2,3],\\"more\\":{\\"ok\\":true}}'

function maskedInTwoReads(): State {
  return opened(logOf(`handshake\ntime 3377.812\nclient TEXT key=37fa213d "${ack}" chops=60`), 'frame')
}

const wrongAccept = `client head
  GET / HTTP/1.1
  Host: localhost
  Upgrade: websocket
  Connection: Upgrade
  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
  Sec-WebSocket-Version: 13
server head
  HTTP/1.1 101 Switching Protocols
  Upgrade: websocket
  Connection: Upgrade
  Sec-WebSocket-Accept: AAAA`

describe('a masked text frame in two reads', () => {
  it('is a JSON tree', () => {
    expect(shown(maskedInTwoReads())).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2 reads ────────────── [decoded]│ hex │ bits
      >text, one frame, 82 octets, not compressed, JSON
       {
         "type":"ack",
         "seq":991,
         "note":"héllo 日本",
         "items":[1,2,3],
         "more":{
           "ok":true
         }
       }"
    `)
  })

  it('is octets, with the header and the ends of reads', () => {
    expect(shown(maskedInTwoReads(), 'hex')).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2 reads ──────────────  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x1 TEXT │ MASK=1 len7=82 │ key=37fa213d │ payload 82
       0000 ┃81 d2 37 fa 21 3d┃7b 22 74 79 70 65 22 3a 22 61  ··7·!={"type":"a
       0010  63 6b 22 2c 22 73 65 71 22 3a 39 39 31 2c 22 6e  ck","seq":991,"n
       0020  6f 74 65 22 3a 22 68 c3 a9 6c 6c 6f 20 e6 97 a5  ote":"h··llo ···
       0030  e6 9c ac 22 2c 22 69 74 65 6d 73 22╎3a 5b 31 2c  ···","items":[1,
       0040  32 2c 33 5d 2c 22 6d 6f 72 65 22 3a 7b 22 6f 6b  2,3],"more":{"ok
       0050  22 3a 74 72 75 65 7d 7d╎                         ":true}}
       ┃ header  ╎ end of a TCP read  m wire/[unmasked]"
    `)
    expect(shown(maskedInTwoReads(), 'hex', 60)).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2…  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x1 TEXT │ MASK=1 len7=82 │ key=37fa213d …
       0000 ┃81 d2 37 fa 21 3d┃7b 22  ··7·!={"
       0008  74 79 70 65 22 3a 22 61  type":"a
       0010  63 6b 22 2c 22 73 65 71  ck","seq
       0018  22 3a 39 39 31 2c 22 6e  ":991,"n
       0020  6f 74 65 22 3a 22 68 c3  ote":"h·
       0028  a9 6c 6c 6f 20 e6 97 a5  ·llo ···
       0030  e6 9c ac 22 2c 22 69 74  ···","it
       0038  65 6d 73 22╎3a 5b 31 2c  ems":[1,
       0040  32 2c 33 5d 2c 22 6d 6f  2,3],"mo
       0048  72 65 22 3a 7b 22 6f 6b  re":{"ok
       0050  22 3a 74 72 75 65 7d 7d╎ ":true}}
       ┃ header  ╎ end of a TCP read  m wire/[unmasked]"
    `)
  })

  it('is octets as they were sent', () => {
    const state = maskedInTwoReads()
    detail.cycleMode(state)
    expect(shown(state, 'hex').split('\n')[2]).toMatchInlineSnapshot(
      `" 0000 ┃81 d2 37 fa 21 3d┃4c d8 55 44 47 9f 03 07 15 9b  ··7·!=L·UDG·····"`,
    )
    detail.cycleMode(state)
    expect(shown(state, 'hex')).toBe(shown(maskedInTwoReads(), 'hex'))
  })

  it('is bits, and what surrounds it', () => {
    expect(shown(maskedInTwoReads(), 'bits')).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2 reads ──────────────  decoded │ hex │[bits]
      >octet 0     81          1··· ····  FIN     1    last frame of its message
                               ·000 ····  RSV1-3  000  no extension uses them here
                               ···· 0001  opcode  0x1  text
       octet 1     d2          1··· ····  MASK    1    masked; clients must (§5.1)
                               ·101 0010  len7    82   payload length; no long form
       octet 2-5   37fa213d               key     37fa213d
       octet 6-87  82 octets              payload
       message   text, one frame, 82 octets, not compressed
       reads     60 octets at 3.377812 s, ended in payload, at octet 60
                 28 octets at 3.377812 s, 0 µs later
       stream    begins at octet 148 of the client
       checks    no rule is broken here"
    `)
  })

  it('is all of that side by side where there is room', () => {
    expect(shown(maskedInTwoReads(), 'bits', 160, 26)).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2 reads ─ decoded (JSON) ──────────────────────│── hex ─ 88 octets, unmasked ────────────────────────────────────────────────
       text, one frame, 82 octets, not compressed, JSON                                 │ FIN=1 RSV=000 op=0x1 TEXT │ MASK=1 len7=82 │ key=37fa213d │ payload 82
       {                                                                                │ 0000 ┃81 d2 37 fa 21 3d┃7b 22 74 79 70 65 22 3a 22 61  ··7·!={"type":"a
         "type":"ack",                                                                  │ 0010  63 6b 22 2c 22 73 65 71 22 3a 39 39 31 2c 22 6e  ck","seq":991,"n
         "seq":991,                                                                     │ 0020  6f 74 65 22 3a 22 68 c3 a9 6c 6c 6f 20 e6 97 a5  ote":"h··llo ···
         "note":"héllo 日本",                                                           │ 0030  e6 9c ac 22 2c 22 69 74 65 6d 73 22╎3a 5b 31 2c  ···","items":[1,
         "items":[1,2,3],                                                               │ 0040  32 2c 33 5d 2c 22 6d 6f 72 65 22 3a 7b 22 6f 6b  2,3],"more":{"ok
         "more":{                                                                       │ 0050  22 3a 74 72 75 65 7d 7d╎                         ":true}}
           "ok":true                                                                    │ ┃ header  ╎ end of a TCP read  m wire/[unmasked]
         }                                                                              │
       }                                                                                │
                                                                                        │
                                                                                        │
      ── [bits] ────────────────────────────────────────────────────────────────────────│
      >octet 0     81          1··· ····  FIN     1    last frame of its message        │
                               ·000 ····  RSV1-3  000  no extension uses them here      │
                               ···· 0001  opcode  0x1  text                             │
       octet 1     d2          1··· ····  MASK    1    masked; clients must (§5.1)      │
                               ·101 0010  len7    82   payload length; no long form     │
       octet 2-5   37fa213d               key     37fa213d                              │
       octet 6-87  82 octets              payload                                       │
       message   text, one frame, 82 octets, not compressed                             │
       reads     60 octets at 3.377812 s, ended in payload, at octet 60                 │
                 28 octets at 3.377812 s, 0 µs later                                    │
       stream    begins at octet 148 of the client                                      │
       checks    no rule is broken here                                                 │"
    `)
  })

  it('shows the chosen field inverse in the octets and in the bits', () => {
    const state = maskedInTwoReads()
    expect(inverse(state, 'bits')).toBe('81          1··· ····  FIN')
    expect(inverse(state, 'hex')).toBe('FIN=181')
    detail.previousField(state)
    detail.previousField(state)
    expect(inverse(state, 'hex')).toBe('key=37fa213d37fa213d')
    detail.nextField(state)
    detail.nextField(state)
    expect(inverse(state, 'hex')).toBe('FIN=181')
  })

  it('tells a read that ended in the header, and one that brought more', () => {
    const script = 'handshake\nserver BIN bits=16 0001 chops=3\nserver PING "a"\n+ PONG "b"'
    expect(shown(opened(logOf(script), 'frame'), 'hex')).toContain('┃82 7e 00╎02┃00 01╎')
    const bits = shown(opened(logOf(script), 'frame'), 'bits')
    expect(bits).toContain('ended in len16, at octet 3')
    expect(shown(opened(logOf(script), 'frame', 1), 'bits')).toContain('3 of a read of 6 octets')
    const atEnd = opened(logOf('handshake\nserver BIN 0001 chops=2'), 'frame')
    expect(shown(atEnd, 'hex')).toContain('┃82 02┼00 01╎')
    expect(shown(atEnd, 'bits')).toContain('ended before payload')
  })
})

describe('a JSON tree', () => {
  it('folds and unfolds at the cursor, and finds what is folded', () => {
    const state = maskedInTwoReads()
    shown(state)
    detail.moveBy(state, 6)
    expect(detail.toggleFold(state)).toBe(true)
    expect(shown(state)).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 6+82 octets, 2 reads ────────────── [decoded]│ hex │ bits
       text, one frame, 82 octets, not compressed, JSON
       {
         "type":"ack",
         "seq":991,
         "note":"héllo 日本",
         "items":[1,2,3],
      >  "more":{ … }  1 line folded
       }"
    `)
    expect(detail.find(state, 'OK')).toBe(false)
    expect(detail.find(state, 'ok')).toBe(true)
    expect(state.places.decoded.cursor).toBe(6)
    detail.toggleFold(state)
    expect(shown(state)).toContain('"ok":true')
    detail.toHome(state)
    expect(detail.toggleFold(state)).toBe(false)
  })

  it('wraps what is too wide', () => {
    const state = opened(
      logOf(`handshake\nserver TEXT "[\\"${'日本'.repeat(20)}\\", {\\"a\\" : 1}]"`),
      'frame',
    )
    expect(shown(state, 'decoded', 40, 10)).toMatchInlineSnapshot(`
      "── Frame 6 ─ #1 … [decoded]│ hex │ bits
      >text, one frame, 135 octets, not
       compressed, JSON
       [
         "日本日本日本日本日本日本日本日本日本
           日本日本日本日本日本日本日本日本日
           本日本日本",
         {
           "a" : 1
         }"
    `)
  })
})

describe('a message', () => {
  const fragments =
    'handshake\nserver TEXT fin=0 "{\\"a\\":"\nserver PING "p"\nserver CONT fin=0 "[{\\"b\\":1},"'

  it('is whole, opened from the middle of its frames', () => {
    const state = opened(
      logOf(`${fragments}\nclient PONG key=01020304 "p"\nserver CONT "null]}"`),
      'frame',
      2,
    )
    expect(shown(state)).toMatchInlineSnapshot(`
      "── Frame 11 ─ #1 C←S ─ 2+9 octets, 1 read ─────────────── [decoded]│ hex │ bits
      >text, frame 2 of 3, 20 octets, not compressed, JSON
       {
         "a":[
           {
             "b":1
           },
           null
         ]
       }"
    `)
    expect(shown(state, 'bits')).toMatchInlineSnapshot(`
      "── Frame 11 ─ #1 C←S ─ 2+9 octets, 1 read ───────────────  decoded │ hex │[bits]
      >octet 0     00          0··· ····  FIN     0    more frames follow
                               ·000 ····  RSV1-3  000  no extension uses them here
                               ···· 0000  opcode  0x0  continuation
       octet 1     09          0··· ····  MASK    0    not masked; servers must not
                               ·000 1001  len7    9    payload length; no long form
       octet 2-10  9 octets               payload
       message   text, frame 2 of 3, 20 octets, not compressed
       reads     11 octets at 0.000000 s
       stream    begins at octet 139 of the server
       previous  PING, 1 octet, 0 µs earlier
       checks    no rule is broken here"
    `)
  })

  it('says that it is not complete', () => {
    expect(shown(opened(logOf(fragments), 'frame', 2))).toMatchInlineSnapshot(`
      "── Frame 11 ─ #1 C←S ─ 2+9 octets, 1 read ─────────────── [decoded]│ hex │ bits
      >text, frame 2 of 2, not complete, text
       cut: its last frame has not come
       {"a":[{"b":1},"
    `)
  })

  it('is text in lines where it is no JSON', () => {
    const state = opened(logOf(`handshake\nserver TEXT "one\\ntwo ${'x'.repeat(40)}"`), 'frame')
    expect(shown(state, 'decoded', 40, 8)).toMatchInlineSnapshot(`
      "── Frame 6 ─ #1 … [decoded]│ hex │ bits
      >text, one frame, 48 octets, not
       compressed, text
       one␊
       two xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
       xxxxxx"
    `)
  })

  it('is inflated, from one frame or several', async () => {
    const plain = octets('{"tick":"AAPL","tick2":"AAPL"}')
    const [payload, long] = await zlibPayloads([plain, octets('ab'.repeat(5000))], {
      windowBits: 15,
      contextTakeover: false,
    })
    const hex = Buffer.from(payload!).toString('hex')
    const script = `handshake permessage-deflate\nserver TEXT fin=0 rsv=4 ${hex.slice(0, 10)}\nserver CONT ${hex.slice(10)}`
    const log = logOf(`${script}\nserver BIN rsv=4 ${Buffer.from(long!).toString('hex')}`)
    expect(shown(opened(log, 'frame'))).toMatchInlineSnapshot(`
      "── Frame 6 ─ #1 C←S ─ 2+5 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >text, frame 1 of 2, 23 octets inflate to 30, ratio 0.77, JSON
       {
         "tick":"AAPL",
         "tick2":"AAPL"
       }"
    `)
    const state = opened(log, 'frame', 1)
    shown(state, 'hex')
    detail.cycleMode(state)
    expect(shown(state, 'hex')).toMatchInlineSnapshot(`
      "── Frame 8 ─ #1 C←S ─ 2+18 octets, 1 read ───────────────  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x0 CONT │ MASK=0 len7=18 │ payload 18
       0000  7b 22 74 69 63 6b 22 3a 22 41 41 50 4c 22 2c 22  {"tick":"AAPL","
       0010  74 69 63 6b 32 22 3a 22 41 41 50 4c 22 7d        tick2":"AAPL"}
       m wire/[inflated]"
    `)
    expect(shown(opened(log, 'frame', 0), 'bits')).toMatchInlineSnapshot(`
      "── Frame 6 ─ #1 C←S ─ 2+5 octets, 1 read ────────────────  decoded │ hex │[bits]
      >octet 0     41          0··· ····  FIN     0    more frames follow
                               ·100 ····  RSV1-3  100  RSV1: compressed
                               ···· 0001  opcode  0x1  text
       octet 1     05          0··· ····  MASK    0    not masked; servers must not
                               ·000 0101  len7    5    payload length; no long form
       octet 2-6   5 octets               payload compressed
       message   text, frame 1 of 2, 23 octets inflate to 30, ratio 0.77
       reads     7 octets at 0.000000 s
       stream    begins at octet 175 of the server
       checks    no rule is broken here"
    `)
    expect(shown(opened(log, 'frame', 2), 'decoded', 80, 5)).toMatchInlineSnapshot(`
      "── Frame 10 ─ #1 C←S ─ 2+29 octets, 1 read ────────────── [decoded]│ hex │ bits
      >binary, one frame, 29 octets inflate to 10000, ratio 0.00, binary
       0000  61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62  abababababababab
       0010  61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62  abababababababab
       0020  61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62  abababababababab"
    `)
  })
})

describe('other rows', () => {
  it('a Close has its code, what that means, and its reason', () => {
    const log = logOf('handshake\nserver CLOSE code=1001 "maintenance"\nclient CLOSE key=01020304 code=1006')
    expect(shown(opened(log, 'frame'))).toMatchInlineSnapshot(`
      "── Frame 6 ─ #1 C←S ─ 2+13 octets, 1 read ─────────────── [decoded]│ hex │ bits
      >payload of 13 octets
       code      1001 going away
       reason    maintenance"
    `)
    expect(shown(opened(log, 'frame', 1))).toMatchInlineSnapshot(`
      "── Frame 9 ─ #1 C→S ─ 6+2 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >! error close.invalid-code (RFC 6455 §7.4): the close code must not be on the
         wire: code 1006: abnormal closure
       payload of 2 octets
       code      1006 abnormal closure, invalid on the wire (RFC 6455 §7.4)
       reason    none"
    `)
  })

  it('a Pong has its payload and the round trip', () => {
    const log = logOf('handshake\nserver PING "ping"\ntime 0.9\nclient PONG key=01020304 "ping"')
    expect(shown(opened(log, 'frame', 1))).toMatchInlineSnapshot(`
      "── Frame 8 ─ #1 C→S ─ 6+4 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >payload of 4 octets, round trip 0.9 ms
       ping"
    `)
  })

  it('heads have below each line what is wrong with it', () => {
    const log = logOf(wrongAccept)
    expect(shown(opened(log, 'handshake', 1))).toMatchInlineSnapshot(`
      "── Response 4 ─ #1 C←S ─ 105 octets, 1 read ───────────── [decoded]│ hex │ bits
      >request @0, 148 octets
       GET / HTTP/1.1
       Host: localhost
       Upgrade: websocket
       Connection: Upgrade
       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
       Sec-WebSocket-Version: 13

       response @0, 105 octets
       HTTP/1.1 101 Switching Protocols
       Upgrade: websocket
       Connection: Upgrade
       Sec-WebSocket-Accept: AAAA
       ! error response.accept (RFC 6455 §4.2.2): Sec-WebSocket-Accept does not prove
         that the key was read: Sec-WebSocket-Accept has "AAAA", needs
         "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=""
    `)
    expect(shown(opened(log, 'handshake', 1), 'decoded', 160, 22)).toMatchInlineSnapshot(`
      "── Response 4 ─ #1 C←S ─ 105 octets, 1 read ─ [decoded] ──────────────────────────│── hex ─ 105 octets, wire ───────────────────────────────────────────────────
      >request @0, 148 octets                                                           │ 0000  48 54 54 50 2f 31 2e 31 20 31 30 31 20 53 77 69  HTTP/1.1 101 Swi
       GET / HTTP/1.1                                                                   │ 0010  74 63 68 69 6e 67 20 50 72 6f 74 6f 63 6f 6c 73  tching Protocols
       Host: localhost                                                                  │ 0020  0d 0a 55 70 67 72 61 64 65 3a 20 77 65 62 73 6f  ··Upgrade: webso
       Upgrade: websocket                                                               │ 0030  63 6b 65 74 0d 0a 43 6f 6e 6e 65 63 74 69 6f 6e  cket··Connection
       Connection: Upgrade                                                              │ 0040  3a 20 55 70 67 72 61 64 65 0d 0a 53 65 63 2d 57  : Upgrade··Sec-W
       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==                                      │ 0050  65 62 53 6f 63 6b 65 74 2d 41 63 63 65 70 74 3a  ebSocket-Accept:
       Sec-WebSocket-Version: 13                                                        │ 0060  20 41 41 41 41 0d 0a 0d 0a╎                       AAAA····
                                                                                        │ ╎ end of a TCP read
       response @0, 105 octets                                                          │
       HTTP/1.1 101 Switching Protocols                                                 │
       Upgrade: websocket                                                               │
       Connection: Upgrade                                                              │
       Sec-WebSocket-Accept: AAAA                                                       │
       ! error response.accept (RFC 6455 §4.2.2): Sec-WebSocket-Accept does not prove   │
         that the key was read: Sec-WebSocket-Accept has "AAAA", needs                  │
      ── bits ──────────────────────────────────────────────────────────────────────────│
       reads     105 octets at 0.000000 s                                               │
       stream    begins at octet 0 of the server                                        │
       ! error response.accept (RFC 6455 §4.2.2): Sec-WebSocket-Accept does not prove   │
         that the key was read: Sec-WebSocket-Accept has "AAAA", needs                  │
         "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="                                                 │"
    `)
    expect(inverse(opened(log, 'violation'), 'hex')).toBe('414141410d0a')
  })

  it('a violation has its rule, what was found, the octets and the frame', () => {
    const log = logOf('handshake\nclient TEXT "hi there!"')
    expect(shown(opened(log, 'violation'))).toMatchInlineSnapshot(`
      "── Error 6 ─ #1 C→S ─ 2+9 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >mask.missing error RFC 6455 §5.1
       a client must mask every frame
       found     TEXT frame of 9 octets is not masked
       fault     the client
       answer    Close code of a conforming peer: 1002 protocol error
       where     octet 149 of the stream, octet 1 of the frame at 148
       octets    that show it, as on the wire
       0094  81 09                                            ··

       text, one frame, 9 octets, not compressed, text
       hi there!"
    `)
    expect(shown(opened(log, 'violation'), 'hex')).toMatchInlineSnapshot(`
      "── Error 6 ─ #1 C→S ─ 2+9 octets, 1 read ────────────────  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x1 TEXT │ MASK=0 len7=9 │ payload 9
       0000 ┃81 09┃68 69 20 74 68 65 72 65 21╎                ··hi there!
       ┃ header  ╎ end of a TCP read"
    `)
    expect(shown(opened(log, 'violation'), 'decoded', 160, 26)).toMatchInlineSnapshot(`
      "── Error 6 ─ #1 C→S ─ 2+9 octets, 1 read ─ [decoded] (text) ──────────────────────│── hex ─ 11 octets, wire ────────────────────────────────────────────────────
      >mask.missing error RFC 6455 §5.1                                                 │ FIN=1 RSV=000 op=0x1 TEXT │ MASK=0 len7=9 │ payload 9
       a client must mask every frame                                                   │ 0000 ┃81 09┃68 69 20 74 68 65 72 65 21╎                ··hi there!
       found     TEXT frame of 9 octets is not masked                                   │ ┃ header  ╎ end of a TCP read
       fault     the client                                                             │
       answer    Close code of a conforming peer: 1002 protocol error                   │
       where     octet 149 of the stream, octet 1 of the frame at 148                   │
       octets    that show it, as on the wire                                           │
       0094  81 09                                            ··                        │
                                                                                        │
       text, one frame, 9 octets, not compressed, text                                  │
       hi there!                                                                        │
                                                                                        │
                                                                                        │
      ── bits ──────────────────────────────────────────────────────────────────────────│
       octet 0     81          1··· ····  FIN     1    last frame of its message        │
                               ·000 ····  RSV1-3  000  no extension uses them here      │
                               ···· 0001  opcode  0x1  text                             │
       octet 1     09          0··· ····  MASK    0    not masked; clients must (§5.1)  │
                               ·000 1001  len7    9    payload length; no long form     │
       octet 2-10  9 octets               payload                                       │
       message   text, one frame, 9 octets, not compressed                              │
       reads     11 octets at 0.000000 s                                                │
       stream    begins at octet 148 of the client                                      │
       ! error mask.missing (RFC 6455 §5.1): a client must mask every frame: TEXT frame │
         of 9 octets is not masked                                                      │"
    `)
    expect(inverse(opened(log, 'violation'), 'hex')).toBe('MASK=009')
    expect(shown(opened(log, 'frame'), 'bits')).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C→S ─ 2+9 octets, 1 read ────────────────  decoded │ hex │[bits]
      >octet 0     81          1··· ····  FIN     1    last frame of its message
                               ·000 ····  RSV1-3  000  no extension uses them here
                               ···· 0001  opcode  0x1  text
       octet 1     09          0··· ····  MASK    0    not masked; clients must (§5.1)
                               ·000 1001  len7    9    payload length; no long form
       octet 2-10  9 octets               payload
       message   text, one frame, 9 octets, not compressed
       reads     11 octets at 0.000000 s
       stream    begins at octet 148 of the client
       ! error mask.missing (RFC 6455 §5.1): a client must mask every frame: TEXT
         frame of 9 octets is not masked"
    `)
  })

  it('a violation of a frame in flight has what came of it', () => {
    const state = opened(logOf('handshake\nclient TEXT len=300 "hi there!"'), 'violation')
    expect(shown(state, 'hex')).toMatchInlineSnapshot(`
      "── Error 6 ─ #1 C→S ─ 4+9 octets, 1 read ────────────────  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x1 TEXT │ MASK=0 len7=126 │ len16=300 │ payload 9
       0000 ┃81 7e 01 2c┃68 69 20 74 68 65 72 65 21╎          ·~·,hi there!
       ┃ header  ╎ end of a TCP read"
    `)
    expect(shown(state)).toContain('cut: 9 of 300 octets of the frame came')
  })

  it('a violation in a payload shows the octet that breaks it', () => {
    const log = logOf('handshake\nserver TEXT "ok\\xff"')
    expect(inverse(opened(log, 'violation'), 'hex')).toBe('payload 3ff')
    expect(shown(opened(log, 'frame'))).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 C←S ─ 2+3 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >! error text.invalid-utf8 (RFC 6455 §8.1): the text is not UTF-8: octet 0xff at
         2 of the message: octet that UTF-8 never uses
       text, one frame, 3 octets, not compressed, not UTF-8
       0000  6f 6b ff                                         ok·"
    `)
  })

  it('a verdict has its parts, faults by side and what they are', () => {
    const log = logOf(
      'handshake\nclient TEXT "hi"\nserver CLOSE code=1002 "bad mask"\ntcp server fin\ntcp client fin',
    )
    const verdict = shown(opened(log, 'verdict')).replace(/\d+ rules/, '… rules')
    expect(verdict).toMatchInlineSnapshot(`
      "── Verdict 12 ─ #1 ────────────────────────────────────── [decoded]│ hex │ bits
      >closed by the server with 1002 "bad mask" after the client broke mask.missing
         @149, not answered by the client, TCP ended by the server 0.0 ms later, ended
         by the client 0.0 ms later: not clean, the server failed the connection, the
         client reports 1002, the server reports 1006
       client: 1 error (mask.missing)
       clean     no
       Close     by the server, 1002 protocol error, reason "bad mask"
       answered  no
       TCP       ended first by the server
       API       client 1002 (protocol error), server 1006 (abnormal closure)
       client    1 error, 0 warnings, 0 notices, 0 info
       server    0 errors, 0 warnings, 0 notices, 0 info
       checked   2 frames by … rules in 0.0ms
       ! error mask.missing (RFC 6455 §5.1): a client must mask every frame: TEXT
         frame of 2 octets is not masked"
    `)
    expect(shown(opened(log, 'verdict'), 'hex')).toMatchInlineSnapshot(`
      "── Verdict 12 ─ #1 ──────────────────────────────────────  decoded │[hex]│ bits
      >this row has no octets"
    `)
  })

  it('anything else has its values', () => {
    const log = logOf(
      'open tls\nclient "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"\ntcp client reset\ntcp server fin',
    )
    expect(shown(opened(log, 'open'))).toMatchInlineSnapshot(`
      "── Open 0 ─ #1 C→S ────────────────────────────────────── [decoded]│ hex │ bits
      >time      0.000000 s
       client    127.0.0.1:50000
       server    127.0.0.1:9001
       url       ws://127.0.0.1:9001/
       tls       true"
    `)
    expect(shown(opened(log, 'tcp'))).toMatchInlineSnapshot(`
      "── TCP 2 ─ #1 C→S ─────────────────────────────────────── [decoded]│ hex │ bits
      >time      0.000000 s
       state     reset"
    `)
    expect(shown(opened(log, 'http'))).toMatchInlineSnapshot(`
      "── HTTP 4 ─ #1 ────────────────────────────────────────── [decoded]│ hex │ bits
      >time      0.000000 s
       request   GET / HTTP/1.1
       clientOctets 27
       serverOctets 0"
    `)
    expect(shown(opened(log, 'octets'))).toMatchInlineSnapshot(`
      "── Octets 1 ─ #1 C→S ─ 27 octets, 1 read ──────────────── [decoded]│ hex │ bits
      >time      0.000000 s
       offset    0
       length    27
       0000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1··
       0010  48 6f 73 74 3a 20 61 0d 0a 0d 0a                 Host: a····"
    `)
  })
})

describe('the pane', () => {
  it('keeps view, search and the way octets are shown from row to row', () => {
    const log = logOf('handshake\nclient TEXT key=01020304 "ab"\nclient TEXT key=05060708 "cd"')
    const state = opened(log, 'frame')
    shown(state, 'hex')
    detail.cycleMode(state)
    detail.find(state, 'x')
    const next = detail.openDetail(opened(log, 'frame', 1).subject, state)
    expect([next.view, next.mode, next.find]).toEqual(['hex', 'wire', 'x'])
  })

  it('scrolls so that the cursor stays in sight, by lines, pages and to the ends', () => {
    const state = opened(logOf(`handshake\nserver TEXT "${'line\\n'.repeat(50)}"`), 'frame')
    shown(state, 'decoded', 80, 11)
    detail.moveBy(state, 1)
    expect(state.places.decoded).toMatchObject({ top: 0, cursor: 1 })
    detail.pageBy(state, 1)
    expect(state.places.decoded).toMatchObject({ top: 2, cursor: 11 })
    detail.pageBy(state, -0.5)
    expect(state.places.decoded).toMatchObject({ top: 2, cursor: 6 })
    detail.toEnd(state)
    expect(state.places.decoded).toMatchObject({ top: 41, cursor: 50 })
    detail.toHome(state)
    expect(state.places.decoded).toMatchObject({ top: 0, cursor: 0 })
  })

  it('finds text and octets, one after the other and around the end', () => {
    const state = opened(logOf(`handshake\nserver BIN 00*20 "needle" 00*40 "needle"`), 'frame')
    shown(state, 'hex')
    expect(detail.find(state, 'needle')).toBe(true)
    expect(state.places.hex.cursor).toBe(2)
    detail.findNext(state)
    expect(state.places.hex.cursor).toBe(5)
    detail.findNext(state)
    expect(state.places.hex.cursor).toBe(2)
    expect(detail.find(state, 'hex:6e 65')).toBe(true)
    expect(detail.find(state, 'hex:ffff')).toBe(false)
    shown(state, 'bits')
    expect(detail.find(state, 'opcode')).toBe(true)
    expect(state.places.bits.cursor).toBe(2)
  })

  it('is ASCII where it must be, and works in 40 by 4', () => {
    const { chars } = paint(maskedInTwoReads(), 160, 24, true)
    expect(chars.every(char => char >= ' ' && char <= '~')).toBe(true)
    expect(shown(maskedInTwoReads(), 'hex', 40, 4)).toMatchInlineSnapshot(`
      "── Frame 7 ─ #1 …  decoded │[hex]│ bits
      >FIN=1 RSV=000 op=0x1 TEXT │ MASK=1 len…
       0000 ┃81 d2 37 fa 21 3d┃7b 22  ··7·!={"
       0008  74 79 70 65 22 3a 22 61  type":"a"
    `)
  })
})
