/**
 * Incremental UTF-8 (RFC 3629) over masked octets: nothing is copied or unmasked, and the octet that breaks the encoding
 * is known in the call that brings it.
 */
import { loadOrder, rotateKey, wordsUnder } from './mask.ts'

/** The state at a boundary between code points. */
export const utf8Boundary = 0

/** What may come next inside a code point: how many octets are due, and the range of the next one (RFC 3629 §4). */
const inside = [
  { due: 1, low: 0x80, high: 0xbf },
  { due: 2, low: 0x80, high: 0xbf },
  { due: 3, low: 0x80, high: 0xbf },
  { due: 2, low: 0xa0, high: 0xbf, cause: 'overlong encoding' },
  { due: 2, low: 0x80, high: 0x9f, cause: 'surrogate' },
  { due: 3, low: 0x90, high: 0xbf, cause: 'overlong encoding' },
  { due: 3, low: 0x80, high: 0x8f, cause: 'code point above U+10FFFF' },
]

/** The state after an octet that cannot continue the text. States 1 to 7 are those of `inside`, in its order. */
export const utf8Invalid = inside.length + 1

function afterLead(octet: number): number {
  if (octet < 0x80) return utf8Boundary
  if (octet < 0xc2 || octet > 0xf4) return utf8Invalid
  if (octet < 0xe0) return 1
  if (octet < 0xf0) return octet === 0xe0 ? 4 : octet === 0xed ? 5 : 2
  return octet === 0xf0 ? 6 : octet === 0xf4 ? 7 : 3
}

/** The next state, at `state << 8 | octet`. */
const transitions = Uint8Array.from({ length: (utf8Invalid + 1) << 8 }, (_, index) => {
  const octet = index & 255
  const state = index >> 8
  if (state === utf8Boundary) return afterLead(octet)
  const expected = inside[state - 1]
  if (expected === undefined || octet < expected.low || octet > expected.high) return utf8Invalid
  return expected.due - 1
})

/** The state after `octet`: `utf8Boundary`, inside a code point, or `utf8Invalid`. */
export function utf8Next(state: number, octet: number): number {
  return transitions[(state << 8) | octet] ?? utf8Invalid
}

/** Validates the text of one message, piece by piece. */
export class Utf8Validator {
  /** `utf8Boundary`, or inside a code point, or broken for good. */
  state: number = utf8Boundary
  /** The state before the offending octet: with the octet it tells the cause. */
  before: number = utf8Boundary
  /** The first code point that is legal but makes trouble: NUL, a byte order mark or a noncharacter; -1 without one. */
  oddity = -1
  /** Where in the text its last octet lies. */
  oddityAt = 0
  #length = 0
  /** The last octets of what is not ASCII, the latest lowest. */
  #recent = 0

  /** Starts a new text. */
  reset(): void {
    this.state = utf8Boundary
    this.oddity = -1
    this.#length = 0
  }

  /**
   * Takes `bytes[start..end)`, masked with `key` (0: plain), the first at payload position `position`.
   * Returns the index of the octet that breaks the encoding, or -1. After that it takes no more.
   */
  push(bytes: Uint8Array, start: number, end: number, key: number, position: number): number {
    let state = this.state
    if (state === utf8Invalid) return -1
    let k = rotateKey(key, position)
    for (let i = start; i < end;) {
      const octet = bytes[i]! ^ (k >>> 24)
      if (state === utf8Boundary && octet < 0x80 && octet !== 0) {
        const next = skipPlain(bytes, i, end, k)
        k = rotateKey(k, next - i)
        i = next
        continue
      }
      const before = state
      state = transitions[(state << 8) | octet]!
      if (state === utf8Invalid) {
        this.before = before
        this.state = state
        return i
      }
      this.#recent = (this.#recent << 8) | octet
      if (state === utf8Boundary && this.oddity < 0 && isOddEnding(octet)) this.#note(i - start)
      k = (k << 8) | (k >>> 24)
      i++
    }
    this.state = state
    this.#length += end - start
    return -1
  }

