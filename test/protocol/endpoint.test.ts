import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Echo } from '../../src/protocol/echo.ts'
import { Endpoint, type Output } from '../../src/protocol/endpoint.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { FrameFields } from '../../src/protocol/frame.ts'
import { Deflater, type DeflateAgreement } from '../../src/protocol/permessage-deflate.ts'
import { MessageReader } from '../../src/protocol/message.ts'
import { ruleOf } from '../../src/protocol/rules.ts'

const agreement: DeflateAgreement = {
  client: { windowBits: 15, contextTakeover: true },
  server: { windowBits: 15, contextTakeover: true },
}

/** What an echo server answers to octets of a client, as short words. */
class EchoRig implements Output {
  readonly frames: string[] = []
  readonly messages: Buffer[] = []
  ended = false
  readonly endpoint: Endpoint
  readonly #reader: MessageReader
  #payload: Buffer[] = []

  constructor(options: { deflate?: DeflateAgreement; messageLimit?: number } = {}) {
    const deflate = options.deflate ?? null
    this.endpoint = new Endpoint(
      { role: 'server', deflate, messageLimit: options.messageLimit ?? 16 * 1024 * 1024, nextKey: () => 0 },
      this,
      endpoint => new Echo(endpoint),
    )
    const limit = { octets: 2 ** 25, ratio: 1, ratioFrom: 2 ** 25 }
    this.#reader = new MessageReader(
      'server',
      0,
      { deflate: deflate?.server ?? null, unknownExtension: false, inflateLimit: limit },
      {
        header: () => undefined,
        payload: (bytes, start, end) => this.#payload.push(Buffer.from(bytes.subarray(start, end))),
        frame: (h, _received, message, close) => {
          const close_ = close === null ? '' : ` ${close.code} ${close.reason}`.trimEnd()
          this.frames.push(`${h.opcode}${h.fin ? '' : '-'} ${h.payloadLength}${close_}`)
          if (h.opcode >= 8) this.#payload.pop()
          if (message === null) return
          this.messages.push(
            message.inflated === null ? Buffer.concat(this.#payload) : Buffer.from(message.inflated),
          )
          this.#payload = []
        },
        violation: (rule, _offset, detail) => {
          if (ruleOf(rule).severity !== 'info') throw new Error(`the endpoint broke ${rule}: ${detail}`)
        },
      },
    )
  }

  write(bytes: Uint8Array): void {
    expect(this.ended).toBe(false)
    this.#reader.push(bytes, 0, bytes.length)
  }

  end(): void {
    this.ended = true
  }

  send(...octets: Uint8Array[]): this {
    for (const chop of octets) this.endpoint.receive(Uint8Array.from(chop))
    return this
  }
}

function frame(fields: Omit<FrameFields, 'key'>, payload: string | Uint8Array = ''): Uint8Array {
  return encodeFrame({ key: 0x37fa213d, ...fields }, Buffer.from(payload))
}

