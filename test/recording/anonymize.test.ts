import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { anonymize } from '../../src/recording/anonymize.ts'
import { chopSizes, framedTraffic, gappedTraffic } from '../support/arbitraries.ts'
import { FactList } from '../support/fact-list.ts'
import { observe, opened, push, rechop, sent, type Fact } from '../support/facts.ts'

const secret = Buffer.from('secret')

function anonymized(facts: readonly Fact[]): FactList {
  const list = new FactList()
  const step = anonymize(list, secret)
  for (const fact of facts) push(step, fact)
  return list
}

/** What follows from how it was sent: everything but what was said. */
function framing(facts: readonly Fact[]): unknown[] {
  const { entries } = observe(facts).rows
  const isCompressed = entries.some(entry => entry.type === 'frame' && (entry.rsv & 4) !== 0)
  // An answer is compared with what it answers; of compressed messages, and heads, other things are said.
  const others = isCompressed ? /^(deflate|handshake|request|response|text)/ : /^(handshake|request|response)/
  return entries.flatMap((entry): unknown[] => {
    if (entry.type === 'frame') {
      const { time, from, offset, headerLength, payloadLength, fin, rsv, opcode, received, chops } = entry
      return [{ time, from, offset, headerLength, payloadLength, fin, rsv, opcode, received, chops }]
    }
    if (entry.type !== 'violation') return []
    const { time, from, offset, rule, count } = entry
    return others.test(rule) ? [] : [{ time, from, offset, rule, count }]
  })
}

/** The payload that comes out for text in one frame of a client. */
function textOf(text: string | Uint8Array, sizes = [1000], opcode = 1): Buffer {
  const payload = Buffer.from(text)
  const frame = encodeFrame({ opcode, key: 0 }, payload)
  const list = anonymized([...opened(), ...rechop([sent('client', frame)], sizes)])
  return list.stream('client').subarray(-payload.length)
}

