/**
 * Both sides of one connection, and time: answers that did not come, came late or came changed, and violations that had no
 * consequence (RFC 6455 §5.5, §7). It never looks at a clock: facts and deadlines bring the time.
 */
import type { Close } from '../protocol/message.ts'
import { ruleOf, toleratedAs, type RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import type { Deadlines } from './deadlines.ts'
import type { TcpState } from './facts.ts'
import { PingBook } from './ping-book.ts'
import { SideRecord, type Cause, type Offence, type SentClose } from './side-record.ts'

/** How long, in ms, each answer may take. */
export const patience = {
  /** From the first octet to the end of the request, and from there to the response. */
  handshake: 5000,
  /** From Ping to Pong: later it is slow, and in the end missing. */
  pong: 1000,
  ping: 20_000,
  /** From a Close to its answer, and from that to the end of TCP. */
  close: 5000,
  tcp: 2000,
  /** From a violation to the end of the connection. */
  reaction: 5000,
  /** Without an octet of an open message, or of anything. */
  message: 30_000,
  idle: 30_000,
}

/** What the judge asks about a side as it stands. */
export interface SideStanding {
  /** A message is open, or a data frame is in flight. */
  readonly inMessage: boolean
  /** A frame is in flight. */
  readonly inFrame: boolean
  /** A head has begun and is not complete. */
  readonly inHead: boolean
  /** All that the side sent was seen and could be judged. */
  readonly wellKnown: boolean
  /** The last data frame, in flight or not, in words; null without one. */
  readonly lastData: string | null
  /** Octets that were decoded. */
  readonly offset: number
}

export interface PairSink {
  standing(from: Side): SideStanding
  /** `from` is at fault. `frame`: on the frame that is being taken, else at the end of what came so far. */
  concluded(from: Side, rule: RuleId, detail: string, frame: boolean): void
  /** The time has come for what follows. */
  arrive(due: number): void
}

/** Codes of 3000–3999 in the IANA registry (https://www.iana.org/assignments/websocket). */
const registeredCodes = new Set([3000, 3003, 3008])

export class PairJudge {
  readonly sides: Record<Side, SideRecord> = { client: new SideRecord(), server: new SideRecord() }
  /** When the first octet of the client came. */
  #begun: number | null = null
  /** The second Close was sent before the first had arrived. */
  crossed = false
  /** Who sent Close first, and who ended TCP first of itself. */
  firstClose: Side | null = null
  firstEnd: Side | null = null
  /** What is wrong with the 101, null when nothing. */
  flaw: Cause | null = null
  /** Tells whether the upgrade request has had its response; null without a request. */
  #isAnswered: (() => boolean) | null = null
  #hasPings = false
  #over = false
  readonly #conn: number
  readonly #deadlines: Deadlines
  readonly #sink: PairSink

  constructor(conn: number, deadlines: Deadlines, sink: PairSink) {
    this.#conn = conn
    this.#deadlines = deadlines
    this.#sink = sink
  }

  /** Both sides are over: no deadline matters any more. */
  stop(): void {
    this.#over = true
  }

  /** Octets of `from` came; they are decoded next. */
  octets(from: Side, time: number): void {
    const side = this.sides[from]
    side.lastOctets = time
    if (side.owesPong) this.#watchPongsAgain(from, side, time)
    if (this.#begun !== null || from === 'server') return
    this.#begun = time
    this.#after(time, patience.handshake, () => {
      if (!this.#sink.standing('client').inHead) return
      this.#sink.concluded(
        'client',
        'handshake.slow',
        'the request is not complete 5 s after its first octet',
        false,
      )
    })
  }

  /** The upgrade request is complete. `isAnswered` tells whether its response has come. */
  requested(time: number, isAnswered: () => boolean): void {
    this.#isAnswered = isAnswered
    this.#after(time, patience.handshake, () => {
      if (isAnswered() || this.sides.server.ended !== null) return
      this.#sink.concluded('server', 'handshake.slow', 'no response 5 s after the request', false)
    })
  }

  /** Frames begin. */
  upgraded(time: number): void {
    this.flaw = this.sides.server.cause
    this.#watchIdle(time + patience.idle)
  }

  /** A ping of `from`. */
  ping(from: Side, payload: Uint8Array, time: number): void {
    const book = (this.sides[from].pings ??= new PingBook())
    this.#hasPings = true
    const isWatched = book.openSince !== null
    book.add(payload, time)
    if (isWatched) return
    this.sides[peerOf(from)].owesPong = false
    this.#watchPings(from, book, time)
  }

  /** A pong of `from`. Returns the round-trip time in ms, NaN where it answers no ping. */
  pong(from: Side, payload: Uint8Array, time: number): number {
    const book = this.sides[peerOf(from)].pings
    const rtt = book?.answer(payload, time) ?? null
    if (rtt !== null) {
      this.sides[from].toldUnanswered = false
      if (rtt < this.sides[from].fastest) this.sides[from].fastest = rtt
      if (rtt > patience.pong)
        this.#sink.concluded(from, 'pong.slow', `${shortTime(rtt)} after its Ping, expected within 1 s`, true)
      return rtt
    }
    const ping = book?.damaged(payload) ?? null
    if (ping === null) this.#sink.concluded(from, 'pong.unsolicited', counted(payload.length, 'octet'), true)
    else {
      const detail = `expected ${hexOf(ping)}, got ${hexOf(payload)}`
      this.#sink.concluded(from, 'pong.altered', detail, true)
    }
    return NaN
  }

  /** A Close frame of `from`, the stream of which it ends at `offset`, is complete. */
  closed(from: Side, { code, reason }: Close, time: number, offset: number): void {
    const side = this.sides[from]
    if (side.close !== null) return
    const first = this.sides[peerOf(from)].close
    const fails = this.#isFailure(from, code)
    const refused = code === 1009 && fails ? this.#sink.standing(peerOf(from)).lastData : null
    side.close = { code, reason, time, cause: this.#causeFor(from, time), refused, fails }
    this.firstClose ??= from
    this.#judgeReaction(from)
    if (first === null) {
      this.#judgeCode(from, code)
      this.#watchClose(from, time)
    } else {
      side.quietFrom = offset
      this.sides[peerOf(from)].quietFrom = this.#sink.standing(peerOf(from)).offset
      this.#judgeAnswer(from, first, side.close)
    }
  }

  /** `from` broke a rule at `offset`. */
  offended(from: Side, rule: RuleId, offset: number, time: number): void {
    const side = this.sides[from]
    const tolerated = toleratedAs(rule)
    if (
      ruleOf(rule).severity === 'error' &&
      (tolerated === null || side.toldTolerated?.has(tolerated) !== true)
    ) {
      // The latest error is the likeliest cause; of several on one frame, or of a run, the first.
      const { cause } = side
      const isOther = cause !== null && cause.rule !== rule && time > cause.last
      if (cause === null || isOther || time - cause.last > patience.reaction)
        side.cause = { rule, offset, last: time }
      else cause.last = time
    }
    if (tolerated === null) return
    side.hasErred = true
    if (side.toldTolerated?.has(tolerated) === true || this.sides[peerOf(from)].close !== null) return
    const offences = (side.offences ??= new Map<RuleId, Offence>())
    const known = offences.get(tolerated)
    if (known !== undefined) {
      known.rules.add(rule)
      return
    }
    offences.set(tolerated, { rules: new Set([rule]), time })
    this.#after(time, patience.reaction, () => {
      if (this.sides[peerOf(from)].ended === null)
        this.#tellTolerated(from, tolerated, 'nothing followed within 5 s')
    })
  }

  /** A frame of `from` was taken in part, or a message goes on: it is watched. */
  progressed(from: Side, time: number): void {
    const side = this.sides[from]
    side.progress = time
    if (side.watchesMessage) return
    side.watchesMessage = true
    this.#watchMessage(from, side, time + patience.message)
  }

  /** `octets` octets have waited for `reader` for `span` ms. */
  stalled(reader: Side, octets: number, span: number): void {
    this.#sink.concluded(
      reader,
      'reader.stalled',
      `${counted(octets, 'octet')} for ${shortTime(span)}`,
      false,
    )
  }

  /** The stream of `from` ended. */
  ended(from: Side, state: TcpState, time: number): void {
    const side = this.sides[from]
    const peer = this.sides[peerOf(from)]
    side.ended = { state, time, cause: this.#causeFor(from, time) }
    const late = this.#sink.standing(from).offset - side.quietFrom
    if (late > 0) this.#sink.concluded(from, 'stream.after-close', counted(late, 'octet'), false)
    if (state === 'closed') return
    this.firstEnd ??= from
    // Ending TCP is a way of failing the connection too.
    peer.offences?.clear()
    if (from === 'server' && peer.ended === null && this.#isAnswered?.() === false)
      this.#tellNoResponse(state)
    if (from === 'client' && this.#isImpatient(time)) {
      const detail = `${endWord(state)} before the server ended TCP`
      this.#sink.concluded('client', 'tcp.client-first', detail, false)
    }
  }

  /** The upgrade request has no response, and none will come. */
  #tellNoResponse(state: TcpState): void {
    if (state !== 'fin' && state !== 'reset') return
    const where = this.#sink.standing('server').inHead ? 'inside the head of one' : 'instead'
    this.#sink.concluded('server', 'response.missing', `${endWord(state)} ${where}`, false)
  }

  /** The client ends TCP at `time` though it had only to wait for the server to do so: both have sent Close. */
  #isImpatient(time: number): boolean {
    const { client, server } = this.sides
    if (client.close === null || server.close === null || server.ended !== null || client.close.fails)
      return false
    return time - Math.max(client.close.time, server.close.time) < patience.tcp
  }

  #after(time: number, span: number, judge: (due: number) => void, rank = 0): void {
    const expire = (due: number) => {
      if (this.#over) return
      this.#sink.arrive(due)
      judge(due)
    }
    this.#deadlines.add(time + span, expire, rank)
  }

  #watchIdle(due: number): void {
    this.#after(due, 0, now => {
      const { client, server } = this.sides
      if (this.#hasPings || client.close !== null || server.close !== null) return
      const quietUntil = Math.max(client.lastOctets, server.lastOctets) + patience.idle
      if (quietUntil > now) this.#watchIdle(quietUntil)
      else this.#sink.concluded('server', 'keepalive.missing', 'neither side pings', false)
    })
  }

  #watchPings(from: Side, book: PingBook, since: number): void {
    const to = peerOf(from)
    this.#after(since, patience.ping, now => {
      if (book.openSince === null || this.sides[from].close !== null || this.sides[to].ended !== null) return
      if (this.#sink.standing(to).inFrame) {
        // Until it goes on nothing can be said: looking again now and then would take as long as the time that passes.
        this.sides[to].owesPong = true
        return
      }
      if (book.openSince > since) {
        this.#watchPings(from, book, book.openSince)
        return
      }
      if (!this.sides[to].toldUnanswered) {
        const detail = `${book.open} open, the first for ${shortTime(now - book.openSince)}`
        this.#sink.concluded(to, 'ping.unanswered', detail, false)
      }
      this.sides[to].toldUnanswered = true
      book.clear()
    })
  }

  #watchPongsAgain(to: Side, side: SideRecord, time: number): void {
    const from = peerOf(to)
    const { pings } = this.sides[from]
    side.owesPong = false
    if (pings !== null) this.#watchPings(from, pings, time)
  }

  #watchMessage(from: Side, side: SideRecord, due: number): void {
    // When it is first set depends on the chops: a message that is whole in its chop is not watched.
    const rank = 2 * this.#conn + (from === 'client' ? 0 : 1)
    const judge = (now: number) => {
      this.#judgeMessage(from, side, now)
    }
    this.#after(due, 0, judge, rank)
  }

  #judgeMessage(from: Side, side: SideRecord, now: number): void {
    const since = side.progress + patience.message
    if (side.ended !== null || !this.#sink.standing(from).inMessage) side.watchesMessage = false
    else if (since > now) this.#watchMessage(from, side, since)
    else {
      const detail = `the last octet of it came at ${side.progress.toFixed(3)} ms`
      this.#sink.concluded(from, 'message.stalled', detail, false)
      // Told once, until it goes on.
      side.watchesMessage = false
    }
  }

  #watchClose(from: Side, time: number): void {
    const to = peerOf(from)
    this.#after(time, patience.close, () => {
      if (this.sides[to].close !== null || this.sides[to].ended !== null || this.sides[from].ended !== null)
        return
      this.sides[to].toldOwing = true
      this.#sink.concluded(to, 'close.unanswered', 'neither Close nor the end of TCP within 5 s', false)
    })
  }

  #judgeAnswer(from: Side, first: SentClose, answer: SentClose): void {
    const isOther = answer.code !== first.code
    this.crossed = isOther && answer.time - first.time < crossingSpan(this.sides[from].fastest)
    // What answers a violation, perhaps one of the Close itself, names it.
    const names = isBlame(answer.code) && this.sides[peerOf(from)].hasErred
    if (isOther && !this.crossed && !names) {
      const detail = `${codeText(first.code)} answered with ${codeText(answer.code)}`
      this.#sink.concluded(from, 'close.other-code', detail, true)
    }
    this.#after(answer.time, patience.tcp, () => {
      if (this.sides.server.ended !== null || this.sides.client.ended !== null) return
      this.#sink.concluded('server', 'tcp.server-late', 'still open 2 s after the second Close', false)
    })
  }

  #judgeCode(from: Side, code: number | null): void {
    const peer = peerOf(from)
    const standing = this.#sink.standing(peer)
    const tell = (detail: string) => {
      this.#sink.concluded(from, 'close.unfit-code', `code ${code ?? ''}: ${detail}`, true)
    }
    if (code === 1010 && from === 'server') tell('for clients only')
    else if (isBlame(code) && !this.#isFailure(from, code)) tell(`no violation of the ${peer} was seen`)
    else if (code === 1009 && standing.lastData === null) tell(`the ${peer} had sent no message`)
    else if (code === 1009 && standing.lastData !== null)
      this.#sink.concluded(peer, 'length.refused', `1009 after ${standing.lastData}`, false)
    else if (code !== null && code >= 3000 && code < 4000 && !registeredCodes.has(code))
      tell('not registered')
  }

  /** Does a Close of `from` fail the connection? One that only echoes its peer's does not. */
  #isFailure(from: Side, code: number | null): boolean {
    const peer = this.sides[peerOf(from)]
    const standing = this.#sink.standing(peerOf(from))
    if (code === null || peer.close?.code === code) return false
    return isBlame(code)
      ? peer.hasErred || !standing.wellKnown
      : code === 1009 && peer.close === null && standing.lastData !== null
  }

  /** The error of its peer that `from` may react to at `time`; null where it had borne with it. */
  #causeFor(from: Side, time: number): Cause | null {
    const { cause, toldTolerated } = this.sides[peerOf(from)]
    if (cause === null || time - cause.last > patience.reaction) return null
    const tolerated = toleratedAs(cause.rule)
    return tolerated !== null && toldTolerated?.has(tolerated) === true ? null : { ...cause }
  }

  /** `from` sent Close: does it answer the offences of its peer, or only the peer's Close? */
  #judgeReaction(from: Side): void {
    const offender = this.sides[peerOf(from)]
    const isEcho = offender.close !== null && offender.close.code === this.sides[from].close?.code
    if (isEcho) {
      for (const tolerated of [...(offender.offences?.keys() ?? [])])
        this.#tellTolerated(
          peerOf(from),
          tolerated,
          `its Close only answers with ${codeText(offender.close?.code ?? null)}`,
        )
    }
    offender.offences?.clear()
  }

  #tellTolerated(offender: Side, tolerated: RuleId, what: string): void {
    const side = this.sides[offender]
    const offence = side.offences?.get(tolerated)
    if (offence === undefined) return
    side.offences?.delete(tolerated)
    side.toldTolerated = (side.toldTolerated ?? new Set<RuleId>()).add(tolerated)
    const detail = `${[...offence.rules].join(', ')} at ${offence.time.toFixed(3)} ms: ${what}`
    this.#sink.concluded(peerOf(offender), tolerated, detail, false)
  }
}

/** A close code that says that the peer broke the protocol. */
function isBlame(code: number | null): boolean {
  return code === 1002 || code === 1007
}

/**
 * Different Closes that are closer than this, in ms, crossed: nobody answers in half the time of the fastest pong. Between
 * processes of one machine round trips say little.
 */
function crossingSpan(fastest: number): number {
  return fastest > 5 && fastest < Infinity ? fastest / 2 : 0.05
}

function endWord(state: TcpState): string {
  return state === 'fin' ? 'FIN' : 'RST'
}

/** A span of ms in words of a length that fits it. */
export function shortTime(span: number): string {
  return span < 1000 ? `${span.toFixed(1)} ms` : `${(span / 1000).toFixed(1)} s`
}

/** A close code in words; null is a Close without one. */
export function codeText(code: number | null): string {
  return code === null ? 'no code' : String(code)
}

/** Octets of control payloads that details show. */
const shownOctets = 16

function hexOf(octets: Uint8Array): string {
  const some = Buffer.from(octets.subarray(0, shownOctets)).toString('hex')
  const rest = octets.length > shownOctets ? '…' : ''
  return octets.length === 0 ? 'nothing' : `${some}${rest} (${counted(octets.length, 'octet')})`
}
