/**
 * Credentials never reach a record: a step in front of it that overwrites them with `x`, octet for octet, and leaves out the
 * bodies of plain HTTP. Times, sizes and chops stay as they were, with one exception: when a chop ends inside an element of
 * Sec-WebSocket-Protocol, that element (256 octets at most) waits for the next chop of its side and comes as a chop of its
 * own, directly before that one and with its time. After the upgrade all is passed on as it is.
 */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark } from '../wire/facts.ts'
import { credentials, type Secrets } from '../protocol/secrets.ts'
import { HeadScrubber } from './head-scrubber.ts'
import { StretchReader } from './stretches.ts'

/**
 * Gives to `next` what may be recorded. Overwritten are the values of headers and of query parameters whose names say that
 * they are credentials, and subprotocols that look like one; each is followed by a `redacted` mark. Bodies become `gap`
 * marks with reason `http`. What is not HTTP passes. `secrets`: which headers and parameters are meant.
 */
export function redact(next: Facts, secrets = credentials): Facts {
  const connections = new Map<number, ConnectionRedactor>()
  return {
    open(conn, time, info) {
      connections.set(conn, new ConnectionRedactor(conn, next, secrets))
      next.open(conn, time, withoutSecrets(info, secrets))
    },
    octets(conn, time, from, bytes) {
      const connection = connections.get(conn)
      if (connection === undefined) {
        next.octets(conn, time, from, bytes)
      } else {
        connection.octets(time, from, bytes)
        if (connection.isOver) connections.delete(conn)
      }
    },
    tcp(conn, time, from, state) {
      const connection = connections.get(conn)
      connection?.end(time, from)
      if (connection?.isOver === true) connections.delete(conn)
      next.tcp(conn, time, from, state)
    },
    mark(conn, time, from, mark) {
      const connection = connections.get(conn)
      next.mark(conn, time, from, connection?.mark(time, from, mark) ?? mark)
    },
    async end(time) {
      for (const connection of connections.values()) {
        connection.end(time, 'client')
        connection.end(time, 'server')
      }
      connections.clear()
      await next.end(time)
    },
  }
}

