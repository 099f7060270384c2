/**
 * Plays one case on one connection: the opening, what is sent, and what is made of what comes, as in Autobahn's engine. Sockets,
 * clock and randomness are given; nothing here waits by itself.
 */
import { defaultInflateLimit, Inflater } from '../protocol/inflater.ts'
import { Opcode } from '../protocol/opcode.ts'
import { Deflater, type DeflateAgreement } from '../protocol/permessage-deflate.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import type { CaseFact, ConformCase, DeflatePlan, Exchange, OpeningChange, OpeningOutcome } from './case.ts'
import { CaseConnection } from './connection.ts'
import { ExchangePlay } from './exchange.ts'
import { CaseNotes } from './notes.ts'
import { Receiver, keptLimit, type SeenMessage } from './receiver.ts'
import { untilText } from './reasons.ts'
import { Sender } from './sender.ts'
import { StepPlayer } from './steps.ts'
import type { Clock, Patience, Transport } from './surroundings.ts'
import { Traffic } from './traffic.ts'
import type { Ending } from './case-report.ts'
import { judge, sameFacts, type Verdict } from './verdict.ts'

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

export class Fuzzer {
  readonly #options: FuzzerOptions
  readonly #case: ConformCase
  readonly #clock: Clock
  readonly notes = new CaseNotes()
  readonly traffic = new Traffic()
  readonly seen: CaseFact[] = []
  readonly #connection: CaseConnection
  readonly #sender: Sender
  readonly #steps: StepPlayer
  readonly #receiver: Receiver
  #opened = false
  #exchange: ExchangePlay | null = null
  #outcome: OpeningOutcome = 'silent'
  #agrees = true
  #kept = 0
  #openedAt = 0
  #endedAt = 0

  constructor(options: FuzzerOptions) {
    this.#options = options
    this.#case = options.case
    this.#clock = options.clock
    this.#connection = new CaseConnection({
      ...options,
      writeClose: payload => {
        this.#sender.control(Opcode.close, payload)
      },
      onOver: () => {
        this.traffic.state = 'over'
      },
    })
    this.#sender = this.#newSender()
    this.#receiver = this.#newReceiver()
    this.#steps = new StepPlayer({
      ...options,
      connection: this.#connection,
      sender: this.#sender,
      notes: this.notes,
      onTimeout: tag => this.seen.push({ event: 'timeout', tag }),
    })
  }

  #newSender(): Sender {
    const { role, transport, clock, nextKey } = this.#options
    return new Sender(
      {
        write: (octets, sync) => {
          this.notes.wrote(octets, sync)
          this.traffic.wrote(octets.length)
          transport.write(octets)
        },
        soon: call => {
          clock.soon(call)
        },
        isAlive: () => this.#connection.state !== 'closed',
      },
      this.notes,
      this.traffic,
      role === 'client' ? nextKey : null,
    )
  }

  #newReceiver(): Receiver {
    return new Receiver(
      this.#options.role,
      {
        violation: (code, reason) => {
          this.#connection.fail(code, reason)
        },
        message: message => {
          this.#message(message)
        },
        ping: octets => {
          if (this.#connection.state === 'open') this.#sender.control(Opcode.pong, octets)
        },
        pong: octets => {
          this.#see({ event: 'pong', payload: { unit: octets, length: octets.length } })
        },
        close: (code, reason) => {
          this.#connection.closeReceived(code, reason)
        },
        broken: reason => {
          this.#broken(reason)
        },
        isDeaf: () => this.#connection.state === 'closed',
        hasFailed: () => this.ending.failedByMe,
      },
      this.notes,
      this.traffic,
    )
  }

  get ending(): Ending {
    return this.#connection.ending
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
          if (this.#connection.state === 'opening') write(at + size)
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
    if (pause > 0) this.#connection.after(pause * 1000, call)
    else this.#clock.soon(call)
  }

  /** Octets of the peer came, before or after the handshake was completed. */
  readOctets(octets: Uint8Array): void {
    this.notes.read(octets)
    this.traffic.read(octets.length)
  }

  /** Waits for the rest of the opening handshake. */
  awaitHandshake(): void {
    this.#connection.after(this.#options.patience.opening, () => {
      if (this.#connection.state !== 'opening') return
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
    this.#connection.drop(true)
  }

  /** The opening handshake is complete: the case begins. */
  open(deflate: DeflateAgreement | null): void {
    const { role } = this.#options
    this.#connection.open()
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
      this.#connection.sendCode(1000)
      return
    }
    if (exchange !== null) this.#exchange = this.#beginExchange(exchange, deflate !== null)
    this.#steps.play(this.#case.steps)
  }

  /** Octets behind the heads: frames. They were told to `readOctets` before. */
  frames(octets: Uint8Array, start = 0): void {
    if (this.#connection.state !== 'closed' && start < octets.length) this.#receiver.push(octets, start)
  }

  /** TCP is over, whoever ended it. */
  lost(): void {
    this.#endedAt = this.#clock.now()
    if (this.#connection.state === 'opening') this.#outcome = 'dropped'
    this.#connection.lost()
  }

  /** The verdict, once TCP is over. */
  verdict(): Verdict {
    if (this.#case.hexReason && this.ending.localCloseReason === null) this.ending.localCloseReason = '?'
    const course = { ending: this.ending, timeUp: this.#steps.timeUp, failure: this.#connection.failure }
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

  /** Something happened that the verdict depends on. When all that is expected has come, the fuzzer closes. */
  #see(fact: CaseFact): void {
    if (this.seen.length < eventLimit) this.seen.push(fact)
    const { expected, close, keepsOpen } = this.#case
    const isAll = Object.values(expected).every(facts => sameFacts(this.seen, facts))
    if (isAll && close.closedByMe && !keepsOpen) this.#connection.sendCode(close.closeCode[0] ?? 1000)
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
      this.#connection.sendCode(1000)
    } else {
      this.#steps.closeAfter(exchange.closeAfter)
      this.#sendNext(exchange, play)
    }
    return play
  }

  #sendNext(exchange: Exchange, play: ExchangePlay): void {
    const opcode = exchange.binary ? Opcode.binary : Opcode.text
    const payload = play.next()
    if (exchange.sendAs === 'frame')
      this.#sender.frame({ opcode, fin: true, rsv: 0, payload, chop: exchange.chop, sync: false })
    else if (this.#connection.state === 'open') this.#sender.message(opcode, payload, exchange.fragment)
  }

  #echo(exchange: Exchange, play: ExchangePlay, message: SeenMessage): void {
    if (play.take(message)) {
      this.#sendNext(exchange, play)
    } else {
      this.notes.log(true, exchange.markers)
      this.#connection.sendCode(1000)
    }
  }

  /** A compressed message that cannot be inflated ends TCP, as it does Autobahn. */
  #broken(reason: string): void {
    this.#exchange?.fail(`A message cannot be inflated: ${reason}.`)
    this.#connection.breakOff(`a message cannot be inflated: ${reason}`)
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