describe('Endpoint as an echo server', () => {
  it('sends a message of several short fragments back as one frame, pongs in between', () => {
    const rig = new EchoRig()
    rig.send(
      frame({ opcode: 1, fin: false }, 'fragment1'),
      frame({ opcode: 9 }, 'ping'),
      frame({ opcode: 0 }, 'fragment2'),
    )
    expect(rig.frames).toEqual(['10 4', '1 18'])
    expect(rig.messages.map(String)).toEqual(['fragment1fragment2'])
  })

  it('sends every message back however its octets are chopped', () => {
    const message = fc.record({
      text: fc.boolean(),
      pieces: fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 4 }),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(2000)), (messages, cuts) => {
        const octets = Buffer.concat(
          messages.flatMap(({ text, pieces }) =>
            pieces.map((piece, i) =>
              frame({ opcode: i > 0 ? 0 : text ? 1 : 2, fin: i === pieces.length - 1 }, piece),
            ),
          ),
        )
        const rig = new EchoRig()
        let at = 0
        for (const cut of [...cuts.sort((a, b) => a - b), octets.length]) {
          rig.send(octets.subarray(at, cut))
          at = Math.max(at, Math.min(cut, octets.length))
        }
        expect(rig.messages.map(String)).toEqual(messages.map(({ pieces }) => pieces.join('')))
        expect(rig.ended).toBe(false)
      }),
    )
  })

  it('streams a large binary frame back under one header before it is complete', () => {
    const rig = new EchoRig()
    const octets = frame({ opcode: 2 }, Buffer.alloc(300_000, 7))
    const written: number[] = []
    rig.write = bytes => written.push(bytes.length)
    rig.send(octets.subarray(0, 100_000))
    expect(written.reduce((a, b) => a + b, 0)).toBe(100_000 - 4) // its header has no mask
  })

  it('streams long text back in fragments', () => {
    const rig = new EchoRig()
    const octets = frame({ opcode: 1 }, 'ä'.repeat(100_000))
    for (let i = 0; i < octets.length; i += 65_536) rig.send(octets.subarray(i, i + 65_536))
    expect(rig.messages.map(String)).toEqual(['ä'.repeat(100_000)])
    expect(rig.frames[0]).toMatch(/^1- /)
    expect(rig.frames.at(-1)).toBe('0 0')
  })

  it('sends compressed messages back compressed, with its own context', () => {
    const rig = new EchoRig({ deflate: agreement })
    const deflater = new Deflater(agreement.client)
    const texts = ['{"a":1,"b":2}', '{"a":1,"b":2}', '', 'x'.repeat(70_000)]
    for (const text of texts) rig.send(frame({ opcode: 1, rsv: 4 }, deflater.deflate(Buffer.from(text))))
    expect(rig.messages.map(String)).toEqual(texts)
  })

  it.each([
    ['an unmasked frame', encodeFrame({ opcode: 1 }, Buffer.from('x')), 1002],
    ['a reserved opcode', frame({ opcode: 3 }), 1002],
    ['RSV1 without an extension', frame({ opcode: 1, rsv: 4 }, 'x'), 1002],
    ['a long ping', frame({ opcode: 9 }, 'x'.repeat(126)), 1002],
    ['a stray continuation', frame({ opcode: 0 }, 'x'), 1002],
    ['a length with the top bit set', frame({ opcode: 2, lengthBits: 64, payloadLength: 2n ** 63n }), 1002],
    ['text that is not UTF-8', frame({ opcode: 1 }, Uint8Array.of(0x61, 0xff)), 1007],
    ['text that ends in a code point', frame({ opcode: 1 }, Uint8Array.of(0xc3)), 1007],
    ['a close code that must not be sent', frame({ opcode: 8 }, Uint8Array.of(0x03, 0xee)), 1002],
    ['a message over the limit', frame({ opcode: 2 }, 'x'.repeat(1001)), 1009],
  ])('fails the connection over %s, after the echoes that are due', (_name, octets, code) => {
    const rig = new EchoRig({ messageLimit: 1000 })
    rig.send(Buffer.concat([frame({ opcode: 1 }, 'due'), octets, frame({ opcode: 1 }, 'not any more')]))
    expect(rig.messages.map(String)).toEqual(['due'])
    expect(rig.frames.at(-1)).toMatch(new RegExp(`^8 \\d+ ${code} `))
    expect(rig.ended).toBe(true)
  })

  it('fails at the octet that breaks the text, before the frame is complete', () => {
    const rig = new EchoRig()
    rig.send(frame({ opcode: 1, payloadLength: 1000 }, Uint8Array.of(0x61, 0xff, 0x61)))
    expect(rig.frames[0]).toMatch(/^8 \d+ 1007/)
  })

  it('says 1009 when a message inflates beyond the limit', () => {
    const rig = new EchoRig({ deflate: agreement, messageLimit: 1000 })
    rig.send(frame({ opcode: 1, rsv: 4 }, new Deflater(agreement.client).deflate(Buffer.alloc(100_000, 97))))
    expect(rig.frames[0]).toMatch(/^8 \d+ 1009/)
  })

  it.each([
    ['its code', Uint8Array.of(0x03, 0xe9, 0x62, 0x79, 0x65), '8 2 1001'],
    ['nothing when it had none', new Uint8Array(0), '8 0 null'],
  ])('answers a Close with %s and ends TCP (RFC 6455 §5.5.1, §7.1.1)', (_name, payload, answer) => {
    const rig = new EchoRig().send(frame({ opcode: 8 }, payload))
    expect(rig.frames).toEqual([answer])
    expect(rig.ended).toBe(true)
  })

  it('ends after its own Close was answered, without a second one', () => {
    const rig = new EchoRig()
    rig.endpoint.close(1001, 'going away')
    expect(rig.endpoint.isOpen).toBe(false)
    expect(rig.ended).toBe(false)
    rig.send(frame({ opcode: 8 }, Uint8Array.of(0x03, 0xe9)))
    expect(rig.frames).toEqual(['8 12 1001 going away'])
    expect(rig.ended).toBe(true)
  })

  it('ends when the peer does without a Close', () => {
    const rig = new EchoRig()
    rig.endpoint.eof()
    expect(rig.ended).toBe(true)
  })
})

describe('Endpoint as a client', () => {
  it('masks every frame with a fresh key and completes the closing handshake', () => {
    const written: Uint8Array[] = []
    let key = 0
    let ended = false
    const endpoint = new Endpoint(
      { role: 'client', deflate: null, messageLimit: 1000, nextKey: () => ++key },
      { write: bytes => written.push(bytes), end: () => (ended = true) },
      () => ({ data: () => undefined, frameEnd: () => undefined, message: () => undefined }),
    )
    endpoint.send(1, Buffer.from('Hello'))
    endpoint.receive(encodeFrame({ opcode: 9 }, Buffer.from('?')))
    endpoint.close(1000)
    endpoint.receive(encodeFrame({ opcode: 8 }, Uint8Array.of(0x03, 0xe8)))
    expect(Buffer.concat(written)).toEqual(
      Buffer.concat([
        encodeFrame({ opcode: 1, key: 1 }, Buffer.from('Hello')),
        encodeFrame({ opcode: 10, key: 2 }, Buffer.from('?')),
        encodeFrame({ opcode: 8, key: 3 }, Uint8Array.of(0x03, 0xe8)),
      ]),
    )
    expect(ended).toBe(true)
  })
})
