/**
 * HTTP/1.1 on one connection up to its upgrade, by HTTP's own framing (RFC 9112 §6): which request a response answers,
 * where bodies end, when frames begin. It pushes on what it finds; what it cannot follow is opaque from there on.
 */
import {
  HeadBuilder,
  HeldOctets,
  LineBuffer,
  hasToken,
  headLimit,
  lineFeed,
  lineText,
  listOf,
  parseRequestLine,
  parseStatusLine,
  valuesOf,
  type Head,
} from './http-head.ts'
import type { Side } from './side.ts'
import { hexOctet, quoted } from './words.ts'

/** One request and what came back, bodies included. */
export interface Exchange {
  request: Head
  /** True for an attempt to open a WebSocket connection, whatever was answered. */
  upgrade: boolean
  response: Head | null
  /** Octets of heads and bodies. */
  clientOctets: number
  serverOctets: number
}

/** What an `HttpExchange` calls. Octets are valid during the call. */
export interface ExchangeHandler {
  /** A line of a head with its ending, or of chunked framing. Lines and other octets come in the order of the wire. */
  line(from: Side, line: Uint8Array, head: boolean): void
  /** Octets of a body. */
  body(from: Side, bytes: Uint8Array, start: number, end: number): void
  /** Client octets after an upgrade request that has no response yet. */
  early(bytes: Uint8Array, start: number, end: number): void
  /** A whole head. `exchange` is the one it belongs to. */
  head(from: Side, head: Head, exchange: Exchange): void
  /** A request and its response are complete, or the connection ended. Not called for the upgrade that succeeded. */
  exchange(exchange: Exchange): void
  /** The response agreed to the upgrade: all that follows on both sides are frames. */
  upgraded(exchange: Exchange): void
  /** The octets of `from`, from stream offset `offset` on, cannot be followed. */
  opaque(from: Side, offset: number, reason: string): void
  /** Octets after the upgrade, or of an opaque side. */
  octets(from: Side, bytes: Uint8Array, start: number, end: number): void
}

/** How the rest of a message is framed. `octets` is what is still due where that is known. */
type Body =
  | { kind: 'length' | 'chunk'; octets: number }
  | { kind: 'chunk-size' | 'chunk-end' | 'trailer' | 'until-close' }

/** Where one side stands. `early`: a client that awaits the response to its upgrade request. */
type State = 'head' | 'body' | 'early' | 'frames' | 'opaque'

/** What the reason begins with where a side is opaque since it does not speak HTTP. */
export const notHttp = 'not HTTP'

/** Requests that wait for their response; more than a client ever pipelines. */
export const pipelineLimit = 1000

/** Client octets that may wait for the response to an upgrade request. */
export const earlyLimit = 64 * 1024

class SideState {
  state: State = 'head'
  offset = 0
  body: Body = { kind: 'until-close' }
  head: HeadBuilder | null = null
  readonly lines = new LineBuffer()
  /** The exchange whose octets come now. */
  exchange: Exchange | null = null
}

export class HttpExchange {
  readonly #handler: ExchangeHandler
  readonly #sides: Record<Side, SideState> = { client: new SideState(), server: new SideState() }
  /** Requests in order, the first awaits its response. */
  readonly #pending: Exchange[] = []
  readonly #holdEarly: boolean
  /** Client octets that wait for the response to an upgrade request. */
  readonly #early = new HeldOctets()

  /**
   * `holdEarly`: client octets that came before the response to an upgrade wait for it and are then given as frames
   * or read as HTTP, as the response decides. Else `early` is all that is heard of them.
   */
  constructor(handler: ExchangeHandler, holdEarly: boolean) {
    this.#handler = handler
    this.#holdEarly = holdEarly
  }

  /** Where `from` stands: what its next octet is. */
  stateOf(from: Side): State {
    return this.#sides[from].state
  }

  /** True while a head of `from` has begun and is not complete. */
  inHead(from: Side): boolean {
    return this.#sides[from].head !== null
  }

  /** Stream offset of the next octet of `from`. */
  offsetOf(from: Side): number {
    return this.#sides[from].offset
  }