describe('an anonymized recording', () => {
  it.each([
    ['frames', framedTraffic],
    ['with gaps', gappedTraffic],
  ])('has the chops, frames, masks and violations that it had: %s', (_, traffic) => {
    fc.assert(
      fc.property(traffic, chopSizes, (given, sizes) => {
        const facts = rechop(given, sizes)
        const { facts: other } = anonymized(facts)
        const octets = (list: readonly Fact[]) =>
          list.flatMap(fact => (fact.type === 'octets' ? [fact.bytes.length] : []))
        expect(octets(other)).toEqual(octets(facts))
        expect(framing(other)).toEqual(framing(facts))
      }),
      { numRuns: 60 },
    )
  })

  it('says the same however it was chopped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), chopSizes, (text, sizes) => {
        expect(textOf(text, sizes)).toEqual(textOf(text))
      }),
    )
  })

  it('has letters for letters, digits for digits, and UTF-8 for UTF-8', () => {
    const said = 'Hello Wire, 2026: grün, 日本語, 𝄞!'
    const text = textOf(said).toString()
    expect(text).toMatch(/^[A-Z][a-z]{4} [A-Z][a-z]{3}, \d{4}: [a-z]{2}[^ -~][a-z], [^ -~]{3}, [^ -~]{2}!$/)
    expect(text).not.toContain('\ufffd')
    for (const word of ['Hello', 'Wire', '2026', 'gr', '日', '𝄞']) expect(text).not.toContain(word)
  })

  it('does not depend on which letters they were', () => {
    expect(textOf('secret')).toEqual(textOf('public'))
    expect(textOf(Uint8Array.of(1, 2, 3), [9], 2)).toEqual(textOf(Uint8Array.of(7, 8, 9), [9], 2))
  })

  it('has JSON for JSON, with the same structure', () => {
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shape)
        : typeof value === 'object' && value !== null
          ? Object.values(value).map(shape)
          : typeof value
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 })), fc.boolean(), (values, escaped) => {
        const json = JSON.stringify(values)
        const text = escaped
          ? json.replaceAll(/[^\0-~]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json
        const other = textOf(text).toString()
        expect(other).toHaveLength(text.length)
        expect(() => JSON.parse(other) as unknown).not.toThrow()
        expect((JSON.parse(other) as unknown[]).map(value => typeof value)).toEqual(
          values.map(value => typeof value),
        )
      }),
    )
    const said = { user: 'anna', ok: true, none: null, list: [1.5e3, 0, -7] }
    expect(shape(JSON.parse(textOf(JSON.stringify(said)).toString()))).toEqual(shape(said))
  })

  it('keeps which Pong answers which Ping, and tells pings apart', () => {
    const control = (from: 'client' | 'server', opcode: number, text: string) =>
      sent(from, encodeFrame({ opcode, key: from === 'client' ? 7 : null }, Buffer.from(text)))
    const facts = [
      ...opened(),
      control('client', 9, 'ping 1'),
      control('client', 9, 'ping 2'),
      control('server', 10, 'ping 1'),
      control('server', 10, 'ping 2'),
    ]
    const payloads = observe(anonymized(facts).facts).rows.lines.flatMap(
      line => /P[IO]NG .*"(.*)"/.exec(line)?.[1] ?? [],
    )
    const [one, two, ...pongs] = payloads
    expect(one).toMatch(/^[a-z]{4} \d$/)
    expect(one).not.toBe(two)
    expect(one).not.toContain('ping')
    expect(pongs).toEqual([one, two])
  })

  it('has letters in as many octets for a compressed message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), chopSizes, (octets, sizes) => {
        const frame = encodeFrame({ opcode: 1, rsv: 4, key: 9 }, octets)
        const facts = anonymized([
          ...opened('permessage-deflate'),
          ...rechop([sent('client', frame)], sizes),
        ]).facts
        const [found] = observe(facts).rows.entries.filter(entry => entry.type === 'frame')
        expect(found).toMatchObject({ message: { inflate: 'ok', length: Math.max(0, octets.length - 2) } })
      }),
    )
  })

  it('keeps the code of a Close, not its reason', () => {
    const close = encodeFrame({ opcode: 8, key: 5 }, Buffer.from('\x03\xe8grüner Abend', 'latin1'))
    const lines = observe(anonymized([...opened(), sent('client', close)]).facts).rows.lines.join('\n')
    expect(lines).toContain(' 1000 "')
    expect(lines).not.toContain('Abend')
  })

  it('has nothing of who talks to whom, and what a handshake needs', () => {
    const request = Buffer.from(
      'GET /feed?user=anna HTTP/1.1\r\nHost: shop.example\r\nCookie: a=b\r\nX-Real-IP: 10.1.2.3\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    const info = {
      client: '10.1.2.3:50000',
      server: '[fd00::1]:443',
      url: 'wss://u:p@shop.example:443/feed?user=anna',
      tls: true,
    }
    const list = anonymized([{ type: 'open', time: 0, info }, sent('client', request)])
    const text = list.stream('client').toString()
    expect(text).toHaveLength(request.length)
    expect(text).toContain('GET /feed?user=xxxx HTTP/1.1\r\nHost: xxxxxxxxxxxx\r\n')
    expect(text).toContain('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
    expect(text).not.toMatch(/anna|shop|a=b|10\.1/)
    expect(list.facts[0]).toMatchObject({
      info: { client: 'client:50000', server: 'server:443', url: 'wss://server:443/feed?user=xxxx' },
    })
  })

  it('has other octets behind a length that is none, and where nothing was ever HTTP', () => {
    const lost = Buffer.concat([Buffer.from([0x81, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('secret')])
    expect(
      anonymized([...opened(), sent('server', lost)])
        .stream('server')
        .toString(),
    ).not.toContain('secret')
    const raw = [{ ...opened()[0]!, time: 0 }, sent('client', Buffer.from('\x16\x03\x01secret stuff'))]
    expect(anonymized(raw).stream('client').toString()).not.toContain('secret')
  })
})
