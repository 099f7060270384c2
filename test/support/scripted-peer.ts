/** Peers on raw sockets that do what a script says, right or wrong: scripts are data. */
import { createHash } from 'node:crypto'
import type net from 'node:net'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { FrameFields } from '../../src/protocol/frame.ts'
import { opcodeName } from '../../src/protocol/opcode.ts'
import { upgradeRequest, upgradeResponse, sampleAccept } from './heads.ts'
import { naiveFrames } from './naive-frames.ts'
import { join, latin1, octets } from './octets.ts'

/** Octets to send, or how to end TCP. */
export type Step = Uint8Array | 'fin' | 'reset'

/**
 * What a peer does, and upon what: once the heads are over (`open`), at each frame of the other side, by the name of its
 * opcode, and when that ends TCP (`fin`). What a script leaves out is ignored.
 */
export interface Script {
  /** The head that it sends: a request, or the response to one. */
  head?: Uint8Array
  open?: readonly Step[]
  TEXT?: readonly Step[]
  CONT?: readonly Step[]
  OP3?: readonly Step[]
  PING?: readonly Step[]
  PONG?: readonly Step[]
  CLOSE?: readonly Step[]
  fin?: readonly Step[]
}

/** A frame as the fields say; those of a client have a `key`. */
export function frame(
  opcode: number,
  payload: string | Uint8Array,
  fields: Omit<FrameFields, 'opcode'> = {},
) {
  return encodeFrame({ opcode, ...fields }, octets(payload))
}

export function close(code: number, reason = '', fields: Omit<FrameFields, 'opcode'> = {}): Uint8Array {
  return frame(8, octets(code >> 8, code & 255, reason), fields)
}

/** What a client's frames carry. */
export const masked = { key: 0x01020304 }

/** A server that keeps to the protocol: it answers Close, and ends TCP then. */
export const goodServer: Script = { CLOSE: [close(1000), 'fin'], fin: ['fin'] }

/** A client that keeps to the protocol: it answers Close, and waits for the server to end TCP. */
export const goodClient: Script = { CLOSE: [close(1000, '', { key: 0x0a0b0c0d })], fin: ['fin'] }

/** Plays the server's side on an accepted socket. In its head the accept value of the sample key becomes the right one. */
export function playServer(socket: net.Socket, script: Script): void {
  const response = Buffer.from(script.head ?? upgradeResponse()).toString('latin1')
  play(socket, script, request => {
    const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(request)?.[1] ?? ''
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    return latin1(response.replace(sampleAccept, accept))
  })
}

/** Plays the client's side on a connected socket. */
export function playClient(socket: net.Socket, script: Script): void {
  socket.write(script.head ?? upgradeRequest())
  play(socket, script, () => new Uint8Array(0))
}

function play(socket: net.Socket, script: Script, answer: (head: string) => Uint8Array): void {
  let received: Uint8Array = new Uint8Array(0)
  let framesFrom = -1
  let played = 0
  const take = (steps: readonly Step[] = []) => {
    for (const step of steps) {
      if (step === 'fin') socket.end()
      else if (step === 'reset') socket.resetAndDestroy()
      else socket.write(step)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    received = join([received, chunk])
    if (framesFrom < 0) {
      const head = Buffer.from(received).toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
      if (head.length === received.length) return
      framesFrom = head.length + 4
      take([answer(`${head}\r\n`), ...(script.open ?? [])])
    }
    const { frames } = naiveFrames(received.slice(framesFrom))
    for (; frames[played]?.complete === true; played++)
      take(script[opcodeName(frames[played]!.opcode) as keyof Script] as readonly Step[] | undefined)
  })
  socket.on('end', () => {
    take(script.fin)
  })
}
