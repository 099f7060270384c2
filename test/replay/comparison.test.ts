import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import { Comparison } from '../../src/replay/comparison.ts'
import { mostWaiting } from '../../src/replay/alignment.ts'
import { framedTraffic, gappedTraffic } from '../support/arbitraries.ts'
import { opened, sent, tcp, type Fact } from '../support/facts.ts'
import { head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { octets } from '../support/octets.ts'
import { closeFrame, compare, dialogueOf, frame, serverSays, session, text } from './support.ts'

const texts = (count: number) => Array.from({ length: count }, (_, i) => `message ${i}`)

describe('two dialogues', () => {
  it('are the same when they are one', () => {
    fc.assert(
      fc.property(fc.oneof(framedTraffic, gappedTraffic), facts => {
        const said = dialogueOf(facts)
        expect(compare(said, said, { frames: true, times: 0 }).differences).toEqual([])
      }),
    )
  })

  /** A list of messages all different, and a place in it. */
  const place = fc
    .integer({ min: 1, max: 200 })
    .chain(count => fc.tuple(fc.constant(texts(count)), fc.nat({ max: count - 1 })))

  it('differ in one message that is missing, too much or changed', () => {
    fc.assert(
      fc.property(place, ([list, at]) => {
        const without = list.toSpliced(at, 1)
        const other = list.toSpliced(at, 1, 'other')
        expect(compare(serverSays(...list), serverSays(...without)).differences).toMatchObject([
          { what: 'message', from: 'server', ordinal: at + 1, got: null },
        ])
        expect(compare(serverSays(...without), serverSays(...list)).differences).toMatchObject([
          { what: 'message', from: 'server', ordinal: at + 1, expected: null },
        ])
        expect(compare(serverSays(...list), serverSays(...other)).differences).toMatchObject([
          { what: 'message', from: 'server', ordinal: at + 1, got: 'other' },
        ])
      }),
      { numRuns: 30 },
    )
  })

  it('differ once where two messages changed places', () => {
    const list = texts(100)
    const swapped = list.toSpliced(40, 2, list[41]!, list[40]!)
    const far = list.toSpliced(40, 1).toSpliced(60, 0, list[40]!)
    const near = compare(serverSays(...list), serverSays(...swapped))
    expect(near.differences).toHaveLength(1)
    expect(near.total).toBe(1)
    expect(near.messages).toMatchObject({ same: 99, moved: 1, missing: 0, extra: 0 })
    expect(compare(serverSays(...list), serverSays(...far)).differences).toMatchObject([
      { text: 'server message 41 came in another place, as message 61' },
    ])
  })

  it('go on together after many messages more', () => {
    const list = texts(300)
    const more = Array.from({ length: 30 }, (_, i) => `more ${i}`)
    const { messages, total } = compare(serverSays(...list), serverSays(...list.toSpliced(100, 0, ...more)))
    expect({ ...messages, total }).toMatchObject({ same: 300, extra: 30, changed: 0, missing: 0, total: 30 })
  })

  it('can be told in any order', () => {
    const said = serverSays(...texts(50))
    const comparison = new Comparison({ sides: ['server'], ignore: [], frames: false, times: null })
    for (const one of said) comparison.got(one)
    expect(comparison.waiting).toBeGreaterThan(0)
    for (const one of said) comparison.expected(one)
    expect(comparison.waiting).toBe(0)
    expect(comparison.end()).toMatchObject({ total: 0, messages: { same: 50 } })
  })

  it('keep only so much waiting for a counterpart', () => {
    const comparison = new Comparison({ sides: ['server'], ignore: [], frames: false, times: null })
    const [, , one] = dialogueOf([...opened(), frame('server', 2, new Uint8Array(1024 * 1024))])
    for (let i = 0; i < 200; i++) comparison.expected(one!)
    expect(comparison.waiting).toBeLessThan(mostWaiting.octets + 2 * 1024 * 1024)
    expect(comparison.end().messages.missing).toBe(200)
  })

  it('keep so many differences, and count all', () => {
    const { differences, total, byKind } = compare(serverSays(...texts(50)), serverSays(), { limit: 3 })
    expect(differences).toHaveLength(3)
    expect({ total, message: byKind.message }).toEqual({ total: 50, message: 50 })
  })

  it('differ in the kind of a message', () => {
    const { differences } = compare(session(text('server', 'a')), session(frame('server', 2, 'a')))
    expect(differences).toMatchObject([{ expected: 'text of 1 octet: a', got: 'binary of 1 octet: 61' }])
  })

  it('show the first place where octets differ', () => {
    const a = session(frame('server', 2, octets('0123456789', 1, 'rest')))
    const b = session(frame('server', 2, octets('0123456789', 2, 'rest')))
    expect(compare(a, b).differences).toMatchObject([
      {
        text: 'server message 1 differs at octet 10',
        expected: '… 32 33 34 35 36 37 38 39 [01] 72 65 73 74',
        got: '… 32 33 34 35 36 37 38 39 [02] 72 65 73 74',
      },
    ])
  })

  it('show the first place where text differs, in whole characters', () => {
    const a = serverSays(`${'ä'.repeat(30)}x${'ö'.repeat(40)}`)
    const b = serverSays(`${'ä'.repeat(30)}y${'ö'.repeat(40)}`)
    expect(compare(a, b).differences).toMatchObject([
      { text: 'server message 1 differs at octet 60', expected: `…${'ä'.repeat(12)}x${'ö'.repeat(19)}…` },
    ])
  })
})

describe('JSON', () => {
  const differences = (a: string, b: string, ...ignore: string[]) =>
    compare(serverSays(a), serverSays(b), { ignore }).differences

  it.each([
    ['{"a":1,"b":[true,null]}', ' { "b" : [ true , null ] , "a" : 1 }'],
    ['{"a":150}', '{"a":1.5e2}'],
    ['{"a":0}', '{"a":-0.0}'],
    ['{"a":"\\u00e4"}', '{"a":"ä"}'],
    ['{"__proto__":{"x":1},"a":2}', '{"a":2,"__proto__":{"x":1}}'],
  ])('%s is the same as %s', (a, b) => {
    expect(differences(a, b)).toEqual([])
  })

  it.each([
    ['{"a":1}', '{"a":2}', '$.a', '1', '2'],
    ['{"a":1}', '{"a":"1"}', '$.a', '1', '"1"'],
    ['{"a":1}', '{}', '$.a', '1', null],
    ['{"a":[1,2]}', '{"a":[1,2,3]}', '$.a[2]', null, '3'],
    ['{"a":1,"a":2}', '{"a":2}', '$.a', '1', '2'],
    ['{"__proto__":{"x":1}}', '{}', '$.__proto__', '{"x":1}', null],
    ['{"n":9007199254740993}', '{"n":9007199254740992}', '$.n', '9007199254740993', '9007199254740992'],
    ['{"odd name":1}', '{"odd name":2}', '$["odd name"]', '1', '2'],
  ])('%s differs from %s at %s', (a, b, path, expected, got) => {
    expect(differences(a, b)).toMatchObject([{ text: `server message 1 differs at ${path}`, expected, got }])
  })

  it.each([
    ['{"id":1,"v":1}', '{"id":2,"v":1}', 'id'],
    ['{"id":1,"v":1}', '{"v":1}', '$.id'],
    ['{"items":[{"ts":1,"v":1}]}', '{"items":[{"ts":2,"v":1}]}', 'items[*].ts'],
    ['{"a":{"b":[{"c":1}]}}', '{"a":{"b":[{"c":2}]}}', 'a.b[0].c'],
    ['{"time":1,"a":[{"time":1}]}', '{"time":2,"a":[{"time":2}]}', '**.time'],
    ['[1,2]', '[1,3]', '[1]'],
    ['{"id":[1,{"a":"]"}],"v":"\\n"}', '{"id":-1.5E+3,"v":"\\n"}', 'id'],
    ['{ "id" : "\\"," , "v" : [ ] }', '{ "id" : null , "v" : [ ] }', 'id'],
    ['{"i\\u0064":1,"v":true}', '{"i\\u0064":{},"v":true}', 'id'],
    ['{"id":1,"v":150}', '{"id":2,"v":1.5e2}', 'id'],
  ])('%s is %s but for %s', (a, b, path) => {
    expect(differences(a, b)).toHaveLength(1)
    expect(differences(a, b, path)).toEqual([])
  })

  it.each([
    ['{"id":1,"v":1}', '{"id":2,"v":2}', 'id'],
    ['{"id":1}', '{"id":2,"v":2}', 'id'],
    ['[]', '[1]', '[*]'],
    ['{"id":1,}', '{"id":2,}', 'id'],
    ['{"id":1} {', '{"id":2} {', 'id'],
    ['{"id":01}', '{"id":1}', 'id'],
    ['{"id":1}', '{"id":"}', 'id'],
    ['{"id":1,"v":"\\x"}', '{"id":2,"v":"\\x"}', 'id'],
    ['{"id":1,"v":tru}', '{"id":2,"v":tru}', 'id'],
    ['{"id":1}', `{"id":${'['.repeat(300)}${']'.repeat(300)}}`, 'id'],
  ])('%s is not %s, not even but for %s', (a, b, path) => {
    expect(differences(a, b, path)).toHaveLength(1)
  })

  it('ignores any number of values', () => {
    const list = (item: number) => JSON.stringify(Array.from({ length: 5000 }, () => ({ id: item })))
    expect(differences(list(1), list(2), '[*].id')).toEqual([])
  })

  it('is text where it is not an object or list, or nested too deep', () => {
    expect(differences('1.0', '1')).toHaveLength(1)
    expect(differences('{"a":1', '{ "a":1')).toHaveLength(1)
    const deep = (space: string) => `${'['.repeat(100_000)}${space}${']'.repeat(100_000)}`
    expect(differences(deep(''), deep(' '))).toHaveLength(1)
    expect(differences(deep(''), deep(''))).toEqual([])
  })

  it('compares as values do, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.object(), fc.array(fc.jsonValue())),
        fc.integer({ min: 0, max: 4 }),
        (value, indent) => {
          expect(differences(JSON.stringify(value), JSON.stringify(value, null, indent))).toEqual([])
        },
      ),
    )
  })
})

