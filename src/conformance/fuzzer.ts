/**
 * Plays one case on one connection: the states, timers and reactions of Autobahn's engine, which its verdicts depend on.
 * Sockets, clock and randomness are given; nothing here waits by itself.
 */
import { isUtf8 } from 'node:buffer'
import { closeCodeStanding } from '../protocol/close-code.ts'
import { defaultInflateLimit, Inflater } from '../protocol/inflater.ts'
import { Opcode } from '../protocol/opcode.ts'
import { Deflater, type DeflateAgreement } from '../protocol/permessage-deflate.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import type {
  CaseFact,
  ConformCase,
  DeflatePlan,
  Exchange,
  OpeningChange,
  OpeningOutcome,
  Step,
} from './case.ts'
import { ExchangePlay } from './exchange.ts'
import { CaseNotes } from './notes.ts'
import { Receiver, keptLimit, type SeenMessage } from './receiver.ts'
import { untilText } from './reasons.ts'
import { Sender } from './sender.ts'
import type { Clock, Patience, Transport } from './surroundings.ts'
import { Traffic } from './traffic.ts'
import type { Ending } from './case-report.ts'
import { judge, newEnding, sameFacts, type Verdict } from './verdict.ts'

/** Events that are kept for the report; no case expects nearly as many. */
export const eventLimit = 1000

/**
 * How hard the fuzzer compresses. Most of the time of groups 12 and 13 goes there: with level 3 it is a third of that with 6,
 * zlib's own choice, for up to a quarter more octets on the wire.
 */
const deflateLevel = 3

/** Octets of all messages of a connection that are kept for the verdict. */
export const keptOfAll = 4 * keptLimit

export interface FuzzerOptions {
  role: Side
  case: ConformCase
  transport: Transport
  clock: Clock
  patience: Patience
  /** A fresh masking key for each frame of a client. */
  nextKey: () => number
}

type State = 'opening' | 'open' | 'closing' | 'closed'

export class Fuzzer {
  readonly #options: FuzzerOptions
  readonly #case: ConformCase
  readonly #clock: Clock
  readonly notes = new CaseNotes()
  readonly traffic = new Traffic()
  readonly ending: Ending = newEnding()
  readonly seen: CaseFact[] = []
  readonly #sender: Sender
  readonly #receiver: Receiver
  readonly #timers = new Set<() => void>()
  #state: State = 'opening'
  #opened = false
  #exchange: ExchangePlay | null = null
  #outcome: OpeningOutcome = 'silent'
  #agrees = true
  #kept = 0
  #openedAt = 0
  #endedAt = 0
  #timeUp: number | null = null
  #failure: string | null = null
  #stopCloseTimer = (): void => undefined

