import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../../src/protocol/permessage-deflate.ts'
import type { Side } from '../../../src/protocol/side.ts'
import type { Entry } from '../../../src/wire/entry.ts'
import { Session } from '../../../src/wire/session.ts'
import { parseFilter } from '../../../src/wire/filter/filter.ts'
import { Statistics, type Summary } from '../../../src/wire/stats/statistics.ts'
import { chopSizes, framedTraffic, gappedTraffic, looseTraffic } from '../../support/arbitraries.ts'
import {
  Collector,
  observe,
  opened,
  push,
  rechop,
  roomFor,
  sent,
  tcp,
  type Fact,
} from '../../support/facts.ts'
import { octets } from '../../support/octets.ts'
import { parseScript } from '../../support/wire-script.ts'

/** The statistics of `facts`, read after every one. */
function statisticsOf(facts: readonly Fact[], filter: string | null = null): Summary {
  const session = new Session({ log: roomFor(facts) })
  const statistics = new Statistics(filter === null ? null : parseFilter(filter))
  session.attach(statistics)
  for (const fact of facts) push(session, fact)
  return statistics.summary()
}

/** The same, read once when all is over. */
function statisticsAtOnce(facts: readonly Fact[]): Summary {
  const statistics = new Statistics()
  statistics.advance(observe(facts).log)
  return statistics.summary()
}

function script(text: string): Summary {
  return statisticsOf(parseScript(text))
}

/** What entries say, counted anew and without care for memory. */
function recount(entries: readonly Entry[], from: Side) {
  const own = entries.filter(entry => entry.from === from)
  const frames = own.filter(entry => entry.type === 'frame')
  const chops = own.filter(entry => entry.type === 'octets')
  const messages = frames.flatMap(({ message }) => message ?? [])
  const inflated = messages.filter(({ inflate }) => inflate === 'ok')
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const tally = (keys: readonly (string | number)[]) => {
    const counts: Record<string, number> = {}
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
    return counts
  }
  return {
    octets: sum(chops.map(({ length }) => length)),
    bySize: tally(chops.map(({ length }) => length)),
    byOpcode: tally(frames.map(({ opcode }) => opcode)),
    payload: sum(frames.map(({ received }) => received)),
    control: frames.filter(({ opcode }) => opcode >= 8).length,
    headers: sum(frames.map(({ headerLength }) => headerLength)),
    masks: 4 * frames.filter(({ maskingKey }) => maskingKey !== null).length,
    chopsOfFrames: sum(frames.map(entry => entry.chops)),
    longest: Math.max(0, ...frames.map(({ received }) => received)),
    text: messages.filter(({ kind }) => kind === 'text').length,
    binary: messages.filter(({ kind }) => kind === 'binary').length,
    framesOfMessages: sum(messages.map(message => message.frames)),
    messageOctets: sum(messages.map(({ length }) => length ?? 0)),
    compressed: messages.filter(({ compressed }) => compressed).length,
    wireOctets: sum(inflated.map(({ wireLength }) => wireLength)),
    codes: tally(frames.flatMap(({ close }) => (close === null ? [] : [close.code ?? 'none']))),
    pongs: frames.filter(({ rtt }) => rtt !== null).length,
    violations: sum(own.map(entry => (entry.type === 'violation' ? entry.count : 0))),
    gaps: sum(own.map(entry => (entry.type === 'gap' ? entry.octets : 0))),
    ends: own.filter(({ type }) => type === 'tcp').length,
  }
}

