import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { redact } from '../../src/recording/redact.ts'
import { isSecretName, isSecretSubprotocol } from '../../src/protocol/secrets.ts'
import { brokenTraffic, chopSizes, framedTraffic, looseTraffic } from '../support/arbitraries.ts'
import { FactList } from '../support/fact-list.ts'
import { connectionInfo, observe, opened, push, rechop, sent, tcp, type Fact } from '../support/facts.ts'
import { head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { chop, join, latin1, octets } from '../support/octets.ts'

const canary = 'C4n4ry0123456789abcdefXYZ'
const open: Fact = { type: 'open', time: 0, info: connectionInfo }

function redacted(facts: readonly Fact[]): FactList {
  const list = new FactList()
  const step = redact(list)
  for (const fact of facts) push(step, fact)
  return list
}

/** Every octet of a side has its place: in a chop, or in a gap. */
function expectTiled(list: FactList, from: Side, stream: Uint8Array): void {
  let offset = 0
  for (const fact of list.facts) {
    if (!('from' in fact) || fact.from !== from) continue
    if (fact.type === 'octets') {
      const original = stream.subarray(offset, offset + fact.bytes.length)
      expect(original).toHaveLength(fact.bytes.length)
      fact.bytes.forEach((octet, i) => {
        if (octet !== original[i]) expect(octet).toBe(0x78)
      })
      offset += fact.bytes.length
    } else if (fact.type === 'mark' && fact.mark.type === 'gap') {
      expect(fact.mark.offset).toBe(offset)
      offset += fact.mark.octets
    }
  }
  expect(offset).toBe(stream.length)
}

/** The octets of a side, those of gaps as dots. */
function shown(list: FactList, from: Side): string {
  return list.facts
    .map(fact => {
      if (fact.type === 'octets' && fact.from === from) return Buffer.from(fact.bytes).toString('latin1')
      const isGap = fact.type === 'mark' && fact.from === from && fact.mark.type === 'gap'
      return isGap ? '.'.repeat(fact.mark.octets) : ''
    })
    .join('')
}

/** What the marks say was overwritten. */
function marked(list: FactList, from: Side, stream: Uint8Array): string[] {
  const spans: { offset: number; end: number }[] = []
  for (const fact of list.facts) {
    if (fact.type !== 'mark' || fact.from !== from || fact.mark.type !== 'redacted') continue
    const { offset, octets } = fact.mark
    const last = spans.at(-1)
    if (last?.end === offset) last.end += octets
    else spans.push({ offset, end: offset + octets })
  }
  return spans.map(({ offset, end }) => Buffer.from(stream.subarray(offset, end)).toString('latin1'))
}

const x = 'x'.repeat(canary.length)

/** A line with a canary, and what is left of it. */
const requestLines: [string, string][] = [
  [`Authorization: ${canary}`, `Authorization: ${x}`],
  [`Authorization: Bearer ${canary}`, `Authorization: xxxxxxx${x}`],
  [`authorization:${canary}`, `authorization:${x}`],
  [`AUTHORIZATION:  \t ${canary}`, `AUTHORIZATION:  \t ${x}`],
  [`Authorization : ${canary}`, `Authorization : ${x}`],
  [`Proxy-Authorization: Basic ${canary}`, `Proxy-Authorization: xxxxxx${x}`],
  [`Cookie: a=b; sid=${canary}`, `Cookie: xxxxxxxxx${x}`],
  [`cOOKIE: ${canary}\r\nCookie: ${canary}`, `cOOKIE: ${x}\r\nCookie: ${x}`],
  [`Cookie: a\r\n  b=${canary}\r\n\tc=${canary}`, `Cookie: x\r\n  xx${x}\r\n\txx${x}`],
  [`Set-Cookie: id=${canary}; Path=/`, `Set-Cookie: xxx${x}xxxxxxxx`],
  [`X-Api-Key: ${canary}`, `X-Api-Key: ${x}`],
  [`X-Auth-Token: ${canary}`, `X-Auth-Token: ${x}`],
  [`Referer: http://h/a?b=1&token=${canary}&c=2`, `Referer: http://h/a?b=1&token=${x}&c=2`],
  [`Location: /cb#access_token=${canary}&x=1`, `Location: /cb#access_token=${x}&x=1`],
  [`X-Forwarded-Uri: /a?API-Key=${canary} b`, `X-Forwarded-Uri: /a?API-Key=${x} b`],
  [`Sec-WebSocket-Protocol: chat, bearer.${canary}`, `Sec-WebSocket-Protocol: chat, xxxxxxx${x}`],
  [`sec-websocket-protocol:Bearer,${canary},chat`, `sec-websocket-protocol:Bearer,${x},chat`],
  [`Sec-WebSocket-Protocol: ${canary}`, `Sec-WebSocket-Protocol: ${x}`],
  [
    `Sec-WebSocket-Protocol: a,\r\n b,\r\n token,\r\n ${canary},\r\n d`,
    `Sec-WebSocket-Protocol: a,\r\n b,\r\n token,\r\n ${x},\r\n d`,
  ],
  [`Sec-WebSocket-Protocol: eyJ0.${canary}.c2ln, v1.json`, `Sec-WebSocket-Protocol: xxxxx${x}xxxxx, v1.json`],
  [
    `Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${canary}, base64.binary.k8s.io`,
    `Sec-WebSocket-Protocol: ${'x'.repeat(38)}${x}, base64.binary.k8s.io`,
  ],
]

const targets: [string, string][] = [
  [`/?token=${canary}`, `/?token=${x}`],
  [`/ws?a=1&access_token=${canary}&b=2`, `/ws?a=1&access_token=${x}&b=2`],
  [`/?ApiKey=${canary}&api_key=${canary}&api-key=${canary}`, `/?ApiKey=${x}&api_key=${x}&api-key=${x}`],
  [`/?auth=${canary}?=${canary}`, `/?auth=${x}xx${x}`],
  [`/?%74oken=${canary}`, `/?%74oken=${x}`],
  [`/?user[password]=${canary}&client_secret=${canary}`, `/?user[password]=${x}&client_secret=${x}`],
  [`/a:b/token:c?sessionId=${canary}`, `/a:b/token:c?sessionId=${x}`],
  [`http://token.example:80/?to=/x?token=${canary}`, `http://token.example:80/?to=/x?token=${x}`],
]

function requestWith(target: string, line: string): Uint8Array {
  return join([
    latin1(`GET ${target} HTTP/1.1\r\nHost: h\r\n${line}\r\n`),
    upgradeRequest().subarray('GET / HTTP/1.1\r\nHost: localhost\r\n'.length),
  ])
}

/** The stream of `from` in two chops, or whole, with what it needs before and after. */
function cutAt(stream: Uint8Array, cut: number, from: Side = 'client'): Fact[] {
  return [
    open,
    ...[stream.subarray(0, cut), stream.subarray(cut)]
      .filter(bytes => bytes.length > 0)
      .map((bytes, i): Fact => sent(from, bytes, i + 1)),
  ]
}

describe('a credential', () => {
  it.each([
    ...requestLines.map(([line, safe]) => ['/', line, '/', safe] as const),
    ...targets.map(([target, safe]) => [target, 'A: b', safe, 'A: b'] as const),
  ])('in a request is overwritten, wherever the head is cut: %s %s', (target, line, safeTarget, safeLine) => {
    const stream = requestWith(target, line)
    const safe = Buffer.from(requestWith(safeTarget, safeLine)).toString('latin1')
    for (let cut = 0; cut <= stream.length; cut++) {
      const list = redacted([...cutAt(stream, cut), tcp('client', 'fin')])
      expect(shown(list, 'client')).toBe(safe)
      expectTiled(list, 'client', stream)
      expect(marked(list, 'client', stream).join('\n')).toContain(canary)
    }
  })

  it.each(requestLines)('in a response is overwritten: %s', (line, safe) => {
    const stream = upgradeResponse(...line.split('\r\n'))
    const request = upgradeRequest()
    for (let cut = 0; cut <= stream.length; cut++) {
      const [first, ...rest] = cutAt(stream, cut, 'server')
      const list = redacted([first!, sent('client', request), ...rest])
      expect(shown(list, 'server')).toBe(
        Buffer.from(upgradeResponse(...safe.split('\r\n'))).toString('latin1'),
      )
      expectTiled(list, 'server', stream)
    }
  })

  it('is overwritten in any of these places in any chops', () => {
    const lines = fc.array(fc.constantFrom(...requestLines.map(([line]) => line)), { maxLength: 4 })
    const target = fc.constantFrom(...targets.map(([text]) => text))
    fc.assert(
      fc.property(lines, target, chopSizes, (given, path, sizes) => {
        const stream = requestWith(path, ['A: b', ...given].join('\r\n'))
        const list = redacted([open, ...chop(stream, sizes).map(bytes => sent('client', bytes))])
        expect(shown(list, 'client')).not.toContain(canary.slice(0, 8))
        expectTiled(list, 'client', stream)
      }),
    )
  })

  it('leaves what is no credential as it is', () => {
    const stream = upgradeRequest(
      'Sec-WebSocket-Protocol: chat, graphql-transport-ws, v12.stomp, json.webpubsub.azure.v1',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15',
      'Origin: http://localhost:8080/?a=1&author=me#monkey=1',
      'Access-Control-Allow-Credentials: true',
      'WWW-Authenticate: Bearer realm="x"',
      'Authorization',
      'Cookie:',
    )
    const list = redacted(cutAt(stream, stream.length))
    expect(list.facts).toEqual([
      { ...open, conn: 1 },
      { ...sent('client', stream, 1), conn: 1 },
    ])
  })

  it('keeps times and chops, each with its marks behind it', () => {
    const stream = requestWith('/', `Cookie: ${canary}`)
    const chops = chop(stream, [7])
    const list = redacted([open, ...chops.map((bytes, i) => sent('client', bytes, i))])
    const given = list.facts.filter(fact => fact.type === 'octets')
    expect(given.map(fact => [fact.time, fact.bytes.length])).toEqual(
      chops.map((bytes, i) => [i, bytes.length]),
    )
    let offset = 0
    for (const fact of list.facts) {
      if (fact.type === 'octets') offset += fact.bytes.length
      if (fact.type === 'mark') expect(fact.mark.offset + fact.mark.octets).toBeLessThanOrEqual(offset)
    }
  })

  it('in the target is overwritten', () => {
    const url = (text: string) => {
      const list = redacted([{ ...open, info: { ...connectionInfo, url: text } }])
      const [fact] = list.facts
      return fact?.type === 'open' ? fact.info.url : ''
    }
    expect(url(`wss://user:${canary}@h/?token=${canary}&a=1`)).toBe(`wss://xxxxx${x}@h/?token=${x}&a=1`)
    expect(url('ws://127.0.0.1:9001/a@b?c=d@e')).toBe('ws://127.0.0.1:9001/a@b?c=d@e')
    expect(url('localhost:9001')).toBe('localhost:9001')
  })

  it('in an edit is overwritten', () => {
    const written = latin1(`Host: h\r\nAuthorization: ${canary}\r\nSec-WebSocket-Protocol: ${canary}`)
    const edit = { type: 'edit' as const, offset: 16, octets: 17, written }
    const list = redacted([open, { type: 'mark', time: 0, from: 'client', mark: edit }])
    const safe = latin1(`Host: h\r\nAuthorization: ${x}\r\nSec-WebSocket-Protocol: ${x}`)
    expect(list.marks()).toEqual([{ ...edit, written: safe }])
    expect(Buffer.from(written).toString()).toContain(canary)
  })

  it('in a head that is too large to be followed is overwritten', () => {
    const filler = Array.from({ length: 30 }, (_, i) => `X-${i}: ${'y'.repeat(3000)}`)
    const request = upgradeRequest(...filler, `Cookie: ${canary}`, ...filler, `Authorization: ${canary}`)
    const stream = join([request, octets(`body ?token=${canary}`)])
    for (const size of [stream.length, 1000, 64 * 1024]) {
      const list = redacted([open, ...chop(stream, [size]).map(bytes => sent('client', bytes))])
      const text = shown(list, 'client')
      expect(text.indexOf(canary)).toBe(stream.length - canary.length)
      expectTiled(list, 'client', stream)
    }
  })

  it('behind octets that are missing is overwritten', () => {
    const gap: Fact = {
      type: 'mark',
      time: 0,
      from: 'client',
      mark: { type: 'gap', offset: 30, octets: 10, reason: 'missing' },
    }
    const before = latin1('GET / HTTP/1.1\r\nAuthorization:')
    const after = latin1(`${canary}\r\nCookie: ${canary}\r\n\r\nwhat follows: ${canary}`)
    const list = redacted([open, sent('client', before), gap, sent('client', after)])
    expect(shown(list, 'client')).toBe(
      `GET / HTTP/1.1\r\nAuthorization:..........${x}\r\nCookie: ${x}\r\n\r\nwhat follows: ${canary}`,
    )
  })
})

describe('an element of Sec-WebSocket-Protocol that is cut', () => {
  const before = 'GET / HTTP/1.1\r\nSec-WebSocket-Protocol: chat, '
  const facts = (...pieces: string[]) => [
    open,
    ...pieces.map((text, i) => sent('client', latin1(text), i + 1)),
  ]
  const chops = (list: FactList) =>
    list.facts.flatMap(fact =>
      fact.type === 'octets' ? [[fact.time, Buffer.from(fact.bytes).toString()]] : [],
    )

  it('waits for its rest, and keeps its chops', () => {
    expect(chops(redacted(facts(before + 'gr', 'aph', 'ql\r\nA: b\r\n')))).toEqual([
      [1, before],
      [3, 'gr'],
      [3, 'aph'],
      [3, 'ql\r\nA: b\r\n'],
    ])
  })

  it('is overwritten when its rest never comes', async () => {
    const held = facts(before + 'gr', 'aph')
    const expected = [
      [1, before],
      [5, 'xx'],
      [5, 'xxx'],
    ]
    const closed = redacted([...held, tcp('client', 'reset', 5)])
    expect(chops(closed)).toEqual(expected)
    expect(closed.facts.at(-1)).toMatchObject({ type: 'tcp' })
    const gap: Fact = {
      type: 'mark',
      time: 5,
      from: 'client',
      mark: { type: 'gap', offset: before.length + 5, octets: 1, reason: 'missing' },
    }
    expect(chops(redacted([...held, gap]))).toEqual(expected)
    const list = new FactList()
    const step = redact(list)
    for (const fact of held) push(step, fact)
    await step.end(5)
    expect(chops(list)).toEqual(expected)
    expect(list.ended).toBe(5)
  })

  it('is overwritten when it is longer than any name', () => {
    const list = redacted(facts(before + 'a.'.repeat(100), 'b.'.repeat(100), 'c, d'))
    expect(shown(list, 'client')).toBe(before + 'x'.repeat(401) + ', ')
  })
})

describe('a body', () => {
  const get = head('GET /page HTTP/1.1', 'Host: h')

  it('is a gap, chop by chop', () => {
    const request = latin1(`POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789GET /b HTTP/1.1\r\n\r\n`)
    const list = redacted([open, ...chop(request, [45, 4]).map((bytes, i) => sent('client', bytes, i))])
    expectTiled(list, 'client', request)
    expect(shown(list, 'client')).toBe(
      'POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\n..........GET /b HTTP/1.1\r\n\r\n',
    )
    expect(list.marks().map(mark => mark.octets)).toEqual([5, 4, 1])
    expect(list.marks().every(mark => mark.type === 'gap' && mark.reason === 'http')).toBe(true)
  })

  it('leaves the framing of its chunks', () => {
    const response = latin1(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nSet-Cookie: ${canary}\r\n\r\n`,
    )
    for (let cut = 0; cut <= response.length; cut++) {
      const [first, ...rest] = cutAt(response, cut, 'server')
      const list = redacted([first!, sent('client', get), ...rest])
      expect(shown(list, 'server')).toBe(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n.....\r\n3;a=b\r\n...\r\n0\r\nSet-Cookie: ${x}\r\n\r\n`,
      )
      expectTiled(list, 'server', response)
    }
  })

  it('that lasts until the close is left out to the end', () => {
    const response = latin1('HTTP/1.0 200 OK\r\n\r\nall of this')
    const list = redacted([open, sent('client', get), sent('server', response), sent('server', response)])
    expect(shown(list, 'server')).toBe('HTTP/1.0 200 OK\r\n\r\n' + '.'.repeat(11 + response.length))
  })
})