/** The target may carry a credential too. */
function withoutSecrets(info: ConnectionInfo, secrets: Secrets): ConnectionInfo {
  const { url } = info
  const scheme = url.indexOf('://')
  const authority = scheme < 0 ? 0 : scheme + 3
  const at = url.lastIndexOf('@')
  const hasUser = at > authority && !/[/?#]/.test(url.slice(authority, at))
  const safe = hasUser ? url.slice(0, authority) + 'x'.repeat(at - authority) + url.slice(at) : url
  // As in a request line: no header of that name.
  const line = scrubbed(Buffer.from(`GET ${safe}`), secrets).toString()
  return { ...info, url: line.slice('GET '.length) }
}

/** Overwrites the credentials in text of a head that stands alone. */
function scrubbed(octets: Buffer, secrets: Secrets): Buffer {
  const scrubber = new HeadScrubber(secrets)
  scrubber.scrub(octets, 0, octets.length)
  scrubber.giveUp(octets, octets.length)
  return octets
}

class SideRedactor {
  readonly scrubber: HeadScrubber
  /** Stream offset of the next octet to give on. */
  offset = 0
  /** Undecided octets that wait for the next chop, and where in them the chops ended that brought them. */
  held: Uint8Array = new Uint8Array(0)
  cuts: number[] = []
  ended = false

  constructor(secrets: Secrets) {
    this.scrubber = new HeadScrubber(secrets)
  }
}

/** One connection up to its upgrade. */
class ConnectionRedactor {
  readonly #conn: number
  readonly #next: Facts
  readonly #http = new StretchReader()
  readonly #sides: Record<Side, SideRedactor>
  readonly #secrets: Secrets

  constructor(conn: number, next: Facts, secrets: Secrets) {
    this.#conn = conn
    this.#next = next
    this.#secrets = secrets
    this.#sides = { client: new SideRedactor(secrets), server: new SideRedactor(secrets) }
  }

  /** True when all that can follow passes as it is, or nothing does. */
  get isOver(): boolean {
    const { client, server } = this.#sides
    return (client.ended && server.ended) || (this.#passes('client') && this.#passes('server'))
  }

  octets(time: number, from: Side, bytes: Uint8Array): void {
    if (this.#passes(from)) this.#next.octets(this.#conn, time, from, bytes)
    else this.#redact(time, from, bytes)
  }

  /** Returns the mark as it may be recorded. */
  mark(time: number, from: Side, mark: Mark): Mark {
    if (this.#passes(from) || mark.type === 'redacted') return mark
    if (mark.type === 'edit') return { ...mark, written: scrubbed(Buffer.from(mark.written), this.#secrets) }
    const side = this.#sides[from]
    this.#release(time, from)
    this.#http.skip(from, mark.octets)
    side.scrubber.lose()
    side.offset = mark.offset + mark.octets
    return mark
  }

  /** `from` sends no more. */
  end(time: number, from: Side): void {
    this.#release(time, from)
    this.#http.end(from)
    this.#sides[from].ended = true
  }

  #passes(from: Side): boolean {
    const { held, scrubber } = this.#sides[from]
    return !this.#http.mayBeHttp(from) && held.length === 0 && !scrubber.inHead
  }

  #redact(time: number, from: Side, bytes: Uint8Array): void {
    const side = this.#sides[from]
    const { scrubber } = side
    const shift = side.held.length
    const octets = Buffer.concat([side.held, bytes])
    let given = 0
    let at = shift
    for (const { kind, start, end } of this.#http.read(from, bytes)) {
      at = scrubber.scrub(octets, at, shift + start)
      if (kind === 'body') {
        scrubber.giveUp(octets, at)
        this.#give(time, from, octets, given, at)
        given = shift + end
        this.#leaveOut(time, from, side.offset + at, end - start)
      } else if (kind === 'other') {
        scrubber.leave(octets, at)
      } else if (scrubber.inHead || (kind === 'early' && isCapital(octets[at]))) {
        scrubber.scrub(octets, at, shift + end, kind === 'lost')
      }
      at = shift + end
    }
    scrubber.scrub(octets, at, octets.length)
    const kept = octets.length - scrubber.undecided
    this.#give(time, from, octets, given, kept)
    hold(side, octets, kept)
  }

  /** What was held goes on without the rest of it, overwritten. */
  #release(time: number, from: Side): void {
    const side = this.#sides[from]
    const octets = Buffer.from(side.held)
    side.scrubber.giveUp(octets, octets.length)
    this.#give(time, from, octets, 0, octets.length)
    hold(side, octets, octets.length)
  }

  /** Gives on `octets[start..end)`, chop by chop, and says what was overwritten. */
  #give(time: number, from: Side, octets: Uint8Array, start: number, end: number): void {
    const { cuts, scrubber, offset } = this.#sides[from]
    let at = start
    for (const cut of [...cuts, end]) {
      const stop = Math.min(cut, end)
      if (stop > at) this.#next.octets(this.#conn, time, from, octets.subarray(at, stop))
      at = Math.max(at, stop)
    }
    for (const span of scrubber.takeSpans()) {
      const mark: Mark = { type: 'redacted', offset: offset + span.start, octets: span.end - span.start }
      this.#next.mark(this.#conn, time, from, mark)
    }
  }

  #leaveOut(time: number, from: Side, offset: number, octets: number): void {
    this.#next.mark(this.#conn, time, from, { type: 'gap', offset, octets, reason: 'http' })
  }
}

/** Keeps what begins at `kept` for the next chop. */
function hold(side: SideRedactor, octets: Uint8Array, kept: number): void {
  const cuts = [...side.cuts.filter(cut => cut > kept).map(cut => cut - kept), octets.length - kept]
  side.offset += kept
  side.held = octets.subarray(kept)
  side.cuts = side.held.length === 0 ? [] : cuts
}

/** What a request begins with, and hardly any frame of a client. */
function isCapital(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x41 && octet <= 0x5a
}