  /** Takes out the octets of a line of `from` that is not complete. */
  unfinishedLine(from: Side): Uint8Array {
    return this.#sides[from].lines.release()
  }

  /** Takes the next octets of `from`. */
  push(from: Side, bytes: Uint8Array, start = 0, end = bytes.length): void {
    const side = this.#sides[from]
    let i = start
    while (i < end) {
      const next = this.#take(from, side, bytes, i, end)
      side.offset += next - i
      i = next
    }
  }

  /** `octets` octets of `from` were not kept. Inside a body that is known to go on they count as body octets. */
  skip(from: Side, octets: number): void {
    const side = this.#sides[from]
    side.offset += octets
    const { state, body } = side
    const isBody = state === 'body' && (body.kind === 'until-close' || 'octets' in body)
    if (isBody && (!('octets' in body) || body.octets >= octets)) {
      this.#countBody(from, side, body, octets)
    } else if (state !== 'frames') {
      this.#giveUp(from, side, side.offset, 'octets are missing')
    }
  }

  /** `from` sends no more. */
  end(from: Side): void {
    const side = this.#sides[from]
    if (from === 'server' && side.state === 'body' && side.body.kind === 'until-close')
      this.#endMessage(from, side)
  }

  /** The connection is over: what is unfinished is reported as it stands. */
  close(): void {
    const unfinished = new Set([this.#sides.server.exchange, ...this.#pending])
    for (const exchange of unfinished) if (exchange !== null) this.#handler.exchange(exchange)
    this.#pending.length = 0
    this.#sides.server.exchange = null
  }

  /** Handles octets from `i` on; returns the index after them. At least one octet is taken. */
  #take(from: Side, side: SideState, bytes: Uint8Array, i: number, end: number): number {
    switch (side.state) {
      case 'head':
        return this.#takeHead(from, side, bytes, i, end)
      case 'body':
        return this.#takeBody(from, side, bytes, i, end)
      case 'early':
        this.#takeEarly(side, bytes, i, end)
        return end
      case 'frames':
      case 'opaque':
        this.#releaseLine(from, side)
        this.#handler.octets(from, bytes, i, end)
        return end
    }
  }

  #takeEarly(side: SideState, bytes: Uint8Array, i: number, end: number): void {
    this.#handler.early(bytes, i, end)
    if (!this.#holdEarly) return
    if (this.#early.length + end - i > earlyLimit) {
      const reason = `more than ${earlyLimit / 1024} KiB before the response to the upgrade`
      this.#giveUp('client', side, side.offset - this.#early.length, reason)
    } else this.#early.append(bytes.subarray(i, end))
  }

  /** Early client octets are read again, now that it is known what they are. */
  #releaseEarly(): void {
    const early = this.#early.release()
    this.#sides.client.offset -= early.length
    this.push('client', early)
  }

