import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { makeFind, foundIn } from '../../src/tui/find.ts'
import { chopText, rowCells, type RowCells } from '../../src/tui/row-cells.ts'
import type { Entry, Frame, Stamp } from '../../src/wire/entry.ts'
import type { WireLog } from '../../src/wire/log.ts'
import { observe, opened, sent } from '../support/facts.ts'
import { octets } from '../support/octets.ts'
import { parseScript } from '../support/wire-script.ts'

/** The log of a script, and its rows without the opening. */
function rowsOf(wire: string, extensions = ''): { log: WireLog; entries: Entry[] } {
  const { log, rows } = observe(parseScript(`handshake ${extensions}\n${wire}`))
  return { log, entries: rows.entries.filter(({ type }) => type !== 'open' && type !== 'handshake') }
}

function cellsOf(wire: string, columns = 60, extensions = ''): RowCells[] {
  const { log, entries } = rowsOf(wire, extensions)
  return entries.map(entry => rowCells(log, entry, columns))
}

/** One line for each row: type, flags, length, what is said. */
function told(wire: string, columns = 60, extensions = ''): string[] {
  return cellsOf(wire, columns, extensions).map(({ type, flags, length, lead, payload, tail }) =>
    [type, flags, length, `${lead}${payload}${tail}`].join(' '),
  )
}

function chopsOf(wire: string, sizes = true): string[] {
  const { log, entries } = rowsOf(wire)
  return entries.filter(isFrame).map(entry => chopText(log, entry, sizes))
}

function isFrame(entry: Entry): entry is Stamp & Frame {
  return entry.type === 'frame'
}

describe('frames', () => {
  it('say which part of a message they are, and what it was at its last', () => {
    const wire = [
      'server TEXT fin=0 "one "',
      'server CONT fin=0 "two "',
      'server CONT "three"',
      'client BIN key=00000001 fin=0 00',
      'client CONT key=00000001 01',
    ]
    expect(told(wire.join('\n'))).toEqual([
      'TEXT┐ --- 4 one ',
      'CONT├ --- 4 two ',
      'CONT┘ F-- 5 three  (3 frames 13 octets)',
      'BIN┐ --M 1 00   ·',
      'CONT┘ F-M 1 01   ·  (2 frames 2 octets)',
    ])
    expect(cellsOf(wire.join('\n')).map(({ role }) => role)).toEqual([
      'server',
      'server',
      'server',
      'binary',
      'binary',
    ])
  })

  it('show control payloads in quotes, the answer to a ping with its time, a close with its meaning', () => {
    const wire = [
      'server PING "a b "',
      'time 1.5',
      'client PONG key=00000001 "a b "',
      'client PING key=00000001',
      'server PING ff00',
      'server CLOSE code=1001 "bye"',
      'client CLOSE key=00000001',
    ]
    expect(told(wire.join('\n'))).toEqual([
      'PING F-- 4 "a b "',
      'PONG F-M 4 "a b "  rtt 1.5ms',
      'PING F-M 0 ',
      'PING F-- 2 ff 00   ··',
      'CLOSE F-- 5 1001 going away "bye"',
      'INFO   close.empty: a Close frame without a code (reported as 1005)',
      'CLOSE F-M 0 ',
    ])
  })

  it('are inflated, or say why not', () => {
    expect(told('server TEXT rsv=4 f248cdc9c90700', 60, 'permessage-deflate')).toEqual([
      'TEXT F1- 7 z→5 Hello',
    ])
    expect(told('server TEXT rsv=4 ffff', 60, 'permessage-deflate').at(-1)).toBe(
      'TEXT F1-! 2 ff ff   ··  (not inflated)',
    )
  })

  it('are marked when an error or warning was found in them, and only then', () => {
    const wire = [
      'client TEXT "not masked"',
      'server TEXT "next"',
      'client TEXT key=00000001 rsv=7 "bits" chops=1,1,1',
      'client TEXT key=00000001 "fine"',
      'server OP3 "x"',
      'server PONG "unsolicited"',
      'server TEXT fin=0 "a"',
      'server TEXT "b"',
      'server TEXT "c"',
    ]
    const frames = cellsOf(wire.join('\n')).filter(({ flags }) => flags !== '')
    expect(frames.map(({ type, flags }) => `${type} ${flags}`)).toEqual([
      'TEXT F--!',
      'TEXT F--',
      'TEXT F123M!',
      'TEXT F-M',
      'op3 F--!',
      'PONG F--',
      'TEXT┐ ---',
      'TEXT F--!',
      'TEXT F--',
    ])
  })

  it('say what came of them when the stream ended inside', () => {
    expect(told('server TEXT len=100 "abc"\ntcp server fin').find(row => row.startsWith('TEXT'))).toBe(
      'TEXT F-- 100 abc  received=3',
    )
    expect(told('server TEXT len=9007199254740993 bits=64 "a"\ntcp server fin')).toContainEqual(
      expect.stringMatching(/^TEXT F--!? 8192T a {2}received=1$/),
    )
  })

  it('look only at what the width can show, and at octets as characters only where there is room', () => {
    const { log, entries } = rowsOf('server TEXT "é"*500\nserver BIN "ab"*500')
    const at = (columns: number) => entries.map(entry => rowCells(log, entry, columns).payload)
    expect(at(20)[0]!.length).toBeLessThan(100)
    expect(at(20)[0]!.length).toBeGreaterThan(20)
    expect(at(12)[1]).toBe('61 62 61 62 …')
    expect(at(45)[1]).toBe('61 62 61 62 61 62 61 62 61 62 …   ababababab')
  })

  it('show text that is none as octets, and say where octets are gone', () => {
    expect(told('server TEXT ff61')).toContainEqual(expect.stringMatching(/^TEXT F--! 2 ff 61 {3}·a$/))
    const large = sent('server', encodeFrame({ opcode: 2 }, new Uint8Array(2900)))
    const gone = sent('server', encodeFrame({ opcode: 1 }, octets('gone')))
    const { log, rows } = observe([...opened(), gone, large, large], { memory: 4096, rows: 64 })
    const [frame] = rows.entries.filter(isFrame)
    expect(rowCells(log, frame!, 50).payload).toBe('(4 octets, no longer kept)')
  })
})

