/** A connection for a case of the conformance suite: writes gathered by turns of the event loop, reads as they come. */
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { performance } from 'node:perf_hooks'
import type { Clock, Transport } from '../conformance/surroundings.ts'
import type { TcpState } from '../wire/facts.ts'
import { outliveWriteErrors, type Leg } from './leg.ts'
import { tcpStateOf } from './tcp-words.ts'

/** What a connection drives. */
export interface Run {
  /** One read; `octets` are valid during the call. */
  receive(octets: Uint8Array): void
  /** TCP is over; null where the run ended it itself and the peer's end was not seen. */
  lost(state: TcpState | null): void
}

/** Octets that may wait for a peer that does not read, before nothing is read from it either. */
export const unreadLimit = 32 * 1024 * 1024

/** Milliseconds that what was written may take to leave once the connection is ended. */
export const leaveTime = 2000

/** Writes shorter than this are copied behind each other. */
const joinLimit = 16 * 1024

/** The process's own clock. Times count from when it was made. */
export function systemClock(): Clock {
  const start = performance.now()
  return {
    now: () => performance.now() - start,
    after(ms, call) {
      const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1))
      return () => {
        clearTimeout(timer)
      }
    },
    soon: setImmediate,
  }
}

/** The transport of a case over `leg`. */
export class LegTransport implements Transport {
  readonly #leg: Leg
  readonly #socket: Duplex
  #run: Run | null = null
  #waiting: Uint8Array[] = []
  #due = false
  #endedHere = false
  #over = false
  #timer: NodeJS.Timeout | null = null

  constructor(leg: Leg) {
    this.#leg = leg
    this.#socket = leg.socket
    outliveWriteErrors(leg.socket, () => undefined)
  }

  /** From now on `run` is told what comes. */
  attach(run: Run): void {
    this.#run = run
    const socket = this.#socket
    this.#leg.read(chunk => {
      if (!this.#over) run.receive(chunk)
    })
    socket.on('drain', () => socket.resume())
    socket.on('end', () => {
      this.#lost('fin')
      socket.destroy()
    })
    socket.on('error', error => {
      this.#lost(tcpStateOf(error))
    })
    socket.on('close', () => {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#lost('closed')
    })
  }

  write(octets: Uint8Array): void {
    this.#waiting.push(octets)
    if (this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#flush()
    })
  }

  finish(): void {
    this.#flush()
    this.#socket.end()
  }

  end(): void {
    this.#endedHere = true
    this.#flush()
    const destroy = () => this.#socket.destroy()
    this.#socket.end(destroy)
    this.#timer = setTimeout(destroy, leaveTime)
  }

  abort(): void {
    this.#endedHere = true
    this.#flush()
    this.#leg.reset()
  }

  #lost(state: TcpState): void {
    if (this.#over) return
    this.#over = true
    this.#run?.lost(this.#endedHere && state !== 'fin' ? null : state)
  }

  #flush(): void {
    this.#due = false
    const waiting = this.#waiting
    this.#waiting = []
    if (this.#socket.writableEnded || this.#socket.destroyed) return
    this.#socket.cork()
    for (const octets of joined(waiting)) this.#socket.write(octets)
    this.#socket.uncork()
    if (this.#socket.writableLength > unreadLimit) this.#socket.pause()
  }
}

/** Short pieces laid end to end, long ones as they are. */
function* joined(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let short: Uint8Array[] = []
  let length = 0
  for (const piece of pieces) {
    if (piece.length < joinLimit && length + piece.length <= 2 ** 20) {
      short.push(piece)
      length += piece.length
      continue
    }
    if (length > 0) yield Buffer.concat(short)
    short = piece.length < joinLimit ? [piece] : []
    length = piece.length < joinLimit ? piece.length : 0
    if (length === 0) yield piece
  }
  if (length > 0) yield Buffer.concat(short)
}

/** Resolves when the leg is connected, rejects with the system's error when that fails. */
export async function whenConnected(leg: Leg, tls: boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { socket } = leg
    const settle = (call: () => void) => () => {
      socket.off('error', reject).off('close', closed)
      call()
    }
    const closed = settle(() => {
      reject(new Error('the connection was closed'))
    })
    socket.once(tls ? 'secureConnect' : 'connect', settle(resolve))
    socket.once('error', reject)
    socket.once('close', closed)
  })
}

/** The own address of a connected leg, `host:port`. */
export function localAddress({ socket }: Leg): string {
  const { localAddress: host = '?', localPort = 0 } = socket as Partial<Socket>
  return isIP(host) === 6 ? `[${host}]:${localPort}` : `${host}:${localPort}`
}
