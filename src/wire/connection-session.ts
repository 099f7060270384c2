/** One connection: its facts decoded, judged on both sides, and made into rows. */
import { notHttp, type Exchange } from '../protocol/http-exchange.ts'
import { parseStatusLine, type Head } from '../protocol/http-head.ts'
import type { MessageReader, MessageSink } from '../protocol/message.ts'
import { opcodeName } from '../protocol/opcode.ts'
import type { InflateLimit } from '../protocol/inflater.ts'
import type { RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { WireDecoder, type StreamEnd, type WireSink } from '../protocol/wire-decoder.ts'
import { verdictOf } from './close-verdict.ts'
import { Closing } from './closing.ts'
import type { Stage } from './connection-record.ts'
import type { Deadlines } from './deadlines.ts'
import type { Remark } from './entry.ts'
import type { ConnectionInfo, Mark, TcpState } from './facts.ts'
import { KeptHead } from './kept-head.ts'
import { Liveness } from './liveness.ts'
import { streamOf, type Log } from './log.ts'
import type { Pair, SideStanding } from './pair.ts'
import { Reactions } from './reactions.ts'
import { SideRecord, type Breach } from './side-record.ts'
import { SideSession, type SideContext } from './side-session.ts'

export class ConnectionSession implements WireSink, SideContext, Pair {
  readonly log: Log
  readonly conn: number
  readonly decoder: WireDecoder
  readonly sides: Record<Side, SideSession>
  readonly records: Record<Side, SideRecord> = { client: new SideRecord(), server: new SideRecord() }
  readonly liveness = new Liveness(this)
  readonly reactions = new Reactions(this)
  readonly closing = new Closing(this, this.reactions)
  /** The time of the fact or deadline that is being taken. */
  time = 0

  #opened = 0
  #stage: Stage = { name: 'connecting' }
  #exchanges = 0
  /** What is wrong with the 101, null when nothing. */
  #flaw: Breach | null = null
  #isConcluded = false
  readonly #deadlines: Deadlines

  constructor(log: Log, conn: number, inflate: InflateLimit, deadlines: Deadlines) {
    this.log = log
    this.conn = conn
    this.decoder = new WireDecoder(this, inflate)
    this.#deadlines = deadlines
    this.sides = { client: new SideSession(this, 'client'), server: new SideSession(this, 'server') }
  }

  open(time: number, info: ConnectionInfo): void {
    const { client, server } = this.sides
    this.time = this.#opened = time
    this.log.beginConnection(this.conn, { client: client.sent, server: server.sent })
    this.#remark('client', { type: 'open', ...info })
  }

  octets(time: number, from: Side, bytes: Uint8Array): void {
    const side = this.sides[from]
    const stream = streamOf(this.conn, from)
    this.time = time
    side.chopOrdinal++
    side.chopOffset = side.offset
    side.firstHeader = -1
    const chop = this.log.ring.keep(stream, side.chopOrdinal, time, side.offset, bytes)
    this.log.addChop(this.conn, time, from, chop)
    side.offset += bytes.length
    side.sent.octets += bytes.length
    // What a damaged record has behind the end of a stream is shown, and belongs to no frame.
    if (side.ended !== null) return
    this.liveness.octets(from, time)
    this.decoder.push(from, bytes)
  }

  tcp(time: number, from: Side, state: TcpState): void {
    this.time = time
    const side = this.sides[from]
    this.#remark(from, { type: 'tcp', state })
    if (side.ended !== null) return
    side.ended = state
    const left = this.#unfinished(from)
    this.decoder.end(from, endOf(state))
    this.closing.ended(from, state, time)
    side.end()
    side.unfinished = left
    if (!this.over) return
    this.decoder.close()
    this.conclude(time)
  }

  mark(time: number, from: Side, mark: Mark): void {
    this.time = time
    this.#remark(from, mark)
    if (mark.type === 'cut') {
      this.records[from].isCut = true
      this.sides[from].missing('tls.no-close-notify', 'TCP ended first: octets at the end may be missing')
    }
    if (mark.type === 'stalled') this.liveness.stalled(peerOf(from), mark.octets, mark.span)
    if (mark.type !== 'gap') return
    const side = this.sides[from]
    // A damaged record may name any offset; a stream never goes back.
    const next = Math.max(side.offset, mark.offset + mark.octets)
    const missing = next - side.offset
    side.offset = next
    side.forget()
    side.isUnknown = true
    this.decoder.skip(from, missing, next)
  }

  get over(): boolean {
    return this.sides.client.ended !== null && this.sides.server.ended !== null
  }

  /** The connection is over, or the record is: what is to be said of all of it. */
  conclude(time: number): void {
    const { client, server } = this.sides
    this.time = time
    this.#isConcluded = true
    client.end()
    server.end()
    const verdict = verdictOf({
      opened: this.#opened,
      now: time,
      stage: this.#stage,
      sides: this.records,
      faults: { client: client.faults, server: server.faults },
      unfinished: {
        client: client.unfinished ?? this.#unfinished('client'),
        server: server.unfinished ?? this.#unfinished('server'),
      },
      frames: client.frames + server.frames,
      by: this.closing.firstClose,
      tcpFirst: this.closing.firstEnd,
      crossed: this.closing.crossed,
      flaw: this.#flaw,
      wellKnown: {
        client: this.standing('client').wellKnown,
        server: this.standing('server').wellKnown,
      },
    })
    this.#remark(null, verdict)
  }

  readerOf(from: Side): MessageReader | null {
    return this.decoder.readerOf(from)
  }

  handshake(from: Side, head: Head): void {
    this.sides[from].head(head.offset)
    this.#remark(from, new KeptHead(head))
    if (from === 'client') {
      this.#stage = { name: 'requested' }
      this.liveness.requested(this.time)
      return
    }
    const status = parseStatusLine(head.startLine)
    if (status !== null && status.status !== 101)
      this.#stage = {
        name: 'refused',
        how: `refused the upgrade with ${status.status} ${status.reason}`.trim(),
      }
  }

  http({ request, response, clientOctets, serverOctets }: Exchange): void {
    const status = response === null ? null : (parseStatusLine(response.startLine)?.status ?? null)
    this.#exchanges++
    if (this.#stage.name === 'connecting' || this.#stage.name === 'other')
      this.#stage = { name: 'other', exchanges: this.#exchanges }
    this.#remark(null, {
      type: 'http',
      request: request.startLine,
      status,
      clientOctets,
      serverOctets,
      note: null,
    })
  }

  opaque(from: Side, offset: number, reason: string): void {
    const note = `not decoded from @${offset} on: ${reason}`
    const fault = this.#notHttpFault(from, reason)
    this.sides[from].isUnknown = true
    // A lenient client may take a response of another version.
    const isAnswer = fault?.rule === 'response.not-http' && reason.startsWith(notHttp)
    if (isAnswer) this.#stage = { name: 'refused', how: 'answered the upgrade with no HTTP' }
    else if (this.#stage.name !== 'open') this.#stage = { name: 'other', exchanges: this.#exchanges }
    this.#remark(from, { type: 'http', request: null, status: null, clientOctets: 0, serverOctets: 0, note })
    if (fault === null) return
    this.sides[from].head(offset)
    this.sides[from].missing(fault.rule, fault.detail, offset)
  }

  /** What it breaks that `from` does not speak HTTP/1.1, as `reason` says; null where that breaks nothing. */
  #notHttpFault(from: Side, reason: string): { rule: RuleId; detail: string } | null {
    if (!reason.startsWith(notHttp) && !reason.startsWith('HTTP/')) return null
    const detail = reason.replace(`${notHttp}: `, '')
    if (from === 'server')
      return this.#stage.name === 'requested' ? { rule: 'response.not-http', detail } : null
    if (reason.startsWith('HTTP/2'))
      return { rule: 'handshake.http2', detail: 'it begins with the preface of HTTP/2' }
    return this.#stage.name === 'connecting' ? { rule: 'request.not-http', detail } : null
  }

  violation(from: Side, rule: RuleId, offset: number, detail: string): void {
    // A Close that did not come is told once, and one that may not have been seen is not missed.
    if (rule === 'close.missing' && (this.records[from].toldOwing || this.sides[from].isUnknown)) return
    this.sides[from].violation(rule, offset, detail)
  }

  frames(from: Side): MessageSink {
    if (this.#stage.name !== 'open') {
      this.#flaw = this.records.server.cause ?? this.sides.server.faults.first
      this.liveness.upgraded(this.time)
    }
    this.#stage = { name: 'open' }
    return this.sides[from]
  }

  standing(from: Side): SideStanding {
    const reader = this.decoder.readerOf(from)
    return {
      inMessage: (reader?.openMessage ?? 0) !== 0,
      inFrame: (reader?.inFlight ?? null) !== null,
      inHead: this.decoder.inHead(from),
      wellKnown: !this.sides[from].isUnknown && reader?.lost === false,
      dataFrames: this.sides[from].dataFrames,
      lastData: this.sides[from].lastData,
      offset: this.sides[from].decoded,
    }
  }

  concluded(from: Side, rule: RuleId, detail: string, frame: boolean): void {
    const side = this.sides[from]
    if (frame) side.violation(rule, this.decoder.readerOf(from)?.frameHeader.offset ?? side.offset, detail)
    else side.missing(rule, detail)
  }

  get awaitsResponse(): boolean {
    return this.#stage.name === 'requested'
  }

  at(due: number, judge: (due: number) => void, rank = 0): void {
    const expire = (now: number) => {
      if (this.#isConcluded) return
      this.time = now
      judge(now)
    }
    this.#deadlines.add(due, expire, rank)
  }

  /** What `from` has begun and not finished, in words; null when nothing. */
  #unfinished(from: Side): string | null {
    const reader = this.decoder.readerOf(from)
    const inFlight = reader?.inFlight ?? null
    if (inFlight !== null) return `${opcodeName(inFlight.header.opcode)} frame`
    if (reader === null || reader.openMessage === 0) return null
    return `${opcodeName(reader.openMessage)} message`
  }

  #remark(from: Side | null, remark: Remark): void {
    this.log.addRemark(this.conn, this.time, from, remark)
  }
}

function endOf(state: TcpState): StreamEnd {
  return state === 'fin' || state === 'reset' ? state : 'cut'
}
