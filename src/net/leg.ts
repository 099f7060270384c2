/** One side of a relayed connection: a stream, and how to end it with RST. */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reads, Take } from './read-buffer.ts'
import type { TlsTap } from './tls-tap.ts'

export interface Leg {
  readonly socket: Duplex
  /** From now on `take` gets what comes, read by read. */
  read(take: Take): void
  /** Ends the stream at once with a RST where it is TCP. */
  reset(): void
  /**
   * Where a RST may have been read as the end of the stream (a RST right behind the last octets): calls back after a write
   * of nothing, which fails on such a stream and does nothing on any other.
   */
  probe(done: () => void): void
  /** False while TLS, where it is asked for, has not come up. */
  readonly secured: boolean
  /** False when the stream was TLS, and TCP ended without the close_notify that ends TLS. */
  readonly notified: boolean
}

/** The leg of a TCP socket, or of TLS. There are many: a class shares its methods. */
export class SocketLeg implements Leg {
  readonly socket: Duplex
  readonly #reads: Reads | null
  readonly #transport: Duplex
  readonly #tap: TlsTap | null

  /**
   * Under TLS, `transport` is the TCP socket that carries `socket`, and `tap` lies between them. `reads`: where the octets of a
   * socket go that was made with them.
   */
  constructor(socket: Duplex, reads: Reads | null, transport = socket, tap: TlsTap | null = null) {
    this.socket = socket
    this.#reads = reads
    this.#transport = transport
    this.#tap = tap
  }

  read(take: Take): void {
    if (this.#reads === null) {
      this.socket.on('data', take)
      return
    }
    this.#reads.take = take
    // Nothing but the end comes through the stream itself.
    this.socket.resume()
  }

  get secured(): boolean {
    return this.#tap?.secured ?? true
  }

  get notified(): boolean {
    return this.#tap?.notified ?? true
  }

  reset(): void {
    const transport = this.#transport
    if (transport instanceof net.Socket && !transport.destroyed) transport.resetAndDestroy()
    this.socket.destroy()
  }

  probe(done: () => void): void {
    const { socket } = this
    if (socket !== this.#transport || !socket.writable || socket.writableLength > 0) done()
    else socket.write(new Uint8Array(0), done)
  }
}

type WriteCallback = (error?: Error | null) => void

/**
 * Keeps a stream readable after a write to it failed. Node destroys a socket whose peer no longer takes octets, and with it
 * what the peer had sent before, its Close frame for one. Here a failed write only tells `onFailure`, once; octets written
 * later are dropped; the reading side goes on to its own end.
 */
export function outliveWriteErrors(socket: Duplex, onFailure: () => void): void {
  let failed = false
  const survive = (callback: WriteCallback): WriteCallback => {
    return error => {
      if (error && !failed) {
        failed = true
        onFailure()
      }
      callback()
    }
  }
  // Which of these a stream has is its own affair; Node calls them on the object.
  const own = socket as Partial<Pick<Duplex, '_write' | '_writev' | '_final'>>
  const { _write: write, _writev: writev, _final: final } = own
  if (write) {
    own._write = (chunk: unknown, encoding, callback) => {
      if (failed) callback()
      else write.call(socket, chunk, encoding, survive(callback))
    }
  }
  if (writev) {
    own._writev = (chunks, callback) => {
      if (failed) callback()
      else writev.call(socket, chunks, survive(callback))
    }
  }
  if (final) {
    own._final = callback => {
      if (failed) callback()
      else final.call(socket, survive(callback))
    }
  }
}
