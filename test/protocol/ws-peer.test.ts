/** `ws` as an independent peer: what it sends we decode, what we encode it reads. In memory, without a socket. */
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import { ruleOf } from '../../src/protocol/rules.ts'
import type { Side } from '../../src/protocol/side.ts'
import { chopSizes, key } from '../support/arbitraries.ts'
import { MessageCollector } from '../support/messages.ts'
import { chop, join, octets, toHex } from '../support/octets.ts'

/** The parts of `ws` that its types leave out. */
interface PerMessageDeflate {
  accept(offers: readonly Record<string, readonly (string | true)[]>[]): Record<string, unknown>
  cleanup(): void
}

interface Sender {
  send(data: Uint8Array, options: SendOptions, done: (error?: Error) => void): void
  ping(data: Uint8Array, mask: boolean, done: (error?: Error) => void): void
  pong(data: Uint8Array, mask: boolean, done: (error?: Error) => void): void
  close(code: number, data: string, mask: boolean, done: (error?: Error) => void): void
}

interface SendOptions {
  binary: boolean
  compress: boolean
  fin: boolean
  mask: boolean
}

interface Internals {
  Sender: new (socket: Writable, extensions?: Record<string, PerMessageDeflate>) => Sender
  Receiver: new (options: Record<string, unknown>) => Writable
  PerMessageDeflate: (new (options: Record<string, unknown>) => PerMessageDeflate) & {
    extensionName: string
  }
}

const internals = ws as unknown as Internals
const { extensionName } = internals.PerMessageDeflate

/** What one side says. */
type Said =
  | { kind: 'TEXT' | 'BIN'; pieces: readonly Uint8Array[] }
  | { kind: 'PING' | 'PONG'; pieces: readonly [Uint8Array] }

const text = fc.string({ unit: 'grapheme', maxLength: 200 }).map(value => octets(value))
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant('TEXT' as const), pieces: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('BIN' as const),
    pieces: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constantFrom('PING' as const, 'PONG' as const),
    pieces: fc.tuple(fc.uint8Array({ maxLength: 125 })),
  }),
)

function shown({ kind, pieces }: Said): string {
  return `${kind} ${toHex(join(pieces))}`
}

/** ws's end of the extension, in its role, as the opening handshake would set it up. */
function deflateOf(role: Side, parameters: Record<string, string | true>): PerMessageDeflate {
  const deflate = new internals.PerMessageDeflate({ threshold: 0, isServer: role === 'server' })
  deflate.accept([Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]))])
  return deflate
}

/** The octets that ws's Sender writes. */
async function writtenByWs(
  from: Side,
  all: readonly Said[],
  deflate: PerMessageDeflate | null,
): Promise<Uint8Array> {
  const written: Uint8Array[] = []
  const socket = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      written.push(Uint8Array.from(chunk))
      done()
    },
  })
  const sender = new internals.Sender(socket, deflate === null ? {} : { [extensionName]: deflate })
  const mask = from === 'client'
  const call = (send: (done: (error?: Error) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      send(error => {
        if (error) reject(error)
        else resolve()
      })
    })
  for (const { kind, pieces } of all) {
    if (kind === 'PING')
      await call(done => {
        sender.ping(pieces[0], mask, done)
      })
    else if (kind === 'PONG')
      await call(done => {
        sender.pong(pieces[0], mask, done)
      })
    else {
      for (const [i, piece] of pieces.entries()) {
        const options = {
          binary: kind === 'BIN',
          compress: deflate !== null,
          fin: i === pieces.length - 1,
          mask,
        }
        await call(done => {
          sender.send(piece, options, done)
        })
      }
    }
  }
  await call(done => {
    sender.close(4000, 'ünd tschüss', mask, done)
  })
  deflate?.cleanup()
  return join(written)
}

