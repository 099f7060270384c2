import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import { chopSizes, key, payload } from '../support/arbitraries.ts'
import { MessageCollector } from '../support/messages.ts'
import { chop, fromHex, join, octets, toHex } from '../support/octets.ts'

const parameters = { windowBits: 15, contextTakeover: true }

describe('WireDecoder', () => {
  it('gives back every message, in however many fragments and chops, with control frames between them', () => {
    const message = fc.record({
      text: fc.boolean(),
      octets: fc.oneof(
        payload,
        fc.string({ unit: 'binary' }).map(text => octets(text)),
      ),
      fragments: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
      pings: fc.boolean(),
      key,
    })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.boolean(),
        chopSizes,
        (messages, deflates, sizes) => {
          const deflater = new Deflater(parameters)
          const frames = messages.flatMap(({ text, octets: plain, fragments, pings, key: k }) => {
            const body = deflates ? Uint8Array.from(deflater.deflate(plain)) : plain
            const pieces = body.length === 0 ? [body] : chop(body, fragments)
            return pieces.flatMap((piece, i) => {
              const opcode = i > 0 ? 0 : text ? 1 : 2
              const rsv = deflates && i === 0 ? 4 : 0
              const frame = encodeFrame({ opcode, rsv, fin: i === pieces.length - 1, key: k }, piece)
              return pings ? [encodeFrame({ opcode: 9, key: k }, octets('ping')), frame] : [frame]
            })
          })
          const collector = new MessageCollector('client', deflates ? 'permessage-deflate' : '')
          collector.push(join(frames), sizes)
          const received = collector.received.filter(({ kind }) => kind !== 'PING')
          expect(received.map(({ kind, octets: got }) => `${kind} ${toHex(got)}`)).toEqual(
            messages.map(({ text, octets: plain }) => `${text ? 'TEXT' : 'BIN'} ${toHex(plain)}`),
          )
          expect(received.every(({ inflate }) => inflate === (deflates ? 'ok' : null))).toBe(true)
        },
      ),
    )
  })

  it('does not gather a compressed message beyond what may be inflated, and reads on after it', () => {
    const limit = { octets: 100, ratio: 200, ratioFrom: 100 }
    const noise = Uint8Array.from({ length: 90 }, (_, i) => (i * 73) & 255)
    const long = deflateRawSync(join([noise, noise.map(octet => octet ^ 0x55)]), { finishFlush: 2 })
    const short = fromHex('f248cdc9c90700')
    const collector = new MessageCollector('server', 'permessage-deflate', limit)
    collector.push(encodeFrame({ opcode: 2, rsv: 4, fin: false }, long.subarray(0, 90)))
    collector.push(encodeFrame({ opcode: 0, fin: false }, long.subarray(90)), [7])
    collector.push(encodeFrame({ opcode: 0 }, long.subarray(90)))
    collector.push(encodeFrame({ opcode: 1, rsv: 4 }, fromHex('f200110000')))
    collector.push(encodeFrame({ opcode: 1, rsv: 4 }, short))
    expect(collector.received.map(({ inflate }) => inflate)).toEqual(['capped', 'lost', 'ok'])
    expect(collector.texts.at(-1)).toBe('TEXT Hello')
  })

  it('does not keep the room of a large message for the small ones after it', () => {
    const collector = new MessageCollector('server', 'permessage-deflate')
    const deflater = new Deflater(parameters)
    let state = 1
    const noise = Uint8Array.from({ length: 70_000 }, () => (state = (state * 48_271) % 0x7fff_ffff) & 255)
    for (const plain of [noise, octets('small'), noise]) {
      collector.push(encodeFrame({ opcode: 2, rsv: 4 }, deflater.deflate(plain)))
    }
    expect(collector.received.map(({ octets: got }) => got.length)).toEqual([70_000, 5, 70_000])
  })

  it('tells the frame in flight of each side, and the octets of a header that is not complete', () => {
    const { decoder } = new MessageCollector('client').push(fromHex('8185 01020304 49'))
    const reader = decoder.readerOf('client')
    expect(reader?.inFlight).toMatchObject({ received: 1, header: { opcode: 1, payloadLength: 5 } })
    decoder.push('client', fromHex('67 6f686e 8180 01'))
    expect(reader?.inFlight).toBeNull()
    expect(reader?.partialHeader).toBe(3)
    expect(decoder.readerOf('server')?.inFlight).toBeNull()
  })

  it('blames the side that ends TCP first without Close, not the one that follows, nor one that was cut off', () => {
    const collector = new MessageCollector('server')
    collector.decoder.end('server', 'fin')
    collector.decoder.end('client', 'fin')
    expect(collector.violations.map(({ rule }) => rule)).toEqual(['close.missing'])
    const cut = new MessageCollector('server')
    cut.decoder.end('client', 'cut')
    cut.decoder.end('server', 'fin')
    expect(cut.violations).toEqual([])
  })
})
