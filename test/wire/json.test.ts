import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { rules } from '../../src/protocol/rules.ts'
import { defaultMaxPayload, jsonLine, markLine, type JsonLine } from '../../src/wire/json.ts'
import type { WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { Collector, observe, opened, push, roomFor, sent, tcp, type Fact } from '../support/facts.ts'
import { upgradeRequest } from '../support/heads.ts'
import { fromHex, latin1, octets } from '../support/octets.ts'
import { readTranscripts } from '../support/transcript.ts'
import { parseScript } from '../support/wire-script.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** What a value of a line may be. */
type Check = (value: unknown) => boolean
const number: Check = value => typeof value === 'number' && Number.isFinite(value)
const count: Check = value => number(value) && (value as number) >= 0 && Number.isInteger(value)
const string: Check = value => typeof value === 'string'
const boolean: Check = value => typeof value === 'boolean'
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  value =>
    allowed.includes(value)
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const from = oneOf('client', 'server')
const stamp = { seq: count, time: number, conn: count, from }
const fact = { time: number, conn: count, from }
const payload: Record<string, Check> = { text: string, data: orNull(string), truncated: oneOf(true, false) }

const message: Record<string, Check> = {
  kind: oneOf('text', 'binary'),
  frames: count,
  wireLength: count,
  length: orNull(count),
  compressed: boolean,
  inflate: oneOf('ok', 'capped', 'lost', 'corrupt', null),
  contextUsed: oneOf(true, false, null),
}

const close: Record<string, Check> = { code: orNull(count), reason: string }

const cause: Record<string, Check> = { from, rule: oneOf(...Object.keys(rules)), offset: count }

const tally: Record<string, Check> = { error: count, warning: count, notice: count, info: count }

/** Every key of every type of line. */
const shapes: Record<string, Record<string, Check>> = {
  open: { time: number, conn: count, client: string, server: string, url: string, tls: boolean },
  octets: { ...fact, offset: count, data: string },
  tcp: { ...fact, state: string },
  gap: { ...fact, offset: count, octets: count, reason: string },
  edit: { ...fact, offset: count, octets: count, data: string },
  redacted: { ...fact, offset: count, octets: count },
  stalled: { ...fact, offset: count, octets: count, span: number },
  cut: { ...fact, offset: count, octets: count },
  handshake: {
    ...stamp,
    offset: count,
    length: count,
    startLine: string,
    headers: value => Array.isArray(value) && value.every(pair => Array.isArray(pair) && pair.length === 2),
  },
  http: {
    ...stamp,
    from: orNull(from),
    request: orNull(string),
    status: orNull(count),
    clientOctets: count,
    serverOctets: count,
    note: orNull(string),
  },
  frame: {
    ...stamp,
    offset: count,
    headerLength: count,
    payloadLength: number,
    exactLength: orNull(string),
    received: count,
    lengthBits: oneOf(7, 16, 64),
    fin: boolean,
    rsv: oneOf(0, 1, 2, 3, 4, 5, 6, 7),
    opcode: count,
    maskingKey: value => value === null || (typeof value === 'string' && /^[0-9a-f]{8}$/.test(value)),
    chops: count,
    rtt: orNull(number),
    message: value => value === null || misfits(value as JsonLine, message, true).length === 0,
    close: value => value === null || misfits(value as JsonLine, close, false).length === 0,
  },
  violation: {
    ...stamp,
    offset: count,
    rule: oneOf(...Object.keys(rules)),
    severity: oneOf('error', 'warning', 'notice', 'info'),
    section: string,
    closeCode: oneOf(1002, 1007, 1009, null),
    text: string,
    detail: string,
    count,
    subject: oneOf('head', 'frame', 'message', null),
    subjectOffset: orNull(count),
    messageOffset: orNull(count),
    evidence: value => typeof value === 'string' && /^(?:[0-9a-f]{2}){0,32}$/.test(value),
    evidenceOffset: orNull(count),
  },
  verdict: {
    ...stamp,
    from: oneOf(null),
    by: orNull(from),
    code: orNull(count),
    reason: orNull(string),
    answered: boolean,
    answerCode: orNull(count),
    tcpFirst: orNull(from),
    clientEnd: orNull(string),
    serverEnd: orNull(string),
    failedBy: orNull(from),
    cause: value => value === null || misfits(value as JsonLine, cause, false).length === 0,
    outcome: oneOf('clean', 'unclean', 'unopened', 'http', 'open', 'unknown'),
    clean: boolean,
    apiClient: orNull(count),
    apiServer: orNull(count),
    duration: number,
    frames: count,
    rules: count,
    clientFaults: value => misfits(value as JsonLine, tally, false).length === 0,
    serverFaults: value => misfits(value as JsonLine, tally, false).length === 0,
    text: string,
  },
  fault: { ...stamp, from: oneOf(null), consumer: string, detail: string },
}

/** The keys of a line that are missing, too many or of another kind than they should be. */
function misfits(line: JsonLine, shape: Record<string, Check>, hasPayload: boolean): string[] {
  const wrong = Object.keys(shape).filter(key => !shape[key]!(line[key]))
  for (const key of Object.keys(line)) {
    if (key in shape) continue
    const fits = hasPayload && key in payload && payload[key]!(line[key])
    if (!fits) wrong.push(key)
  }
  if (hasPayload && 'text' in line === 'data' in line) wrong.push('text or data')
  return wrong
}

/** All lines of facts, each made while its row is new. */
function linesOf(facts: readonly Fact[], limit = defaultMaxPayload): JsonLine[] {
  const lines: JsonLine[] = []
  const session = new Session({ log: roomFor(facts) })
  let next = 0
  session.attach({
    advance(log: WireLog) {
      for (; next < log.next; next++) lines.push(jsonLine(log.entry(next), log, limit) ?? {})
      return false
    },
    end: () => Promise.resolve(),
  })
  for (const fact of facts) push(session, fact)
  return lines
}

/** The line of the last frame. */
function lastFrame(facts: readonly Fact[], limit = defaultMaxPayload): JsonLine {
  return linesOf(facts, limit).findLast(({ type }) => type === 'frame')!
}

describe('jsonLine', () => {
  it('has every key of its type, no other, and null rather than none', () => {
    const seen = new Set<unknown>()
    const wrong: string[] = []
    for (const { title, wire } of readTranscripts()) {
      for (const line of linesOf(parseScript(wire))) {
        const type = String(line.type)
        seen.add(type)
        const bad = misfits(line, { type: string, ...shapes[type] }, type === 'frame')
        if (bad.length > 0) wrong.push(`${title}: ${type} ${bad.join(', ')} in ${JSON.stringify(line)}`)
      }
    }
    expect(wrong).toEqual([])
    expect([...seen].sort()).toEqual(
      Object.keys(shapes)
        .filter(type => type !== 'fault')
        .sort(),
    )
  })

  it('writes the facts that were pushed, as a recording does', () => {
    const [open, octetsLine] = linesOf(opened())
    expect(open).toEqual({
      type: 'open',
      time: 0,
      conn: 1,
      client: '127.0.0.1:50000',
      server: '127.0.0.1:9001',
      url: 'ws://127.0.0.1:9001/',
      tls: false,
    })
    const [, request] = opened()
    expect(octetsLine).toEqual({
      type: 'octets',
      time: 0,
      conn: 1,
      from: 'client',
      offset: 0,
      data: base64(request!.type === 'octets' ? request!.bytes : octets()),
    })
    expect(
      linesOf([...opened(), tcp('server', 'reset', 12.3456)]).find(({ type }) => type === 'tcp'),
    ).toEqual({
      type: 'tcp',
      time: 12.346,
      conn: 1,
      from: 'server',
      state: 'reset',
    })
  })

  it('writes marks with what they say', () => {
    expect(markLine(1, 2, 'client', { type: 'gap', offset: 3, octets: 4, reason: 'queue' })).toEqual({
      type: 'gap',
      time: 1,
      conn: 2,
      from: 'client',
      offset: 3,
      octets: 4,
      reason: 'queue',
    })
    expect(markLine(1, 2, 'client', { type: 'redacted', offset: 3, octets: 4 })).toEqual({
      type: 'redacted',
      time: 1,
      conn: 2,
      from: 'client',
      offset: 3,
      octets: 4,
    })
    const written = octets('Host: a\r\n')
    expect(markLine(1, 2, 'client', { type: 'edit', offset: 3, octets: 4, written })).toMatchObject({
      type: 'edit',
      data: base64(written),
    })
  })

  it('writes heads with every header, in order and with duplicates', () => {
    expect(linesOf(opened())).toContainEqual({
      type: 'handshake',
      seq: 4,
      time: 0,
      conn: 1,
      from: 'server',
      offset: 0,
      length: 129,
      startLine: 'HTTP/1.1 101 Switching Protocols',
      headers: [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
        ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
      ],
    })
  })

  it('writes a violation with severity and section', () => {
    const unmasked = sent('client', encodeFrame({ opcode: 9 }), 1)
    expect(linesOf([...opened(), unmasked])).toContainEqual({
      type: 'violation',
      seq: 6,
      time: 1,
      conn: 1,
      from: 'client',
      offset: 149,
      subject: 'frame',
      subjectOffset: 148,
      messageOffset: null,
      evidence: '8900',
      evidenceOffset: 148,
      rule: 'mask.missing',
      severity: 'error',
      section: 'RFC 6455 §5.1',
      closeCode: 1002,
      text: 'a client must mask every frame',
      detail: 'PING frame of 0 octets is not masked',
      count: 1,
    })
  })

  it('writes the cause of a refusal, whoever ends TCP', () => {
    const request = latin1(
      Buffer.from(upgradeRequest())
        .toString('latin1')
        .replace(/Key: .*/, 'Key: short'),
    )
    const [open] = opened()
    const lines = linesOf([
      open!,
      sent('client', request, 1),
      sent('server', latin1('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'), 2),
      tcp('client', 'fin', 3),
      tcp('server', 'fin', 4),
    ])
    const verdict = lines.find(({ type }) => type === 'verdict')
    expect(verdict).toMatchObject({ outcome: 'unopened', tcpFirst: 'client' })
    expect(verdict).toMatchObject({ cause: { from: 'client', rule: 'request.key-invalid' } })
  })

  it('writes a frame of text with its text', () => {
    const frame = encodeFrame({ opcode: 1, fin: false, key: 0x83b53f5b }, octets('fragment1'))
    expect(lastFrame([...opened(), sent('client', frame, 1.2044)])).toEqual({
      type: 'frame',
      seq: 6,
      time: 1.204,
      conn: 1,
      from: 'client',
      offset: 148,
      headerLength: 6,
      payloadLength: 9,
      exactLength: null,
      received: 9,
      lengthBits: 7,
      fin: false,
      rsv: 0,
      opcode: 1,
      maskingKey: '83b53f5b',
      chops: 1,
      rtt: null,
      text: 'fragment1',
      message: null,
      close: null,
    })
  })

  it.each([
    ['text', encodeFrame({ opcode: 1 }, octets('ä')), { text: 'ä' }],
    ['text that is none', encodeFrame({ opcode: 1 }, octets(0xff)), { data: '/w==' }],
    ['binary', encodeFrame({ opcode: 2 }, octets('a')), { data: 'YQ==' }],
    ['no payload', encodeFrame({ opcode: 1 }), { text: '' }],
    ['an empty binary', encodeFrame({ opcode: 2 }), { data: '' }],
    ['a ping with text', encodeFrame({ opcode: 9 }, octets('a')), { text: 'a' }],
    ['a ping without', encodeFrame({ opcode: 9 }, octets(0xff)), { data: '/w==' }],
    ['a reserved data frame', encodeFrame({ opcode: 3 }, octets('a')), { data: 'YQ==' }],
    ['reserved bits', encodeFrame({ opcode: 1, rsv: 1 }, octets('a')), { data: 'YQ==' }],
    ['a continuation of nothing', encodeFrame({ opcode: 0 }, octets('a')), { data: 'YQ==' }],
  ])('writes %s as text or data, never both', (_, frame, expected) => {
    const { text, data, truncated } = lastFrame([...opened(), sent('server', frame)])
    expect({ text, data, truncated }).toEqual({
      text: undefined,
      data: undefined,
      truncated: undefined,
      ...expected,
    })
  })

  it('cuts a payload at the limit, text between code points, and says so', () => {
    const text = sent('server', encodeFrame({ opcode: 1 }, octets('aää')))
    const binary = sent('server', encodeFrame({ opcode: 2 }, octets(1, 2, 3)))
    expect(lastFrame([...opened(), text], 4)).toMatchObject({ text: 'aä', truncated: true, payloadLength: 5 })
    expect(lastFrame([...opened(), text], 5)).not.toHaveProperty('truncated')
    expect(lastFrame([...opened(), binary], 2)).toMatchObject({ data: 'AQI=', truncated: true })
    expect(lastFrame([...opened(), binary], 0)).toMatchObject({ data: '', truncated: true })
  })

  it('writes a message on its last frame, whole and inflated', () => {
    const facts = [
      ...opened('permessage-deflate'),
      sent('server', encodeFrame({ opcode: 1, fin: false, rsv: 4 }, fromHex('f248cd'))),
      sent('server', encodeFrame({ opcode: 0 }, fromHex('c9c90700'))),
    ]
    expect(lastFrame(facts)).toMatchObject({
      data: 'yckHAA==',
      message: {
        kind: 'text',
        frames: 2,
        wireLength: 7,
        length: 5,
        compressed: true,
        inflate: 'ok',
        text: 'Hello',
      },
    })
    expect(lastFrame(facts, 2)).toMatchObject({ message: { text: 'He', truncated: true } })
  })

  it('writes the fragments of a compressed message as data, also where they look like text', () => {
    const facts = [
      ...opened('permessage-deflate'),
      sent('server', encodeFrame({ opcode: 1, fin: false, rsv: 4 })),
      sent('server', encodeFrame({ opcode: 0, fin: false }, fromHex('4a04'))),
    ]
    expect(lastFrame(facts)).toMatchObject({ data: 'SgQ=', message: null })
    expect(lastFrame([...facts, sent('server', encodeFrame({ opcode: 0 }, fromHex('00')))])).toMatchObject({
      data: 'AA==',
      message: { text: 'a' },
    })
  })

  it('writes what a Close says, null for no code', () => {
    const close = (payload: Uint8Array) =>
      lastFrame([...opened(), sent('server', encodeFrame({ opcode: 8 }, payload))])
    expect(close(octets(0x03, 0xe8, 'bye'))).toMatchObject({
      close: { code: 1000, reason: 'bye' },
      message: null,
    })
    expect(close(octets())).toMatchObject({ close: { code: null, reason: '' } })
    expect(close(octets(3))).toMatchObject({ close: { code: null, reason: '' } })
  })

  it('writes a length that no double holds as a decimal too', () => {
    const frame = encodeFrame({ opcode: 2, payloadLength: 2n ** 63n - 1n, lengthBits: 64 }, octets('a'))
    expect(lastFrame([...opened(), sent('server', frame), tcp('server', 'fin')])).toMatchObject({
      payloadLength: 2 ** 63,
      exactLength: '9223372036854775807',
      received: 1,
      data: 'YQ==',
    })
  })

  it('has no line for a chop whose octets are gone, and null for a payload', () => {
    const facts = [
      ...opened(),
      sent('server', encodeFrame({ opcode: 1 }, octets('gone'))),
      sent('server', encodeFrame({ opcode: 2 }, new Uint8Array(3000))),
    ]
    const { log, rows } = observe(facts, { memory: 4096, rows: 64 })
    const chops = new Collector(true)
    chops.advance(log)
    expect(
      chops.entries.filter(({ type }) => type === 'octets').map(entry => jsonLine(entry, log, 10)?.type),
    ).toEqual([undefined, undefined, undefined, 'octets'])
    const [frame] = rows.entries.filter(({ type }) => type === 'frame')
    expect(jsonLine(frame!, log, 10)).toMatchObject({ data: null, truncated: true })
  })

  it('writes fact lines of a side also for rows that name none', () => {
    const { log } = observe(opened())
    const both = { seq: 0, time: 0, conn: 1, from: null } as const
    expect(jsonLine({ ...both, type: 'octets', offset: 0, length: 3 }, log, 8)).toMatchObject({
      data: 'R0VU',
    })
    expect(jsonLine({ ...both, type: 'redacted', offset: 0, octets: 3 }, log, 8)).toMatchObject({
      from: 'client',
    })
  })

  it('writes a fault', () => {
    const { log } = observe(opened())
    const entry = {
      seq: 9,
      time: 1,
      conn: 0,
      from: null,
      type: 'fault',
      consumer: 'recorder',
      detail: 'full',
    } as const
    const line = jsonLine(entry, log, 10)!
    expect(line).toEqual({ ...entry })
    expect(misfits(line, { type: string, ...shapes.fault }, false)).toEqual([])
  })
})
