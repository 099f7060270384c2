/** One connection of the generator: keeps at most `window` frames unanswered, and counts octets, not frames. */
import { connect } from 'node:net'
import { headReader, isUpgraded, request } from './handshake.mjs'

const READ = 256 * 1024

/** What a workload sends and expects, made once and shared by all its connections. */
export function makeTraffic(workload, frames, answer) {
  const repeats = Math.ceil((READ + answer.length) / answer.length)
  return {
    window: workload.window,
    /** Refilling a window frame by frame would cost a write each. */
    refill: Math.max(1, workload.window >> 3),
    frames,
    frameLength: answer.length + 4,
    answerLength: answer.length,
    /** The answers as a stream, long enough to compare any read with. */
    pattern: Buffer.concat(Array(Math.max(2, repeats)).fill(answer)),
  }
}

/** How many frames must lie end to end so that a whole window can be sent from any place in it. */
export const framesAhead = workload => 2 * workload.window - 1

export function openClient(url, traffic, onAnswer) {
  return new Promise((resolve, reject) => {
    const client = new Client(traffic, onAnswer)
    const readHead = headReader()
    let read = chunk => {
      const found = readHead(chunk)
      if (found === null) return
      if (!isUpgraded(found.head))
        return client.fail(new Error(`not upgraded: ${found.head.split('\r\n')[0]}`))
      read = octets => client.read(octets)
      if (found.rest.length > 0) client.read(found.rest)
      resolve(client)
    }
    const buffer = Buffer.allocUnsafeSlow(READ)
    const onread = { buffer, callback: length => (read(buffer.subarray(0, length)), true) }
    client.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, onread })
    client.socket.on('connect', () => client.socket.write(request(url)))
    client.socket.on('error', error => client.fail(error))
    client.socket.on('close', () => client.fail(new Error('connection closed by the target')))
    client.failed.catch(reject)
  })
}

class Client {
  sent = 0
  received = 0
  /** Every octet that comes while this is set is compared with what must come. */
  comparing = true
  stopped = false
  socket = null
  #error = null
  #drained = null

  constructor(traffic, onAnswer = null) {
    this.traffic = traffic
    this.onAnswer = onAnswer
    this.failed = new Promise((_, reject) => (this.fail = reject))
    this.failed.catch(error => (this.#error ??= error))
  }

  get answered() {
    return Math.floor(this.received / this.traffic.answerLength)
  }

  send(count) {
    const { window, frames, frameLength } = this.traffic
    const start = (this.sent % window) * frameLength
    this.sent += count
    this.socket.write(frames.subarray(start, start + count * frameLength))
  }

  read(chunk) {
    if (this.comparing) this.#compare(chunk)
    this.received += chunk.length
    const free = this.traffic.window - (this.sent - this.answered)
    if (this.stopped) {
      if (this.answered >= this.sent) this.#drained?.()
    } else if (free >= this.traffic.refill) {
      this.onAnswer?.()
      this.send(free)
    }
  }

  /** Sends no more and waits for the answers that are due. */
  stop() {
    this.stopped = true
    this.comparing = true
    if (this.answered >= this.sent) return Promise.resolve()
    const drained = new Promise(resolve => (this.#drained = resolve))
    return Promise.race([drained, this.failed])
  }

  close() {
    if (this.#error === null && this.received !== this.sent * this.traffic.answerLength) {
      this.#error = new Error(`${this.received} octets came for ${this.sent} frames`)
    }
    this.socket.destroy()
    return this.#error
  }

  #compare(chunk) {
    const { pattern, answerLength } = this.traffic
    const start = this.received % answerLength
    if (pattern.compare(chunk, 0, chunk.length, start, start + chunk.length) !== 0) {
      this.fail(
        new Error(`the answer differs within octets ${this.received} to ${this.received + chunk.length}`),
      )
    }
  }
}
