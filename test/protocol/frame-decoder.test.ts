import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameDecoder, type FrameHandler } from '../../src/protocol/frame-decoder.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import {
  exactLength,
  keyHex,
  lengthText,
  minimalLengthBits,
  type FrameFields,
  type FrameHeader,
} from '../../src/protocol/frame.ts'
import { applyMask } from '../../src/protocol/mask.ts'
import { chopSizes, frameOf, key, mutated } from '../support/arbitraries.ts'
import { naiveFrames, type NaiveFrame } from '../support/naive-frames.ts'
import { chop, fromHex, join, octets } from '../support/octets.ts'

/** Keeps what a decoder tells, in the shape of the naive reading. */
class Recorder implements FrameHandler {
  readonly frames: NaiveFrame[] = []
  readonly events: string[] = []
  #pieces: Uint8Array[] = []

  header(h: Readonly<FrameHeader>): void {
    this.events.push('header')
    this.#pieces = []
    this.frames.push({
      offset: h.offset,
      headerLength: h.headerLength,
      length: BigInt(lengthText(h)),
      lengthBits: h.lengthBits,
      fin: h.fin,
      rsv: h.rsv,
      opcode: h.opcode,
      key: h.masked ? h.key >>> 0 : null,
      payload: new Uint8Array(0),
      complete: false,
    })
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const frame = this.frames.at(-1)!
    this.events.push(`payload ${position} ${end - start}`)
    const piece = bytes.slice(start, end)
    applyMask(piece, 0, piece.length, frame.key ?? 0, position)
    this.#pieces.push(piece)
    frame.payload = join(this.#pieces)
  }

  end(): void {
    this.events.push('end')
    this.frames.at(-1)!.complete = true
  }
}

function decode(bytes: Uint8Array, sizes: readonly number[] = [], offset = 0) {
  const recorder = new Recorder()
  const decoder = new FrameDecoder(recorder, offset)
  for (const piece of chop(bytes, sizes)) decoder.push(piece)
  return { recorder, decoder }
}

const anyOctets = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  mutated(fc.array(frameOf('client'), { maxLength: 4 }).map(join)),
)

