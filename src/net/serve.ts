/** An endpoint on every accepted socket: the echo server, as its own process or inside the proxy. */
import type { Duplex } from 'node:stream'
import { Echo } from '../protocol/echo.ts'
import { Endpoint, type Output } from '../protocol/endpoint.ts'
import { ServerHandshake, type HandshakePolicy } from '../protocol/server-handshake.ts'
import type { Chop } from './chopper.ts'
import type { Leg } from './leg.ts'
import { listen, type Certificate, type Listener } from './listen.ts'

export interface ServeOptions extends HandshakePolicy {
  host: string
  port: number
  certificate: Certificate | null
  maxConnections: number
  /** Longest message accepted, in octets, inclusive. */
  messageLimit: number
  /** Milliseconds for the request head, and for the peer's FIN after ours. */
  timeout: number
  /** Milliseconds that clients have to close when the server stops. */
  grace: number
  /** Cuts what is sent; null sends everything as it is. */
  chop: Chop | null
  onProblem: (message: string) => void
}

export interface Server {
  readonly listener: Listener
  /** Accepts no more and says 1001 to every client. Resolves when all are gone or cut. */
  close(): Promise<void>
}

/** Starts an echo server. Throws a `UserError` (network) when it cannot listen. */
export async function serveEcho(options: ServeOptions): Promise<Server> {
  const clients = new Set<EchoConnection>()
  let onEmpty: (() => void) | null = null
  const forget = (client: EchoConnection) => {
    clients.delete(client)
    if (clients.size === 0) onEmpty?.()
  }
  const listener = await listen({
    ...options,
    accept(leg) {
      clients.add(new EchoConnection(leg, options, forget))
    },
  })
  return {
    listener,
    async close() {
      listener.close()
      if (clients.size === 0) return
      const empty = new Promise<void>(resolve => {
        onEmpty = resolve
      })
      for (const client of clients) client.goAway()
      const timer = setTimeout(() => {
        for (const client of clients) client.cut()
      }, options.grace)
      await empty
      clearTimeout(timer)
    },
  }
}

/** A server masks nothing. */
const noKey = (): number => 0

/** One client of the echo server. */
class EchoConnection implements Output {
  readonly #socket: Duplex
  readonly #options: ServeOptions
  #handshake: ServerHandshake | null
  #endpoint: Endpoint | null = null
  #timer: NodeJS.Timeout | null

  constructor(leg: Leg, options: ServeOptions, onClose: (client: EchoConnection) => void) {
    const { socket } = leg
    this.#socket = socket
    this.#options = options
    this.#handshake = new ServerHandshake(options)
    this.#timer = this.#deadline()
    // It takes as long as it takes.
    options.chop?.(socket, 'server', () => this.#timer?.refresh())
    // The endpoint answers with views of what it was given.
    leg.read(chunk => {
      this.#receive(Buffer.from(chunk))
    })
    socket.on('end', () => {
      if (this.#endpoint === null) socket.end()
      else this.#endpoint.eof()
    })
    socket.on('drain', () => socket.resume())
    socket.on('close', () => {
      this.#stopTimer()
      onClose(this)
    })
    socket.on('error', () => {
      // The client is gone; its `close` follows.
    })
  }

  /** The server goes down. */
  goAway(): void {
    if (this.#endpoint === null) this.#socket.end()
    else this.#endpoint.close(1001)
  }

  cut(): void {
    this.#socket.destroy()
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.writableEnded && !this.#socket.write(bytes)) this.#socket.pause()
  }

  /** FIN, and then whatever still comes is read and dropped: closing over unread octets would send a RST. */
  end(): void {
    this.#socket.end()
    this.#socket.resume()
    this.#stopTimer()
    this.#timer = this.#deadline()
  }

  #deadline(): NodeJS.Timeout {
    return setTimeout(() => this.#socket.destroy(), this.#options.timeout)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #receive(chunk: Buffer): void {
    this.#socket.cork()
    if (this.#endpoint !== null) this.#endpoint.receive(chunk)
    else if (this.#handshake !== null) this.#open(this.#handshake, chunk)
    this.#socket.uncork()
  }

  #open(handshake: ServerHandshake, chunk: Buffer): void {
    const opening = handshake.push(chunk)
    if (opening.kind === 'incomplete') return
    this.#handshake = null
    this.#socket.write(opening.reply, 'latin1')
    if (opening.kind === 'refused') {
      this.end()
      return
    }
    this.#stopTimer()
    const { messageLimit } = this.#options
    const options = { role: 'server', deflate: opening.deflate, messageLimit, nextKey: noKey } as const
    this.#endpoint = new Endpoint(options, this, endpoint => new Echo(endpoint))
    if (opening.next < chunk.length) this.#endpoint.receive(chunk, opening.next)
  }
}
