/**
 * Incremental UTF-8 (RFC 3629) over masked octets: nothing is copied or unmasked, and the octet that breaks the
 * encoding is known in the call that brings it.
 *
 * The state is the number of continuation octets still due, with the range allowed for the next one:
 * `due << 16 | low << 8 | high`, and 0 at a boundary between code points.
 */
import { rotateKey } from './mask.ts'

/** The state at a boundary between code points. */
export const utf8Boundary = 0

/** The state after an octet that cannot continue the text. */
export const utf8Invalid = -1

/** The state for the octet that follows a lead octet, by lead octet; `utf8Invalid` where it is none. */
const afterLead = new Int32Array(256).map((_, octet) => {
  if (octet < 0x80) return utf8Boundary
  if (octet < 0xc2) return utf8Invalid
  if (octet < 0xe0) return state(1, 0x80, 0xbf)
  if (octet < 0xf0) return state(2, octet === 0xe0 ? 0xa0 : 0x80, octet === 0xed ? 0x9f : 0xbf)
  if (octet < 0xf5) return state(3, octet === 0xf0 ? 0x90 : 0x80, octet === 0xf4 ? 0x8f : 0xbf)
  return utf8Invalid
})

function state(due: number, low: number, high: number): number {
  return (due << 16) | (low << 8) | high
}

function step(from: number, octet: number): number {
  if (from === utf8Boundary) return afterLead[octet]!
  if (octet < ((from >> 8) & 255) || octet > (from & 255)) return utf8Invalid
  const due = (from >> 16) - 1
  return due === 0 ? utf8Boundary : state(due, 0x80, 0xbf)
}

/** Validates the text of one message, piece by piece. */
export class Utf8Validator {
  /** A boundary, a state between octets, or `utf8Invalid` for good. */
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
    let current = this.state
    if (current === utf8Invalid) return -1
    let k = rotateKey(key, position) | 0
    for (let i = start; i < end; i++) {
      if (current === utf8Boundary) {
        const next = skipAscii(bytes, i, end, k)
        if (next === end) break
        k = rotateKey(k, next - i) | 0
        i = next
      }
      const octet = bytes[i]! ^ (k >>> 24)
      k = (k << 8) | (k >>> 24)
      this.before = current
      current = step(current, octet)
      if (current === utf8Invalid) {
        this.state = utf8Invalid
        return i
      }
    }
    this.state = current
    return -1
  }
}

/** The index of the first octet of `bytes[start..end)` that is not ASCII, `end` without one. Eight octets a step. */
function skipAscii(bytes: Uint8Array, start: number, end: number, key: number): number {
  const k0 = key >>> 24
  const k1 = (key >>> 16) & 255
  const k2 = (key >>> 8) & 255
  const k3 = key & 255
  let i = start
  for (; i + 8 <= end; i += 8) {
    const low = (bytes[i]! ^ k0) | (bytes[i + 1]! ^ k1) | (bytes[i + 2]! ^ k2) | (bytes[i + 3]! ^ k3)
    const high = (bytes[i + 4]! ^ k0) | (bytes[i + 5]! ^ k1) | (bytes[i + 6]! ^ k2) | (bytes[i + 7]! ^ k3)
    if (((low | high) & 0x80) !== 0) break
  }
  let k = key
  for (; i < end && ((bytes[i]! ^ (k >>> 24)) & 0x80) === 0; i++) k = (k << 8) | (k >>> 24)
  return i
}

/** Why `octet` broke the text, given the state before it: for the detail of a violation. */
export function utf8Cause(before: number, octet: number): string {
  if (before === utf8Boundary) {
    if (octet < 0xc0) return 'continuation octet without a lead octet'
    if (octet < 0xc2) return 'overlong encoding'
    return octet < 0xf8 ? 'code point above U+10FFFF' : 'octet that UTF-8 never uses'
  }
  if (octet < 0x80 || octet > 0xbf) return 'code point cut short'
  const low = (before >> 8) & 255
  if (low > 0x80) return 'overlong encoding'
  return (before & 255) === 0x9f ? 'surrogate' : 'code point above U+10FFFF'
}