describe('after the upgrade', () => {
  it('all passes, the very octets', () => {
    const seen: Uint8Array[] = []
    const list = new FactList()
    list.octets = (_conn, _time, _from, bytes) => seen.push(bytes)
    const step = redact(list)
    const [, request, response] = opened()
    for (const fact of [open, request!, response!]) push(step, fact)
    const bytes = latin1(`Cookie: ${canary}\r\n\r\n`)
    step.octets(1, 1, 'client', bytes)
    step.octets(1, 1, 'server', bytes)
    step.octets(9, 1, 'server', bytes)
    expect(seen.slice(2)).toEqual([bytes, bytes, bytes])
    expect(seen.slice(2).every(octets => octets === bytes)).toBe(true)
    const edit = { type: 'edit' as const, offset: 0, octets: 1, written: bytes }
    step.mark(1, 1, 'client', edit)
    expect(list.marks()).toEqual([edit])
  })

  it('frames behind the response in the same chop pass', () => {
    const frame = encodeFrame({ opcode: 1 }, octets(`Cookie: ${canary}\r\n`))
    const stream = join([upgradeResponse(`Set-Cookie: ${canary}`), frame])
    const list = redacted([open, sent('client', upgradeRequest()), sent('server', stream)])
    expect(shown(list, 'server')).toBe(
      Buffer.from(join([upgradeResponse(`Set-Cookie: ${x}`), frame])).toString('latin1'),
    )
  })

  it('octets that are not HTTP pass', () => {
    const stream = octets(0x16, 3, 1, `\r\nCookie: ${canary}\r\n`)
    const list = redacted([open, sent('client', stream), sent('client', stream)])
    expect(shown(list, 'client')).toBe(Buffer.from(join([stream, stream])).toString('latin1'))
  })
})

