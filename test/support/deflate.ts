/** Compressed messages of a peer that is not ours: zlib's own streams, kept for the whole connection. */
import zlib from 'node:zlib'
import fc from 'fast-check'
import type { DeflateParameters } from '../../src/protocol/permessage-deflate.ts'
import { join, octets } from './octets.ts'

/** What a sender removes from the end of every message (RFC 7692 §7.2.1). */
export const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff)

/** Messages with much to refer back to, in themselves and in earlier ones; some larger than a small window. */
export const messages = fc.array(
  fc
    .tuple(
      fc.constantFrom('', 'Hello, ', '{"type":"update","value":', 'abcdefghijklmnopqrstuvwxyz0123456789'),
      fc.nat({ max: 40 }),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([text, times, more]) => join([octets(text.repeat(times)), more, octets(text)])),
  { minLength: 1, maxLength: 6 },
)

export const parameterSets: DeflateParameters[] = [8, 9, 10, 11, 12, 13, 14, 15].flatMap(windowBits => [
  { windowBits, contextTakeover: true },
  { windowBits, contextTakeover: false },
])

/** How a sender cuts a message into pieces for zlib, and flushes after each. */
export interface Flushing {
  piece: number
  flush: number
}

/** The payloads that zlib makes of messages, with whatever options beside the parameters. */
export async function zlibPayloads(
  plain: readonly Uint8Array[],
  { windowBits, contextTakeover }: DeflateParameters,
  options: zlib.ZlibOptions = {},
  { piece, flush }: Flushing = { piece: Infinity, flush: zlib.constants.Z_NO_FLUSH },
): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = []
  let stream: zlib.DeflateRaw | null = null
  for (const message of plain) {
    if (stream === null || !contextTakeover) stream = zlib.createDeflateRaw({ ...options, windowBits })
    const parts: Uint8Array[] = []
    let at = 0
    for (; message.length - at > piece; at += piece)
      parts.push(await throughStream(stream, message.subarray(at, at + piece), flush))
    parts.push(await throughStream(stream, message.subarray(at)))
    payloads.push(join(parts))
  }
  return payloads.map(payload => payload.subarray(0, payload.length - tail.length))
}

/** The messages that zlib makes of payloads. */
export async function zlibMessages(
  payloads: readonly Uint8Array[],
  { windowBits, contextTakeover }: DeflateParameters,
): Promise<Uint8Array[]> {
  const plain: Uint8Array[] = []
  let stream: zlib.InflateRaw | null = null
  for (const payload of payloads) {
    if (stream === null || !contextTakeover) stream = zlib.createInflateRaw({ windowBits })
    plain.push(await throughStream(stream, join([payload, tail])))
  }
  return plain
}

function throughStream(
  stream: zlib.DeflateRaw | zlib.InflateRaw,
  input: Uint8Array,
  flush: number = zlib.constants.Z_SYNC_FLUSH,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    const take = (piece: Uint8Array) => pieces.push(Uint8Array.from(piece))
    stream.on('data', take)
    stream.once('error', reject)
    stream.write(input)
    stream.flush(flush, () => {
      stream.off('data', take)
      stream.off('error', reject)
      resolve(join(pieces))
    })
  })
}