  constructor(options: FuzzerOptions) {
    const { role, transport, clock, nextKey } = options
    this.#options = options
    this.#case = options.case
    this.#clock = clock
    this.#sender = new Sender(
      {
        write: (octets, sync) => {
          this.notes.wrote(octets, sync)
          this.traffic.wrote(octets.length)
          transport.write(octets)
        },
        soon: call => {
          clock.soon(call)
        },
        isAlive: () => this.#state !== 'closed',
      },
      this.notes,
      this.traffic,
      role === 'client' ? nextKey : null,
    )
    this.#receiver = new Receiver(
      role,
      {
        violation: (code, reason) => {
          this.#fail(code, reason)
        },
        message: message => {
          this.#message(message)
        },
        ping: octets => {
          if (this.#state === 'open') this.#sender.control(Opcode.pong, octets)
        },
        pong: octets => {
          this.#see({ event: 'pong', payload: { unit: octets, length: octets.length } })
        },
        close: (code, reason) => {
          this.#closeReceived(code, reason)
        },
        broken: reason => {
          this.#broken(reason)
        },
        isDeaf: () => this.#state === 'closed',
        hasFailed: () => this.ending.failedByMe,
      },
      this.notes,
      this.traffic,
    )
  }

  get opened(): boolean {
    return this.#opened
  }

  /** Milliseconds from the end of the opening handshake to the end of TCP; 0 where it never was completed. */
  get duration(): number {
    return this.#opened ? this.#endedAt - this.#openedAt : 0
  }

  /** Writes the head of the opening handshake that is the fuzzer's, as the case wants it cut, and then calls back. */
  writeHead(text: string, then: () => void): void {
    const { chop, early = [] } = this.#case.opening ?? {}
    const size = chop ?? text.length
    const write = (at: number) => {
      const octets = Buffer.from(text.slice(at, at + size), 'latin1')
      this.notes.wrote(octets, chop !== undefined)
      this.traffic.wrote(octets.length)
      this.#options.transport.write(octets)
      if (at + size < text.length) {
        this.#later(() => {
          if (this.#state === 'opening') write(at + size)
        })
        return
      }
      for (const frame of early) this.#sender.frame(frame)
      then()
    }
    write(0)
  }

  /** Between two writes of a head. */
  #later(call: () => void): void {
    const { pause = 0 } = this.#case.opening ?? {}
    if (pause > 0) this.#after(pause * 1000, call)
    else this.#clock.soon(call)
  }

  /** Octets of the peer came, before or after the handshake was completed. */
  readOctets(octets: Uint8Array): void {
    this.notes.read(octets)
    this.traffic.read(octets.length)
  }

  /** Waits for the rest of the opening handshake. */
  awaitHandshake(): void {
    this.#after(this.#options.patience.opening, () => {
      if (this.#state !== 'opening') return
      this.ending.wasOpenHandshakeTimeout = true
      const what =
        Object.keys(this.notes.rxOctets.record).length === 0 ? 'nothing came' : 'no whole response came'
      this.failHandshake('silent', `${what} in ${this.#options.patience.opening / 1000} s`)
    })
  }

  /** The peer's half of the opening handshake was wrong. */
  failHandshake(outcome: OpeningOutcome, reason: string): void {
    this.#outcome = outcome
    this.ending.wasNotCleanReason = reason
    this.#drop(true)
  }

  /** The opening handshake is complete: the case begins. */
  open(deflate: DeflateAgreement | null): void {
    const { role } = this.#options
    this.#state = 'open'
    this.#outcome = 'opened'
    this.traffic.state = 'open'
    this.#opened = true
    this.#openedAt = this.#clock.now()
    if (deflate !== null) {
      this.#sender.deflater = new Deflater(deflate[role], deflateLevel)
      this.#receiver.inflater = new Inflater(deflate[peerOf(role)], {
        ...defaultInflateLimit,
        octets: keptLimit,
      })
    }
    const { exchange, deflate: plan, opening } = this.#case
    this.#agrees = plan === undefined || isAgreed(plan, deflate, role)
    if (!this.#agrees || !mayOpen(opening)) {
      this.#sendCode(1000)
      return
    }
    if (exchange !== null) this.#exchange = this.#beginExchange(exchange, deflate !== null)
    this.#play(this.#case.steps, 0)
  }

  /** Octets behind the heads: frames. They were told to `readOctets` before. */
  frames(octets: Uint8Array, start = 0): void {
    if (this.#state !== 'closed' && start < octets.length) this.#receiver.push(octets, start)
  }

  /** TCP is over, whoever ended it. */
  lost(): void {
    for (const stop of this.#timers) stop()
    this.#timers.clear()
    this.#endedAt = this.#clock.now()
    if (this.#state === 'opening') this.#outcome = 'dropped'
    this.#setState('closed')
    const { ending } = this
    if (!ending.wasClean && !ending.droppedByMe)
      ending.wasNotCleanReason ??= 'the peer ended TCP without a closing handshake'
  }

  /** The verdict, once TCP is over. */
  verdict(): Verdict {
    if (this.#case.hexReason && this.ending.localCloseReason === null) this.ending.localCloseReason = '?'
    const course = { ending: this.ending, timeUp: this.#timeUp, failure: this.#failure }
    return judge(this.#case, {
      ...course,
      role: this.#options.role,
      opening: this.#outcome,
      agrees: this.#agrees,
      seen: this.seen,
      exchange: this.#exchange?.verdict(untilText(course)) ?? null,
      sentFrames: this.notes.txFrames.record,
    })
  }

  #setState(state: State): void {
    this.#state = state
    if (state !== 'open' && state !== 'opening') this.traffic.state = 'over'
  }

  #after(ms: number, call: () => void): () => void {
    const stop = this.#clock.after(ms, () => {
      this.#timers.delete(stop)
      call()
    })
    this.#timers.add(stop)
    return stop
  }

  #play(steps: readonly Step[], from: number): void {
    for (const [i, step] of steps.entries()) {
      if (i < from) continue
      if (step.do === 'wait') {
        this.#wait(step.seconds, step.tag, () => {
          this.#play(steps, i + 1)
        })
        return
      }
      this.#step(step)
    }
  }

  #step(step: Exclude<Step, { do: 'wait' }>): void {
    switch (step.do) {
      case 'frame':
        this.#sender.frame(step)
        break
      case 'message':
        if (this.#state === 'open') this.#sender.message(step.opcode, step.payload, step.fragment)
        break
      case 'close':
        this.#sendClose(step.payload, true)
        break
      case 'begin':
        if (this.#state === 'open') this.#sender.begin(step.opcode, step.fin, step.length)
        break
      case 'part':
        if (this.#state === 'open') this.#sender.part(step.octets)
        break
      case 'kill':
        this.#killAfter(step.seconds)
        break
      case 'close-after':
        this.#closeAfter(step.seconds)
        break
      case 'fin':
        this.#options.transport.finish()
    }
  }

  #wait(seconds: number, tag: string | null, goOn: () => void): void {
    this.notes.add(['CT', seconds, tag])
    this.#after(seconds * 1000, () => {
      if (this.#state === 'closed') return
      this.notes.add(['CTE', tag])
      if (tag !== null && this.#state !== 'open') return
      if (tag !== null) this.seen.push({ event: 'timeout', tag })
      goOn()
    })
  }

  #killAfter(seconds: number): void {
    this.notes.add(['KL', seconds])
    this.#whenUp(seconds, () => {
      this.notes.add(['KLE'])
      this.#end(1001, 'Going Away')
    })
  }

  #closeAfter(seconds: number): void {
    this.notes.add(['TI', seconds])
    this.#whenUp(seconds, () => {
      this.notes.add(['TIE'])
      this.#sendClose(new Uint8Array(0), true)
    })
  }

  /** Calls back when the time of the case is up. */
  #whenUp(seconds: number, call: () => void): void {
    const ms = Math.min(seconds * 1000, this.#options.patience.most)
    this.#after(ms, () => {
      if (this.#state === 'open') this.#timeUp = ms / 1000
      if (this.#state !== 'closed') call()
    })
  }

  /** Something happened that the verdict depends on. When all that is expected has come, the fuzzer closes. */
  #see(fact: CaseFact): void {
    if (this.seen.length < eventLimit) this.seen.push(fact)
    const { expected, close, keepsOpen } = this.#case
    const isAll = Object.values(expected).every(facts => sameFacts(this.seen, facts))
    if (isAll && close.closedByMe && !keepsOpen) this.#sendCode(close.closeCode[0] ?? 1000)
  }

  #message(message: SeenMessage): void {
    const { exchange } = this.#case
    if (exchange !== null && this.#exchange !== null) {
      this.#echo(exchange, this.#exchange, message)
      return
    }
    const { binary, octets, length } = message
    const room = keptOfAll - this.#kept
    const unit = octets.length > room ? octets.subarray(0, Math.max(0, room)) : octets
    this.#kept += unit.length
    this.#see({ event: 'message', binary, payload: { unit, length } })
  }

  #beginExchange(exchange: Exchange, deflates: boolean): ExchangePlay {
    const play = new ExchangePlay(exchange)
    this.notes.log(false, exchange.markers)
    this.#receiver.keeps = exchange.compare === 'content'
    if (exchange.deflate !== null && !deflates) {
      play.skip()
      this.notes.log(true, exchange.markers)
      this.#sendCode(1000)
    } else {
      this.#closeAfter(exchange.closeAfter)
      this.#sendNext(exchange, play)
    }
    return play
  }

  #sendNext(exchange: Exchange, play: ExchangePlay): void {
    const opcode = exchange.binary ? Opcode.binary : Opcode.text
    const payload = play.next()
    if (exchange.sendAs === 'frame')
      this.#sender.frame({ opcode, fin: true, rsv: 0, payload, chop: exchange.chop, sync: false })
    else if (this.#state === 'open') this.#sender.message(opcode, payload, exchange.fragment)
  }

  #echo(exchange: Exchange, play: ExchangePlay, message: SeenMessage): void {
    if (play.take(message)) {
      this.#sendNext(exchange, play)
    } else {
      this.notes.log(true, exchange.markers)
      this.#sendCode(1000)
    }
  }

  #closeReceived(code: number | null, reason: Uint8Array | null): void {
    const { ending } = this
    ending.remoteCloseCode = code
    ending.remoteCloseReason = null
    if (code !== null && !this.#isRight(code)) this.#fail(1002, `close code ${code}`)
    if (reason !== null && !isUtf8(reason)) this.#fail(1007, 'a reason that is not valid UTF-8')
    else if (reason !== null) ending.remoteCloseReason = Buffer.from(reason).toString('utf8')
    const isServer = this.#options.role === 'server'
    if (this.#state === 'closing') {
      this.#stopCloseTimer()
      ending.wasClean = true
      if (isServer) this.#drop(true)
      else this.#awaitDrop()
    } else if (this.#state === 'open') {
      ending.wasClean = true
      this.#sendClose(codeOctets(1000, ''), false)
      if (isServer) this.#drop(false)
      else this.#awaitEnd()
    } else {
      ending.wasClean = false
    }
  }

  /** Codes that came after RFC 6455 are right where the case sends them. */
  #isRight(code: number): boolean {
    if (isSendable(code)) return true
    return closeCodeStanding(code) === 'valid' && this.#case.close.closeCode.includes(code)
  }

  /** Autobahn has no time limit here, and waits for ever for a server that leaves TCP open after its own Close. */
  #awaitEnd(): void {
    this.#after(this.#options.patience.stuck, () => {
      if (this.#state === 'closed') return
      this.ending.wasServerConnectionDropTimeout = true
      this.#giveUp('the server did not end TCP in time')
    })
  }

  /** The server is the one to end TCP (RFC 6455 §7.1.1). */
  #awaitDrop(): void {
    this.#after(this.#options.patience.drop, () => {
      if (this.#state === 'closed') return
      this.ending.wasServerConnectionDropTimeout = true
      this.#giveUp('the server did not end TCP in time')
    })
  }

  #sendCode(code: number): void {
    this.#sendClose(codeOctets(code, ''), true)
  }

  /** Sends a Close, once. `mine`: it answers none. */
  #sendClose(payload: Uint8Array, mine: boolean): void {
    if (this.#state !== 'open') return
    this.#sender.control(Opcode.close, payload)
    this.#setState('closing')
    const { ending } = this
    ending.closedByMe = mine
    ending.localCloseCode = payload.length > 1 ? ((payload[0] ?? 0) << 8) | (payload[1] ?? 0) : null
    ending.localCloseReason = payload.length > 2 ? this.#reasonText(payload.subarray(2)) : null
    if (!mine) return
    this.#stopCloseTimer = this.#after(this.#options.patience.close, () => {
      if (this.#state === 'closed') return
      ending.wasCloseHandshakeTimeout = true
      this.#giveUp('the peer did not answer Close in time')
    })
  }

  #reasonText(reason: Uint8Array): string {
    return Buffer.from(reason).toString(this.#case.hexReason ? 'hex' : 'utf8')
  }

  #giveUp(reason: string): void {
    this.ending.wasClean = false
    this.ending.wasNotCleanReason = reason
    this.#drop(true)
  }

  /** The peer broke a rule. */
  #fail(code: number, reason: string): void {
    if (this.#state !== 'closed') this.#failure ??= reason
    this.#end(code, reason)
  }

  /** Fails the connection: with a Close while it is open, else by ending TCP. */
  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.ending.failedByMe = true
    if (this.#state === 'open') this.#sendClose(codeOctets(code, reason), true)
    else this.#drop(false)
  }

  /** A compressed message that cannot be inflated ends TCP, without a word, as it does Autobahn. */
  #broken(reason: string): void {
    this.#failure ??= `a message cannot be inflated: ${reason}`
    this.#exchange?.fail(`A message cannot be inflated: ${reason}.`)
    this.ending.failedByMe = true
    this.#drop(true)
  }

  #drop(atOnce: boolean): void {
    if (this.#state === 'closed') return
    this.#setState('closed')
    this.ending.droppedByMe = true
    if (atOnce) this.#options.transport.abort()
    else this.#options.transport.end()
  }
}

/** Whether the case goes on where the handshake is completed; else the verdict is clear. */
function mayOpen({ expected }: OpeningChange = {}): boolean {
  return expected === undefined || expected.OK?.includes('opened') === true
}

function isAgreed(
  { own, peer }: DeflatePlan,
  agreed: DeflateAgreement | null,
  role: Side,
): agreed is DeflateAgreement {
  if (agreed === null) return false
  const [ours, theirs] = [agreed[role], agreed[peerOf(role)]]
  return (
    ours.windowBits === own.windowBits &&
    ours.contextTakeover === own.contextTakeover &&
    theirs.windowBits <= peer.windowBits &&
    (peer.contextTakeover || !theirs.contextTakeover)
  )
}

/** Codes that Autobahn's engine takes: those of RFC 6455, and the ranges for libraries and applications. */
function isSendable(code: number): boolean {
  if (code >= 3000) return code < 5000
  return code >= 1000 && code <= 1011 && (code < 1004 || code > 1006)
}

function codeOctets(code: number, reason: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason, 'utf8').subarray(0, 123)])
}