describe('a handshake', () => {
  const answered = (...lines: string[]) =>
    dialogueOf([opened()[0]!, sent('client', upgradeRequest()), sent('server', upgradeResponse(...lines))])

  it('is the same with another date and server', () => {
    expect(compare(answered('Date: today', 'Server: a'), answered('Date: tomorrow')).differences).toEqual([])
  })

  it('differs in status, subprotocol and extensions', () => {
    const refused = dialogueOf([
      opened()[0]!,
      sent('client', upgradeRequest()),
      sent('server', head('HTTP/1.1 403 Forbidden', 'Content-Length: 0')),
    ])
    expect(compare(answered(), refused).differences).toMatchObject([
      { what: 'handshake', from: 'server', expected: '101', got: '403' },
    ])
    const chosen = answered('Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Extensions: permessage-deflate')
    expect(compare(answered(), chosen).differences).toMatchObject([
      { text: 'server head 1 differs in subprotocol', expected: null, got: 'chat' },
      { text: 'server head 1 differs in extensions', expected: null, got: 'permessage-deflate' },
    ])
  })

  it('is not held against what was redacted', () => {
    const offered = (token: string) =>
      dialogueOf([opened()[0]!, sent('client', upgradeRequest(`Sec-WebSocket-Protocol: chat, ${token}`))])
    expect(compare(offered('xxxxxxxxxxxx'), offered('xxxxxxxxxxxxxxxx')).differences).toEqual([])
    expect(compare(offered('v1'), offered('v2')).differences).toHaveLength(1)
    const asked = (query: string) =>
      dialogueOf([opened()[0]!, sent('client', head(`GET /p?${query} HTTP/1.1`, 'Host: localhost'))])
    const texts = (a: string, b: string) =>
      compare(asked(a), asked(b)).differences.map(({ expected, got }) => [expected, got])
    expect(texts('room=1&token=xxx', 'room=1&token=abcdef==')).toEqual([])
    expect(texts('token=a%20b', 'token=xxxxx')).toEqual([])
    expect(texts('room=1&token=xxx', 'room=2&token=abc')).toEqual([
      ['GET /p?room=1&token=xxx', 'GET /p?room=2&token=abc'],
    ])
    expect(texts('token=xxx', 'token=')).toEqual([])
    expect(texts('token=xxx', 'other=abc')).toHaveLength(1)
    expect(texts('token=abc', 'token=abd')).toHaveLength(1)
  })
})

