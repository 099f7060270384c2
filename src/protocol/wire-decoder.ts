/**
 * One connection, both sides: HTTP heads, then frames or opaque octets. It puts `HttpExchange`, the handshake's judge
 * and a `MessageReader` per side together and says what it finds to one `WireSink`.
 */
import { isDeflate } from './deflate-parameters.ts'
import { acceptanceFaults, offerFaults } from './extension-rules.ts'
import { extensionsOf } from './handshake.ts'
import { errorsOf, rulesOf, syntaxFaults, type HeadFault } from './head-rules.ts'
import { parseStatusLine, type Head } from './http-head.ts'
import { HttpExchange, earlyLimit, type Exchange, type ExchangeHandler } from './http-exchange.ts'
import { defaultInflateLimit, type InflateLimit } from './inflater.ts'
import { MessageReader, type FrameContext, type MessageSink } from './message.ts'
import { Opcode } from './opcode.ts'
import { agreedDeflate } from './permessage-deflate.ts'
import { requestFaults } from './request-rules.ts'
import { refusalFaults, responseFaults, unaskedFaults } from './response-rules.ts'
import type { RuleId } from './rules.ts'
import { peerOf, type Side } from './side.ts'
import { counted } from './words.ts'

/** Whom a `WireDecoder` tells what it finds, in the order of the wire of each side. */
export interface WireSink {
  /** The head of an upgrade attempt, whatever is answered. */
  handshake(from: Side, head: Head): void
  /** Any other HTTP exchange, when it is over. */
  http(exchange: Exchange): void
  /** A head of such an exchange, when it is complete; for those who cannot wait. */
  plainHead?(from: Side, head: Head): void
  /** A side cannot be followed from `offset` on. Said once. */
  opaque(from: Side, offset: number, reason: string): void
  violation(from: Side, rule: RuleId, offset: number, detail: string): void
  /** Frames begin. Returns who is told of the frames of `from`. */
  frames(from: Side): MessageSink
}

/** How a side ended: `fin` in order, `reset` by RST, `cut` when the connection was ended by others. */
export type StreamEnd = 'fin' | 'reset' | 'cut'

const noFaults: readonly HeadFault[] = []

export class WireDecoder implements ExchangeHandler {
  readonly #sink: WireSink
  /** Null once both sides send frames: there may be thousands of connections that do nothing else for hours. */
  #http: HttpExchange | null
  readonly #inflateLimit: InflateLimit
  readonly #readers: Record<Side, MessageReader | null> = { client: null, server: null }
  readonly #ended: Record<Side, boolean> = { client: false, server: false }
  #earlyFrom = 0
  #earlyOctets = 0
  /** Why a client may not take the 101, until it shows whether it goes on all the same. */
  #answerFaults: readonly HeadFault[] = noFaults

  constructor(sink: WireSink, inflateLimit: InflateLimit = defaultInflateLimit) {
    this.#sink = sink
    this.#inflateLimit = inflateLimit
    this.#http = new HttpExchange(this, true)
  }