describe('FrameDecoder (RFC 6455 §5.2)', () => {
  it('reads any octets as a naive reading of the RFC does, however they are chopped, and never throws', () => {
    fc.assert(
      fc.property(anyOctets, chopSizes, (bytes, sizes) => {
        const { frames, rest, lost } = naiveFrames(bytes)
        const { recorder, decoder } = decode(bytes, sizes)
        expect(recorder.frames).toEqual(frames)
        expect(decoder.partialHeader).toBe(rest)
        expect(decoder.lost).toBe(lost)
        expect(decoder.offset).toBe(bytes.length)
      }),
      { numRuns: 500 },
    )
  })

  it('tiles the stream with headers and payloads', () => {
    fc.assert(
      fc.property(anyOctets, chopSizes, fc.nat({ max: 2 ** 40 }), (bytes, sizes, offset) => {
        const { recorder, decoder } = decode(bytes, sizes, offset)
        let next = offset
        for (const frame of recorder.frames) {
          expect(frame.offset).toBe(next)
          next = frame.offset + frame.headerLength + frame.payload.length
        }
        if (!decoder.lost) expect(next + decoder.partialHeader).toBe(offset + bytes.length)
      }),
    )
  })

  it('gives back every header that the encoder writes, with the exact decimal of its length', () => {
    const fields = fc.record({
      opcode: fc.integer({ min: 0, max: 15 }),
      fin: fc.boolean(),
      rsv: fc.integer({ min: 0, max: 7 }),
      key: fc.oneof(key, fc.constant(null)),
      payloadLength: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      lengthBits: fc.constantFrom(7 as const, 16 as const, 64 as const),
    })
    fc.assert(
      fc.property(fields, given => {
        const { lengthBits } = given
        const capacity = lengthBits === 7 ? 126n : lengthBits === 16 ? 2n ** 16n : 2n ** 64n
        const sent = { ...given, payloadLength: given.payloadLength % capacity }
        const header = encodeFrame(sent)
        const { offset, headerLength, length, ...read } = decode(header).recorder.frames[0]!
        expect([offset, headerLength]).toEqual([0, header.length])
        expect(length).toBe(sent.payloadLength)
        expect(read).toMatchObject({
          lengthBits,
          opcode: sent.opcode,
          fin: sent.fin,
          rsv: sent.rsv,
          key: sent.key,
        })
      }),
    )
  })

  it('gives back every payload that the encoder masks, and leaves the encoder’s input as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), key, chopSizes, (payload, k, sizes) => {
        const before = payload.slice()
        const frame = encodeFrame({ opcode: 2, key: k }, payload)
        expect(payload).toEqual(before)
        expect(decode(frame, sizes).recorder.frames).toMatchObject([{ payload, complete: true }])
      }),
    )
  })

  it.each([
    [0, 7],
    [125, 7],
    [126, 16],
    [65_535, 16],
    [65_536, 64],
  ])('fills in the shortest length field for %i octets: %i bits', (length, bits) => {
    const frame = encodeFrame({ opcode: 2 }, new Uint8Array(length))
    const [read] = decode(frame).recorder.frames
    expect(read).toMatchObject({ length: BigInt(length), lengthBits: bits, complete: true })
    expect(minimalLengthBits(length)).toBe(bits)
  })

  it('writes 2^64-1 and 2^53-1 exactly, and what lies between', () => {
    for (const length of [
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 64n - 1n,
    ]) {
      const { header } = decode(encodeFrame({ opcode: 2, payloadLength: length, lengthBits: 64 })).decoder
      expect(lengthText(header)).toBe(length.toString())
      expect(exactLength(header)).toBe(length < 2n ** 53n ? null : length.toString())
    }
  })

  it('tells the header before the payload came, and each piece of the payload with its position', () => {
    const frame = encodeFrame({ opcode: 1, key: 0x01020304 }, octets('Hello'))
    expect(decode(frame, [6, 2, 2, 1]).recorder.events).toEqual([
      'header',
      'payload 0 2',
      'payload 2 2',
      'payload 4 1',
      'end',
    ])
    expect(decode(encodeFrame({ opcode: 9 })).recorder.events).toEqual(['header', 'end'])
  })

  it('shows the frame in flight', () => {
    const { decoder } = decode(fromHex('8105 4865'))
    expect(decoder.inFrame).toBe(true)
    expect(decoder.received).toBe(2)
    expect(decoder.header).toMatchObject({ opcode: 1, payloadLength: 5 })
    decoder.push(fromHex('6c6c6f'))
    expect(decoder.inFrame).toBe(false)
  })

  it('reads a part of a buffer', () => {
    const recorder = new Recorder()
    new FrameDecoder(recorder).push(fromHex('ffff 8101 61 ffff'), 2, 5)
    expect(recorder.frames).toMatchObject([{ offset: 0, opcode: 1, complete: true }])
  })

  it('tells nothing more once framing is lost, until it is told where a frame begins', () => {
    const { recorder, decoder } = decode(fromHex('82ff ffffffffffffffff 01020304 8100 8100'))
    expect(recorder.events).toEqual(['header'])
    expect(decoder.lost).toBe(true)
    expect(decoder.offset).toBe(18)
    decoder.resume(100)
    decoder.push(fromHex('8901 ff'))
    expect(decoder.lost).toBe(false)
    expect(recorder.frames[1]).toMatchObject({ offset: 100, opcode: 9, complete: true })
  })

  it('forgets a cut header and a frame in flight when octets are missing', () => {
    for (const before of ['81', '817e', '8105 48']) {
      const { recorder, decoder } = decode(fromHex(before))
      const known = recorder.frames.length
      decoder.resume(50)
      decoder.push(fromHex('8101 61'))
      expect(recorder.frames.slice(known)).toMatchObject([
        { offset: 50, payload: octets('a'), complete: true },
      ])
    }
  })
})

describe('encodeFrame', () => {
  it('writes wrong frames as they are asked for', () => {
    const wrong: [FrameFields, string][] = [
      [{ opcode: 1, payloadLength: 10 }, '810a 61'],
      [{ opcode: 15, rsv: 7, fin: false }, '7f01 61'],
      [{ opcode: 2, lengthBits: 64 }, '827f 0000000000000001 61'],
      [{ opcode: 2, lengthBits: 16, payloadLength: 2 ** 16 + 5 }, '827e 0005 61'],
      [{ opcode: 2, payloadLength: 0x1_0000_0002, key: 0 }, '82ff 0000000100000002 00000000 61'],
    ]
    for (const [fields, hex] of wrong) expect(encodeFrame(fields, octets('a'))).toEqual(fromHex(hex))
  })

  it('writes a key with its zeros', () => {
    expect([0, 0x0a, 0xffffffff].map(keyHex)).toEqual(['00000000', '0000000a', 'ffffffff'])
  })
})