/** The same figures of a summary. */
function figures(summary: Summary, from: Side): ReturnType<typeof recount> {
  const { octets: read, frames, messages, overhead, compression, roundTrips, ...rest } = summary[from]
  expect(Object.values(frames.byOpcode).reduce((sum, count) => sum + count, 0)).toBe(frames.total)
  expect(frames.sizes.count).toBe(frames.total)
  expect(frames.chops.count).toBe(frames.total)
  expect(messages.frames.count).toBe(messages.total)
  const series = summary.rates[from]
  expect(series.octets.reduce((sum, count) => sum + count, 0)).toBe(read.total)
  expect(series.frames.reduce((sum, count) => sum + count, 0)).toBe(frames.total)
  return {
    octets: read.total,
    bySize: read.bySize,
    byOpcode: frames.byOpcode,
    payload: overhead.payloadOctets,
    control: frames.control,
    headers: overhead.headerOctets + overhead.maskOctets,
    masks: overhead.maskOctets,
    chopsOfFrames: frames.chops.total,
    longest: frames.sizes.max,
    text: messages.text,
    binary: messages.binary,
    framesOfMessages: messages.frames.total,
    messageOctets: messages.sizes.total,
    compressed: compression.messages,
    wireOctets: compression.wireOctets,
    codes: rest.closeCodes,
    pongs: roundTrips.count,
    violations: summary.violations.reduce((sum, count) => sum + count[from], 0),
    gaps: rest.gaps.octets,
    ends: Object.values(rest.ends).reduce((sum, count) => sum + count, 0),
  }
}

const anyTraffic = fc.oneof(framedTraffic, gappedTraffic, looseTraffic)

