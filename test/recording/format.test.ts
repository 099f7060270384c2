import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endLine, markText, openLine, parseLine, sessionLine, tcpLine } from '../../src/recording/format.ts'
import { octetsHead, octetsTail } from '../../src/recording/octets-line.ts'
import { connectionInfo } from '../support/facts.ts'
import { header, started } from './support.ts'

function octetsText(bytes: Uint8Array): string {
  return octetsHead(1, 0.4123, 'client', 7) + Buffer.from(bytes).toString('base64') + octetsTail
}

function parse(text: string) {
  return parseLine(Buffer.from(text))
}

describe('a line', () => {
  it('has its keys in the order of the format, and microseconds', () => {
    expect(sessionLine(started, 'wsinspect test', false)).toBe(header)
    expect(openLine(1, 0, connectionInfo)).toBe(
      '{"type":"open","time":0,"conn":1,"client":"127.0.0.1:50000","server":"127.0.0.1:9001","url":"ws://127.0.0.1:9001/","tls":false}\n',
    )
    expect(octetsText(Buffer.from('GET'))).toBe(
      '{"type":"octets","time":0.412,"conn":1,"from":"client","offset":7,"data":"R0VU"}\n',
    )
    expect(tcpLine(2, 1042.9, 'server', 'fin')).toBe(
      '{"type":"tcp","time":1042.9,"conn":2,"from":"server","state":"fin"}\n',
    )
    expect(markText(1, 2, 'client', { type: 'gap', offset: 5, octets: 6, reason: 'queue' })).toBe(
      '{"type":"gap","time":2,"conn":1,"from":"client","offset":5,"octets":6,"reason":"queue"}\n',
    )
    expect(markText(1, 2, 'client', { type: 'redacted', offset: 5, octets: 6 })).toBe(
      '{"type":"redacted","time":2,"conn":1,"from":"client","offset":5,"octets":6}\n',
    )
    const written = Buffer.from('Host: a\r\n')
    expect(markText(1, 2, 'client', { type: 'edit', offset: 5, octets: 6, written })).toBe(
      '{"type":"edit","time":2,"conn":1,"from":"client","offset":5,"octets":6,"data":"SG9zdDogYQ0K"}\n',
    )
    expect(endLine(1043.00049)).toBe('{"type":"end","time":1043}\n')
  })

  it('has the time that JSON would have', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 43, noNaN: true }), time => {
        const line = JSON.parse(octetsHead(1, time, 'client', 0) + octetsTail) as { time: number }
        expect(`${line.time}\n`).toBe(/[\d.]+\n/.exec(endLine(time).replace('}', ''))?.[0])
      }),
    )
  })

  it('reads back as it was written, however large', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ minLength: 4000, maxLength: 6000 })),
        bytes => {
          const line = parse(octetsText(bytes).trimEnd())
          expect(line).toMatchObject({ type: 'octets', time: 0.412, conn: 1, from: 'client', offset: 7 })
          expect('data' in line && Uint8Array.from(line.data)).toEqual(bytes)
        },
      ),
    )
  })

  it('takes unknown keys, any order, white space and a carriage return', () => {
    const text =
      ' { "data":"R0VU","more":[{}],"offset":7,"from":"client", "conn":1,"time":0.412,"type":"octets" }\r'
    expect(parse(text)).toEqual({
      type: 'octets',
      time: 0.412,
      conn: 1,
      from: 'client',
      offset: 7,
      data: Buffer.from('GET'),
    })
  })

  it('keeps no key that is not asked for', () => {
    const line = parse('{"type":"end","time":1,"__proto__":{"polluted":1},"constructor":2,"seq":9}')
    expect(Object.keys(line)).toEqual(['type', 'time'])
    expect('polluted' in {}).toBe(false)
  })

  it.each(['handshake', 'http', 'frame', 'violation', 'verdict', 'fault'])('%s is derived', type => {
    expect(parse(JSON.stringify({ type, seq: 1 }))).toEqual({ type: 'derived' })
  })

  it.each(['later', '__proto__', 'constructor', ''])('of type "%s" is unknown', type => {
    expect(parse(`{"type":"${type}"}`)).toEqual({ type: 'unknown' })
  })

  it.each([
    ['', 'not JSON'],
    ['{"type":"end","time":1', 'not JSON'],
    ['{"type":"end","time":NaN}', 'not JSON'],
    ['\0\0\0', 'not JSON'],
    ['null', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['7', 'not a JSON object'],
    ['{}', '"type" is not a string'],
    ['{"type":7}', '"type" is not a string'],
    ['{"type":"end"}', '"time" is not a time in milliseconds'],
    ['{"type":"end","time":"1"}', '"time" is not a time in milliseconds'],
    ['{"type":"end","time":-1}', '"time" is not a time in milliseconds'],
    ['{"type":"end","time":1e999}', '"time" is not a time in milliseconds'],
    ['{"type":"tcp","time":1,"conn":0}', '"conn" is not a connection number'],
    ['{"type":"tcp","time":1,"conn":1.5}', '"conn" is not a connection number'],
    ['{"type":"tcp","time":1,"conn":1,"from":"both"}', '"from" is not "client" or "server"'],
    ['{"type":"tcp","time":1,"conn":1,"from":"client"}', '"state" is not a string'],
    [
      '{"type":"redacted","time":1,"conn":1,"from":"client","offset":-1}',
      '"offset" is not a number of octets',
    ],
    [
      '{"type":"redacted","time":1,"conn":1,"from":"client","offset":1e17}',
      '"offset" is not a number of octets',
    ],
    [
      '{"type":"redacted","time":1,"conn":1,"from":"client","offset":4503599627370496,"octets":1}',
      'it ends beyond 4 PiB',
    ],
    ['{"type":"octets","time":1,"conn":1,"from":"client","offset":0,"data":"A"}', '"data" is not base64'],
    ['{"type":"octets","time":1,"conn":1,"from":"client","offset":0,"data":"AA=A"}', '"data" is not base64'],
    [
      '{"type":"octets","time":1,"conn":1,"from":"client","offset":0,"data":"AA\\nA"}',
      '"data" is not base64',
    ],
    [`{"type":"session","version":0}`, '"version" is not a version number'],
    [`{"type":"session","version":1,"tool":"x","started":"now"}`, '"started" is not a date'],
    ['[['.repeat(50_000), 'nested too deeply'],
    ['{"type":'.repeat(50_000), 'nested too deeply'],
  ])('%.70s: %s', (text, reason) => {
    expect(parse(text)).toEqual({ type: 'invalid', reason })
  })

  it('is not taken for nested because of brackets in its strings', () => {
    const text = `{"type":"frame","text":"${'[{\\"\\\\'.repeat(20_000)}"}`
    expect(parse(text)).toEqual({ type: 'derived' })
  })

  it.each([
    ['broken in its base64', '"data":"', '"data":"!'],
    ['with a second key of the same name', '"data":"', '"data":"AAAA","data":"'],
    ['with a key behind its data', '"}', '","more":"x"}'],
    ['with an escape in its base64', '"data":"', '"data":"\\/AAA'],
    ['with a wrong key before its data', '"conn":1', '"conn":"1"'],
    ['with data that is no string', '"data":"', '"data":7,"x":"'],
  ])('that is large and %s is read as JSON would', (_, from, to) => {
    const text = octetsText(new Uint8Array(6000)).trimEnd().replace(from, to)
    const small = octetsText(new Uint8Array(6)).trimEnd().replace(from, to)
    const line = parse(text)
    expect(line.type).toBe(parse(small).type)
    if ('data' in line) expect(line.data.length % 6000).toBeLessThan(4)
    else expect(line).toEqual(parse(small))
  })

  it('of octets is read without JSON as JSON would, whatever is wrong with it', () => {
    const number = fc.oneof(fc.nat().map(String), fc.double({ min: 0 }).map(String))
    const piece = fc.oneof(
      fc.constantFrom(
        '0',
        '-',
        '.',
        '.5',
        '1e3',
        '"',
        '\\',
        '\\u0041',
        '=',
        '==',
        'é',
        ' ',
        '}',
        ',"conn":2',
      ),
      number,
    )
    const whole = fc
      .tuple(
        fc.uint8Array({ maxLength: 9 }),
        fc.integer({ min: 1 }),
        fc.double({ min: 0, max: 2 ** 44, noNaN: true }),
      )
      .map(
        ([bytes, n, time]) =>
          octetsHead(n, time, 'server', n * n) + Buffer.from(bytes).toString('base64') + '"}',
      )
    const damage = fc.record({ at: fc.nat(120), removed: fc.nat(3), added: fc.oneof(fc.constant(''), piece) })
    fc.assert(
      fc.property(whole, fc.array(damage, { maxLength: 2 }), (text, damages) => {
        const line = damages.reduce(
          (line, { at, removed, added }) => line.slice(0, at) + added + line.slice(at + removed),
          text,
        )
        // Only a line that begins as ours do is read without JSON.
        expect(parse(line)).toEqual(parse(` ${line}`))
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), text => {
        expect(parse(text).type).toMatch(/./)
      }),
    )
  })
})