describe('the end', () => {
  const ended = (...facts: Fact[]) => dialogueOf([...opened(), ...facts])

  it.each([
    ['code', closeFrame('server', 1000), closeFrame('server', 1001), '1000', '1001'],
    ['reason', closeFrame('server', 1000, 'a'), closeFrame('server', 1000, 'b'), '1000 a', '1000 b'],
    ['emptiness', closeFrame('server', 1000), frame('server', 8, ''), '1000', 'no code'],
  ])('differs in the %s of a Close', (_name, a, b, expected, got) => {
    expect(compare(ended(a), ended(b)).differences).toMatchObject([{ what: 'close', expected, got }])
  })

  it('differs where a Close is missing', () => {
    expect(compare(ended(closeFrame('server', 1000)), ended()).differences).toMatchObject([
      { what: 'close', from: 'server', text: 'server Close did not come', got: null },
    ])
  })

  it('differs in who closes first', () => {
    const [client, server] = [closeFrame('client', 1000), closeFrame('server', 1000)]
    expect(compare(ended(client, server), ended(server, client)).differences).toMatchObject([
      { what: 'close', expected: 'client', got: 'server' },
    ])
  })

  it('differs in FIN and RST, in what was left unfinished, and in who was first', () => {
    const half = sent('server', encodeFrame({ opcode: 1, payloadLength: 10 }, octets('half')))
    const [fin, reset, client] = [tcp('server', 'fin'), tcp('server', 'reset'), tcp('client', 'fin')]
    expect(compare(ended(fin, client), ended(reset, client)).differences).toMatchObject([
      { what: 'end', from: 'server', expected: 'fin', got: 'reset' },
    ])
    expect(compare(ended(fin), ended(half, fin)).differences).toMatchObject([
      { what: 'end', got: 'fin inside a TEXT frame, 4 of 10 octets' },
    ])
    const begun = sent('server', octets(0x81, 126, 0))
    expect(compare(ended(fin), ended(begun, fin)).differences).toMatchObject([
      { what: 'end', got: 'fin inside a frame header, 3 octets of it' },
    ])
    expect(compare(ended(fin, client), ended(client, fin)).differences).toMatchObject([
      { what: 'end', expected: 'server', got: 'client' },
    ])
  })
})

