import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Side } from '../../src/protocol/side.ts'
import { isBad, stateOf } from '../../src/tui/connection.ts'
import { ConnectionList, headTextLimit } from '../../src/tui/connection-list.ts'
import {
  connectionsState,
  moveBy,
  nextOrder,
  orders,
  pageBy,
  scrollInto,
  selected,
  toFirst,
  toLast,
} from '../../src/tui/connections-state.ts'
import type { Entry } from '../../src/wire/entry.ts'
import { framedTraffic, gappedTraffic, looseTraffic } from '../support/arbitraries.ts'
import { observe } from '../support/facts.ts'
import { feed, play, upgrade } from './support.ts'

function listOf(...scripts: string[]): ConnectionList {
  const list = new ConnectionList()
  play(list, scripts)
  return list
}

/** How a connection stands after a script, with a sign where something is wrong. */
function standing(script: string): string {
  const connection = listOf(script).get(1)!
  return `${stateOf(connection)}${isBad(connection) ? ' ✗' : ''}`
}

const closed = `
handshake
client CLOSE key=01020304 code=1000
server CLOSE code=1000
tcp server fin
tcp client fin`

describe('ConnectionList', () => {
  it('counts what entries say, in slices or at once', () => {
    const traffic = fc.oneof(framedTraffic, gappedTraffic, looseTraffic)
    fc.assert(
      fc.property(traffic, fc.integer({ min: 1, max: 9 }), (facts, rowsAtOnce) => {
        const { log, rows } = observe(facts)
        const list = new ConnectionList(rowsAtOnce)
        let slices = 1
        while (list.advance(log)) slices++
        expect(slices).toBe(Math.max(1, Math.ceil(log.next / rowsAtOnce)))
        const connection = list.get(1)!
        for (const from of ['client', 'server'] as const) {
          const { octets, messages } = connection[from].sent
          expect({ octets, messages }).toEqual(recount(chopped(facts), rows.entries, from))
        }
      }),
    )
  })

  it.each([
    ['nothing yet', 'tick 5', 'connecting'],
    ['a request', 'client head\n  GET / HTTP/1.1\n  Host: a', 'connecting'],
    ['an upgrade', 'handshake', 'open'],
    ['a refusal', refusal('401 Unauthorized'), 'HTTP 401'],
    ['a refusal, over', `${refusal('403 Forbidden')}\ntcp server fin\ntcp client fin`, 'HTTP 403'],
    ['an error while open', 'handshake\nclient TEXT "unmasked"', 'open ✗'],
    ['a clean close', closed, '1000'],
    [
      'a close without an answer',
      'handshake\nserver CLOSE code=1001\ntcp server fin\ntcp client fin',
      '1001 ✗',
    ],
    ['a reset', 'handshake\ntcp client reset\ntcp server closed', 'RST ✗'],
    ['an end without Close', 'handshake\ntcp client fin\ntcp server fin', 'closed ✗'],
    ['one side ended', 'handshake\ntcp client fin', 'open'],
    ['a server that is not there', 'tcp server refused\ntcp client closed', 'refused ✗'],
    ['octets that are no HTTP', 'client 160301004000\ntcp client fin\ntcp server fin', 'opaque'],
  ])('tells how a connection stands after %s', (_, script, expected) => {
    expect(standing(script)).toBe(expected)
  })

  it('knows plain HTTP', () => {
    const get = 'client head\n  GET /a HTTP/1.1\n  Host: a\nserver head\n  HTTP/1.1 204 No Content\n'
    expect(standing(get)).toBe('http')
  })

  it('tells who speaks, and what was agreed', () => {
    const deflate = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover'
    const protocol = 'Sec-WebSocket-Protocol: chat.v2'
    const script = upgrade('/chat?room=1', `${deflate}\n  ${protocol}`, `${deflate}\n  ${protocol}`)
    const connection = listOf(
      `time 10\nopen tls${script.replace('server head', 'time 13.5\nserver head')}`,
    ).get(1)!
    expect(connection).toMatchObject({
      info: { client: '127.0.0.1:50000', server: '127.0.0.1:9001', tls: true },
      method: 'GET',
      path: '/chat?room=1',
      status: 101,
      subprotocol: 'chat.v2',
      extensions: 'permessage-deflate: client 15 bits takeover, server 15 bits no takeover',
    })
    expect(connection.opened).toBe(10)
  })

  it('tells the last round trip, errors and warnings, and when octets came last', () => {
    const connection = listOf(`
handshake
time 10
server PING "a"
time 12.5
client PONG key=01020304 "a"
client TEXT "unmasked"
`).get(1)!
    expect(connection).toMatchObject({ rtt: 2.5, errors: 1, active: 12.5, isOver: false })
  })

  it('keeps the verdict of what is over', () => {
    const { verdict, isOver } = listOf(closed).get(1)!
    expect(isOver).toBe(true)
    expect(verdict).toMatchObject({ code: 1000, clean: true })
  })

  it('keeps texts of a peer short', () => {
    const { path } = listOf(upgrade(`/${'a'.repeat(5000)}`)).get(1)!
    expect(path).toHaveLength(headTextLimit)
  })

  it('forgets the oldest that are over first, and counts them', () => {
    const list = new ConnectionList(Infinity, 3)
    const session = play(list, ['handshake', closed, closed, 'handshake', 'handshake'])
    expect(list.all().map(({ conn }) => conn)).toEqual([1, 4, 5])
    expect([list.size, list.open, list.forgotten]).toEqual([3, 3, 2])
    feed(session, 6, 'handshake')
    expect(list.all().map(({ conn }) => conn)).toEqual([1, 4, 5])
    expect(list.forgotten).toBe(3)
    feed(session, 6, 'go on\nserver TEXT "not listed"')
    expect(list.get(6)).toBeNull()
  })

  it('finds its way back after rows were missed', () => {
    const session = play(new ConnectionList(), [], { memory: 65_536, rows: 64 })
    const list = new ConnectionList()
    feed(session, 1, 'handshake')
    list.advance(session.log)
    feed(session, 1, `go on\ntcp client fin\ntcp server fin`)
    feed(session, 2, upgrade('/second'))
    feed(session, 2, 'go on\nclient TEXT "unmasked"')
    for (let i = 0; i < 80; i++) feed(session, 2, 'go on\nserver TEXT "a"')
    feed(session, 3, closed)
    list.advance(session.log)
    expect(list.missed).toBeGreaterThan(80)
    expect(list.get(1)).toMatchObject({ isOver: true })
    const second = { path: '/second', status: 101, isOver: false, errors: 1 }
    expect(list.get(2)).toMatchObject(second)
    expect(list.get(2)!.server.sent).toMatchObject({ messages: 80, octets: 129 + 80 * 3 })
    expect(list.get(2)!.client.sent).toMatchObject({ messages: 1 })
    expect(stateOf(list.get(3)!)).toBe('1000')
  })

  it('works out rates over the last second', () => {
    const list = new ConnectionList()
    const session = play(list, ['handshake'])
    const rates = () => [list.get(1)!.client.rate, list.get(1)!.server.rate]
    list.tick(0)
    expect(rates()).toEqual([0, 0])
    for (let time = 250; time <= 1000; time += 250) {
      feed(session, 1, 'go on\nserver BIN 00*98')
      list.tick(time)
    }
    expect(rates()).toEqual([0, 400])
    list.tick(1500)
    expect(rates()).toEqual([0, 200])
    list.tick(1501)
    expect(rates()).toEqual([0, 200])
    list.tick(3000)
    expect(rates()).toEqual([0, 0])
  })
})

