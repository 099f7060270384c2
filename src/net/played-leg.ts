/** The connection that a side is played on: what is written to it, what comes, and how both ends of TCP end, told as facts. */
import { peerOf, type Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, TcpState } from '../wire/facts.ts'
import { outliveWriteErrors, type Leg } from './leg.ts'
import { endSoon } from './relay.ts'
import { tcpStateOf, tcpText } from './tcp-words.ts'

export interface PlayedLegOptions {
  role: Side
  conn: number
  info: ConnectionInfo
  /** Where it is told what was written and what came. */
  facts: Facts
  now: () => number
  /** What is written in one turn may go to the system in one call. */
  gathers: boolean
  /** It is up, takes more, or has ended in some way. */
  onChange: () => void
  /** Octets of the peer came, and were told. */
  onRead: () => void
  /** It did not come up: to whom, and why. */
  onFailure: (text: string) => void
}

export class PlayedLeg {
  readonly #leg: Leg
  readonly #options: PlayedLegOptions
  readonly #peer: Side
  #isUp: boolean
  #peerEnded: TcpState | null = null
  #ended: TcpState | null = null
  #unwritable = false
  #isGathering = false
  #closed = false
  #octets = 0
  #writtenAt = -Infinity

  /** `isUp`: the connection stands; else it is waited for. */
  constructor(leg: Leg, isUp: boolean, options: PlayedLegOptions) {
    this.#leg = leg
    this.#options = options
    this.#isUp = isUp
    this.#peer = peerOf(options.role)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** How the peer ended TCP; null while it has not. */
  get peerEnded(): TcpState | null {
    return this.#peerEnded
  }

  /** How the played side did. */
  get ended(): TcpState | null {
    return this.#ended
  }

  /** True where nothing can be written any more. */
  get unwritable(): boolean {
    return this.#unwritable
  }

  /** True where what was written waits for the system. */
  get isFull(): boolean {
    return this.#leg.socket.writableNeedDrain
  }

  /** Octets that wait for it. */
  get waiting(): number {
    return this.#leg.socket.writableLength
  }

  /** Octets of the peer that came. */
  get octets(): number {
    return this.#octets
  }

  /** When something was written last. */
  get writtenAt(): number {
    return this.#writtenAt
  }

  pause(): void {
    this.#leg.socket.pause()
  }

  resume(): void {
    this.#leg.socket.resume()
  }

  /** Begins to read. */
  begin(): void {
    const { conn, facts, info, now, onChange, onFailure, onRead } = this.#options
    const { socket } = this.#leg
    facts.open(conn, now(), info)
    const up = () => {
      this.#isUp = true
      onChange()
    }
    socket.once('connect', up).once('secureConnect', up)
    outliveWriteErrors(socket, () => {
      this.#unwritable = true
      onChange()
    })
    socket.on('end', () => {
      this.#leg.probe(() => {
        if (!this.#leg.notified)
          facts.mark(conn, now(), this.#peer, { type: 'cut', offset: this.#octets, octets: 0 })
        this.#peerEnds(this.#unwritable ? 'reset' : 'fin')
      })
    })
    socket.on('error', error => {
      if (!this.#isUp) onFailure(`${info.server}: ${tcpText(error)}`)
      this.#peerEnds(tcpStateOf(error))
    })
    socket.on('close', () => {
      this.#closed = true
      if (this.#peerEnded === null) facts.tcp(conn, now(), this.#peer, 'closed')
      this.#tell('closed')
      this.#peerEnded ??= 'closed'
      onChange()
    })
    socket.on('drain', onChange)
    this.#leg.read(chunk => {
      this.#octets += chunk.length
      facts.octets(conn, now(), this.#peer, chunk)
      onRead()
    })
  }

  /** Writes octets, which are not to change any more, and tells it; returns what `write` returns. */
  write(octets: Uint8Array): boolean {
    const { conn, facts, gathers, now, role } = this.#options
    if (gathers) this.#gather()
    const goesOn = this.#leg.socket.write(octets)
    this.#writtenAt = now()
    facts.octets(conn, this.#writtenAt, role, octets)
    return goesOn
  }

  /** Ends TCP of the played side: `fin` in order, anything else but `closed` with a RST. */
  end(state: TcpState): void {
    if (this.#ended !== null || state === 'closed') return
    this.#release()
    this.#tell(state === 'fin' ? 'fin' : 'reset')
    if (state === 'fin') this.#leg.socket.end()
    else this.#leg.reset()
  }

  /** Closes the socket, in order or with a RST. Resolves when it is closed. */
  async close(inOrder: boolean): Promise<void> {
    const { socket } = this.#leg
    if (this.#closed) return
    await new Promise<void>(resolve => {
      socket.once('close', () => {
        resolve()
      })
      if (inOrder) endSoon(socket)
      else this.#leg.reset()
      socket.resume()
    })
  }

  #peerEnds(state: TcpState): void {
    if (this.#peerEnded !== null) return
    const { conn, facts, now } = this.#options
    this.#peerEnded = state
    facts.tcp(conn, now(), this.#peer, state)
    this.#options.onChange()
  }

  /** Tells how the played side ended, once. */
  #tell(state: TcpState): void {
    if (this.#ended !== null) return
    const { conn, facts, now, role } = this.#options
    this.#ended = state
    facts.tcp(conn, now(), role, state)
  }

  /** Nothing is to keep chops apart: those that are written in this turn go to the system in one call. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#leg.socket.cork()
    setImmediate(() => {
      this.#release()
    })
  }

  #release(): void {
    if (this.#isGathering) this.#leg.socket.uncork()
    this.#isGathering = false
  }
}
