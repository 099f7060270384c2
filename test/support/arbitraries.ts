/** Random traffic for properties. Everything shrinks to few and short octets. */
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { FrameFields } from '../../src/protocol/frame.ts'
import type { Side } from '../../src/protocol/side.ts'
import { opened, sent, tcp, type Fact } from './facts.ts'
import { upgradeRequest, upgradeResponse } from './heads.ts'
import { join, octets } from './octets.ts'

/** Sizes of chops, used over and over. */
export const chopSizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })

export const side: fc.Arbitrary<Side> = fc.constantFrom('client', 'server')

export const key = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 0x01020304, 0x80808080),
)

/** Payload lengths: short ones, and those around the widths of the length field. */
const payloadLength = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 2, arbitrary: fc.integer({ min: 124, max: 128 }) },
)

/** Octets that are mostly text, some of it cut or broken. */
const textOctets = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map(text => octets(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
    ),
    { maxLength: 4 },
  )
  .map(join)

export const payload = fc.oneof(
  payloadLength.chain(length => fc.uint8Array({ minLength: length, maxLength: length })),
  textOctets,
)

function compressed(plain: Uint8Array): Uint8Array {
  const deflated = deflateRawSync(plain, { finishFlush: 2 })
  return deflated.subarray(0, deflated.length - 4)
}

/** What a frame of `from` may be, mostly what it should be. */
function fieldsOf(from: Side): fc.Arbitrary<FrameFields> {
  const masked = from === 'client' ? 9 : 1
  return fc.record({
    opcode: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) },
      fc.integer({ min: 0, max: 15 }),
    ),
    fin: fc.boolean(),
    rsv: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constant(4) },
      fc.integer({ min: 0, max: 7 }),
    ),
    key: fc.oneof({ weight: masked, arbitrary: key }, { weight: 10 - masked, arbitrary: fc.constant(null) }),
    lengthBits: fc.oneof(
      { weight: 9, arbitrary: fc.constant(7 as const) },
      fc.constantFrom(16 as const, 64 as const),
    ),
  })
}

/** A frame of `from`; its length is right, and in a field that holds it. */
export function frameOf(from: Side): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fieldsOf(from), payload, fc.boolean()).map(([fields, plain, deflates]) => {
    const body = deflates && fields.rsv === 4 ? compressed(plain) : plain
    const narrow = fields.lengthBits === 7 && body.length > 125
    const { lengthBits, ...rest } = fields
    return encodeFrame(narrow || lengthBits === undefined ? rest : { ...rest, lengthBits }, body)
  })
}

/** A frame whose announced length has the top bit set, or is far more than what follows. */
const hugeFrame = fc
  .tuple(fieldsOf('client'), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(([fields, payloadLength]) => encodeFrame({ ...fields, lengthBits: 64, payloadLength }))

/** `bytes` with some octets changed, left out or put in. */
export function mutated(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('set', 'insert', 'remove'),
    octet: fc.integer({ min: 0, max: 255 }),
  })
  return fc.tuple(bytes, fc.array(change, { maxLength: 3 })).map(([original, changes]) => {
    const result = [...original]
    for (const { at, kind, octet } of changes) {
      const index = at % (result.length + 1)
      if (kind === 'insert') result.splice(index, 0, octet)
      else if (kind === 'remove') result.splice(index, 1)
      else if (index < result.length) result[index] = octet
    }
    return Uint8Array.from(result)
  })
}

const extensions = fc.constantFrom(
  '',
  'permessage-deflate',
  'permessage-deflate; server_no_context_takeover',
  'x-other',
)

function segmentsOf(of: (from: Side) => fc.Arbitrary<Uint8Array>): fc.Arbitrary<Fact[]> {
  const one = side.chain(from =>
    fc
      .tuple(fc.array(of(from), { minLength: 1, maxLength: 3 }), fc.nat({ max: 50 }))
      .map(([parts, time]) => sent(from, join(parts), time)),
  )
  return fc.array(one, { maxLength: 12 })
}

const ends = fc.array(
  fc.tuple(side, fc.constantFrom('fin', 'reset', 'closed')).map(([from, state]) => tcp(from, state)),
  { maxLength: 2 },
)

/** Frames of both sides after an opening handshake, legal and not, and perhaps the end of TCP. */
export const framedTraffic: fc.Arbitrary<Fact[]> = fc
  .tuple(
    extensions,
    segmentsOf(from =>
      fc.oneof(
        { weight: 12, arbitrary: frameOf(from) },
        { weight: 1, arbitrary: hugeFrame },
        { weight: 1, arbitrary: mutated(frameOf(from)) },
      ),
    ),
    ends,
  )
  .map(([agreed, segments, end]) => [...opened(agreed), ...segments, ...end])

/** The same with octets missing in between: each gap stands where its side's stream is. */
export const gappedTraffic: fc.Arbitrary<Fact[]> = fc
  .tuple(
    framedTraffic,
    fc.array(fc.record({ at: fc.nat(), from: side, length: fc.nat({ max: 30 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([facts, gaps]) => {
    const result = [...facts]
    for (const { at, from, length } of gaps) {
      const mark = { type: 'gap', offset: 0, octets: length, reason: 'queue' } as const
      result.splice(at % (result.length + 1), 0, { type: 'mark', time: 0, from, mark })
    }
    const offsets = { client: 0, server: 0 }
    return result.map(fact => {
      if (fact.type === 'octets') offsets[fact.from] += fact.bytes.length
      if (fact.type !== 'mark' || fact.mark.type !== 'gap') return fact
      const offset = offsets[fact.from]
      offsets[fact.from] += fact.mark.octets
      return { ...fact, mark: { ...fact.mark, offset } }
    })
  })

/** Pieces that HTTP is made of, in any order. */
const httpPiece = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .constantFrom(
        'GET / HTTP/1.1\r\n',
        'HEAD /\xe4 HTTP/1.1\n',
        'CONNECT a:80 HTTP/1.1\r\n\r\n',
        'POST / HTTP/1.0\r\n',
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 204\r\n\r\n',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 101 Switching Protocols\r\n',
        'PRI * HTTP/2.0\r\n',
        'Content-Length: 5\r\n',
        'Content-Length: nonsense\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Upgrade: websocket\r\n',
        'Connection: Upgrade\r\n',
        'X: \r\n\tfolded\r\n',
        '\r\n',
        '\n',
        '\r\n\r\n',
        'hello',
        '5\r\nhello\r\n0\r\n\r\n',
        'a;x=y\r\n',
        'zz\r\n',
      )
      .map(text => Uint8Array.from(Buffer.from(text, 'latin1'))),
  },
  { weight: 3, arbitrary: fc.constantFrom(upgradeRequest(), upgradeResponse(), upgradeResponse('X: y')) },
  { weight: 2, arbitrary: frameOf('client') },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
)

/** Octets of both sides that may be HTTP, an upgrade, frames or nothing of it. */
export const looseTraffic: fc.Arbitrary<Fact[]> = fc
  .tuple(
    segmentsOf(() => httpPiece),
    ends,
  )
  .map(([segments, end]) => [...opened().slice(0, 1), ...segments, ...end])

/** Octets of both sides that were a WebSocket connection before something went wrong with them. */
export const brokenTraffic: fc.Arbitrary<Fact[]> = fc
  .tuple(
    mutated(fc.constant(upgradeRequest())),
    mutated(fc.constant(upgradeResponse())),
    segmentsOf(from => mutated(frameOf(from))),
  )
  .map(([request, response, segments]) => [
    ...opened().slice(0, 1),
    sent('client', request),
    sent('server', response),
    ...segments,
  ])
