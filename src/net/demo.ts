/** The client of `--demo`: a tour of the wire, good and bad, sent chop by chop through the proxy. */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeFrame } from '../protocol/frame-encoder.ts'
import { FrameDecoder } from '../protocol/frame-decoder.ts'
import { rsv1, type FrameFields } from '../protocol/frame.ts'
import { requestHead } from '../protocol/handshake.ts'
import { HeadReader } from '../protocol/http-head.ts'
import { Opcode } from '../protocol/opcode.ts'
import { Deflater } from '../protocol/permessage-deflate.ts'

/** Chops to write one by one, and how many frames of the server to wait for afterwards. */
interface Step {
  chops: readonly Uint8Array[]
  replies: number
}

/** One connection: whether it offers permessage-deflate, and its steps. */
interface Visit {
  deflate: boolean
  steps: readonly Step[]
}

/** Between two chops of a step: long enough that the proxy reads them one by one, most of the time. */
const chopPause = 5

/** A server that stops answering ends the visit after this many ms. */
const visitTimeout = 5_000

let keys = 0x1b2f_6a01

/** Keys that look random and are the same in every tour. */
function nextKey(): number {
  keys = (Math.imul(keys, 1_664_525) + 1_013_904_223) >>> 0
  return keys
}

function frame(fields: Omit<FrameFields, 'key'>, payload: Uint8Array | string = ''): Uint8Array {
  return encodeFrame({ key: nextKey(), ...fields }, Buffer.from(payload))
}

function close(code: number, reason: string): Uint8Array {
  return frame(
    { opcode: Opcode.close },
    Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason)]),
  )
}

/** Cuts octets at the given positions. */
function cut(octets: Uint8Array, ...positions: number[]): Uint8Array[] {
  return [0, ...positions].map((from, i) => octets.subarray(from, positions[i] ?? octets.length))
}

const { text, binary, continuation, ping } = Opcode

function wellBehaved(): Visit {
  const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
  const compressed = (message: string) =>
    frame({ opcode: text, rsv: rsv1 }, deflater.deflate(Buffer.from(message)))
  return {
    deflate: true,
    steps: [
      { chops: [frame({ opcode: text }, 'Hello, wire')], replies: 1 },
      {
        chops: [
          Buffer.concat([
            frame({ opcode: text, fin: false }, 'fragment1'),
            frame({ opcode: continuation, fin: false }, 'fragment2'),
            frame({ opcode: ping }, 'between the fragments'),
          ]),
          frame({ opcode: continuation }, 'fragment3'),
        ],
        replies: 2,
      },
      // The 16-bit length is cut in two: a parser that wants it in one read breaks here.
      { chops: cut(frame({ opcode: text }, 'length cut in two '.repeat(12)), 3), replies: 1 },
      { chops: cut(frame({ opcode: text }, 'a code point cut in two: ä'), 31), replies: 1 },
      {
        chops: [
          frame(
            { opcode: binary },
            Uint8Array.from({ length: 24 }, (_, i) => i * 7),
          ),
        ],
        replies: 1,
      },
      { chops: [compressed('{"price":101.5,"symbol":"WIRE"}')], replies: 1 },
      { chops: [compressed('{"price":101.6,"symbol":"WIRE"}')], replies: 1 },
      { chops: [close(1000, 'end of the tour')], replies: 1 },
    ],
  }
}

/** Each of these makes a conforming server fail the connection, with a code that the client answers with. */
function violations(): Visit[] {
  const faults: [number, ...Uint8Array[]][] = [
    [1002, encodeFrame({ opcode: text }, Buffer.from('a client must mask'))],
    [1007, frame({ opcode: text }, Buffer.from('not UTF-8: \xff', 'latin1'))],
    [1002, frame({ opcode: text, fin: false }, 'unfinished'), frame({ opcode: text }, 'a second message')],
    [1002, frame({ opcode: text, lengthBits: 64 }, 'length in 64 bits')],
  ]
  return faults.map(([code, ...chops]) => ({
    deflate: false,
    steps: [
      { chops, replies: 1 },
      { chops: [close(code, '')], replies: 0 },
    ],
  }))
}

/** Sends the tour to a WebSocket server, one connection after the other. */
export async function sendTour(host: string, port: number): Promise<void> {
  for (const visit of [wellBehaved(), ...violations()]) await send(visit, host, port)
}

async function send(visit: Visit, host: string, port: number): Promise<void> {
  const socket = net.connect({ host, port, noDelay: true, allowHalfOpen: true })
  const replies = new Replies(socket)
  const timer = setTimeout(() => socket.destroy(), visitTimeout)
  const closed = new Promise<void>(resolve => socket.once('close', resolve))
  const key = Buffer.from('the wsinspect 16').toString('base64')
  const extensions = visit.deflate ? [{ name: 'permessage-deflate', parameters: [] }] : []
  socket.write(requestHead('/tour', `${host}:${port}`, key, extensions))
  await replies.head
  for (const { chops, replies: expected } of visit.steps) {
    for (const chop of chops) {
      socket.write(chop)
      await pause(chopPause)
    }
    await replies.next(expected)
  }
  socket.end()
  await closed
  clearTimeout(timer)
}

/** Counts what the server sends. */
class Replies {
  /** Resolves with the response head. */
  readonly head: Promise<void>
  #frames = 0
  #expected = 0
  #resolve: (() => void) | null = null
  #over = false

  constructor(socket: Duplex) {
    const reader = new HeadReader()
    const decoder = new FrameDecoder({
      header() {
        // Only whole frames count.
      },
      payload() {
        // Nor does what they say.
      },
      end: () => {
        this.#frames++
        this.#check()
      },
    })
    let upgraded = false
    let resolveHead: () => void
    this.head = new Promise<void>(resolve => {
      resolveHead = resolve
    })
    socket.on('data', (chunk: Buffer) => {
      const read = upgraded ? null : reader.push(chunk)
      if (upgraded) decoder.push(chunk)
      else if (read !== null) {
        upgraded = true
        resolveHead()
        decoder.push(chunk, read.next)
      }
    })
    const over = () => {
      this.#over = true
      resolveHead()
      this.#check()
    }
    socket.on('close', over)
    socket.on('error', over)
  }

  /** Resolves when `count` more frames have come, or none will. */
  async next(count: number): Promise<void> {
    this.#expected += count
    await new Promise<void>(resolve => {
      this.#resolve = resolve
      this.#check()
    })
  }

  #check(): void {
    if (this.#over || this.#frames >= this.#expected) this.#resolve?.()
  }
}