describe('octets before the response to the upgrade', () => {
  const request = upgradeRequest()
  const refusal = head('HTTP/1.1 403 Forbidden', 'Content-Length: 0')

  it('pass at once as frames', () => {
    const frame = encodeFrame({ opcode: 1, key: 0 }, octets(`Cookie: ${canary}\r\n`))
    const list = redacted([open, sent('client', join([request, frame])), sent('client', frame, 2)])
    expect(shown(list, 'client')).toBe(Buffer.from(join([request, frame, frame])).toString('latin1'))
  })

  it('are redacted where they may be a request, wherever it is cut and whatever the response', () => {
    const early = latin1(`GET /?token=${canary} HTTP/1.1\r\nCookie: ${canary}\r\n\r\n`)
    const safe = `GET /?token=${x} HTTP/1.1\r\nCookie: ${x}\r\n\r\n`
    const more = latin1(`GET /b HTTP/1.1\r\nSet-Cookie: ${canary}\r\n\r\n`)
    const answer = join([head('HTTP/1.1 200 OK', 'Content-Length: 2', `Set-Cookie: ${canary}`), latin1('ab')])
    for (let cut = 1; cut <= early.length; cut++) {
      const list = redacted([
        open,
        sent('client', join([request, early.subarray(0, cut)])),
        sent('server', refusal),
        sent('client', early.subarray(cut), 2),
        sent('client', more, 3),
        sent('server', answer, 3),
        sent('server', join([head('HTTP/1.1 200 OK', `Set-Cookie: ${canary}`, 'Content-Length: 0')]), 4),
      ])
      expect(shown(list, 'client')).toBe(
        Buffer.from(request).toString('latin1') + safe + `GET /b HTTP/1.1\r\nSet-Cookie: ${x}\r\n\r\n`,
      )
      expect(shown(list, 'server')).not.toContain(canary)
    }
  })

  it('that looked like a request and were frames do no harm to what follows', () => {
    const first = encodeFrame(
      { opcode: 1, fin: false, rsv: 4, key: 0 },
      octets('Sec-WebSocket-Protocol: abc'),
    )
    expect(first[0]).toBe(0x41)
    const next = encodeFrame({ opcode: 0, key: 0 }, octets(`\nCookie: ${canary}`))
    const facts = [
      open,
      sent('client', join([request, first])),
      sent('server', upgradeResponse()),
      sent('client', next, 2),
      sent('client', next, 3),
    ]
    const list = redacted(facts)
    expect(shown(list, 'client')).toBe(Buffer.from(join([request, first, next, next])).toString('latin1'))
  })
})

