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

/** Validates the text of one message, piece by piece. */
export class Utf8Validator {
  /** `utf8Boundary`, or inside a code point, or broken for good. */
  state: number = utf8Boundary
  /** The state before the offending octet: with the octet it tells the cause. */
  before: number = utf8Boundary

  /** Starts a new text. */
  reset(): void {
    this.state = utf8Boundary
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
      if (state === utf8Boundary && octet < 0x80) {
        const next = skipAscii(bytes, i, end, k)
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
      k = (k << 8) | (k >>> 24)
      i++
    }
    this.state = state
    return -1
  }
}

/** True when `bytes[start..end)`, masked with `key`, is a whole text. */
export function isMaskedUtf8(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  if (skipAscii(bytes, start, end, key | 0) === end) return true
  const validator = new Utf8Validator()
  return validator.push(bytes, start, end, key, 0) < 0 && validator.state === utf8Boundary
}

/** The index of the first octet of `bytes[start..end)` that is not ASCII, `end` without one. */
function skipAscii(bytes: Uint8Array, start: number, end: number, key: number): number {
  const words = end - start < longRun ? start : skipWords(bytes, start, end, key)
  const k = rotateKey(key, words - start)
  const k0 = k >>> 24
  const k1 = (k >>> 16) & 255
  const k2 = (k >>> 8) & 255
  const k3 = k & 255
  let i = words
  for (; i + 8 <= end; i += 8) {
    const low = (bytes[i]! ^ k0) | (bytes[i + 1]! ^ k1) | (bytes[i + 2]! ^ k2) | (bytes[i + 3]! ^ k3)
    const high = (bytes[i + 4]! ^ k0) | (bytes[i + 5]! ^ k1) | (bytes[i + 6]! ^ k2) | (bytes[i + 7]! ^ k3)
    if (((low | high) & 0x80) !== 0) break
  }
  for (let turned = k; i < end && ((bytes[i]! ^ (turned >>> 24)) & 0x80) === 0; i++) {
    turned = (turned << 8) | (turned >>> 24)
  }
  return i
}

/** From this many octets on, words are worth the way to them. */
const longRun = 128

/** How far the aligned 32-bit words of `bytes[start..end)` are ASCII; `start` when even the octets before them are not. */
function skipWords(bytes: Uint8Array, start: number, end: number, key: number): number {
  const base = bytes.byteOffset
  const aligned = start + (-(base + start) & 3)
  let k = key
  for (let i = start; i < aligned; i++) {
    if (((bytes[i]! ^ (k >>> 24)) & 0x80) !== 0) return start
    k = (k << 8) | (k >>> 24)
  }
  const words = wordsUnder(bytes)
  const high = loadOrder(k) & 0x80808080
  const stop = (base + end) >> 2
  let w = (base + aligned) >> 2
  while (w < stop && (words[w]! & 0x80808080) === high) w++
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
