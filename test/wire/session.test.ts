import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import { jsonLine } from '../../src/wire/json.ts'
import type { Reader, WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import {
  brokenTraffic,
  chopSizes,
  framedTraffic,
  gappedTraffic,
  looseTraffic,
  side,
} from '../support/arbitraries.ts'
import { Collector, derived, observe, opened, push, rechop, sent, tcp, type Fact } from '../support/facts.ts'
import { handshake } from '../support/heads.ts'
import { octets } from '../support/octets.ts'

const clientStart = handshake().request.length
const serverStart = handshake().response.length

const traffic: [string, fc.Arbitrary<Fact[]>][] = [
  ['frames', framedTraffic],
  ['frames with octets missing', gappedTraffic],
  ['HTTP and what looks like it', looseTraffic],
  ['a damaged connection', brokenTraffic],
]

/** Facts in any order: gaps where they cannot be, octets after the end, a side that ends twice. */
const disorder: fc.Arbitrary<Fact[]> = fc
  .tuple(
    fc.oneof(framedTraffic, looseTraffic, brokenTraffic),
    fc.array(
      fc.record({
        at: fc.nat(),
        fact: fc.oneof(
          fc.tuple(side, fc.constantFrom('fin', 'reset', 'closed')).map(([from, state]) => tcp(from, state)),
          fc
            .tuple(side, fc.nat({ max: 30 }), fc.constantFrom('queue', 'http'), fc.nat({ max: 300 }))
            .map(([from, length, reason, offset]): Fact => {
              return { type: 'mark', time: 0, from, mark: { type: 'gap', offset, octets: length, reason } }
            }),
        ),
      }),
      { maxLength: 4 },
    ),
  )
  .map(([facts, extra]) => {
    const result = [...facts]
    for (const { at, fact } of extra) result.splice(at % (result.length + 1), 0, fact)
    return result
  })

const ping = encodeFrame({ opcode: 9 })

/** Reads `step` rows at a time, and says so when there are more. */
class SlowReader implements Reader {
  readonly seen: number[] = []
  missed = 0
  ended = false
  #next = 0
  readonly #step: number

  constructor(step: number) {
    this.#step = step
  }

  advance(log: WireLog): boolean {
    if (this.#next < log.first) {
      this.missed += log.first - this.#next
      this.#next = log.first
    }
    for (let i = 0; i < this.#step && this.#next < log.next; i++) this.seen.push(log.entry(this.#next++).seq)
    return this.#next < log.next
  }

  end(log: WireLog): Promise<void> {
    while (this.advance(log));
    this.ended = true
    return Promise.resolve()
  }
}

describe('Session', () => {
  it.each(traffic)('makes the same rows of %s however the octets are chopped', (_, facts) => {
    fc.assert(
      fc.property(facts, chopSizes, (given, sizes) => {
        expect(derived(observe(rechop(given, sizes)).rows)).toEqual(derived(observe(given).rows))
      }),
      { numRuns: 120 },
    )
  })

  it('covers the octets after the upgrade with frames, without overlap and without a hole', () => {
    fc.assert(
      fc.property(framedTraffic, chopSizes, (given, sizes) => {
        const { session, rows } = observe(rechop(given, sizes))
        for (const from of ['client', 'server'] as const) {
          const sideFacts = given.flatMap(fact =>
            fact.type === 'octets' && fact.from === from ? [fact] : [],
          )
          const total = sideFacts.reduce((sum, { bytes }) => sum + bytes.length, 0)
          let next = sideFacts[0]!.bytes.length
          let lost = false
          for (const entry of rows.entries) {
            if (entry.from !== from || entry.type === 'tcp') continue
            if (entry.type === 'violation' && entry.rule === 'framing.lost') lost = true
            if (entry.type !== 'frame') continue
            expect(entry.offset).toBe(next)
            next += entry.headerLength + entry.received
          }
          const open = session.log.open(1, from)
          if (open !== null) next += open.header.headerLength + open.received
          // What is left is a header that is not complete, or what cannot be framed.
          if (!lost) expect(total - next).toBeLessThan(14)
          expect(next).toBeLessThanOrEqual(total)
        }
      }),
      { numRuns: 120 },
    )
  })

  it('never throws, whatever the facts are, and every row has a line and JSON', () => {
    fc.assert(
      fc.property(disorder, chopSizes, (given, sizes) => {
        const { log, rows } = observe(rechop(given, sizes))
        expect(rows.lines).toHaveLength(rows.entries.length)
        for (const entry of rows.entries) {
          expect(formatLine(cells(entry, log, 8), true)).not.toBe('')
          expect(JSON.stringify(jsonLine(entry, log, 8))).toContain(`"type":"${entry.type}"`)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('keeps connections apart', () => {
    fc.assert(
      fc.property(framedTraffic, framedTraffic, fc.array(fc.boolean()), (first, second, order) => {
        const rest = { 1: [...first], 2: second.map(fact => ({ ...fact, conn: 2 })) }
        const mixed: Fact[] = []
        for (const turn of order) mixed.push(...rest[turn ? 1 : 2].splice(0, 1))
        mixed.push(...rest[1], ...rest[2])
        const rows = derived(observe(mixed).rows) as { conn: number }[]
        const of = (conn: number) => rows.filter(row => row.conn === conn).map(row => ({ ...row, conn: 1 }))
        expect(of(1)).toEqual(derived(observe(first).rows))
        expect(of(2)).toEqual(derived(observe(second).rows))
      }),
      { numRuns: 60 },
    )
  })

  it('knows nothing of a connection that was not opened, or is over', () => {
    const { session, log } = observe([sent('client', octets('GET')), tcp('client', 'fin')])
    expect(log.next).toBe(0)
    for (const fact of [...opened(), tcp('client', 'fin'), tcp('server', 'fin')]) push(session, fact)
    const { next } = log
    push(session, sent('client', octets('late')))
    push(session, { type: 'mark', time: 0, from: 'client', mark: { type: 'redacted', offset: 0, octets: 1 } })
    expect(log.next).toBe(next)
    expect(session.nextFrame(1, 'client')).toBeNull()
  })

  it('takes the first end of a side for its end', () => {
    const { rows } = observe([...opened(), tcp('client', 'fin'), tcp('client', 'closed')])
    expect(rows.lines.filter(line => line.includes('close.missing'))).toHaveLength(1)
    expect(rows.lines.at(-1)).toContain('CLOSED')
  })

  it('tells what is left of a run of violations when the facts are over', async () => {
    const unmasked = sent('client', ping)
    const { session, rows } = observe([...opened(), unmasked, unmasked, unmasked])
    await session.end(0)
    const told = rows.entries.filter(entry => entry.type === 'violation' && entry.rule === 'mask.missing')
    expect(told).toMatchObject([{ count: 1 }, { count: 2 }])
    expect(rows.entries.at(-1)).toMatchObject({ type: 'verdict', clean: false, apiClient: null })
  })

  it('inflates as far as it is told', () => {
    const session = new Session({ inflate: { octets: 4, ratio: 1, ratioFrom: 4 } })
    const rows = new Collector()
    session.attach(rows)
    const hello = encodeFrame({ opcode: 1, rsv: 4 }, octets(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00))
    for (const fact of [...opened('permessage-deflate'), sent('server', hello)]) push(session, fact)
    expect(rows.lines.at(-1)).toContain('(inflate capped)  f2 48 cd c9 c9 07 00')
  })
})

describe('nextFrame', () => {
  it('names the first frame header that begins in the last read', () => {
    const { session } = observe([...opened(), sent('server', octets(0x82, 0x03, 0x01))])
    expect(session.nextFrame(1, 'server')).toBe(serverStart)
    push(session, sent('server', octets(0x02, 0x03, ping, ping)))
    expect(session.nextFrame(1, 'server')).toBe(serverStart + 5)
    push(session, sent('server', octets(ping, ping)))
    expect(session.nextFrame(1, 'server')).toBe(serverStart + 9)
  })

  it('is null for a read in which none begins, or ends its header', () => {
    const { session } = observe(opened())
    expect(session.nextFrame(1, 'client')).toBeNull()
    push(session, sent('client', octets(0x89)))
    expect(session.nextFrame(1, 'client')).toBeNull()
    push(session, sent('client', octets(0x00)))
    expect(session.nextFrame(1, 'client')).toBeNull()
    expect(session.nextFrame(7, 'client')).toBeNull()
  })

  it('is the read itself on a side that is not decoded: nothing there depends on where a frame begins', () => {
    const { session } = observe([...opened().slice(0, 1), sent('client', octets('not HTTP\n'))])
    push(session, sent('client', octets('more')))
    expect(session.nextFrame(1, 'client')).toBe(9)
  })
})

describe('readers', () => {
  it('are woken once for all that happens before they read', () => {
    const wakes: (() => void)[] = []
    const session = new Session({ wake: read => wakes.push(read) })
    for (const fact of opened()) push(session, fact)
    expect(wakes).toHaveLength(0)
    const rows = new Collector()
    session.attach(rows)
    for (const fact of [sent('server', ping), sent('server', ping)]) push(session, fact)
    expect(wakes).toHaveLength(1)
    expect(rows.lines).toEqual([])
    wakes[0]!()
    expect(rows.lines).toHaveLength(5)
    push(session, sent('server', ping))
    expect(wakes).toHaveLength(2)
    session.poke()
    expect(wakes).toHaveLength(2)
    wakes[1]!()
    session.poke()
    expect(wakes).toHaveLength(3)
  })

  it('are called again when they stop early', () => {
    const session = new Session()
    const reader = new SlowReader(2)
    for (const fact of opened()) push(session, fact)
    session.attach(reader)
    push(session, sent('server', octets(ping, ping, ping)))
    expect(reader.seen).toEqual(Array.from({ length: session.log.next }, (_, row) => row))
  })

  it('say how many rows they missed when they fall behind, and hold nobody up', async () => {
    const wakes: (() => void)[] = []
    const session = new Session({ log: { memory: 4096, rows: 16 }, wake: read => wakes.push(read) })
    const slow = new SlowReader(100)
    session.attach(slow)
    for (const fact of opened()) push(session, fact)
    wakes[0]!()
    const seen = slow.seen.length
    for (let i = 0; i < 50; i++) push(session, sent('server', ping))
    await session.end(0)
    expect(slow.ended).toBe(true)
    expect(slow.missed).toBe(session.log.next - seen - 16)
    expect(slow.seen.slice(seen)).toEqual(Array.from({ length: 16 }, (_, i) => session.log.first + i))
  })

  it('are switched off when they throw: one row says so, to the others too, at once', async () => {
    const session = new Session()
    const before = new Collector()
    const after = new Collector()
    let calls = 0
    session.attach(before)
    session.attach({
      advance(log) {
        calls++
        if (log.next > 3) throw new Error('no room on the disk')
        return false
      },
      end: () => Promise.reject(new Error('never asked')),
    })
    session.attach(after)
    for (const fact of opened()) push(session, fact)
    expect(calls).toBe(3)
    for (const rows of [before, after]) {
      expect(rows.entries.filter(entry => entry.type === 'fault')).toMatchObject([
        { conn: 0, from: null, consumer: 'reader', detail: 'Error: no room on the disk' },
      ])
      expect(rows.lines.filter(line => line.includes('FAULT'))).toHaveLength(1)
    }
    await session.end(0)
    expect(before.entries).toHaveLength(session.log.next - 2)
  })

  it('leave the rest of the session as it is when the last of them throws', () => {
    const session = new Session()
    session.attach({
      advance() {
        throw new Error('broken')
      },
      end: () => Promise.resolve(),
    })
    for (const fact of [...opened(), sent('client', ping)]) push(session, fact)
    expect(session.log.open(1, 'client')).toBeNull()
    expect(session.nextFrame(1, 'client')).toBe(clientStart)
  })
})