/** What ws's Receiver makes of octets. */
async function readByWs(
  to: Side,
  bytes: Uint8Array,
  sizes: readonly number[],
  deflate: PerMessageDeflate | null,
) {
  const extensions = deflate === null ? {} : { [extensionName]: deflate }
  const receiver = new internals.Receiver({
    isServer: to === 'server',
    extensions,
    allowSynchronousEvents: true,
  })
  const heard: string[] = []
  receiver.on('message', (data: Uint8Array, isBinary: boolean) =>
    heard.push(`${isBinary ? 'BIN' : 'TEXT'} ${toHex(data)}`),
  )
  receiver.on('ping', (data: Uint8Array) => heard.push(`PING ${toHex(data)}`))
  receiver.on('pong', (data: Uint8Array) => heard.push(`PONG ${toHex(data)}`))
  const concluded = new Promise<void>((resolve, reject) => {
    receiver.on('conclude', (code: number) => {
      heard.push(`CLOSE ${code}`)
      resolve()
    })
    receiver.on('error', reject)
  })
  for (const piece of chop(bytes, sizes)) receiver.write(piece)
  await concluded
  deflate?.cleanup()
  return heard
}

const agreements: [string, Record<string, string | true>][] = [
  ['permessage-deflate', {}],
  ['permessage-deflate; client_no_context_takeover', { client_no_context_takeover: true }],
  ['permessage-deflate; server_no_context_takeover', { server_no_context_takeover: true }],
  ['permessage-deflate; server_max_window_bits=9', { server_max_window_bits: '9' }],
]
const compressions: [string, Record<string, string | true> | null][] = [['', null], ...agreements]
const roles: Side[] = ['client', 'server']

describe.each(roles)('ws as %s', role => {
  it.each(compressions)('sends what the decoder gives back, with %j', async (extensions, parameters) => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 6 }), chopSizes, async (all, sizes) => {
        const deflate = parameters === null ? null : deflateOf(role, parameters)
        const bytes = await writtenByWs(role, all, deflate)
        const collector = new MessageCollector(role, extensions).push(bytes, sizes)
        const close = collector.received.at(-1)
        const faults = collector.violations.filter(({ rule }) =>
          ['error', 'warning'].includes(ruleOf(rule).severity),
        )
        expect(faults).toEqual([])
        expect(
          collector.received.slice(0, -1).map(({ kind, octets: got }) => `${kind} ${toHex(got)}`),
        ).toEqual(all.map(shown))
        expect(close).toMatchObject({ kind: 'CLOSE', close: { code: 4000, reason: 'ünd tschüss' } })
      }),
      { numRuns: 15 },
    )
  })

  it.each(compressions)('reads what the encoder writes, with %j', async (_, parameters) => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 6 }), key, chopSizes, async (all, k, sizes) => {
        const sender: Side = role === 'client' ? 'server' : 'client'
        const takeover = parameters?.[`${sender}_no_context_takeover`] === undefined
        const windowBits = Number(parameters?.[`${sender}_max_window_bits`] ?? 15)
        const deflater = new Deflater({ windowBits, contextTakeover: takeover })
        const maskingKey = sender === 'client' ? k : null
        const frames = all.flatMap(({ kind, pieces }) => {
          if (kind === 'PING' || kind === 'PONG') {
            return [encodeFrame({ opcode: kind === 'PING' ? 9 : 10, key: maskingKey }, pieces[0])]
          }
          const body = parameters === null ? join(pieces) : Uint8Array.from(deflater.deflate(join(pieces)))
          const cut = Math.floor(body.length / 2)
          const opcode = kind === 'TEXT' ? 1 : 2
          const rsv = parameters === null ? 0 : 4
          return [
            encodeFrame({ opcode, rsv, fin: false, key: maskingKey }, body.subarray(0, cut)),
            encodeFrame({ opcode: 0, key: maskingKey }, body.subarray(cut)),
          ]
        })
        const close = encodeFrame({ opcode: 8, key: maskingKey }, octets(0x03, 0xe8))
        const deflate = parameters === null ? null : deflateOf(role, parameters)
        const heard = await readByWs(role, join([...frames, close]), sizes, deflate)
        expect(heard).toEqual([...all.map(shown), 'CLOSE 1000'])
      }),
      { numRuns: 15 },
    )
  })
})