  /** A line that had begun when the side became opaque. */
  #releaseLine(from: Side, side: SideState): void {
    if (side.lines.held === 0) return
    const line = side.lines.release()
    this.#handler.octets(from, line, 0, line.length)
  }

  #takeHead(from: Side, side: SideState, bytes: Uint8Array, i: number, end: number): number {
    const first = side.lines.held === 0 ? bytes[i] : undefined
    const taken = side.lines.take(bytes, i, end)
    const builder = (side.head ??= new HeadBuilder(side.offset))
    const next = taken?.next ?? end
    const reason = this.#notAHead(from, builder, first, side.lines.held, taken?.line ?? null)
    if (reason !== null) {
      this.#refuseLine(from, side, taken?.line ?? side.lines.release(), next - i, reason)
      return next
    }
    if (taken === null) return end
    const head = builder.add(taken.line)
    this.#handler.line(from, taken.line, true)
    if (head !== null) this.#endHead(from, side, head)
    return next
  }

  /**
   * Why the octets at hand are no head of `from`, as early as it shows. `first` is the first octet of a line that begins
   * with them.
   */
  #notAHead(
    from: Side,
    builder: HeadBuilder,
    first: number | undefined,
    held: number,
    line: Uint8Array | null,
  ): string | null {
    if (builder.startLine === null && first !== undefined) {
      if (first >= 0x14 && first <= 0x17) return `${notHttp}: it looks like TLS, as for wss://`
      if ((first < 0x20 && first !== 0x0d && first !== lineFeed) || first > 0x7e)
        return `${notHttp}: it begins with ${hexOctet(first)}`
    }
    if (builder.length + (line?.length ?? held) > headLimit) return `head larger than ${headLimit / 1024} KiB`
    if (builder.startLine !== null || line === null) return null
    const text = lineText(line)
    if (text === '') return null
    const fits = from === 'client' ? parseRequestLine(text) : parseStatusLine(text)
    if (fits === null) return `${notHttp}: ${quoted(text)}`
    return fits.version.startsWith('HTTP/1.') ? null : `${fits.version} is not followed`
  }

  #endHead(from: Side, side: SideState, head: Head): void {
    side.head = null
    if (from === 'client') this.#endRequest(side, head)
    else this.#endResponse(side, head)
  }

  #endRequest(side: SideState, request: Head): void {
    const exchange: Exchange = {
      request,
      upgrade: isUpgradeAttempt(request),
      response: null,
      clientOctets: request.length,
      serverOctets: 0,
    }
    this.#pending.push(exchange)
    side.exchange = exchange
    this.#handler.head('client', request, exchange)
    if (this.#pending.length > pipelineLimit) {
      this.#giveUp('client', side, request.offset + request.length, 'too many requests without a response')
    } else this.#startBody('client', side, framedBody(request))
  }

  #endResponse(side: SideState, response: Head): void {
    const status = parseStatusLine(response.startLine)?.status ?? 0
    const exchange = this.#pending[0]
    if (exchange === undefined) {
      this.#giveUp('server', side, response.offset, 'a response to no request')
      return
    }
    exchange.serverOctets += response.length
    if (status < 200 && status !== 101) return
    exchange.response = response
    this.#pending.shift()
    side.exchange = exchange
    this.#handler.head('server', response, exchange)
    if (status === 101) this.#switchProtocols(exchange, response.offset + response.length)
    else this.#startBody('server', side, responseBody(exchange.request, response, status))
    if (status !== 101 && exchange.upgrade) this.#stayWithHttp()
  }

  #switchProtocols(exchange: Exchange, serverOffset: number): void {
    const { client, server } = this.#sides
    const clientOffset = client.offset - client.lines.held
    if (!exchange.upgrade) {
      const reason = '101 to a request that is no WebSocket upgrade'
      this.#giveUp('server', server, serverOffset, reason)
      this.#giveUp('client', client, clientOffset, reason)
      return
    }
    server.state = 'frames'
    server.exchange = null
    this.#handler.upgraded(exchange)
    if (client.state === 'early') {
      client.state = 'frames'
      this.#releaseEarly()
    } else this.#giveUp('client', client, clientOffset, '101 before the end of the upgrade request')
  }

  /** The upgrade was refused: the client may go on with HTTP on the same connection. */
  #stayWithHttp(): void {
    if (this.#sides.client.state !== 'early') return
    this.#sides.client.state = 'head'
    this.#releaseEarly()
  }

  #startBody(from: Side, side: SideState, body: Body | null): void {
    if (body === null || ('octets' in body && body.octets === 0)) {
      this.#endMessage(from, side)
      return
    }
    side.state = 'body'
    side.body = body
  }

  /** A message with all its octets is over. */
  #endMessage(from: Side, side: SideState): void {
    const exchange = side.exchange
    side.state =
      from === 'client' && exchange?.upgrade === true && exchange.response === null ? 'early' : 'head'
    side.exchange = null
    if (from === 'server' && exchange !== null) this.#handler.exchange(exchange)
  }

  #takeBody(from: Side, side: SideState, bytes: Uint8Array, i: number, end: number): number {
    const { body } = side
    if (body.kind === 'until-close' || 'octets' in body) {
      const next = 'octets' in body ? Math.min(end, i + body.octets) : end
      this.#handler.body(from, bytes, i, next)
      this.#countBody(from, side, body, next - i)
      return next
    }
    const taken = side.lines.take(bytes, i, end)
    const next = taken?.next ?? end
    if ((taken?.line.length ?? side.lines.held) > headLimit) {
      const line = taken?.line ?? side.lines.release()
      this.#refuseLine(from, side, line, next - i, 'a line of chunked framing is too long')
    } else if (taken !== null) {
      this.#count(from, side, taken.line.length)
      this.#handler.line(from, taken.line, body.kind === 'trailer')
      const at = side.offset + next - i - taken.line.length
      this.#chunkLine(from, side, body.kind, lineText(taken.line), at)
    }
    return next
  }

  /** Chunked framing (RFC 9112 §7.1): size line, octets, line end, and so on; size 0, trailers, empty line. */
  #chunkLine(
    from: Side,
    side: SideState,
    kind: 'chunk-size' | 'chunk-end' | 'trailer',
    text: string,
    offset: number,
  ): void {
    if (kind === 'trailer') {
      if (text === '') this.#endMessage(from, side)
    } else if (kind === 'chunk-end') {
      side.body = { kind: 'chunk-size' }
    } else {
      const size = chunkSize(text)
      if (size === null) this.#giveUp(from, side, offset, 'chunked framing is broken')
      else side.body = size === 0 ? { kind: 'trailer' } : { kind: 'chunk', octets: size }
    }
  }

  #countBody(from: Side, side: SideState, body: Body, octets: number): void {
    this.#count(from, side, octets)
    if (!('octets' in body)) return
    body.octets -= octets
    if (body.octets > 0) return
    if (body.kind === 'chunk') side.body = { kind: 'chunk-end' }
    else this.#endMessage(from, side)
  }

  #count(from: Side, side: SideState, octets: number): void {
    if (side.exchange === null) return
    if (from === 'client') side.exchange.clientOctets += octets
    else side.exchange.serverOctets += octets
  }

  /** From `offset` on the octets of `from` cannot be followed. */
  #giveUp(from: Side, side: SideState, offset: number, reason: string): void {
    if (side.state === 'opaque') return
    side.state = 'opaque'
    if (from === 'client') this.#early.release()
    this.#handler.opaque(from, offset, reason)
  }

  /** `line` are the octets at hand that turned out to be no line, `taken` how many of them the last chop brought. */
  #refuseLine(from: Side, side: SideState, line: Uint8Array, taken: number, reason: string): void {
    this.#giveUp(from, side, side.offset + taken - line.length, reason)
    this.#handler.octets(from, line, 0, line.length)
  }
}