describe('frames', () => {
  const fragments = session(frame('server', 1, 'ab', 0, false), frame('server', 0, 'c'))
  const whole = session(text('server', 'abc'))

  it('differ only when they are compared, and are counted in any case', () => {
    expect(compare(fragments, whole)).toMatchObject({ total: 0, carriage: { refragmented: 1 } })
    expect(compare(fragments, whole, { frames: true }).differences).toMatchObject([
      { what: 'frames', ordinal: 1, expected: '2 frames (2, 1)', got: '1 frame (3)' },
    ])
  })

  it('differ in compression', () => {
    const deflated = new Deflater({ windowBits: 15, contextTakeover: true }).deflate(octets('abc'))
    const opening = opened('permessage-deflate')
    const compressed = dialogueOf([...opening, sent('server', encodeFrame({ opcode: 1, rsv: 4 }, deflated))])
    const plain = dialogueOf([...opening, text('server', 'abc')])
    expect(compare(compressed, plain)).toMatchObject({ total: 0, carriage: { decompressed: 1 } })
    expect(compare(compressed, plain, { frames: true }).differences).toMatchObject([{ what: 'frames' }])
  })

  it('differ in pings and pongs', () => {
    const pinged = session(frame('server', 9, 'p'), frame('client', 10, 'p'))
    expect(compare(pinged, session())).toMatchObject({ total: 0, controls: { missing: 2 } })
    expect(compare(pinged, session(), { frames: true }).differences).toMatchObject([
      { what: 'control', from: 'client', expected: 'pong of 1 octet: 70' },
      { what: 'control', from: 'server', expected: 'ping of 1 octet: 70' },
    ])
  })
})

describe('times', () => {
  const asked = (answeredAt: number, nextAt: number) =>
    dialogueOf([
      ...opened(),
      text('client', 'ask', 100),
      text('server', 'answer', answeredAt),
      text('server', 'next', nextAt),
    ])

  it('are those since what came before, so that one delay is one difference', () => {
    const expected = asked(110, 120)
    expect(compare(expected, asked(190, 200), { times: 50 }).differences).toMatchObject([
      { what: 'time', from: 'server', ordinal: 1, expected: '10.0 ms', got: '90.0 ms' },
    ])
    expect(compare(expected, asked(190, 200), { times: 80 }).differences).toEqual([])
    expect(compare(expected, asked(190, 200))).toMatchObject({ total: 0, pace: { worst: 80 } })
  })
})

describe('what a record does not have', () => {
  const gap = (length: number): Fact => ({
    type: 'mark',
    time: 0,
    from: 'server',
    mark: { type: 'gap', offset: 0, octets: length, reason: 'queue' },
  })

  it('makes no difference, and is told as not compared', () => {
    const full = session(...texts(20).map(one => text('server', one)))
    const gapped = session(
      ...texts(5).map(one => text('server', one)),
      gap(1000),
      ...texts(20)
        .slice(12)
        .map(one => text('server', one)),
    )
    for (const result of [compare(gapped, full), compare(full, gapped)])
      expect(result).toMatchObject({ total: 0, messages: { same: 13, unknown: 7 } })
  })

  it('leaves what follows to be compared', () => {
    const full = session(...texts(20).map(one => text('server', one)))
    const gapped = session(
      gap(1000),
      ...texts(20)
        .slice(12, 19)
        .map(one => text('server', one)),
      text('server', 'other'),
    )
    expect(compare(full, gapped).differences).toMatchObject([{ ordinal: 20, got: 'other' }])
  })
})
