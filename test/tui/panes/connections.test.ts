import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionList } from '../../../src/tui/connection-list.ts'
import { connectionsState, moveBy, type ConnectionsState } from '../../../src/tui/connections-state.ts'
import { paintConnections } from '../../../src/tui/panes/connections.ts'
import { painted, play, shown, unsafe, upgrade } from '../support.ts'

const deflate = 'Sec-WebSocket-Extensions: permessage-deflate'

const scripts = [
  `${upgrade('/chat', deflate, `${deflate}\n  Sec-WebSocket-Protocol: chat.v2`).replace('server head', 'time 3\nserver head')}
client TEXT key=01020304 "hello"
server BIN 00*300
time 4.2
client PING key=01020304 "a"
time 5.1
server PONG "a"`,
  `${upgrade('/live/prices')}
client TEXT "bad"
server CLOSE code=1002 "bad mask bit"
time 20
tcp server fin
tcp client fin`,
  `handshake
tcp client reset
tcp server closed`,
  'tick 30',
]

function chosen(rows: number, list: ConnectionList): ConnectionsState {
  const state = connectionsState()
  moveBy(state, list, rows)
  return state
}

function pane(width: number, height: number, rows = 0): string {
  const list = new ConnectionList()
  play(list, scripts)
  const state = chosen(rows, list)
  return shown(width, height, canvas => {
    paintConnections(canvas, list, state, 65_000, (_, from) => (from === 'server' ? 12_345 : 0))
  })
}

describe('the pane of connections', () => {
  it('has a line for each, and the details of the chosen one', () => {
    expect(`\n${pane(80, 20, 1)}`).toMatchInlineSnapshot(`
      "
       #   STATE        PATH          CLIENT               ^ MSG  v MSG  v B/s   IDLE
       4   connecting   -             127.0.0.1:50000          -      -      0  1m05s
      >1   open !       /chat         127.0.0.1:50000          1      1      0  1m04s
       3   RST !        /             127.0.0.1:50000          0      0      -  1m05s
       2   1002 !       /live/prices  127.0.0.1:50000          1      0      -  1m04s









      -- #1 -------------------------------------------------- 2 of 4, newest first --
       client      127.0.0.1:50000            server      127.0.0.1:9001
       request     101 in 3.0ms: GET /chat    subprotocol chat.v2
       up 1m05s  idle 1m04s  rtt 0.9ms  1 error  1 warning
       octets ^ 216 v 515  waiting v 12K
       extension   permessage-deflate: both 15 bits takeover"
    `)
  })

  it('leaves out columns in a narrow place, and puts the details under each other', () => {
    expect(`\n${pane(42, 30, 2)}`).toMatchInlineSnapshot(`
      "
       #   STATE    PATH    ^ MSG  v MSG  v B/s
       4   connect~ -           -      -      0
       1   open !   /chat       1      1      0
      >3   RST !    /           0      0      -
       2   1002 !   /live~      1      0      -














      -- #3 ------------ 3 of 4, newest first --
       client      127.0.0.1:50000
       server      127.0.0.1:9001
       request     101 in 0.0ms: GET /
       subprotocol -
       lasted 0.0ms  over 1m05s  1 warning
       octets ^ 148 v 129  waiting v 12K
       no Close from either side, TCP reset by
       the client: not clean, both report 1006;
       client: 1 warning (tcp.reset); first at
       client @148"
    `)
  })

  it('gives the details what a short table leaves, and a sign where that is not enough', () => {
    expect(pane(42, 16, 2)).toMatch(/client @148$/)
    const [rule, ...details] = pane(42, 14, 2).split('\n').slice(5)
    expect(rule).toContain('-- #3 --')
    expect(details).toHaveLength(8)
    expect(details.at(-1)).toMatch(/~$/)
  })

  it('keeps to the table where there is no place for details', () => {
    expect(`\n${pane(60, 4)}`).toMatchInlineSnapshot(`
      "
      >4   connecting   -                  -      -      0  1m05s
       1   open !       /chat              1      1      0  1m04s
       3   RST !        /                  0      0      -  1m05s
       2   1002 !       /live/prices       1      0      -  1m04s"
    `)
  })

  it('has further columns in a wide place', () => {
    expect(pane(120, 10).split('\n')[0]).toMatchInlineSnapshot(
      `" #   STATE        PATH                                   CLIENT               ^ MSG  v MSG  ^ B/s  v B/s   IDLE     RTT"`,
    )
  })

  it('says that there is none yet', () => {
    const list = new ConnectionList()
    const state = connectionsState()
    const text = shown(40, 4, canvas => {
      paintConnections(canvas, list, state, 0, () => 0)
    })
    expect(text.trim()).toBe('no connection yet')
  })

  it('tells how many it has forgotten', () => {
    const list = new ConnectionList(Infinity, 1)
    play(list, ['tcp client fin\ntcp server fin', 'handshake'])
    const text = shown(80, 10, canvas => {
      paintConnections(canvas, list, connectionsState(), 0, () => 0)
    })
    expect(text).toContain('1 of 1, newest first, 1 forgotten')
  })

  it('fills every cell of any size, and lets nothing through that a terminal would obey', () => {
    const hostile = ['\\x1b[31m', '\\x9b2J', '\\xe2\\x80\\xae', '\\x00', '\\xcc\\x81', '\\xe6\\x97\\xa5']
    const octets = fc.array(fc.constantFrom(...hostile, 'a', '/', ' '), { maxLength: 12 })
    fc.assert(
      fc.property(
        octets.map(parts => parts.join('')),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        (text, width, height, ascii) => {
          const list = new ConnectionList()
          play(list, [
            `
client "GET /${text} HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
+ "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n"
server "HTTP/1.1 101 ${text}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Protocol: ${text}\\r\\n"
+ "Sec-WebSocket-Extensions: x${text}\\r\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n"
server CLOSE code=4000 "${text}"
tcp ${text === '' ? 'server' : 'client'} reset
tcp server fin
tcp client fin`,
          ])
          const state = connectionsState()
          const { chars } = painted(
            width,
            height,
            canvas => {
              paintConnections(canvas, list, state, 10, () => 5)
            },
            ascii,
          )
          expect(chars).toHaveLength(width * height)
          expect(chars.filter(char => unsafe.test(char) || char === '?')).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})
