import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { escapeForTerminal } from '../../src/wire/escape.ts'
import { cells, defaultPreview, formatLine, wholeCodePoints } from '../../src/wire/format.ts'
import { connectionInfo, observe, opened, sent, tcp, type Fact } from '../support/facts.ts'
import { fromHex, latin1, octets } from '../support/octets.ts'

/** All that a line may hold: letters, marks, digits, punctuation, symbols, spaces that show as such, private use. */
const safe = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Co}\p{Cn}]*$/u

/** A line without the two colour sequences that a tone puts around it. */
// eslint-disable-next-line no-control-regex
const tone = /\x1b\[(?:0|2|31|32|33|36)m/g

const upTo9f = Array.from({ length: 0xa0 }, (_, code) => String.fromCodePoint(code))
const invisible = [
  '\u00ad', '\u061c', '\u180e', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202b',
  '\u202c', '\u202d', '\u202e', '\u2060', '\u2061', '\u2064', '\u2066', '\u2067', '\u2068', '\u2069', '\u206a', '\u206f',
  '\ufeff', '\ufff9', '\ufffa', '\ufffb', '\ud800', '\udbff', '\udc00', '\udfff', '\u{e0001}', '\u{e0020}', '\u{e007f}',
  '\u{1d173}', '\u{1bca0}',
] // prettier-ignore

const hostile = [...upTo9f, ...invisible]

/** Facts in which `text` stands wherever the wire, a peer or a file can put it. */
function factsWith(text: string): Fact[] {
  const line = text.replaceAll(/[\r\n]/g, '')
  const head = (start: string) =>
    latin1(`${start}\r\nUpgrade: websocket\r\nX${line}: ${line}\r\nSec-WebSocket-Key: ${line}\r\n`) // prettier-ignore
  const more = (name: string) =>
    latin1(`Sec-WebSocket-${name}: a${line}\r\nSec-WebSocket-Extensions: ${line}\r\n\r\n`)
  const page = (from: 'client' | 'server', start: string) => sent(from, octets(latin1(`${start}\r\n\r\n`)))
  return [
    {
      type: 'open',
      time: 0,
      info: { client: `c${text}`, server: `s${text}`, url: `ws://${text}/`, tls: false },
    },
    page('client', `GET /${line.replaceAll(' ', '')} HTTP/1.1`),
    page('server', `HTTP/1.1 204 ${line}`),
    sent('client', octets(head(`GET /?${line.replaceAll(' ', '')} HTTP/1.1`), more('Protocol'))),
    sent('server', octets(head(`HTTP/1.1 101 ${line}`), more('Protocol'))),
    sent('server', encodeFrame({ opcode: 1 }, octets(text))),
    sent('server', encodeFrame({ opcode: 9 }, octets(text).subarray(0, 125))),
    sent('server', encodeFrame({ opcode: 8 }, octets(3, 232, octets(text).subarray(0, 123)))),
    { type: 'mark', time: 0, from: 'client', mark: { type: 'gap', offset: 0, octets: 0, reason: text } },
    {
      type: 'mark',
      time: 0,
      from: 'server',
      mark: { type: 'edit', offset: 0, octets: 1, written: octets(`x${text}x`) },
    },
    tcp('client', text),
  ]
}

/** The lines of `facts`, plain and in colour without the colour, and one of a fault. */
function linesOf(text: string): string[] {
  const { log, rows } = observe(factsWith(text))
  const fault = { seq: 0, time: 0, conn: 0, from: null, type: 'fault', consumer: text, detail: text } as const
  return [...rows.entries, fault].flatMap(entry => {
    const row = cells(entry, log, defaultPreview)
    return [formatLine(row, false), formatLine(row, true).replaceAll(tone, '')]
  })
}

describe('formatLine', () => {
  it('lets no code point through that a terminal obeys or that hides', () => {
    const leaks = hostile.flatMap(char =>
      linesOf(`a${char}b`)
        .filter(line => !safe.test(line))
        .map(line => `U+${char.codePointAt(0)!.toString(16)} in ${JSON.stringify(line)}`),
    )
    expect(leaks).toEqual([])
  })

  it('lets none through in any text, wherever it stands', () => {
    const char = fc.oneof(
      fc.constantFrom(...hostile),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 12 }), text => {
        expect(linesOf(text).filter(line => !safe.test(line))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('shows what it keeps back', () => {
    const shown = linesOf('\x1b[2J').filter(line => line.includes('\\x1b[2J'))
    // Each line comes twice. The gap, the request that no page answered and the chops have no text.
    expect(shown.length).toBeGreaterThan(16)
    expect(escapeForTerminal('a\x00\x7f\x9b\u202e\ud800\u{e0001}z')).toBe(
      'a\\x00\\x7f\\x9b\\u{202e}\\u{d800}\\u{e0001}z',
    )
    expect(escapeForTerminal('ordinary text: ä € 🙂 \\ "')).toBe('ordinary text: ä € 🙂 \\ "')
  })

  it('colours the label and what follows it, and only with a tone', () => {
    const { log, rows } = observe([...opened(), sent('client', encodeFrame({ opcode: 9 }))])
    const line = (type: string) =>
      formatLine(
        cells(
          rows.entries.find(e => e.type === type)!,
          log,
          10,
        ),
        true,
      )
    expect(line('violation')).toMatch(/^ {4}0\.000 #1 {2}client \x1b\[31mERROR .*\x1b\[0m$/) // eslint-disable-line no-control-regex
    expect(line('frame')).not.toContain('\x1b')
  })

  it('has a line for octets that are no longer kept', () => {
    const large = sent('server', encodeFrame({ opcode: 2 }, new Uint8Array(2900)))
    const frame = sent('server', encodeFrame({ opcode: 1 }, octets('gone')))
    const { log, rows } = observe([...opened(), frame, large, large], { memory: 4096, rows: 64 })
    const [gone] = rows.entries.filter(({ type }) => type === 'frame')
    expect(formatLine(cells(gone!, log, 10), false)).toMatch(/len=4 chops=1 {2}\(4 octets, no longer kept\)$/)
    expect(formatLine(cells(log.entry(1), log, 10), false)).toMatch(
      /OCTETS {2}@0 {5}148 {2}\(148 octets, no longer kept\)$/,
    )
  })

  it('bounds the octets that it looks at', () => {
    const { log, rows } = observe([
      ...opened(),
      sent('server', encodeFrame({ opcode: 1 }, octets('a'.repeat(50)))),
    ])
    const frame = rows.entries.at(-1)!
    expect(cells(frame, log, 8).payload).toBe('"aaaaaaaa"…')
    expect(cells(log.entry(2), log, 8).payload).toBe('')
    expect(cells(log.entry(1), log, 8).payload).toBe('47 45 …')
    expect(cells(log.entry(1), log, 1).payload).toBe('47 …')
  })
})

describe('wholeCodePoints', () => {
  it('takes off a code point that was cut, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
        fc.nat(),
        (points, at) => {
          const bytes = octets(...points)
          const cut = bytes.subarray(0, at % (bytes.length + 1))
          let whole = 0
          for (const point of points) {
            const next = whole + octets(point).length
            if (next > cut.length) break
            whole = next
          }
          expect(wholeCodePoints(cut)).toEqual(cut.subarray(0, whole))
        },
      ),
    )
  })

  it.each([
    ['', ''],
    ['80', '80'],
    ['8080808080', '8080808080'],
    ['61ff', '61'],
    ['61e282', '61'],
    ['61c3a4', '61c3a4'],
  ])('of %s leaves %s, also where it is no UTF-8', (hex, left) => {
    expect(wholeCodePoints(fromHex(hex))).toEqual(fromHex(left))
  })
})

describe('cells', () => {
  it('are total: also of rows that no session makes, which concern both sides', () => {
    const { log } = observe(opened())
    const both = { seq: 0, time: 0, conn: 1, from: null } as const
    const http = { request: null, status: null, clientOctets: 1, serverOctets: 2, note: null } as const
    expect(cells({ ...both, type: 'http', ...http }, log, 8).text).toBe('  no response  1 octets → 2 octets')
    expect(cells({ ...both, type: 'octets', offset: 0, length: 3 }, log, 8)).toMatchObject({
      from: '',
      payload: '47 45 …',
    })
  })
})

describe('columns', () => {
  it('give way to what is longer than they are', () => {
    const { rows } = observe([
      { type: 'open', conn: 1234, time: 123_456.7891, info: { ...connectionInfo, tls: true } },
    ])
    expect(rows.lines).toEqual(['123456.789 #1234 client TCP     OPEN 127.0.0.1:50000 → 127.0.0.1:9001 TLS'])
  })
})