describe('other rows', () => {
  it('have a type of at most 5 columns and say what the lines say', () => {
    const script = `
open tls
handshake
client TEXT "x"
edit client 3 4 "Host: b"
gap server 5
stalled client 10 1000
redacted client 3 4
tcp server fin
cut client
tcp client reset`
    const { log, rows } = observe(parseScript(script))
    const cells = rows.entries.map(entry => rowCells(log, entry, 40))
    const types = cells.map(({ type, from }) => `${type} ${from ?? 'both'}`)
    expect(types).toEqual(
      expect.arrayContaining([
        ...['OPEN both', 'REQ client', 'REPLY server', 'ERROR client', 'TEXT client', 'EDIT client'],
        ...[
          'GAP server',
          'STALL client',
          'HIDE client',
          'FIN server',
          'CUT client',
          'RST client',
          'END both',
        ],
      ]),
    )
    expect(cells.filter(({ type }) => type.length > 5)).toEqual([])
    expect(cells[0]).toMatchObject({ payload: '127.0.0.1:50000 → 127.0.0.1:9001 TLS', flags: '', length: '' })
    expect(cells.find(({ type }) => type === 'ERROR')).toMatchObject({ role: 'error', tone: 'error' })
  })

  it('tell of other ends of TCP, other HTTP and failures', () => {
    const script = `
client head
  GET / HTTP/1.1
  Host: a
server head
  HTTP/1.1 204 No Content
tcp server timeout`
    const { log, rows } = observe(parseScript(script))
    const told = rows.entries.map(entry => rowCells(log, entry, 40))
    expect(told.find(({ type }) => type === 'TCP')).toMatchObject({ payload: 'TIMEOUT', role: 'warning' })
    expect(told.find(({ type }) => type === 'HTTP')?.payload).toMatch(/^GET \/ HTTP\/1\.1 {2}204/)
    const fault = { seq: 0, time: 0, conn: 0, from: null, type: 'fault', consumer: 'x', detail: 'y' } as const
    expect(rowCells(log, fault, 40)).toMatchObject({ type: 'FAULT', from: null, role: 'error' })
  })

  it('show reads with their length and octets', () => {
    const { log } = observe(opened())
    const row = Array.from({ length: log.next }, (_, i) => i).find(at => log.kind(at) === 'octets')!
    expect(rowCells(log, log.entry(row), 12)).toMatchObject({
      type: 'READ',
      payload: '47 45 54 20 …',
      flags: '',
    })
  })
})

describe('chops', () => {
  it('are counted, with the octets of the frame in each, and runs folded', () => {
    expect(chopsOf('server TEXT "0123456789"')).toEqual(['1'])
    expect(chopsOf('server TEXT "0123456789" chops=5')).toEqual(['2:5+7'])
    expect(chopsOf('server TEXT "0123456789" chops=3,3,1,1,1,2')).toEqual(['7:3×2+1×3+2+1'])
  })

  it('say where a read was shared with something else', () => {
    const wire = 'server TEXT "a"\n+ TEXT "bcdef" chops=5\nserver TEXT "g"'
    expect(chopsOf(wire)).toEqual(['1&', '2&2+5', '1'])
    expect(chopsOf(wire, false)).toEqual(['1&', '2&', '1'])
  })

  it('are only counted where they are many, or no longer known', () => {
    const wire = `server TEXT "0123456789"*10 chops=${Array(80).fill('1').join(',')}`
    expect(chopsOf(wire)).toEqual(['81'])
  })
})

describe('what is found', () => {
  const log = observe(opened()).log
  const at = (find: string, shown: string, ascii = false) => foundIn(makeFind(find)!, log, 0, shown, ascii)

  it('lies where the word stands, in columns', () => {
    expect(at('ab', 'ab xAB')).toEqual([{ x: 0, width: 2 }, { x: 4, width: 2 }]) // prettier-ignore
    expect(at('Ab', 'ab xAB Ab')).toEqual([{ x: 7, width: 2 }])
    expect(at('本', '日本本')).toEqual([{ x: 2, width: 2 }, { x: 4, width: 2 }]) // prettier-ignore
    expect(at('本', '日本', true)).toEqual([{ x: 1, width: 1 }])
    expect(at('x', 'İx')).toEqual([{ x: 1, width: 1 }])
  })

  it('is all of a row that a regular expression matches, also when it is asked again', () => {
    const { log, entries } = rowsOf('server TEXT "abc"\nserver TEXT "xyz"')
    const find = makeFind('/b+/')!
    const ask = () => entries.map(({ seq }) => foundIn(find, log, seq, 'shown', false))
    expect(ask()).toEqual([[{ x: 0, width: 5 }], []])
    expect(ask()).toEqual([[{ x: 0, width: 5 }], []])
  })
})
