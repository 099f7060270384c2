/** Whether a connection is alive: what was due and did not come, came late or came changed (RFC 6455 §5.5.2, §5.5.3). */
import { peerOf, type Side } from '../protocol/side.ts'
import { counted, shortTime } from '../protocol/words.ts'
import { patience, type Pair } from './pair.ts'
import { PingBook } from './ping-book.ts'
import type { SideRecord } from './side-record.ts'

export class Liveness {
  readonly #pair: Pair
  /** When the first octet of the client came. */
  #begun: number | null = null
  #hasPings = false

  constructor(pair: Pair) {
    this.#pair = pair
  }

  /** Octets of `from` came; they are decoded next. */
  octets(from: Side, time: number): void {
    const side = this.#pair.records[from]
    side.lastOctets = time
    side.isHeldUp = false
    if (side.owesPong) this.#watchPongsAgain(from, side, time)
    if (this.#begun !== null || from === 'server') return
    this.#begun = time
    this.#pair.at(time + patience.handshake, () => {
      if (!this.#pair.standing('client').inHead) return
      this.#pair.concluded(
        'client',
        'handshake.slow',
        'the request is not complete 5 s after its first octet',
        false,
      )
    })
  }

  /** The upgrade request is complete. */
  requested(time: number): void {
    this.#pair.at(time + patience.handshake, () => {
      if (!this.#pair.awaitsResponse || this.#pair.records.server.ended !== null) return
      this.#pair.concluded('server', 'handshake.slow', 'no response 5 s after the request', false)
    })
  }

  /** Frames begin. */
  upgraded(time: number): void {
    this.#watchIdle(time + patience.idle)
  }

  /** A ping of `from`. */
  ping(from: Side, payload: Uint8Array, time: number): void {
    const book = (this.#pair.records[from].pings ??= new PingBook())
    this.#hasPings = true
    const isWatched = book.openSince !== null
    book.add(payload, time)
    if (isWatched) return
    this.#pair.records[peerOf(from)].owesPong = false
    this.#watchPings(from, book, time)
  }

  /** A pong of `from`. Returns the round-trip time in ms, NaN where it answers no ping. */
  pong(from: Side, payload: Uint8Array, time: number): number {
    const book = this.#pair.records[peerOf(from)].pings
    const rtt = book?.answer(payload, time) ?? null
    if (rtt !== null) {
      this.#pair.records[from].toldUnanswered = false
      if (rtt < this.#pair.records[from].fastest) this.#pair.records[from].fastest = rtt
      if (rtt > patience.pong)
        this.#pair.concluded(from, 'pong.slow', `${shortTime(rtt)} after its Ping, expected within 1 s`, true)
      return rtt
    }
    const ping = book?.damaged(payload) ?? null
    if (ping === null) {
      const open = book?.open ?? 0
      const others = open === 0 ? '' : `, while ${counted(open, 'Ping')} with another payload waited`
      this.#pair.concluded(from, 'pong.unsolicited', counted(payload.length, 'octet') + others, true)
    } else {
      const detail = `expected ${hexOf(ping)}, got ${hexOf(payload)}`
      this.#pair.concluded(from, 'pong.altered', detail, true)
    }
    return NaN
  }

  /** A frame of `from` was taken in part, or a message goes on: it is watched. */
  progressed(from: Side, time: number): void {
    const side = this.#pair.records[from]
    side.progress = time
    if (side.watchesMessage) return
    side.watchesMessage = true
    this.#watchMessage(from, side, time + patience.message)
  }

  /** Octets of a frame of `from` came that is watched. */
  goesOn(from: Side, time: number): void {
    this.#pair.records[from].progress = time
  }

  /** `octets` octets have waited for `reader` for `span` ms. */
  stalled(reader: Side, octets: number, span: number): void {
    this.#pair.records[peerOf(reader)].isHeldUp = true
    this.#pair.concluded(
      reader,
      'reader.stalled',
      `${counted(octets, 'octet')} for ${shortTime(span)}`,
      false,
    )
  }

  #watchIdle(due: number): void {
    this.#pair.at(due, now => {
      const { client, server } = this.#pair.records
      if (this.#hasPings || client.close !== null || server.close !== null) return
      if (client.isHeldUp || server.isHeldUp) return
      const quietUntil = Math.max(client.lastOctets, server.lastOctets) + patience.idle
      if (quietUntil > now) this.#watchIdle(quietUntil)
      else this.#pair.concluded('server', 'keepalive.missing', 'neither side pings', false)
    })
  }

  #watchPings(from: Side, book: PingBook, since: number): void {
    const to = peerOf(from)
    this.#pair.at(since + patience.ping, now => {
      const { [from]: asking, [to]: asked } = this.#pair.records
      if (book.openSince === null || asking.close !== null || asked.ended !== null) return
      if (this.#pair.standing(to).inFrame) {
        // Until it goes on nothing can be said: looking again now and then would take as long as the time that passes.
        asked.owesPong = true
        return
      }
      if (book.openSince > since) {
        this.#watchPings(from, book, book.openSince)
        return
      }
      if (!asked.toldUnanswered) {
        const detail = `${book.open} open, the first for ${shortTime(now - book.openSince)}`
        this.#pair.concluded(to, 'ping.unanswered', detail, false)
      }
      asked.toldUnanswered = true
      book.clear()
    })
  }

  #watchPongsAgain(to: Side, side: SideRecord, time: number): void {
    const from = peerOf(to)
    const { pings } = this.#pair.records[from]
    side.owesPong = false
    if (pings !== null) this.#watchPings(from, pings, time)
  }

  #watchMessage(from: Side, side: SideRecord, due: number): void {
    // When it is first set depends on the chops: a message that is whole in its chop is not watched.
    const rank = 2 * this.#pair.conn + (from === 'client' ? 0 : 1)
    const judge = (now: number) => {
      this.#judgeMessage(from, side, now)
    }
    this.#pair.at(due, judge, rank)
  }

  #judgeMessage(from: Side, side: SideRecord, now: number): void {
    const since = side.progress + patience.message
    // Of one that is held up no octet can come.
    if (side.ended !== null || side.isHeldUp || !this.#pair.standing(from).inMessage)
      side.watchesMessage = false
    else if (since > now) this.#watchMessage(from, side, since)
    else {
      const detail = `the last octet of it came at ${side.progress.toFixed(3)} ms`
      this.#pair.concluded(from, 'message.stalled', detail, false)
      // Told once, until it goes on.
      side.watchesMessage = false
    }
  }
}

/** Octets of control payloads that details show. */
const shownOctets = 16

function hexOf(octets: Uint8Array): string {
  const some = Buffer.from(octets.subarray(0, shownOctets)).toString('hex')
  const rest = octets.length > shownOctets ? '…' : ''
  return octets.length === 0 ? 'nothing' : `${some}${rest} (${counted(octets.length, 'octet')})`
}
