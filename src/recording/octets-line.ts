/** `octets` lines. They are nearly all of a recording, so they are written and read without JSON. */
import type { Side } from '../protocol/side.ts'
import type { MarkLine, OctetsLine } from './format.ts'

/** The digits behind the point, by microseconds: a fraction costs more to write out than the rest of a short line. */
const fractions = Array.from({ length: 1000 }, (_, micros) => String(micros / 1000).slice(1))

function timeText(time: number): string {
  const micros = Math.round(time * 1000)
  const whole = Math.floor(micros / 1000)
  return `${whole}${fractions[micros - whole * 1000] ?? ''}`
}

/** The line up to its base64; `octetsTail` follows. */
export function octetsHead(conn: number, time: number, from: Side, offset: number): string {
  return `{"type":"octets","time":${timeText(time)},"conn":${conn},"from":"${from}","offset":${offset},"data":"`
}

export const octetsTail = '"}\n'

/** What stands between the values of such a line. */
const texts = {
  time: Buffer.from('{"type":"octets","time":'),
  conn: Buffer.from(',"conn":'),
  from: Buffer.from(',"from":"'),
  client: Buffer.from('client'),
  server: Buffer.from('server'),
  offset: Buffer.from('","offset":'),
  data: Buffer.from(',"data":"'),
}

const nothing = new Uint8Array(0)

const [quote, dot, zero, nine, equals, braceClose] = [0x22, 0x2e, 0x30, 0x39, 0x3d, 0x7d] as const

/** Digits of the longest numbers that are read here: all are within the limits of the format. */
const digits = { time: 12, other: 15 }

/** Goes along a line while it is as it should be. */
class Cursor {
  readonly #line: Buffer
  at = 0

  constructor(line: Buffer) {
    this.#line = line
  }

  /** True, and behind it, where `text` stands. */
  takes(text: Buffer): boolean {
    const [line, start] = [this.#line, this.at]
    for (let i = 0; i < text.length; i++) if (line[start + i] !== text[i]) return false
    this.at = start + text.length
    return true
  }

  /** The number there, of at most `most` digits; -1 where there is none, or a zero before it. */
  whole(most: number): number {
    const start = this.at
    const value = this.#digits()
    const count = this.at - start
    return count === 0 || count > most || (count > 1 && this.#line[start] === zero) ? -1 : value
  }

  /** The same with up to three digits behind a point. */
  time(): number {
    const whole = this.whole(digits.time)
    if (whole < 0 || this.#line[this.at] !== dot) return whole
    const start = ++this.at
    const fraction = this.#digits()
    const count = this.at - start
    // Doubles have both sides of the division as they are: the quotient is what the digits stand for.
    return count === 0 || count > 3 ? -1 : (whole * 1000 + fraction * 10 ** (3 - count)) / 1000
  }

  #digits(): number {
    let value = 0
    for (let octet = this.#next; octet >= zero && octet <= nine; octet = this.#next) {
      value = value * 10 + octet - zero
      this.at++
    }
    return value
  }

  get #next(): number {
    return this.#line[this.at] ?? 0
  }
}

/** Reads such a line up to its data; null for any other. */
function readHead(cursor: Cursor): OctetsLine | null {
  if (!cursor.takes(texts.time)) return null
  const time = cursor.time()
  if (time < 0 || !cursor.takes(texts.conn)) return null
  const conn = cursor.whole(digits.other)
  if (conn <= 0 || !cursor.takes(texts.from)) return null
  const from = cursor.takes(texts.client) ? 'client' : cursor.takes(texts.server) ? 'server' : null
  if (from === null || !cursor.takes(texts.offset)) return null
  const offset = cursor.whole(digits.other)
  if (offset < 0 || !cursor.takes(texts.data)) return null
  return { type: 'octets', time, conn, from, offset, data: nothing }
}

/** What the octets of a line are put into, where they are no more than a read has. */
const shared = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Reads a line that is written as here, without its line feed; its `data` is valid until the next call. Null for any other, also
 * where anything but base64 stands between head and tail: it has to be read as JSON.
 */
export function readOctetsLine(line: Buffer): OctetsLine | null {
  const cursor = new Cursor(line)
  const read = readHead(cursor)
  const end = line.length - 2
  if (read === null || cursor.at > end) return null
  if (line[end] !== quote || line[end + 1] !== braceClose) return null
  const data = decodeBase64(line.toString('latin1', cursor.at, end), shared)
  if (data === null) return null
  read.data = data
  return read
}

/** The gap that a line without its end stands for: of at least as many octets as are in it. Null where it does not say whose. */
export function readTornLine(line: Buffer): MarkLine | null {
  const cursor = new Cursor(line)
  const read = readHead(cursor)
  if (read === null) return null
  const { time, conn, from, offset } = read
  const [digits = ''] = /^[A-Za-z0-9+/]*/.exec(line.toString('latin1', cursor.at)) ?? []
  const octets = Math.max(1, Math.floor((digits.length * 3) / 4))
  return { type: 'gap', time, conn, from, offset, octets, reason: 'torn' }
}

/**
 * Null where anything but padded base64 is in it: Buffer would skip that, and the octets would be fewer. They are put into `room`
 * where it is given and large enough.
 */
export function decodeBase64(base64: string, room: Buffer | null = null): Buffer | null {
  const { length } = base64
  const padding =
    base64.charCodeAt(length - 1) !== equals ? 0 : base64.charCodeAt(length - 2) !== equals ? 1 : 2
  const whole = (length / 4) * 3 - padding
  if (room === null || whole > room.length) {
    const octets = Buffer.from(base64, 'base64')
    return octets.length === whole ? octets : null
  }
  return room.write(base64, 'base64') === whole ? room.subarray(0, whole) : null
}
