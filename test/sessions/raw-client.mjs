import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { FrameDecoder, encodeFrame } from '../../dist/index.js'

/** Between two chops: long enough that the proxy reads them one by one. */
const chopPause = 20

let keys = 0x2545_f491

/** A masked frame; `payload` is text or octets. Its key looks random and is the same in every run. */
export function frame(fields, payload = '') {
  keys = (Math.imul(keys, 1_664_525) + 1_013_904_223) >>> 0
  return encodeFrame({ key: keys, ...fields }, Buffer.from(payload))
}

/** The payload of a Close. */
export function closing(code, reason = '') {
  return Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason)])
}

/** Cuts octets at the given positions. */
export function cut(octets, ...positions) {
  return [0, ...positions].map((from, i) => octets.subarray(from, positions[i] ?? octets.length))
}

/** A client that writes what it is told, chop by chop, and counts the frames that come. */
export class RawClient {
  constructor(port) {
    this.port = port
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.closed = new Promise(resolve => this.socket.once('close', resolve))
    /** Resolves when the server has ended, in order or not. */
    this.over = Promise.race([this.closed, new Promise(resolve => this.socket.once('end', resolve))])
    this.frames = 0
    this.socket.on('error', () => {
      // The recording has it.
    })
  }

  /** Gets a page, on the connection that stays open. */
  async get(path) {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n\r\n`)
    const { head, rest } = await this.#head()
    const length = Number(/content-length: *(\d+)/i.exec(head)[1])
    for (let read = rest.length; read < length;) read += (await once(this.socket, 'data'))[0].length
  }

  /** Opens at `path` with further header lines. */
  async open(path = '/', lines = []) {
    const head = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.from('wsinspect records').subarray(0, 16).toString('base64')}`,
      ...lines,
    ]
    this.socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const { rest } = await this.#head()
    const decoder = new FrameDecoder({
      header() {},
      payload() {},
      end: () => {
        this.frames++
        this.socket.emit('frame')
      },
    })
    this.socket.on('data', octets => decoder.push(octets))
    decoder.push(rest)
  }

  /** Reads a head, and what came with it. */
  async #head() {
    let octets = Buffer.alloc(0)
    while (!octets.includes('\r\n\r\n'))
      octets = Buffer.concat([octets, (await once(this.socket, 'data'))[0]])
    const end = octets.indexOf('\r\n\r\n') + 4
    return { head: octets.toString('latin1', 0, end), rest: octets.subarray(end) }
  }

  /** Writes chops one by one, then awaits so many more frames of the server. */
  async send(chops, replies = 0) {
    const expected = this.frames + replies
    for (const chop of [chops].flat()) {
      this.socket.write(chop)
      await pause(chopPause)
    }
    while (this.frames < expected) await once(this.socket, 'frame')
  }

  /** Ends TCP in order, and waits until all is over. */
  async end() {
    this.socket.end()
    await this.closed
  }
}
