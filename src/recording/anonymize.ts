/**
 * Other octets in place of what was said: a step in front of a recorder. Chops, frames, masks, lengths and where text is no UTF-8
 * stay as they were; heads lose what may tell who talks to whom.
 */
import { createHash } from 'node:crypto'
import { FrameDecoder, type FrameHandler } from '../protocol/frame-decoder.ts'
import { rsv1, type FrameHeader } from '../protocol/frame.ts'
import { applyMask } from '../protocol/mask.ts'
import { Opcode } from '../protocol/opcode.ts'
import { anythingPersonal } from '../protocol/secrets.ts'
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark } from '../wire/facts.ts'
import { DeflateFiller } from './deflate-filler.ts'
import { ControlFiller, TextFiller, kindFiller, noiseFiller, type Filler } from './filler.ts'
import { redact } from './redact.ts'
import { StretchReader } from './stretches.ts'

/**
 * Gives to `next` what may be shown to others, octet for octet. `secret`: 32 octets that nobody else knows; with the same, the same
 * comes out.
 */
export function anonymize(next: Facts, secret: Uint8Array): Facts {
  const key = createHash('sha256').update(secret).digest()
  const connections = new Map<number, ConnectionAnonymizer>()
  const payload: Facts = {
    open(conn, time, info) {
      connections.set(conn, new ConnectionAnonymizer(key))
      next.open(conn, time, withoutNames(info))
    },
    octets(conn, time, from, bytes) {
      const copy = Uint8Array.from(bytes)
      connections.get(conn)?.fill(from, copy)
      next.octets(conn, time, from, copy)
    },
    tcp(conn, time, from, state) {
      if (connections.get(conn)?.end(from) === true) connections.delete(conn)
      next.tcp(conn, time, from, state)
    },
    mark(conn, time, from, mark) {
      connections.get(conn)?.mark(from, mark)
      next.mark(conn, time, from, mark)
    },
    end: time => next.end(time),
  }
  return redact(payload, anythingPersonal)
}

/** Ports and paths stay: they belong to what is said. */
function withoutNames({ client, server, url, tls }: ConnectionInfo): ConnectionInfo {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z]+:\/\/)?([^/?#]*)(.*)$/s.exec(url) ?? []
  return {
    client: `client${portOf(client)}`,
    server: `server${portOf(server)}`,
    url: `${scheme}server${portOf(authority)}${rest}`,
    tls,
  }
}

function portOf(address: string): string {
  return /:\d+$/.exec(address)?.[0] ?? ''
}

class ConnectionAnonymizer {
  readonly #http = new StretchReader()
  readonly #sides: Record<Side, SideAnonymizer>
  readonly #ended: Record<Side, boolean> = { client: false, server: false }

  constructor(secret: Uint8Array) {
    this.#sides = { client: new SideAnonymizer(secret), server: new SideAnonymizer(secret) }
  }

  /** Replaces the octets of the next chop of `from` in place; the text of heads stays. */
  fill(from: Side, chop: Uint8Array): void {
    const side = this.#sides[from]
    if (!side.mayBeText(chop)) {
      side.fill(chop, 0, chop.length, false)
      return
    }
    if (!this.#http.mayBeHttp(from)) {
      side.fill(chop, 0, chop.length, this.#http.isFraming(from))
      return
    }
    // The stretches tell what the octets were: they are replaced when all of them are known.
    const stretches = this.#http.read(from, chop)
    for (const { kind, start, end } of stretches) {
      side.fill(chop, start, end, kind === 'early' || this.#http.isFraming(from))
    }
  }

  mark(from: Side, mark: Mark): void {
    if (mark.type !== 'gap') return
    this.#sides[from].skip()
    if (this.#http.mayBeHttp(from)) this.#http.skip(from, mark.octets)
  }

  /** `from` sends no more. Returns true when the other side does not either. */
  end(from: Side): boolean {
    this.#http.end(from)
    this.#ended[from] = true
    return this.#ended.client && this.#ended.server
  }
}

/** Capitals, with which a method or a version begins; and line ends, which may stand before. */
const headStart = Buffer.from('\r\nABCDEFGHIJKLMNOPQRSTUVWXYZ')

/** What one side sends after its heads. */
class SideAnonymizer implements FrameHandler {
  readonly #secret: Uint8Array
  readonly #decoder = new FrameDecoder(this)
  #filler: Filler = kindFiller
  /** Of the message under way, and how many octets of it came. */
  #message: Filler = kindFiller
  #length = 0
  #inMessage = false
  /** The frame under way belongs to it. */
  #isPart = false
  /** Octets that belong to no frame. */
  #other = 0
  #beginsText: boolean | null = null

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** False when the first octet of all, which is of the first chop, cannot begin a head. */
  mayBeText([first]: Uint8Array): boolean {
    if (first !== undefined) this.#beginsText ??= headStart.includes(first)
    return this.#beginsText ?? true
  }

  /** Replaces `chop[start..end)`. */
  fill(chop: Uint8Array, start: number, end: number, isFraming: boolean): void {
    const decoder = this.#decoder
    if (isFraming) decoder.push(chop, start, end)
    // Behind a length that is none, nobody knows what is what.
    const { offset, headerLength } = decoder.header
    const unread = !isFraming ? end - start : decoder.lost ? decoder.offset - offset - headerLength : 0
    for (let i = Math.max(start, end - unread); i < end; i++) {
      chop[i] = kindFiller.next(chop[i] ?? 0, this.#other++)
    }
  }

  /** Octets are missing; a frame begins behind them. */
  skip(): void {
    this.#decoder.resume(this.#decoder.offset)
    this.#inMessage = false
  }

  header(h: Readonly<FrameHeader>): void {
    const { opcode } = h
    if (opcode === Opcode.text || opcode === Opcode.binary) {
      this.#message = messageFiller(h)
      this.#length = 0
      this.#inMessage = true
    }
    this.#isPart = this.#inMessage && opcode <= Opcode.binary
    this.#filler = this.#isPart ? this.#message : this.#controlFiller(opcode)
    if (this.#filler instanceof DeflateFiller) this.#filler.frame(h.fin, h.payloadLength)
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const { key } = this.#decoder.header
    const filler = this.#filler
    const first = this.#isPart ? this.#length : position
    applyMask(bytes, start, end, key, position)
    for (let i = start; i < end; i++) bytes[i] = filler.next(bytes[i] ?? 0, first + i - start)
    applyMask(bytes, start, end, key, position)
    if (this.#isPart) this.#length += end - start
  }

  end({ fin }: Readonly<FrameHeader>): void {
    if (fin && this.#isPart) this.#inMessage = false
  }

  #controlFiller(opcode: number): Filler {
    if (opcode === Opcode.close) return new CloseFiller()
    // Of a message whose beginning is missing.
    if (opcode === Opcode.continuation) return new TextFiller()
    return opcode === Opcode.ping || opcode === Opcode.pong ? new ControlFiller(this.#secret) : kindFiller
  }
}

function messageFiller({ rsv, opcode }: Readonly<FrameHeader>): Filler {
  if ((rsv & rsv1) !== 0) return new DeflateFiller()
  return opcode === Opcode.text ? new TextFiller() : noiseFiller
}

/** The code of a Close stays, its reason is text. */
class CloseFiller implements Filler {
  readonly #reason = new TextFiller()

  next(octet: number, at: number): number {
    return at < 2 ? octet : this.#reason.next(octet, at)
  }
}
