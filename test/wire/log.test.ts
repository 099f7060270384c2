import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import type { Entry, Frame } from '../../src/wire/entry.ts'
import { chopSizes, framedTraffic, key, looseTraffic, payload } from '../support/arbitraries.ts'
import {
  type Collector,
  connectionInfo,
  observe,
  opened,
  push,
  rechop,
  sent,
  tcp,
  type Fact,
} from '../support/facts.ts'
import { handshake } from '../support/heads.ts'
import { join, octets, toHex, toText } from '../support/octets.ts'

const clientStart = handshake().request.length
const serverStart = handshake().response.length

/** Rows and octets of a small log. */
const small = { memory: 4096, rows: 64 }

function text(of: Uint8Array | null): string | null {
  return of === null ? null : toText(of)
}

function equal(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, i) => value === b[i])
}

/** The frames of a log, with their rows. */
function frames(rows: Collector): (Frame & { seq: number })[] {
  return rows.entries.flatMap(entry => (entry.type === 'frame' ? [entry] : []))
}

describe('WireLog', () => {
  it('tells how far frames of one side and one time go on without more than columns', () => {
    const traffic = fc.oneof(framedTraffic, looseTraffic)
    fc.assert(
      fc.property(traffic, fc.integer({ min: 0, max: 9 }), (facts, most) => {
        const { log, rows } = observe(facts)
        const isPlain = (row: number) => log.kind(row) === 'frame' && log.extra(row) === null
        const likeness = ({ conn, from, time }: Entry) => [conn, from, time]
        for (const { seq } of rows.entries) {
          let end = seq
          const stop = Math.min(log.next, seq + most)
          while (end < stop && isPlain(end) && equal(likeness(log.entry(end)), likeness(log.entry(seq))))
            end++
          expect(log.plainFrames(seq, seq + most)).toBe(end)
          while (end < stop && isPlain(end)) end++
          expect(log.anyPlainFrames(seq, seq + most)).toBe(isPlain(seq) ? end : seq)
        }
        expect([log.plainFrames(-1, 9), log.plainFrames(log.next, Infinity)]).toEqual([-1, log.next])
      }),
    )
  })

  it('says of every frame what its header said, and how many reads carried it', () => {
    const fields = fc.record({
      opcode: fc.integer({ min: 0, max: 15 }),
      fin: fc.boolean(),
      rsv: fc.integer({ min: 0, max: 7 }),
      key: fc.oneof(key, fc.constant(null)),
      lengthBits: fc.constantFrom(16 as const, 64 as const),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(fields, payload), { maxLength: 5 }), chopSizes, (given, sizes) => {
        const sentFrames = given.map(([header, body]) => encodeFrame(header, body))
        const { log, rows } = observe([...opened(), ...rechop([sent('client', join(sentFrames))], sizes)])
        let offset = clientStart
        frames(rows).forEach((frame, i) => {
          const [header, body] = given[i]!
          expect(frame).toMatchObject({
            offset,
            headerLength: sentFrames[i]!.length - body.length,
            payloadLength: body.length,
            received: body.length,
            exactLength: null,
            lengthBits: header.lengthBits,
            fin: header.fin,
            rsv: header.rsv,
            opcode: header.opcode,
            maskingKey: header.key,
            chops: log.chops({ conn: 1, from: 'client', offset, length: sentFrames[i]!.length }).length,
          })
          expect(log.frames.opcode(frame.seq)).toBe(header.opcode)
          expect(toHex(log.payload(frame.seq, Infinity).octets!)).toBe(toHex(body))
          expect(toHex(log.octets({ conn: 1, from: 'client', offset, length: sentFrames[i]!.length })!)).toBe(
            toHex(sentFrames[i]!),
          )
          offset += sentFrames[i]!.length
        })
        expect(frames(rows)).toHaveLength(given.length)
      }),
    )
  })

  it('links chops, frames and messages by offset alone', () => {
    const hello = encodeFrame({ opcode: 1 }, octets('Hello'))
    const { log } = observe([
      ...opened(),
      sent('server', hello.subarray(0, 1), 1),
      sent('server', hello.subarray(1), 2),
    ])
    expect(log.chops({ conn: 1, from: 'server', offset: serverStart, length: hello.length })).toEqual([
      { time: 1, offset: serverStart, length: 1 },
      { time: 2, offset: serverStart + 1, length: 6 },
    ])
    expect(log.octets({ conn: 1, from: 'server', offset: serverStart + 2, length: 5 })).toEqual(
      octets('Hello'),
    )
    expect(log.octets({ conn: 1, from: 'server', offset: serverStart + 2, length: 6 })).toBeNull()
    expect(log.octets({ conn: 2, from: 'server', offset: 0, length: 1 })).toBeNull()
  })

  it('gathers a message out of its fragments, between frames of its own side and of others', () => {
    const facts: Fact[] = [
      ...opened(),
      ...opened().map(fact => ({ ...fact, conn: 2 })),
      sent('client', encodeFrame({ opcode: 1, fin: false, key: 1 }, octets('one, '))),
      sent('client', encodeFrame({ opcode: 9, key: 2 }, octets('ping'))),
      sent('server', encodeFrame({ opcode: 1 }, octets('other side'))),
      { ...sent('client', encodeFrame({ opcode: 1, key: 3 }, octets('other connection'))), conn: 2 },
      sent('client', encodeFrame({ opcode: 3, key: 4 }, octets('reserved'))),
      sent('client', encodeFrame({ opcode: 0, fin: false, key: 5 })),
      sent('client', encodeFrame({ opcode: 0, key: 6 }, octets('two'))),
    ]
    const { log, rows } = observe(facts)
    const last = frames(rows).at(-1)!
    expect(last.message).toEqual({
      kind: 'text',
      frames: 3,
      wireLength: 8,
      length: 8,
      compressed: false,
      inflate: null,
      contextUsed: null,
    })
    expect(text(log.message(last.seq, 100).octets)).toBe('one, two')
    expect(log.message(last.seq, 7)).toEqual({ octets: octets('one, tw'), length: 8 })
    expect(log.message(last.seq, 0)).toEqual({ octets: octets(), length: 8 })
    expect(log.payload(last.seq, 2)).toEqual({ octets: octets('tw'), length: 3 })
    const [first] = frames(rows)
    expect(log.message(first!.seq, 100)).toEqual({ octets: null, length: 0 })
    expect(log.message(0, 100)).toEqual({ octets: null, length: 0 })
    expect(log.payload(0, 100)).toEqual({ octets: null, length: 0 })
  })

  it('begins a message anew where another begins inside it', () => {
    const { log, rows } = observe([
      ...opened(),
      sent('server', encodeFrame({ opcode: 1, fin: false }, octets('given up'))),
      sent('server', encodeFrame({ opcode: 1, fin: false }, octets('kept '))),
      sent('server', encodeFrame({ opcode: 0 }, octets('whole'))),
    ])
    const last = frames(rows).at(-1)!
    expect(text(log.message(last.seq, 100).octets)).toBe('kept whole')
  })

  it('keeps the beginning of what a message inflates to, in a quarter of its memory', () => {
    const plain = octets('ä'.repeat(5000))
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    const compressed = encodeFrame({ opcode: 1, rsv: 4 }, deflater.deflate(plain))
    const { log, rows } = observe([...opened('permessage-deflate'), sent('server', compressed)], {
      rows: 64,
      memory: 16_384,
    })
    const { seq, message } = frames(rows)[0]!
    expect(message).toMatchObject({ compressed: true, inflate: 'ok', length: 10_000 })
    expect(log.message(seq, Infinity)).toEqual({ octets: plain.subarray(0, 4096), length: 10_000 })
    expect(log.message(seq, 3)).toEqual({ octets: plain.subarray(0, 3), length: 10_000 })
  })

  it('has no octets, and no length, of a message that was not inflated', () => {
    const { log, rows } = observe([
      ...opened('permessage-deflate'),
      sent('server', encodeFrame({ opcode: 2, rsv: 4 }, octets(0xff))),
    ])
    const { seq, message } = frames(rows)[0]!
    expect(message).toMatchObject({ compressed: true, inflate: 'corrupt', length: null })
    expect(log.message(seq, 100).octets).toBeNull()
  })

  it('keeps the newest rows and says which', () => {
    const { log } = observe(
      [...opened(), ...Array.from({ length: 100 }, () => sent('server', encodeFrame({ opcode: 9 })))],
      small,
    )
    expect(log.next - log.first).toBe(small.rows)
    expect([log.kind(log.first), log.kind(log.next - 1)]).toEqual(['octets', 'frame'])
    for (const row of [-1, log.first - 1, log.next]) {
      expect(log.kind(row)).toBe('none')
      expect(() => log.entry(row)).toThrow(`row ${row} is not kept: rows ${log.first} to ${log.next - 1} are`)
    }
    expect(log.entry(log.next - 1)).toMatchObject({ seq: log.next - 1, type: 'frame', opcode: 9 })
    expect(log.entry(log.first)).toMatchObject({ type: 'octets', length: 2 })
  })

  it('keeps a row whose octets it has forgotten', () => {
    const first = encodeFrame({ opcode: 1 }, octets('first'))
    const large = encodeFrame({ opcode: 2 }, new Uint8Array(2900))
    const { log, rows } = observe(
      [...opened(), sent('server', first), sent('server', large), sent('server', large)],
      small,
    )
    const [forgotten] = frames(rows)
    expect(log.entry(forgotten!.seq)).toMatchObject({ type: 'frame', payloadLength: 5 })
    expect(log.payload(forgotten!.seq, 100)).toEqual({ octets: null, length: 5 })
    expect(log.message(forgotten!.seq, 100)).toEqual({ octets: null, length: 5 })
    expect(log.octets({ conn: 1, from: 'server', offset: serverStart, length: 1 })).toBeNull()
    expect(log.chops({ conn: 1, from: 'server', offset: serverStart, length: 1 })).toHaveLength(1)
  })

  it('has no octets of a message whose first frame it has forgotten', () => {
    const ping = sent('server', encodeFrame({ opcode: 9 }))
    const { log, rows } = observe(
      [
        ...opened(),
        sent('server', encodeFrame({ opcode: 1, fin: false }, octets('forgotten'))),
        ...Array.from({ length: 40 }, () => ping),
        sent('server', encodeFrame({ opcode: 0 }, octets('last'))),
      ],
      small,
    )
    const last = frames(rows).at(-1)!
    expect(last.message).toMatchObject({ frames: 2, wireLength: 13 })
    expect(log.message(last.seq, 100)).toEqual({ octets: null, length: 13 })
    expect(text(log.payload(last.seq, 100).octets)).toBe('last')
  })

  it('has no octets of a fragmented message whose first octets it has forgotten', () => {
    const large = new Uint8Array(2900)
    const { log, rows } = observe(
      [
        ...opened(),
        sent('server', encodeFrame({ opcode: 2, fin: false }, octets('forgotten'))),
        sent('server', encodeFrame({ opcode: 0, fin: false }, large)),
        sent('server', encodeFrame({ opcode: 0 }, large)),
      ],
      small,
    )
    expect(log.message(frames(rows).at(-1)!.seq, 5000).octets).toBeNull()
  })

  it('forgets what the oldest messages inflated to', () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: false })
    const compressed = (letter: string) =>
      sent('server', encodeFrame({ opcode: 1, rsv: 4 }, deflater.deflate(octets(letter.repeat(600)))))
    const { log, rows } = observe(
      [...opened('permessage-deflate'), ...['a', 'b', 'c'].map(compressed)],
      small,
    )
    const [a, , c] = frames(rows)
    expect(log.message(a!.seq, 10)).toEqual({ octets: null, length: 600 })
    expect(text(log.message(c!.seq, 3).octets)).toBe('ccc')
  })

  it('counts the reads of a frame also where it no longer knows the first of them', () => {
    const frame = encodeFrame({ opcode: 2 }, new Uint8Array(200))
    const { rows } = observe([...opened(), ...rechop([sent('server', frame)], [1])], small)
    expect(frames(rows)).toMatchObject([{ payloadLength: 200, chops: frame.length }])
  })

  it('shows the frame in flight: its header, what came of it, and since when', () => {
    const { session, log } = observe(opened())
    expect(log.open(1, 'client')).toBeNull()
    push(session, sent('client', encodeFrame({ opcode: 1, key: 7, payloadLength: 10 }), 5))
    push(session, sent('client', octets('abc'), 6))
    expect(log.open(1, 'client')).toMatchObject({
      header: { offset: clientStart, opcode: 1, key: 7, payloadLength: 10 },
      exactLength: null,
      received: 3,
      since: 5,
    })
    expect(log.open(1, 'server')).toBeNull()
    expect(log.open(2, 'client')).toBeNull()
    push(session, sent('client', octets('defghij'), 7))
    expect(log.open(1, 'client')).toBeNull()
  })

  it('shows the exact length of a frame in flight that no double holds', () => {
    const frame = encodeFrame({ opcode: 2, payloadLength: 2n ** 63n - 1n, lengthBits: 64 })
    const { log } = observe([...opened(), sent('server', frame)])
    expect(log.open(1, 'server')).toMatchObject({ exactLength: '9223372036854775807', received: 0 })
  })

  it('has no frame in flight before the upgrade and after the end of a connection', () => {
    const { session, log } = observe(opened().slice(0, 2))
    expect(log.open(1, 'client')).toBeNull()
    push(session, opened()[2]!)
    push(session, sent('client', octets(0x81, 0x05)))
    push(session, { type: 'tcp', time: 0, from: 'client', state: 'fin' })
    push(session, { type: 'tcp', time: 0, from: 'server', state: 'fin' })
    expect(log.open(1, 'client')).toBeNull()
    push(session, { type: 'open', conn: 2, time: 0, info: connectionInfo })
    expect(log.open(2, 'client')).toBeNull()
  })

  it('says of a row without an entry what its entry says', () => {
    fc.assert(
      fc.property(fc.oneof(framedTraffic, looseTraffic), facts => {
        const { log } = observe(facts)
        for (let row = log.first; row < log.next; row++) {
          const { conn, from, time, type } = log.entry(row)
          expect([log.conn(row), log.from(row), log.time(row), log.type(row)]).toEqual([
            conn,
            from,
            time,
            type,
          ])
        }
        expect([log.type(-1), log.type(log.next)]).toEqual([null, null])
      }),
    )
  })

  it('copies a frame: its header as on the wire, its payload unmasked, as much as there is room for', () => {
    const masked = encodeFrame({ opcode: 1, key: 0x01020304 }, octets('Hello'))
    const { log, rows } = observe([
      ...opened(),
      sent('client', masked),
      sent('client', masked.subarray(0, 8)),
    ])
    const [{ seq }] = frames(rows) as [Frame & { seq: number }]
    const target = new Uint8Array(20).fill(0xee)
    expect(log.copyFrame(seq, target)).toBe(11)
    expect(target.subarray(0, 12)).toEqual(octets(masked.subarray(0, 6), 'Hello', 0xee))
    expect(log.copyFrame(seq, target.subarray(0, 8))).toBe(8)
    expect(target.subarray(0, 8)).toEqual(octets(masked.subarray(0, 6), 'He'))
    expect([0, -1, log.next].map(row => log.copyFrame(row, target))).toEqual([-1, -1, -1])
  })

  it('copies what came of a frame that the stream ended in', () => {
    const { log, rows } = observe([
      ...opened(),
      sent('client', encodeFrame({ opcode: 1, key: 7 }, octets('Hello')).subarray(0, 8)),
      tcp('client', 'fin'),
    ])
    const target = new Uint8Array(20)
    expect(log.copyFrame(frames(rows)[0]!.seq, target)).toBe(8)
    expect(toText(target.subarray(6, 8))).toBe('He')
  })

  it('knows the rows that told of a connection while it is open, and while rows of it are kept', () => {
    const end = (conn: number): Fact[] => [
      { ...tcp('client', 'fin'), conn },
      { ...tcp('server', 'fin'), conn },
    ]
    const of = (conn: number) => opened().map(fact => ({ ...fact, conn }))
    const pings = Array.from({ length: 40 }, () => ({
      ...sent('server', encodeFrame({ opcode: 9 })),
      conn: 2,
    }))
    const { session, log } = observe([...of(1), ...of(2), ...end(1), ...of(3), ...end(3)], small)
    const first = log.connection(1)!
    expect(log.entry(0)).toMatchObject({ seq: first.open!.row, ...first.open!.remark })
    expect([first.client?.remark.startLine, first.server?.remark.startLine]).toEqual([
      'GET / HTTP/1.1',
      'HTTP/1.1 101 Switching Protocols',
    ])
    for (const fact of [...pings, ...of(4), ...end(4)]) push(session, fact)
    expect([1, 2, 3, 4, 5].map(conn => log.connection(conn) !== null)).toEqual([
      false,
      true,
      false,
      true,
      false,
    ])
    expect(log.connection(2)!.open!.row).toBeLessThan(log.first)
  })
})
