/**
 * Octets in place of what was said. In messages, what comes out depends on where an octet stands and on what kind it is, never on
 * which it was: nothing can be calculated back, and what was the same stays the same, such as an echo.
 */
import { createHash } from 'node:crypto'
import { controlLimit } from '../protocol/message.ts'
import { utf8Boundary, utf8Invalid, utf8Next } from '../protocol/utf8.ts'

/** Replaces one payload, octet by octet, however it is cut. `at` counts from 0. */
export interface Filler {
  next(octet: number, at: number): number
}

/** 16 bits of noise for a place. */
function noise(at: number): number {
  let h = Math.imul(at + 1, 0x9e37_79b1)
  h = Math.imul(h ^ (h >>> 15), 0x85eb_ca77)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae3d)
  return h >>> 16
}

/** One of `count` octets, for a place. A share of the noise costs less than a remainder. */
function share(at: number, count: number): number {
  return (noise(at) * count) >>> 16
}

/** An octet from `least` to `most`. */
function pick(at: number, least: number, most: number): number {
  return least + share(at, most - least + 1)
}

const isDigit = (octet: number) => octet >= 0x30 && octet <= 0x39
const isCapital = (octet: number) => octet >= 0x41 && octet <= 0x5a
const isSmall = (octet: number) => octet >= 0x61 && octet <= 0x7a

/** Another ASCII octet of the same kind; punctuation, white space and control characters are kept. */
function ascii(octet: number, at: number): number {
  if (isDigit(octet)) return pick(at, 0x30, 0x39)
  if (isCapital(octet)) return pick(at, 0x41, 0x5a)
  if (isSmall(octet)) return pick(at, 0x61, 0x7a)
  return octet
}

/** Binary payload. */
export const noiseFiller: Filler = {
  next: (_octet, at) => noise(at) & 0xff,
}

/** Octets of one kind, from the first of it, so many: digits, capitals, small letters, no ASCII, controls but line ends and tabs. */
const kinds = [
  { first: 0x30, count: 10 },
  { first: 0x41, count: 26 },
  { first: 0x61, count: 26 },
  { first: 0x80, count: 128 },
  { first: 0x00, count: 9 },
  { first: 0x0e, count: 18 },
]

/** Another octet of the same kind, so far on from it. */
function turned(octet: number, by: number): number {
  const kind = kinds.find(({ first, count }) => octet >= first && octet < first + count)
  return kind === undefined ? octet : kind.first + ((octet - kind.first + by) % kind.count)
}

/** What may be text or not: an octet of the same kind, whichever it was. */
export const kindFiller: Filler = {
  next(octet, at) {
    const kind = kinds.find(({ first, count }) => octet >= first && octet < first + count)
    return kind === undefined ? octet : kind.first + share(at, kind.count)
  },
}

/**
 * The payload of a Ping or Pong: different ones stay different, or it could not be told which Pong answers which Ping. So what comes
 * out depends on the octets up to there, and on a secret without which it cannot be calculated back.
 */
export class ControlFiller implements Filler {
  #state: Buffer

  constructor(secret: Uint8Array) {
    this.#state = Buffer.from(secret)
  }

  next(octet: number, at: number): number {
    // No control frame may be longer.
    if (at >= controlLimit) return kindFiller.next(octet, at)
    const filled = turned(octet, this.#state.readUInt32LE(0))
    this.#state = createHash('sha256').update(this.#state).update(Uint8Array.of(octet)).digest()
    return filled
  }
}

const [quote, backslash, dot, plus] = [0x22, 0x5c, 0x2e, 0x2b] as const
const [braceOpen, bracketOpen, colon, comma] = [0x7b, 0x5b, 0x3a, 0x2c] as const
const [smallT, smallF, smallN] = [0x74, 0x66, 0x6e] as const

/**
 * Text: letters for letters, digits for digits, a code point of as many octets for a code point. What is no UTF-8 fails at the
 * same octet as before. JSON stays JSON: in what begins like it, the words true, false and null stay, as do escapes, and no number
 * begins with 0.
 */
export class TextFiller implements Filler {
  #utf8 = utf8Boundary
  #isBroken = false
  /** The octets of the sequence under way, the latest lowest. */
  #sequence = 0
  readonly #json = new JsonPlace()