describe('Statistics', () => {
  it('are what a count over all entries gives, however the octets were chopped', () => {
    fc.assert(
      fc.property(anyTraffic, chopSizes, (facts, sizes) => {
        const chopped = rechop(facts, sizes)
        const session = new Session({ log: roomFor(chopped) })
        const [rows, statistics] = [new Collector(true), new Statistics()]
        session.attach(rows)
        session.attach(statistics)
        for (const fact of chopped) push(session, fact)
        for (const from of ['client', 'server'] as const) {
          expect(figures(statistics.summary(), from)).toEqual(recount(rows.entries, from))
        }
      }),
    )
  })

  it('are the same read row by row and at once', () => {
    fc.assert(
      fc.property(anyTraffic, chopSizes, (facts, sizes) => {
        const chopped = rechop(facts, sizes)
        expect(statisticsAtOnce(chopped)).toEqual(statisticsOf(chopped))
      }),
    )
  })

  it('are the same read in slices, which end with a word that there is more', () => {
    fc.assert(
      fc.property(anyTraffic, fc.integer({ min: 1, max: 7 }), (facts, rowsAtOnce) => {
        const { log } = observe(facts)
        const statistics = new Statistics(null, rowsAtOnce)
        let slices = 1
        while (statistics.advance(log)) slices++
        expect(slices).toBe(Math.max(1, Math.ceil((log.next - log.first) / rowsAtOnce)))
        expect(statistics.summary()).toEqual(statisticsAtOnce(facts))
      }),
    )
  })

  it('read all that is left at the end, however small their slices', async () => {
    const facts = parseScript('handshake\nclient PING key=01020304 "a"\nserver PONG "a"')
    const { log } = observe(facts)
    const statistics = new Statistics(null, 1)
    await statistics.end(log)
    expect(statistics.summary()).toEqual(statisticsAtOnce(facts))
  })

  it('count chops by size, with the opening handshake, and the frames that each completed', () => {
    const { client, server } = script(`
handshake
client PING key=01020304 "a"
+ PING key=01020304 "b"
client TEXT key=01020304 "hello" chops=3,3
server BIN 00*300
`)
    const request = Object.keys(client.octets.bySize).map(Number).at(-1)!
    expect(client.octets.bySize).toEqual({ 3: 2, 5: 1, 14: 1, [request]: 1 })
    expect(client.frames.perChop.buckets).toEqual([
      { from: 0, to: 0, count: 3 },
      { from: 1, to: 1, count: 1 },
      { from: 2, to: 3, count: 1 },
    ])
    expect(client.frames.chops.buckets).toEqual([
      { from: 1, to: 1, count: 2 },
      { from: 2, to: 3, count: 1 },
    ])
    expect(server.octets.bySize[304]).toBe(1)
    expect(server.frames.sizes.buckets).toEqual([{ from: 256, to: 511, count: 1 }])
  })

  it('tell header, key and payload apart', () => {
    const { client, server } = script(`
handshake
client TEXT key=01020304 "hello"
client BIN key=01020304 00*126
server BIN 00*98
`)
    expect(client.overhead).toEqual({ headerOctets: 6, maskOctets: 8, payloadOctets: 131, percent: 9.66 })
    expect(server.overhead).toEqual({ headerOctets: 2, maskOctets: 0, payloadOctets: 98, percent: 2 })
    expect(script('handshake').client.overhead.percent).toBeNull()
  })

  it('count messages by their own length, and the frames that made them', () => {
    const { client } = script(`
handshake
client TEXT fin=0 key=01020304 "frag"
client PING key=01020304
client CONT key=01020304 "ment"
client TEXT key=01020304 "whole"
client BIN key=01020304
`)
    expect(client.messages).toMatchObject({
      total: 3,
      text: 2,
      binary: 1,
      sizes: { count: 3, total: 13, max: 8 },
      frames: { count: 3, total: 4, max: 2 },
    })
  })

  it('weigh what came of a frame that the end of the stream cut, not what it announced', () => {
    const { client } = script(`
handshake
client BIN key=01020304 len=9223372036854775807 bits=64 010203
tcp client fin
tcp server fin
`)
    expect(client.frames).toMatchObject({ total: 1, payloadByOpcode: { 2: 3 }, sizes: { max: 3 } })
    expect(client.messages.total).toBe(0)
    expect(client.frames.perChop.buckets).toEqual([{ from: 0, to: 0, count: 2 }])
  })

  it('compare what compressed messages were on the wire and inflated', () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    const plain = octets('wire '.repeat(200))
    const deflated = deflater.deflate(plain).slice()
    const { server, client } = statisticsOf([
      ...opened('permessage-deflate'),
      sent('server', encodeFrame({ opcode: 1, rsv: 4 }, deflated)),
      sent('server', encodeFrame({ opcode: 1 }, octets('plain'))),
      sent('server', encodeFrame({ opcode: 2, rsv: 4 }, octets(0xff))),
    ])
    expect(server.compression).toEqual({
      messages: 2,
      wireOctets: deflated.length,
      octets: 1000,
      ratio: Math.round(deflated.length * 10) / 10_000,
      notInflated: { capped: 0, lost: 0, corrupt: 1 },
    })
    expect(server.messages).toMatchObject({ total: 3, sizes: { count: 2, total: 1005 } })
    expect(client.compression).toMatchObject({ messages: 0, ratio: null })
  })

  it('time pings, upgrades and connections', () => {
    const summary = script(`
open
handshake
time 5
server PING "1"
time 7.5
client PONG key=01020304 "1"
time 10
server PING "2"
client PONG key=01020304 "2"
time 20
tcp client fin
tcp server reset
`)
    const none = { count: 0, min: null, median: null, p99: null, max: null }
    expect(summary.client.roundTrips).toEqual({ count: 2, min: 0, median: 0, p99: 2.5, max: 2.5 })
    expect(summary.server.roundTrips).toEqual(none)
    expect(summary.connections).toEqual({
      opened: 1,
      closed: 1,
      durations: { count: 1, min: 20, median: 20, p99: 20, max: 20 },
      outcomes: { clean: 0, unclean: 1, unopened: 0, http: 0, open: 0, unknown: 0 },
      endedFirst: { client: 1, server: 0 },
    })
    expect([summary.start, summary.end, summary.duration]).toEqual([0, 20, 20])
    expect(summary.client.ends).toEqual({ fin: 1, reset: 0, closed: 0, error: 0 })
    expect(summary.server.ends).toEqual({ fin: 0, reset: 1, closed: 0, error: 0 })
  })

  it('time the answer to an upgrade from head to head, and tell accepted from refused', () => {
    const at = (time: number, facts: Fact[]) => facts.map(fact => ({ ...fact, time }))
    const [open, request, response] = opened()
    const refusal = sent('server', octets('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'))
    const of = (conn: number, facts: Fact[]) => facts.map(fact => ({ ...fact, conn }))
    const summary = statisticsOf([
      ...of(1, [open!, ...at(3, [request!]), ...at(10, [response!])]),
      ...of(2, [open!, ...at(20, [request!]), ...at(21, [refusal])]),
      ...of(3, [
        open!,
        ...at(30, [request!]),
        ...at(31, [tcp('client', 'closed'), tcp('server', 'refused')]),
      ]),
    ])
    expect(summary.handshakes).toEqual({
      requests: 3,
      accepted: 1,
      refused: 1,
      responseTimes: { count: 2, min: 1, median: 1, p99: 7, max: 7 },
    })
    expect(summary.connections).toMatchObject({ opened: 3, closed: 1 })
    expect([summary.client.ends.closed, summary.server.ends.error]).toEqual([1, 1])
  })

  it('count other HTTP exchanges, but no note about octets that are not decoded', () => {
    const summary = script(`
client head
  GET / HTTP/1.1
  Host: h
server head
  HTTP/1.1 204 No Content
client "nonsense\\r\\n"
`)
    expect(summary.exchanges).toBe(1)
    expect(summary.handshakes.requests).toBe(0)
  })

  it('count close codes and violations by side, a run for what it stands for', () => {
    const { client, server, violations } = statisticsOf([
      ...opened(),
      ...Array.from({ length: 100 }, () => sent('client', encodeFrame({ opcode: 2 }, octets('x')))),
      sent('client', encodeFrame({ opcode: 8, key: 1 }, octets(0x03, 0xe8))),
      sent('server', encodeFrame({ opcode: 8, key: 1 })),
      tcp('client', 'fin'),
      tcp('server', 'fin'),
    ])
    expect([client.closeCodes, server.closeCodes]).toEqual([{ 1000: 1 }, { none: 1 }])
    expect(violations.filter(({ severity }) => severity === 'error')).toEqual([
      { rule: 'mask.missing', severity: 'error', client: 100, server: 0 },
      { rule: 'mask.unexpected', severity: 'error', client: 0, server: 1 },
    ])
  })

  it('count octets per interval', () => {
    const { rates } = statisticsOf([
      ...opened().map(fact => ({ ...fact, time: 100 })),
      sent('server', encodeFrame({ opcode: 9 }), 103),
      sent('server', encodeFrame({ opcode: 9 }), 103.5),
    ])
    expect(rates).toMatchObject({ start: 100, width: 1, client: { frames: [0, 0, 0, 0] } })
    expect(rates.server).toEqual({ octets: [129, 0, 0, 4], frames: [0, 0, 0, 2] })
  })

  it('say how many rows they missed, and count the rest', () => {
    const pings = Array.from({ length: 100 }, () => sent('server', encodeFrame({ opcode: 9 })))
    const { log } = observe([...opened(), ...pings], { memory: 4096, rows: 64 })
    const statistics = new Statistics()
    statistics.advance(log)
    const { missed, server } = statistics.summary()
    expect(missed).toBe(log.first)
    expect(server.frames.total).toBe(32)
    expect(server.octets).toMatchObject({ total: 64, chops: 32, bySize: { 2: 32 } })
  })

  it('count the rows that a filter picks, and no other', () => {
    const facts = parseScript(`
handshake
client PING key=01020304 "one"
client TEXT key=01020304 "two"
server TEXT "three"
`)
    const pings = statisticsOf(facts, 'op:ping')
    expect(pings.client.frames.byOpcode).toEqual({ 9: 1 })
    expect(pings.client.octets.chops).toBe(0)
    expect(pings.client.frames.perChop.count).toBe(0)
    expect(pings.handshakes.requests).toBe(0)
    const server = statisticsOf(facts, 'from:server')
    expect(server.client.frames.total + server.client.octets.total).toBe(0)
    expect(server.server.messages.text).toBe(1)
  })

  it('say nothing of nothing', () => {
    const { start, end, duration, rates } = new Statistics().summary()
    expect([start, end, duration]).toEqual([null, null, 0])
    expect(rates.client).toEqual({ octets: [], frames: [] })
  })

  it('are plain data', () => {
    const summary = script('handshake\nclient TEXT "hello"\nserver CLOSE code=1000 "bye"')
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })
})
