import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputDecoder, pasteLimit, type InputEvent } from '../../src/tui/input.ts'
import { chopSizes } from '../support/arbitraries.ts'
import { chop, join, octets } from '../support/octets.ts'

type Octets = string | Uint8Array

function listen() {
  const events: InputEvent[] = []
  const decoder = new InputDecoder(event => events.push(event))
  return { events, decoder }
}

function eventsOf(pieces: readonly Uint8Array[]): InputEvent[] {
  const { events, decoder } = listen()
  for (const piece of pieces) decoder.push(piece)
  return events
}

const key = (name: string): InputEvent => ({ type: 'key', name })
const paste = (text: string): InputEvent => ({ type: 'paste', text })
const mouse = (action: string, x: number, y: number) => ({ type: 'mouse', action, x, y }) as InputEvent

/** What is sent, and the keys that it is, parted by a space. */
const keys: [Octets, string][] = [
  ['jG?é日', 'j G ? é 日'],
  ['a\u{1f600}b', 'a \u{1f600} b'],
  [' ', 'space'],
  ['\r\n', 'enter enter'],
  ['\t\x1b[Z\x1b[1;2Z', 'tab S-tab S-tab'],
  ['\x7f\b', 'backspace backspace'],
  ['\x01\x03\x1a\0\x1c\x1f', 'C-a C-c C-z C-space C-\\ C-_'],
  ['\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F', 'up down right left home end'],
  ['\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF', 'up down right left home end'],
  ['\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~', 'home insert delete end pageup pagedown'],
  ['\x1b[7~\x1b[8~', 'home end'],
  ['\x1bOP\x1bOQ\x1bOR\x1bOS', 'f1 f2 f3 f4'],
  ['\x1b[[A\x1b[[E', 'f1 f5'],
  ['\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~', 'f1 f5 f6 f10 f11 f12'],
  ['\x1b[1;5A\x1b[1;2B\x1b[1;3C\x1b[1;8D\x1b[5;5~', 'C-up S-down M-right C-M-S-left C-pageup'],
  ['\x1b[1;65A\x1b[1;129A\x1b[1;9A', 'up up'],
  ['\x1b[1;1:1A\x1b[1;1:2A\x1b[1;1:3A', 'up up'],
  ['\x1bOM\x1bOj\x1bOp\x1bOy', 'enter * 0 9'],
  ['\x1bj', 'escape j'],
  ['\x1b\r', 'escape enter'],
  ['\x1bé', 'escape é'],
  ['\x1b\x1b[A', 'escape up'],
  ['\x1b\\', 'escape \\'],
  ['\x1b[97;5u\x1b[27;5;97~', 'C-a C-a'],
  ['\x1b[27;5;13~\x1b[13u\x1b[9;2u\x1b[27u\x1b[127;5u', 'C-enter enter S-tab escape C-backspace'],
  ['\x1b[106;3u\x1b[106;7u\x1b[97;6u', 'M-j C-M-j C-S-a'],
  ['\x1b[1é', 'é'],
  [octets(0xc3, '\r', 0xa9), 'enter'],
  ['\x1b[97;65u\x1b[97;130u', 'a A'],
  ['\x1b[97;2u\x1b[49:33;2u\x1b[32;2u\x1b[32u', 'A ! space space'],
  ['\x1b[97;5:3u\x1b[97;9u\x1b[57358u\x1b[55296u\x1b[9999999u\x1b[u\x1b[3u', ''],
]

/** What is no event: each may stand anywhere. */
const silent: Octets[] = [
  '\x1b[?62;22c',
  '\x1b[>41;354;0c',
  '\x1b[?2026;2$y',
  '\x1b[12;40R',
  '\x1b[1;2R',
  '\x1b[0n',
  '\x1b[I',
  '\x1b[O',
  '\x1b[8;24;80t',
  '\x1b]11;rgb:1e1e/1e1e/2e2e\x07',
  '\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\',
  '\x1bP>|xterm(390)\x1b\\',
  '\x1bP1$r0m\x1b\\',
  '\x1b_Gi=31;OK\x1b\\',
  '\x1b]52;c;6Kqe\u00e9\x07',
  '\x1b[M !!',
  `\x1b[${'1'.repeat(100)}A`,
  '\x1b[99~',
  '\x1b[<2;1;1M',
  '\x1b[<35;1;1M',
  '\x1b[<64;1;1m',
  '\x1b[<0;0;1M',
  '\x1b[<0;1M',
  '\x1b[<0;1;1A',
  '\u0085',
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0xed, 0xa0, 0x80),
]

const others: [Octets, InputEvent[]][] = [
  ['\x1b[<0;1;1M\x1b[<0;80;24m', [mouse('press', 0, 0), mouse('release', 79, 23)]],
  [
    '\x1b[<64;5;6M\x1b[<65;5;6M\x1b[<65;5;6M',
    [mouse('wheel-up', 4, 5), mouse('wheel-down', 4, 5), mouse('wheel-down', 4, 5)],
  ],
  ['\x1b[<32;300;2M\x1b[<16;1;1M', [mouse('drag', 299, 1), mouse('press', 0, 0)]],
  ['j\x1b[<0;1;1Mk', [key('j'), mouse('press', 0, 0), key('k')]],
  ['\x1b[200~q\x1b[A\r\n\x03\x1b[200~日\x1b[201~', [paste('q\x1b[A\r\n\x03\x1b[200~日')]],
  ['\x1b[200~\x1b[20\x1b\x1b[201~', [paste('\x1b[20\x1b')]],
  ['\x1b[200~\x1b[201~', [paste('')]],
  [join([octets('\x1b[200~a'), octets(0xff, 0xc3), octets('\x1b[201~')]), [paste('a')]],
  ['\x1b[201~', []],
]