  next(octet: number, at: number): number {
    const use = this.#json.take(octet)
    if (octet >= 0x80) return this.#wide(octet, at)
    // An octet that ends a sequence too early is where it fails, whatever octet of ASCII it is.
    if (this.#utf8 !== utf8Boundary) this.#isBroken = true
    this.#utf8 = utf8Boundary
    if (use === 'kept') return octet
    if (use === 'first digit') return pick(at, 0x31, 0x39)
    if (use === 'hex' && !isDigit(octet))
      return isCapital(octet) ? pick(at, 0x41, 0x46) : pick(at, 0x61, 0x66)
    return ascii(octet, at)
  }

  #wide(octet: number, at: number): number {
    if (this.#isBroken) return pick(at, 0x80, 0xff)
    const before = this.#utf8
    this.#utf8 = utf8Next(before, octet)
    this.#sequence = before === utf8Boundary ? octet : ((this.#sequence << 8) | octet) >>> 0
    if (this.#utf8 === utf8Invalid) {
      this.#isBroken = true
      this.#utf8 = utf8Boundary
      return octet
    }
    // What octets may follow is said by the first one; it stays.
    if (before === utf8Boundary || isOdd(this.#sequence)) return octet
    let other = pick(at, 0x80, 0xaf)
    while (utf8Next(before, other) !== this.#utf8) other = other === 0xaf ? 0x80 : other + 1
    return other
  }
}

/** True for U+FEFF, for noncharacters, and for what they begin with: they make trouble. */
function isOdd(sequence: number): boolean {
  const [first, second, third, last] = [24, 16, 8, 0].map(shift => (sequence >>> shift) & 0xff) as [
    number,
    number,
    number,
    number,
  ]
  if (sequence > 0xff_ffff) return (second & 0x0f) === 0x0f && third === 0xbf && last >= 0xbe && first >= 0xf0
  if (sequence > 0xffff && second >= 0xf0) return (third & 0x0f) === 0x0f && last === 0xbf
  if (sequence > 0xffff) {
    const isSpecial = (third === 0xbb && last === 0xbf) || (third === 0xbf && last >= 0xbe)
    return second === 0xef && (isSpecial || (third === 0xb7 && last >= 0x90 && last <= 0xaf))
  }
  return third >= 0xf0 ? (last & 0x0f) === 0x0f : third === 0xef && [0xb7, 0xbb, 0xbf].includes(last)
}

/** What is to become of an octet of ASCII. */
type Use = 'kept' | 'filled' | 'first digit' | 'hex'

/** Follows what may be JSON, to tell which of its letters and digits are part of its grammar. */
class JsonPlace {
  /** Null until the first octet that is no white space. */
  #isJson: boolean | null = null
  #inString = false
  /** Octets of an escape that come: the one behind the backslash, then up to four hexadecimal digits. */
  #escape = 0
  #digits = 0
  /** A value may begin. */
  #mayBegin = true
  /** The literal under way, and how much of it came. */
  #literal = ''
  #length = 0
  #before = 0

  take(octet: number): Use {
    const use = this.#useOf(octet)
    this.#before = octet
    return use
  }

  #useOf(octet: number): Use {
    if (isWhiteSpace(octet)) return 'kept'
    this.#isJson ??= octet === braceOpen || octet === bracketOpen || octet === quote || isDigit(octet)
    if (!this.#isJson) return 'filled'
    return this.#inString ? this.#inStringUse(octet) : this.#outsideUse(octet)
  }

  #outsideUse(octet: number): Use {
    if (this.#length < this.#literal.length && this.#literal.charCodeAt(this.#length) === octet) {
      this.#length++
      return 'kept'
    }
    const literal = this.#mayBegin ? literalOf(octet) : ''
    this.#literal = literal
    this.#length = 1
    this.#inString = octet === quote
    this.#mayBegin = octet === colon || octet === comma || octet === bracketOpen
    if (literal !== '' || ((octet | 0x20) === 0x65 && isDigit(this.#before))) return 'kept'
    return isDigit(octet) && this.#beginsNumber() ? 'first digit' : 'filled'
  }

  #inStringUse(octet: number): Use {
    if (this.#escape > 0) {
      this.#escape = 0
      this.#digits = octet === 0x75 ? 4 : 0
      return 'kept'
    }
    // The first digits of an escaped code unit stay: half of a pair stays one.
    if (this.#digits > 0 && isHex(octet)) return this.#digits-- > 2 ? 'kept' : 'hex'
    this.#digits = 0
    if (octet === backslash) this.#escape = 1
    else if (octet === quote) this.#inString = false
    return 'filled'
  }

  /** In a number, 0 may begin neither the whole of it nor stand before other digits. */
  #beginsNumber(): boolean {
    const before = this.#before
    return !isDigit(before) && before !== dot && before !== plus && (before | 0x20) !== 0x65
  }
}

/** The literal that begins with `octet`; '' where none does. */
function literalOf(octet: number): string {
  return octet === smallT ? 'true' : octet === smallF ? 'false' : octet === smallN ? 'null' : ''
}

function isWhiteSpace(octet: number): boolean {
  return octet === 0x20 || (octet >= 0x09 && octet <= 0x0d)
}

function isHex(octet: number): boolean {
  return isDigit(octet) || ((octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x66)
}

/** A letter for a place. */
export function noiseLetter(at: number): number {
  return pick(at, 0x61, 0x7a)
}
