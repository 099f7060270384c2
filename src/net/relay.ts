/**
 * The relay: what one side sends is written to the other as it came, first, and shown to the inspection second. FIN passes
 * as FIN, RST as RST, a side that does not read stops the one that sends. Nothing that was received for one side is lost
 * because writing to the other failed.
 */
import type { Duplex } from 'node:stream'
import { peerOf, type Side } from '../protocol/side.ts'
import type { Facts, TcpState } from '../wire/facts.ts'
import type { HostEdit } from './host-edit.ts'
import { outliveWriteErrors, type Leg } from './leg.ts'
import { StallWatch } from './stall-watch.ts'
import { beforeTls, tcpStateOf } from './tcp-words.ts'
import { writeCopy } from './write-buffer.ts'

/** Something that may ask all relays to stop reading for a while. */
export interface Gate {
  readonly full: boolean
  /** Calls back once it is no longer full. */
  onDrain(resume: () => void): void
}

/** What all relays of a proxy have in common. */
export interface RelayOptions {
  facts: Facts
  /** Milliseconds since the start of the facts, monotonic. */
  now: () => number
  gate: Gate | null
  /** How long, in ms, a connection may stay half closed without an octet before it is cut. */
  linger: number
  /** A side of connection `conn` failed: `error` says how. */
  onError: (conn: number, from: Side, error: unknown) => void
  /** Both streams of connection `conn` are closed. */
  onClose: (conn: number) => void
}

/** One side: its stream, what ended it, and whether octets can still be written to it. */
interface SideState {
  readonly leg: Leg
  ended: TcpState | null
  unwritable: boolean
  closed: boolean
  /** Octets that it sent. */
  offset: number
  /** Watches whether it takes octets; made when it first takes none. */
  stall: StallWatch | null
}

export class Relay {
  readonly #conn: number
  readonly #options: RelayOptions
  readonly #sides: Record<Side, SideState>
  #edit: HostEdit | null
  #lingerTimer: NodeJS.Timeout | null = null

  /** `edit` rewrites lines of request heads, and is let go of when it is done; null leaves every octet as it is. */
  constructor(conn: number, client: Leg, server: Leg, edit: HostEdit | null, options: RelayOptions) {
    this.#conn = conn
    this.#options = options
    this.#edit = edit
    this.#sides = { client: stateOf(client), server: stateOf(server) }
    this.#join('client')
    this.#join('server')
  }

  /** Octets that `from` sent and its peer has not taken yet. */
  waiting(from: Side): number {
    return this.#sides[peerOf(from)].leg.socket.writableLength
  }

