import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import {
  chopSizes,
  framedTraffic,
  gappedTraffic,
  looseTraffic,
  brokenTraffic,
} from '../support/arbitraries.ts'
import { opened, rechop, sent, tcp } from '../support/facts.ts'
import { head } from '../support/heads.ts'
import { octets, toText } from '../support/octets.ts'
import { closeFrame, dialogueOf, frame, text } from './support.ts'

const kinds = (said: ReturnType<typeof dialogueOf>) => said.map(({ from, type }) => `${from} ${type}`)

describe('a dialogue', () => {
  it('is heads, messages, pings, Close and the end of TCP, with payloads unmasked', () => {
    const said = dialogueOf([
      ...opened(),
      text('client', 'Grüße', 1),
      frame('server', 2, octets(0, 255), 2),
      frame('server', 9, 'there?', 3),
      closeFrame('client', 1001, 'bye', 4),
      tcp('client', 'fin', 5),
    ])
    expect(kinds(said)).toEqual([
      'client head',
      'server head',
      'client message',
      'server message',
      'server ping',
      'client close',
      'client end',
    ])
    expect(said[2]).toMatchObject({
      time: 1,
      kind: 'text',
      octets: octets('Grüße'),
      frames: [7],
      compressed: false,
    })
    expect(said[3]).toMatchObject({ kind: 'binary', octets: octets(0, 255) })
    expect(said[4]).toMatchObject({ octets: octets('there?') })
    expect(said[5]).toMatchObject({ code: 1001, reason: 'bye' })
    expect(said[6]).toMatchObject({ state: 'fin', unfinished: null })
  })

  it('puts fragments together, and tells a ping between them first', () => {
    const said = dialogueOf([
      ...opened(),
      frame('client', 1, 'one, ', 1, false),
      frame('client', 9, 'ping', 2),
      frame('client', 0, 'two', 3),
    ])
    expect(kinds(said).slice(2)).toEqual(['client ping', 'client message'])
    expect(said[3]).toMatchObject({ time: 3, octets: octets('one, two'), frames: [5, 3], length: 8 })
  })

  it('inflates', () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    const messages = ['again and again', 'again and again'].map(one => deflater.deflate(octets(one)))
    const said = dialogueOf([
      ...opened('permessage-deflate'),
      ...messages.map(one => sent('server', encodeFrame({ opcode: 1, rsv: 4 }, one))),
    ]).slice(2)
    expect(said).toHaveLength(2)
    for (const one of said) expect(one).toMatchObject({ octets: octets('again and again'), compressed: true })
    expect(said[1]).toMatchObject({ wireLength: messages[1]!.length })
  })

  it('keeps the octets of text that is no UTF-8', () => {
    const said = dialogueOf([...opened(), frame('server', 1, octets(0x61, 0xff))])
    expect(said[2]).toMatchObject({ kind: 'text', octets: octets(0x61, 0xff) })
  })

  it('tells what is missing in the record, and goes on behind it', () => {
    const gap = { type: 'gap', offset: 0, octets: 1000, reason: 'queue' } as const
    const said = dialogueOf([
      ...opened(),
      frame('server', 1, 'begun', 0, false),
      { type: 'mark', time: 1, from: 'server', mark: gap },
      text('server', 'after', 2),
    ])
    expect(kinds(said).slice(2)).toEqual(['server unread', 'server message'])
    expect(said[2]).toMatchObject({ missing: true, reason: 'queue' })
    expect(said[3]).toMatchObject({ octets: octets('after') })
  })

  it('tells what was begun and not finished', () => {
    const said = dialogueOf([
      ...opened(),
      sent('server', encodeFrame({ opcode: 1, payloadLength: 10 }, octets('half'))),
      tcp('server', 'reset'),
    ])
    expect(said.at(-1)).toMatchObject({ state: 'reset', unfinished: 'a TEXT frame, 4 of 10 octets' })
  })

  it('tells what is no message: reserved opcodes, continuations of nothing, octets that are not followed', () => {
    const said = dialogueOf([
      ...opened(),
      frame('server', 3, 'odd'),
      frame('server', 0, 'more'),
      sent('server', octets(0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0, 'lost')),
      tcp('server', 'fin'),
    ])
    expect(said.slice(2, 5)).toMatchObject([
      { type: 'unread', missing: false, octets: 3, reason: 'OP3 frame outside of a message' },
      { type: 'unread', missing: false, octets: 4, reason: 'CONT frame outside of a message' },
      { type: 'unread', missing: false, octets: 14, reason: 'framing lost' },
    ])
  })

  it('has the heads of a page load before the upgrade', () => {
    const said = dialogueOf([
      opened()[0]!,
      sent('client', head('GET /page HTTP/1.1', 'Host: localhost')),
      sent('server', octets(head('HTTP/1.1 200 OK', 'Content-Length: 4'), 'page')),
      ...opened().slice(1),
      text('client', 'hello'),
    ])
    expect(said.map(one => (one.type === 'head' ? one.head.startLine : one.type))).toEqual([
      'GET /page HTTP/1.1',
      'HTTP/1.1 200 OK',
      'GET / HTTP/1.1',
      'HTTP/1.1 101 Switching Protocols',
      'message',
    ])
  })

  it('leaves out the payload of a message that is too long', () => {
    const long = new Uint8Array(17 * 1024 * 1024)
    const said = dialogueOf([...opened(), frame('server', 2, long), text('server', 'next')])
    expect(said[2]).toMatchObject({ octets: null, length: long.length })
    expect(said[3]).toMatchObject({ octets: octets('next') })
  })

  it('owns what it tells', () => {
    const bytes = encodeFrame({ opcode: 1 }, octets('mine'))
    const said = dialogueOf([...opened(), sent('server', bytes)])
    bytes.fill(0)
    const [, , message] = said
    expect(message?.type === 'message' && message.octets !== null && toText(message.octets)).toBe('mine')
  })

  it('does not depend on how the octets were chopped', () => {
    fc.assert(
      fc.property(
        fc.oneof(framedTraffic, gappedTraffic, looseTraffic, brokenTraffic),
        chopSizes,
        (facts, sizes) => {
          expect(dialogueOf(rechop(facts, sizes))).toEqual(dialogueOf(facts))
        },
      ),
    )
  })
})