/** A request that means to open a WebSocket connection, even where it does it wrongly. */
function isUpgradeAttempt(head: Head): boolean {
  return (
    hasToken(head, 'Upgrade', 'websocket') ||
    valuesOf(head, 'Sec-WebSocket-Key').length > 0 ||
    valuesOf(head, 'Sec-WebSocket-Version').length > 0
  )
}

/** RFC 9112 §6.3: some responses have no body, whatever their headers say; without a length it lasts until the close. */
function responseBody(request: Head, response: Head, status: number): Body | null {
  const method = parseRequestLine(request.startLine)?.method
  if (method === 'HEAD' || status === 204 || status === 304) return null
  // What a tunnel carries is read as HTTP again: an opening handshake through it is followed.
  if (method === 'CONNECT' && status < 300) return null
  const untilClose = valuesOf(response, 'Content-Length').length === 0
  return framedBody(response) ?? (untilClose ? { kind: 'until-close' } : null)
}

function framedBody(head: Head): Body | null {
  if (listOf(head, 'Transfer-Encoding').at(-1)?.toLowerCase() === 'chunked') return { kind: 'chunk-size' }
  const text = valuesOf(head, 'Content-Length')[0] ?? '0'
  const length = Number(text)
  const isDecimal = Array.from(text).every(char => char >= '0' && char <= '9')
  return isDecimal && Number.isSafeInteger(length) && length > 0 ? { kind: 'length', octets: length } : null
}

/** The size of a chunk from its line, without extensions; null where it is no hex number. */
function chunkSize(text: string): number | null {
  const digits = (text.split(';')[0] ?? '').trim()
  if (digits === '' || digits.length > 12) return null
  let size = 0
  for (const digit of digits) {
    const value = '0123456789abcdef'.indexOf(digit.toLowerCase())
    if (value < 0) return null
    size = size * 16 + value
  }
  return size
}