/** Everything above that means the same wherever it stands. */
const catalogue: [Uint8Array, InputEvent[]][] = [
  ...keys.map(([sent, names]): [Octets, InputEvent[]] => [sent, names.split(' ').filter(Boolean).map(key)]),
  ...silent.map((sent): [Octets, InputEvent[]] => [sent, []]),
  ...others,
].map(([sent, events]) => [octets(sent), events])

/** Octets that look like what a terminal sends, and are mostly broken. */
const garbage = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('\x1b', '\x1b[', '\x1b]', '\x1bO', '\x1bP', '\x1b[200~', '\x1b[<', '\x1b[M')
        .map(octets),
      fc.constantFrom(...catalogue).map(([sent]) => sent),
      fc.constantFrom(...catalogue).chain(([sent]) => fc.nat(sent.length).map(n => sent.slice(0, n))),
    ),
    { maxLength: 20 },
  )
  .map(join)

describe('InputDecoder', () => {
  it.each(
    catalogue.map(
      ([sent, events]) => [JSON.stringify(Buffer.from(sent).toString('latin1')), sent, events] as const,
    ),
  )('reads %s, cut anywhere', (_, sent, events) => {
    expect(eventsOf([sent])).toEqual(events)
    expect(eventsOf(chop(sent, [1]))).toEqual(events)
    for (let at = 1; at < sent.length; at++) {
      expect(eventsOf([sent.subarray(0, at), sent.subarray(at)])).toEqual(events)
    }
  })

  it('reads any of these one behind the other, in any chops', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...catalogue), { maxLength: 20 }), chopSizes, (parts, sizes) => {
        const sent = join(parts.map(([piece]) => piece))
        expect(eventsOf(chop(sent, sizes))).toEqual(parts.flatMap(([, events]) => events))
      }),
    )
  })

  it('makes the same of garbage however it is cut, and is back at keys after it', () => {
    fc.assert(
      fc.property(garbage, chopSizes, (sent, sizes) => {
        const whole = eventsOf([sent])
        const { events, decoder } = listen()
        for (const piece of chop(sent, sizes)) decoder.push(piece)
        expect(events).toEqual(whole)
        decoder.push(octets('\x1b[201~j'))
        expect(events.at(-1)).toEqual(key('j'))
      }),
      { numRuns: 1_000 },
    )
  })

  it('names no key that holds a control or half a character', () => {
    fc.assert(
      fc.property(garbage, sent => {
        for (const event of eventsOf([sent])) {
          if (event.type === 'key') expect(event.name).toMatch(/^[^\p{Cc}\p{Cs}\ufffd]+$/u)
        }
      }),
    )
  })

  it('waits behind a lone ESC, which is a key when nothing follows', () => {
    const { events, decoder } = listen()
    decoder.push(octets('\x1b'))
    expect([decoder.pending, events]).toEqual([true, []])
    decoder.flush()
    expect([decoder.pending, events]).toEqual([false, [key('escape')]])
    decoder.flush()
    decoder.push(octets('[A'))
    expect(events).toEqual([key('escape'), key('['), key('A')])
  })

  it.each(['[', 'O', ']', 'P', '_'])('takes ESC and %s for two keys when nothing follows', char => {
    const { events, decoder } = listen()
    decoder.push(octets(`\x1b${char}`))
    expect([decoder.pending, events]).toEqual([true, []])
    decoder.flush()
    expect([decoder.pending, events]).toEqual([false, [key('escape'), key(char)]])
  })

  it.each(['\x1b[1;5', '\x1b]11;rgb', '\x1b[200~abc', '\x1b[M!', 'j'])(
    'is not pending behind %j: what is late still belongs to it',
    sent => {
      const { events, decoder } = listen()
      decoder.push(octets(sent))
      const before = [...events]
      expect(decoder.pending).toBe(false)
      decoder.flush()
      expect(events).toEqual(before)
    },
  )

  it('takes ESC within an unfinished string for a key when nothing follows', () => {
    const { events, decoder } = listen()
    decoder.push(octets('\x1b]11;no end\x1b'))
    expect(decoder.pending).toBe(true)
    decoder.flush()
    decoder.push(octets('j'))
    expect(events).toEqual([key('escape'), key('j')])
  })

  it('gives keys back behind a string that never ends', () => {
    expect(eventsOf([octets('\x1b]no end\r'), octets('j')])).toEqual([key('enter'), key('j')])
    const long = eventsOf([octets(`\x1b]${'x'.repeat(5_000)}`)])
    expect(long.length).toBeGreaterThan(0)
    expect(long.every(event => event.type === 'key' && event.name === 'x')).toBe(true)
  })

  it('has done with parameters without end at their final octet', () => {
    const { events, decoder } = listen()
    decoder.push(octets('\x1b['))
    for (let i = 0; i < 1_000; i++) decoder.push(octets('1'.repeat(1_000)))
    decoder.push(octets('Aj'))
    expect(events).toEqual([key('j')])
  })

  it('keeps 64 KiB of a paste, whole characters, and finds its end behind any more', () => {
    const piece = octets('é'.repeat(10_000))
    const { events, decoder } = listen()
    decoder.push(octets('\x1b[200~a'))
    for (let i = 0; i < 50; i++) decoder.push(piece)
    decoder.push(octets('\x1b[201~j'))
    expect(events).toEqual([paste(`a${'é'.repeat((pasteLimit - 2) / 2)}`), key('j')])
  })
})
