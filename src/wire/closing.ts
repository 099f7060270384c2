/** How a connection is closed: Close frames, their answers and codes, and the end of TCP (RFC 6455 §5.5.1, §7). */
import { codeText } from '../protocol/close-code.ts'
import type { Close } from '../protocol/message.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import type { TcpState } from './facts.ts'
import { patience, type Pair } from './pair.ts'
import type { Reactions } from './reactions.ts'
import type { SentClose } from './side-record.ts'

/** Codes of 3000–3999 in the IANA registry (https://www.iana.org/assignments/websocket). */
const registeredCodes = new Set([3000, 3003, 3008])

export class Closing {
  /** The second Close was sent before the first had arrived. */
  crossed = false
  /** Who sent Close first, and who ended TCP first of itself. */
  firstClose: Side | null = null
  firstEnd: Side | null = null
  readonly #pair: Pair
  readonly #reactions: Reactions

  constructor(pair: Pair, reactions: Reactions) {
    this.#pair = pair
    this.#reactions = reactions
  }

  /** A Close frame of `from`, the stream of which it ends at `offset`, is complete. */
  closed(from: Side, { code, reason }: Close, time: number, offset: number): void {
    const side = this.#pair.records[from]
    if (side.close !== null) return
    const first = this.#pair.records[peerOf(from)].close
    const fails = this.#isFailure(from, code)
    const refused = code === 1009 && fails ? this.#pair.standing(peerOf(from)).lastData : null
    side.close = { code, reason, time, cause: this.#reactions.causeOfClose(from, code, time), refused, fails }
    this.firstClose ??= from
    this.#reactions.closed(from)
    if (first === null) {
      this.#judgeCode(from, code)
      this.#watchClose(from, time)
    } else {
      side.quietFrom = offset
      this.#pair.records[peerOf(from)].quietFrom = this.#pair.standing(peerOf(from)).offset
      this.#judgeAnswer(from, first, side.close)
    }
  }

  /** The peer of `from` has failed the connection by a Close. */
  isRefused(from: Side): boolean {
    return this.#pair.records[peerOf(from)].close?.fails === true
  }

  /** The stream of `from` ended. */
  ended(from: Side, state: TcpState, time: number): void {
    const side = this.#pair.records[from]
    const peer = this.#pair.records[peerOf(from)]
    side.ended = { state, time, cause: this.#reactions.causeFor(from, time) }
    const late = this.#pair.standing(from).offset - side.quietFrom
    if (late > 0) this.#pair.concluded(from, 'stream.after-close', counted(late, 'octet'), false)
    if (state === 'closed') return
    this.firstEnd ??= from
    this.#reactions.ended(from)
    if (from === 'server' && peer.ended === null && this.#pair.awaitsResponse) this.#tellNoResponse(state)
    if (from === 'client' && this.#isImpatient(time)) {
      const detail = `${endWord(state)} before the server ended TCP`
      this.#pair.concluded('client', 'tcp.client-first', detail, false)
    }
  }

  /** The upgrade request has no response, and none will come. */
  #tellNoResponse(state: TcpState): void {
    if (state !== 'fin' && state !== 'reset') return
    const where = this.#pair.standing('server').inHead ? 'inside the head of one' : 'instead'
    this.#pair.concluded('server', 'response.missing', `${endWord(state)} ${where}`, false)
  }

  /** The client ends TCP at `time` though it had only to wait for the server to do so: both have sent Close. */
  #isImpatient(time: number): boolean {
    const { client, server } = this.#pair.records
    if (client.close === null || server.close === null || server.ended !== null || client.close.fails)
      return false
    return time - Math.max(client.close.time, server.close.time) < patience.tcp
  }

  #watchClose(from: Side, time: number): void {
    const to = peerOf(from)
    this.#pair.at(time + patience.close, () => {
      if (
        this.#pair.records[to].close !== null ||
        this.#pair.records[to].ended !== null ||
        this.#pair.records[from].ended !== null
      )
        return
      this.#pair.records[to].toldOwing = true
      this.#pair.concluded(to, 'close.unanswered', 'neither Close nor the end of TCP within 5 s', false)
    })
  }

  #judgeAnswer(from: Side, first: SentClose, answer: SentClose): void {
    const isOther = answer.code !== first.code
    this.crossed = isOther && answer.time - first.time < crossingSpan(this.#pair.records[from].fastest)
    // What answers a violation, perhaps one of the Close itself, names it.
    const names = isBlame(answer.code) && this.#pair.records[peerOf(from)].hasErred
    if (isOther && !this.crossed && !names) {
      const detail = `${codeText(first.code)} answered with ${codeText(answer.code)}`
      this.#pair.concluded(from, 'close.other-code', detail, true)
    }
    this.#pair.at(answer.time + patience.tcp, () => {
      if (this.#pair.records.server.ended !== null || this.#pair.records.client.ended !== null) return
      this.#pair.concluded('server', 'tcp.server-late', 'still open 2 s after the second Close', false)
    })
  }

  #judgeCode(from: Side, code: number | null): void {
    const peer = peerOf(from)
    const standing = this.#pair.standing(peer)
    const tell = (detail: string) => {
      this.#pair.concluded(from, 'close.unfit-code', `code ${code ?? ''}: ${detail}`, true)
    }
    if (code === 1010 && from === 'server') tell('for clients only')
    else if (isBlame(code) && !this.#isFailure(from, code)) tell(`no violation of the ${peer} was seen`)
    else if (code === 1009 && standing.lastData === null) tell(`the ${peer} had sent no message`)
    else if (code === 1009 && standing.lastData !== null)
      this.#pair.concluded(peer, 'length.refused', `1009 after ${standing.lastData}`, false)
    else if (code !== null && code >= 3000 && code < 4000 && !registeredCodes.has(code))
      tell('not registered')
  }

  /** Does a Close of `from` fail the connection? One that only echoes its peer's does not. */
  #isFailure(from: Side, code: number | null): boolean {
    const peer = this.#pair.records[peerOf(from)]
    const standing = this.#pair.standing(peerOf(from))
    if (code === null || peer.close?.code === code) return false
    return isBlame(code)
      ? peer.hasErred || !standing.wellKnown
      : code === 1009 && peer.close === null && standing.lastData !== null
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