  /** A code point that may be an oddity ends at index `at` of the piece. */
  #note(at: number): void {
    this.oddity = oddityOf(this.#recent)
    this.oddityAt = this.#length + at
  }
}

/** True for the last octet of every code point that `oddityOf` knows, and few others. */
function isOddEnding(octet: number): boolean {
  return octet === 0 || octet === 0xbe || octet === 0xbf || (octet >= 0x90 && octet <= 0xaf)
}

/** The code point that `recent` ends with, where it is NUL, U+FEFF or a noncharacter; else -1. */
function oddityOf(recent: number): number {
  if ((recent & 255) === 0) return 0
  const three = recent & 0xff_ffff
  if (three === 0xef_bbbf) return 0xfeff
  if (three >= 0xef_b790 && three <= 0xef_b7af) return 0xfdd0 + three - 0xef_b790
  if (three === 0xef_bfbe || three === 0xef_bfbf) return 0xfffe + (three & 1)
  const isFour = recent >>> 24 >= 0xf0
  if (!isFour || (recent & 0x0f_fffe) !== 0x0f_bfbe) return -1
  return ((recent & 0x0700_0000) >>> 6) | ((recent & 0x3f_0000) >>> 4) | 0xffe | (recent & 1)
}

/** True when `bytes[start..end)`, masked with `key`, is a whole text without an oddity. */
export function isPlainText(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  if (skipPlain(bytes, start, end, key | 0) === end) return true
  const validator = new Utf8Validator()
  const isText = validator.push(bytes, start, end, key, 0) < 0 && validator.state === utf8Boundary
  return isText && validator.oddity < 0
}

/** The index of the first octet of `bytes[start..end)` that is NUL or not ASCII, `end` without one. */
function skipPlain(bytes: Uint8Array, start: number, end: number, key: number): number {
  let i = end - start < longRun ? start : skipWords(bytes, start, end, key)
  let k = rotateKey(key, i - start)
  for (; i + 4 <= end; i += 4) {
    const word = (bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!
    if (hasNulOrHigh(word ^ k)) break
  }
  for (; i < end && !hasNulOrHigh((bytes[i]! ^ (k >>> 24)) | 0x0101_0100); i++) k = (k << 8) | (k >>> 24)
  return i
}

/** True when one of the four octets is 0 or above 0x7f. */
function hasNulOrHigh(word: number): boolean {
  return (((word - 0x0101_0101) | word) & 0x8080_8080) !== 0
}

/** From this many octets on, words are worth the way to them. */
const longRun = 64

/** How far the aligned 32-bit words of `bytes[start..end)` are plain; `start` when even the octets before them are not. */
function skipWords(bytes: Uint8Array, start: number, end: number, key: number): number {
  const base = bytes.byteOffset
  const aligned = start + (-(base + start) & 3)
  let k = key
  for (let i = start; i < aligned; i++) {
    if (hasNulOrHigh((bytes[i]! ^ (k >>> 24)) | 0x0101_0100)) return start
    k = (k << 8) | (k >>> 24)
  }
  const words = wordsUnder(bytes)
  const turned = loadOrder(k)
  const stop = (base + end) >> 2
  let w = (base + aligned) >> 2
  while (w < stop && !hasNulOrHigh(words[w]! ^ turned)) w++
  return (w << 2) - base
}

/** Why `octet` broke the text, given the state before it: for the detail of a violation. */
export function utf8Cause(before: number, octet: number): string {
  const expected = inside[before - 1]
  if (expected !== undefined) {
    const isContinuation = octet >= 0x80 && octet <= 0xbf
    return (isContinuation ? expected.cause : undefined) ?? 'code point cut short'
  }
  if (octet < 0xc0) return 'continuation octet without a lead octet'
  if (octet < 0xc2) return 'overlong encoding'
  return octet < 0xf8 ? 'code point above U+10FFFF' : 'octet that UTF-8 never uses'
}