  /** Takes the next octets of `from`, however they were chopped. Never throws on octets. */
  push(from: Side, bytes: Uint8Array): void {
    const reader = this.#framesOf(from)
    if (reader === null) this.#pushHttp(from, bytes)
    else {
      if (this.#answerFaults !== noFaults && from === 'client') this.#judgeUse(reader.offset, bytes)
      reader.push(bytes, 0, bytes.length)
    }
  }

  /** What `from` is read as. */
  stateOf(from: Side): ReturnType<HttpExchange['stateOf']> {
    return this.#http?.stateOf(from) ?? 'frames'
  }

  /** True while a head of `from` has begun and is not complete. */
  inHead(from: Side): boolean {
    return this.#http?.inHead(from) ?? false
  }

  /** The reader of `from`, null before the upgrade. */
  readerOf(from: Side): MessageReader | null {
    return this.#readers[from]
  }

  /** `octets` octets of `from` before stream offset `next` are missing: after the upgrade a frame begins there. */
  skip(from: Side, octets: number, next: number): void {
    const reader = this.#framesOf(from)
    if (reader === null) this.#http?.skip(from, octets)
    else reader.resume(next)
  }

  /** `from` sends no more. */
  end(from: Side, how: StreamEnd): void {
    this.#http?.end(from)
    this.#ended[from] = true
    const reader = this.#framesOf(from)
    if (reader === null) return
    reader.finish(how !== 'cut')
    // A client that does not take the 101 ends TCP, and has no use for a Close.
    if (how === 'cut' || (from === 'client' && this.#answerFaults !== noFaults)) return
    const peer = peerOf(from)
    const peerClosed = this.#readers[peer]?.closed === true
    if (how === 'reset') {
      // Behind both Closes nothing is under way that a RST could lose.
      if (reader.closed && peerClosed) return
      const detail = reader.closed ? 'RST after Close' : 'RST without Close'
      this.#sink.violation(from, 'tcp.reset', reader.offset, detail)
    } else if (!reader.closed && !reader.lost) {
      // A FIN that only follows the end of the other side is no fault of its own.
      if (this.#ended[peer]) return
      const detail = peerClosed ? 'FIN instead of an answer to Close' : 'FIN without Close'
      this.#sink.violation(from, 'close.missing', reader.offset, detail)
    }
  }

  /** Both sides are over. */
  close(): void {
    this.#http?.close()
  }

  line(): void {
    // Heads come whole through `head`.
  }

  body(): void {
    // Bodies are counted by their exchange.
  }

  early(_bytes: Uint8Array, start: number, end: number): void {
    if (this.#earlyOctets === 0) this.#earlyFrom = this.#http?.offsetOf('client') ?? 0
    this.#earlyOctets += end - start
  }

  head(from: Side, head: Head, exchange: Exchange): void {
    const { request, upgrade } = exchange
    const isSwitch = from === 'server' && parseStatusLine(head.startLine)?.status === 101
    if (!upgrade) {
      this.#sink.plainHead?.(from, head)
      if (isSwitch) this.#report(from, unaskedFaults(request, head))
      return
    }
    if (from === 'server') this.#reportEarly()
    this.#sink.handshake(from, head)
    this.#report(from, syntaxFaults(head))
    if (from === 'client') this.#report(from, [...requestFaults(head), ...offerFaults(head)])
    else if (!isSwitch) this.#report(from, refusalFaults(request, head))
  }

  exchange(exchange: Exchange): void {
    if (!exchange.upgrade) this.#sink.http(exchange)
  }

  upgraded({ request, response, clientOctets }: Exchange): void {
    if (response === null) return
    const faults = [...responseFaults(request, response), ...acceptanceFaults(request, response)]
    const doubts = [...syntaxFaults(response), ...errorsOf(faults)]
    this.#report('server', faults)
    if (doubts.length > 0) this.#answerFaults = doubts
    const accepted = extensionsOf(response)
    const deflate = agreedDeflate(accepted)
    for (const from of ['client', 'server'] as const) {
      const context: FrameContext = {
        deflate: deflate?.[from] ?? null,
        unknownExtension: !accepted.every(isDeflate),
        inflateLimit: this.#inflateLimit,
      }
      const offset = from === 'server' ? response.offset + response.length : request.offset + clientOctets
      this.#readers[from] = new MessageReader(from, offset, context, this.#sink.frames(from))
    }
  }

  opaque(from: Side, offset: number, reason: string): void {
    this.#sink.opaque(from, offset, reason)
  }

  octets(from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.#framesOf(from)?.push(bytes, start, end)
  }

  #pushHttp(from: Side, bytes: Uint8Array): void {
    this.#http?.push(from, bytes)
    if (this.#framesOf('client') !== null && this.#framesOf('server') !== null) this.#http = null
  }

  /** The reader of `from` while its octets are frames. */
  #framesOf(from: Side): MessageReader | null {
    return this.stateOf(from) === 'frames' ? this.#readers[from] : null
  }

  #report(from: Side, faults: readonly HeadFault[]): void {
    for (const { rule, offset, detail } of faults) this.#sink.violation(from, rule, offset, detail)
  }

  /** The first octets of the client behind a 101 that it should not accept. A Close is how it may fail the connection. */
  #judgeUse(offset: number, bytes: Uint8Array): void {
    const [first] = bytes
    if (first === undefined) return
    const broken = errorsOf(this.#answerFaults)
    this.#answerFaults = noFaults
    if (broken.length === 0 || (first & 0x0f) === Opcode.close) return
    const detail = `octets after a 101 that breaks ${rulesOf(broken)}`
    this.#sink.violation('client', 'handshake.failed-but-used', offset, detail)
  }

  #reportEarly(): void {
    if (this.#earlyOctets === 0) return
    const octets = this.#earlyOctets > earlyLimit ? `more than ${earlyLimit}` : this.#earlyOctets
    const detail = `${counted(octets, 'octet')} before the response`
    this.#sink.violation('client', 'request.early-octets', this.#earlyFrom, detail)
    this.#earlyOctets = 0
  }
}