describe('connections', () => {
  const scripts = ['handshake\nserver BIN 00*500', closed, 'handshake\nclient TEXT "bad"', upgrade('/a')]

  /** The order of the list, and which of them is chosen. */
  function numbers(list: ConnectionList, state = connectionsState()) {
    const cursor = selected(state, list)?.conn ?? null
    return { listed: state.listed.map(({ conn }) => conn), cursor }
  }

  it('are listed in turn in every order, open ones first', () => {
    const list = listOf(...scripts)
    const state = connectionsState()
    const listed = orders.map(order => {
      expect(state.order).toBe(order)
      const found = numbers(list, state).listed.join(' ')
      nextOrder(state)
      return `${order} ${found}`
    })
    expect(listed).toEqual(['newest 4 3 1 2', 'octets 1 3 4 2', 'faults 3 4 1 2', 'path 3 1 4 2'])
    expect(state.order).toBe('newest')
  })

  it('keep the cursor on its connection while others come', () => {
    const list = new ConnectionList()
    const session = play(list, scripts)
    const state = connectionsState()
    expect(selected(state, list)?.conn).toBe(4)
    moveBy(state, list, 1)
    feed(session, 5, 'handshake')
    expect(numbers(list, state)).toEqual({ listed: [5, 4, 3, 1, 2], cursor: 3 })
    toFirst(state)
    feed(session, 6, 'handshake')
    expect(selected(state, list)?.conn).toBe(6)
    toLast(state, list)
    expect(selected(state, list)?.conn).toBe(2)
    moveBy(state, list, 5)
    expect(selected(state, list)?.conn).toBe(2)
  })

  it('leave the cursor near a connection that was forgotten', () => {
    const list = new ConnectionList(Infinity, 3)
    const session = play(list, ['handshake', closed, closed])
    const state = connectionsState()
    toLast(state, list)
    expect(numbers(list, state)).toEqual({ listed: [1, 3, 2], cursor: 2 })
    feed(session, 4, 'handshake')
    expect(numbers(list, state)).toEqual({ listed: [4, 1, 3], cursor: 3 })
  })

  it('scroll by pages, and keep the cursor in sight', () => {
    const list = listOf(...Array.from({ length: 20 }, () => 'handshake'))
    const state = connectionsState()
    selected(state, list)
    scrollInto(state, 6)
    pageBy(state, list, 1)
    scrollInto(state, 6)
    expect([selected(state, list)?.conn, state.top]).toEqual([14, 1])
    pageBy(state, list, -0.5)
    scrollInto(state, 6)
    expect([selected(state, list)?.conn, state.top]).toEqual([17, 1])
    toLast(state, list)
    scrollInto(state, 6)
    expect([selected(state, list)?.conn, state.top]).toEqual([1, 14])
  })

  it('have nothing to choose where there are none', () => {
    const state = connectionsState()
    toLast(state, listOf())
    expect(numbers(listOf(), state)).toEqual({ listed: [], cursor: null })
  })
})

function refusal(status: string): string {
  return `${upgrade('/').split('server head')[0] ?? ''}server head
  HTTP/1.1 ${status}
  Content-Length: 0`
}

interface SentOctets {
  from: Side
  octets: number
}

/** What each fact has sent. */
function chopped(facts: Parameters<typeof observe>[0]): SentOctets[] {
  return facts.flatMap(fact =>
    fact.type === 'octets' ? [{ from: fact.from, octets: fact.bytes.length }] : [],
  )
}

/** The same figures, counted without care for memory. */
function recount(sent: readonly SentOctets[], entries: readonly Entry[], from: Side) {
  const frames = entries.filter(entry => entry.type === 'frame').filter(entry => entry.from === from)
  const octets = sent.filter(one => one.from === from).reduce((sum, one) => sum + one.octets, 0)
  return { octets, messages: frames.filter(({ message }) => message !== null).length }
}