describe('redact', () => {
  it.each([
    ['frames', framedTraffic],
    ['HTTP and what looks like it', looseTraffic],
  ])('leaves no octet without its place: %s', (_, traffic) => {
    fc.assert(
      fc.property(traffic, chopSizes, (given, sizes) => {
        const facts = rechop(given, sizes)
        const list = redacted([...facts, tcp('client', 'fin', 1e6), tcp('server', 'fin', 1e6)])
        if (facts.some(fact => fact.type === 'mark')) return
        for (const from of ['client', 'server'] as const) {
          const pieces = facts.flatMap(fact =>
            fact.type === 'octets' && fact.from === from ? [fact.bytes] : [],
          )
          expectTiled(list, from, join(pieces))
        }
      }),
    )
  })

  it.each([
    ['frames', framedTraffic],
    ['HTTP and what looks like it', looseTraffic],
    ['a damaged connection', brokenTraffic],
  ])('changes no row of a session but those of heads: %s', (_, traffic) => {
    const rows = (facts: readonly Fact[]) =>
      observe(facts)
        .rows.entries.filter(entry => !['redacted', 'gap', 'handshake'].includes(entry.type))
        .map(entry => ({ ...entry, seq: 0 }))
    fc.assert(
      fc.property(traffic, chopSizes, (given, sizes) => {
        const facts = rechop(given, sizes)
        expect(rows(redacted(facts).facts)).toEqual(rows(facts))
      }),
    )
  })
})

describe('names', () => {
  it.each([
    'token',
    'X-Auth-Token',
    'apikey',
    'api_key',
    'Api-Key',
    'PASSWORD',
    'sid',
    'jwt',
    'Set-Cookie',
    '%61uth',
  ])('%s tells of a credential', name => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each([
    '',
    'Host',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Accept',
    'author',
    'monkey',
    'passage',
    '%zz',
    'WWW-Authenticate',
  ])('%s does not', name => {
    expect(isSecretName(name)).toBe(false)
  })

  it.each([
    ['', '', false],
    ['chat', '', false],
    ['graphql-transport-ws2', '', false],
    ['a-rather-long-name-for-a-subprotocol', '', false],
    ['json.reliable.webpubsub.azure.v1', '', false],
    ['abc', 'access_token', true],
    ['chat', 'bearer.abc', false],
    ['bearer.abc', '', true],
    ['token.abc', '', true],
    ['eyJhbGciOiJIUzI1NiJ9', '', true],
    ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', '', true],
    ['ThisIsAnotherNameThatIsLongerThanAnyName', '', true],
  ])('subprotocol "%s" after "%s": %s', (element, previous, expected) => {
    expect(isSecretSubprotocol(element, previous)).toBe(expected)
  })
})