  /** A piece of what `from` sent was written, while more waits: the connection is neither silent nor stalled. */
  wrote(from: Side): void {
    const { stall, leg } = this.#sides[peerOf(from)]
    this.#lingerTimer?.refresh()
    if (stall === null) return
    stall.end()
    if (leg.socket.writableNeedDrain) stall.begin(this.#options.now())
  }

  /** Ends both streams, after what was received has been handed to the kernel or `flushTime` ms have passed. */
  cut(): void {
    for (const { leg } of [this.#sides.client, this.#sides.server]) endSoon(leg.socket)
  }

  #join(from: Side): void {
    const source = this.#sides[from]
    const { socket } = source.leg
    outliveWriteErrors(socket, () => {
      this.#stopWriting(from)
    })
    socket.on('end', () => {
      // Where TLS has not come up its error follows.
      if (!source.leg.secured) return
      source.leg.probe(() => {
        this.#end(from, source.unwritable ? 'reset' : 'fin')
      })
    })
    socket.on('error', cause => {
      const error = source.leg.secured ? cause : beforeTls(cause)
      if (source.ended === null) this.#options.onError(this.#conn, from, error)
      this.#end(from, tcpStateOf(error))
    })
    socket.on('close', () => {
      this.#closed(from)
    })
    socket.on('drain', () => {
      source.stall?.end()
      this.#resume(peerOf(from))
    })
    source.leg.read(chunk => {
      this.#forward(from, chunk)
    })
  }

  #forward(from: Side, chunk: Buffer): void {
    const { facts, now, gate } = this.#options
    const side = this.#sides[from]
    const { socket } = side.leg
    const time = now()
    side.offset += chunk.length
    if (this.#edit !== null) {
      if (!this.#forwardEdited(from, chunk, this.#edit, time)) socket.pause()
    } else {
      if (!this.#write(from, chunk, time)) socket.pause()
      facts.octets(this.#conn, time, from, chunk)
    }
    if (gate?.full === true) {
      socket.pause()
      this.#resume(from)
    }
    this.#lingerTimer?.refresh()
  }

  #write(from: Side, chunk: Uint8Array, time: number): boolean {
    const reader = peerOf(from)
    const target = this.#sides[reader]
    // Octets for a side that takes no more are not read on: its own end comes in a moment.
    if (target.unwritable || target.leg.socket.destroyed) return false
    if (writeCopy(target.leg.socket, chunk)) return true
    target.stall ??= new StallWatch(this.#options.now, span => {
      this.#tellStall(reader, span)
    })
    target.stall.begin(time)
    return false
  }

  #forwardEdited(from: Side, chunk: Buffer, edit: HostEdit, time: number): boolean {
    const { facts } = this.#options
    const { written, edits, done } = edit.push(from, chunk)
    const goesOn = written.length === 0 || this.#write(from, written, time)
    facts.octets(this.#conn, time, from, chunk)
    for (const mark of edits) facts.mark(this.#conn, time, from, mark)
    if (done) this.#edit = null
    return goesOn
  }

  /** `reader` has not taken octets for `span` ms. */
  #tellStall(reader: Side, span: number): void {
    const { facts, now } = this.#options
    const from = peerOf(reader)
    const { socket } = this.#sides[reader].leg
    if (socket.destroyed) return
    const { offset } = this.#sides[from]
    facts.mark(this.#conn, now(), from, { type: 'stalled', offset, octets: socket.writableLength, span })
  }

  /** Reads on from `from`, once its peer takes octets and the gate is open. */
  #resume(from: Side): void {
    const { gate } = this.#options
    if (this.#sides[peerOf(from)].leg.socket.writableNeedDrain) return
    if (gate?.full === true) {
      gate.onDrain(() => {
        this.#resume(from)
      })
    } else this.#sides[from].leg.socket.resume()
  }

  /**
   * `from` takes no more octets. It may still have sent some: they are read to their end. One that had ended in order
   * before is gone now.
   */
  #stopWriting(from: Side): void {
    const side = this.#sides[from]
    side.unwritable = true
    this.#armLinger()
    if (side.ended !== 'fin') return
    side.ended = 'reset'
    // The chop whose writing failed is told first.
    queueMicrotask(() => {
      const { facts, now } = this.#options
      facts.tcp(this.#conn, now(), from, 'reset')
      this.#resetAfterFlush(this.#sides[peerOf(from)].leg)
    })
  }

  #end(from: Side, state: TcpState): void {
    const side = this.#sides[from]
    if (side.ended !== null) return
    side.ended = state
    const { facts, now } = this.#options
    const held = this.#edit?.flush(from)
    const time = now()
    if (held !== undefined && held.length > 0) this.#write(from, held, time)
    if (state === 'fin' && !side.leg.notified)
      facts.mark(this.#conn, time, from, { type: 'cut', offset: side.offset, octets: 0 })
    facts.tcp(this.#conn, time, from, state)
    const target = this.#sides[peerOf(from)]
    if (state === 'fin') target.leg.socket.end()
    else this.#resetAfterFlush(target.leg)
    this.#armLinger()
  }

  /** A RST follows what was received before it, and does not overtake it. */
  #resetAfterFlush(leg: Leg): void {
    const { socket } = leg
    const reset = () => {
      leg.reset()
    }
    if (socket.destroyed) return
    if (socket.writableLength === 0) reset()
    else if (socket.writableEnded) socket.once('finish', reset)
    else socket.write(new Uint8Array(0), reset)
  }

  #closed(from: Side): void {
    const side = this.#sides[from]
    const peer = this.#sides[peerOf(from)]
    const { facts, now, onClose } = this.#options
    side.closed = true
    if (side.ended === null) {
      side.ended = 'closed'
      facts.tcp(this.#conn, now(), from, 'closed')
    }
    if (!peer.closed) {
      if (!peer.leg.socket.writableEnded) peer.leg.socket.end()
      return
    }
    if (this.#lingerTimer !== null) clearTimeout(this.#lingerTimer)
    side.stall?.stop()
    peer.stall?.stop()
    onClose(this.#conn)
  }

  #armLinger(): void {
    this.#lingerTimer ??= setTimeout(() => {
      this.cut()
    }, this.#options.linger)
  }
}

function stateOf(leg: Leg): SideState {
  return { leg, ended: null, unwritable: false, closed: false, offset: 0, stall: null }
}

/** How long, in ms, a stream that is cut may take for what was written to it. */
export const flushTime = 1000

/** Ends a stream when what was written to it is handed over, or after `flushTime`. */
export function endSoon(socket: Duplex): void {
  if (socket.writableLength === 0) {
    socket.destroy()
    return
  }
  const timer = setTimeout(() => socket.destroy(), flushTime)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  socket.end(() => socket.destroy())
}
