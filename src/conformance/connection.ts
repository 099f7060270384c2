/**
 * The fuzzer's end of a connection: its states, the closing handshake and how TCP ends, as in Autobahn's engine. What is said
 * between the handshakes is up to the case.
 */
import { isUtf8 } from 'node:buffer'
import { closeCodeStanding } from '../protocol/close-code.ts'
import type { Side } from '../protocol/side.ts'
import type { ConformCase } from './case.ts'
import type { Ending } from './case-report.ts'
import type { Clock, Patience, Transport } from './surroundings.ts'
import { newEnding } from './verdict.ts'

export type ConnectionState = 'opening' | 'open' | 'closing' | 'closed'

export interface ConnectionOptions {
  role: Side
  case: ConformCase
  transport: Transport
  clock: Clock
  patience: Patience
  /** Writes a Close frame. */
  writeClose: (payload: Uint8Array) => void
  /** It is no longer open: the closing handshake has begun, or TCP ends. */
  onOver: () => void
}

export class CaseConnection {
  readonly ending: Ending = newEnding()
  readonly #options: ConnectionOptions
  readonly #timers = new Set<() => void>()
  #state: ConnectionState = 'opening'
  #failure: string | null = null
  #stopCloseTimer = (): void => undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** What the peer did for which the connection was failed; null where it was not. */
  get failure(): string | null {
    return this.#failure
  }

  /** The opening handshake is complete. */
  open(): void {
    this.#state = 'open'
  }

  /** TCP is over, whoever ended it. */
  lost(): void {
    for (const stop of this.#timers) stop()
    this.#timers.clear()
    this.#setState('closed')
    const { ending } = this
    if (!ending.wasClean && !ending.droppedByMe)
      ending.wasNotCleanReason ??= 'the peer ended TCP without a closing handshake'
  }

  /** Calls back after `ms`, unless TCP is over before. Returns how to stop that. */
  after(ms: number, call: () => void): () => void {
    const stop = this.#options.clock.after(ms, () => {
      this.#timers.delete(stop)
      call()
    })
    this.#timers.add(stop)
    return stop
  }

  #setState(state: 'closing' | 'closed'): void {
    this.#state = state
    this.#options.onOver()
  }

  /** The peer sent a Close. */
  closeReceived(code: number | null, reason: Uint8Array | null): void {
    const { ending } = this
    ending.remoteCloseCode = code
    ending.remoteCloseReason = null
    if (code !== null && !this.#isRight(code)) this.fail(1002, `close code ${code}`)
    if (reason !== null && !isUtf8(reason)) this.fail(1007, 'a reason that is not valid UTF-8')
    else if (reason !== null) ending.remoteCloseReason = Buffer.from(reason).toString('utf8')
    const { role, patience } = this.#options
    const isServer = role === 'server'
    if (this.#state === 'closing') {
      this.#stopCloseTimer()
      ending.wasClean = true
      if (isServer) this.drop(true)
      else this.#awaitEnd(patience.drop)
    } else if (this.#state === 'open') {
      ending.wasClean = true
      this.sendClose(codeOctets(1000, ''), false)
      if (isServer) this.drop(false)
      else this.#awaitEnd(patience.stuck)
    } else {
      ending.wasClean = false
    }
  }

  /** Codes that came after RFC 6455 are right where the case sends them. */
  #isRight(code: number): boolean {
    if (isSendable(code)) return true
    return closeCodeStanding(code) === 'valid' && this.#options.case.close.closeCode.includes(code)
  }

  /**
   * The server is the one to end TCP (RFC 6455 §7.1.1), in `time` ms. Behind a Close of its own Autobahn has no limit, and waits
   * for ever for one that leaves TCP open.
   */
  #awaitEnd(time: number): void {
    this.after(time, () => {
      if (this.#state === 'closed') return
      this.ending.wasServerConnectionDropTimeout = true
      this.#giveUp('the server did not end TCP in time')
    })
  }

  /** Sends a Close that answers none. */
  sendCode(code: number): void {
    this.sendClose(codeOctets(code, ''), true)
  }

  /** Sends a Close, once. `mine`: it answers none. */
  sendClose(payload: Uint8Array, mine: boolean): void {
    if (this.#state !== 'open') return
    this.#options.writeClose(payload)
    this.#setState('closing')
    const { ending } = this
    ending.closedByMe = mine
    ending.localCloseCode = payload.length > 1 ? ((payload[0] ?? 0) << 8) | (payload[1] ?? 0) : null
    ending.localCloseReason = payload.length > 2 ? this.#reasonText(payload.subarray(2)) : null
    if (!mine) return
    this.#stopCloseTimer = this.after(this.#options.patience.close, () => {
      if (this.#state === 'closed') return
      ending.wasCloseHandshakeTimeout = true
      this.#giveUp('the peer did not answer Close in time')
    })
  }

  #reasonText(reason: Uint8Array): string {
    return Buffer.from(reason).toString(this.#options.case.hexReason ? 'hex' : 'utf8')
  }

  #giveUp(reason: string): void {
    this.ending.wasClean = false
    this.ending.wasNotCleanReason = reason
    this.drop(true)
  }

  /** The peer broke a rule. */
  fail(code: number, reason: string): void {
    if (this.#state !== 'closed') this.#failure ??= reason
    this.end(code, reason)
  }

  /** Fails the connection: with a Close while it is open, else by ending TCP. */
  end(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.ending.failedByMe = true
    if (this.#state === 'open') this.sendClose(codeOctets(code, reason), true)
    else this.drop(false)
  }

  /** Ends TCP, with a RST where it is to be `atOnce`. */
  drop(atOnce: boolean): void {
    if (this.#state === 'closed') return
    this.#setState('closed')
    this.ending.droppedByMe = true
    if (atOnce) this.#options.transport.abort()
    else this.#options.transport.end()
  }

  /** Ends TCP, without a word, for what the peer did. */
  breakOff(reason: string): void {
    this.#failure ??= reason
    this.ending.failedByMe = true
    this.drop(true)
  }
}

/** Codes that Autobahn's engine takes: those of RFC 6455, and the ranges for libraries and applications. */
function isSendable(code: number): boolean {
  if (code >= 3000) return code < 5000
  return code >= 1000 && code <= 1011 && (code < 1004 || code > 1006)
}

function codeOctets(code: number, reason: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason, 'utf8').subarray(0, 123)])
}
