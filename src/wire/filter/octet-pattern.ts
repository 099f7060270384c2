/**
 * A sequence of octets to look for, each position a set of octets: letters in either case, `??` of a hex pattern. Shift-and:
 * one step per octet whatever the octets are, so no traffic can make it slow.
 */

/** Positions of a pattern. */
export const patternLimit = 1024

/** Positions that one 32-bit word of the state holds. */
const wordSize = 32

export class OctetPattern {
  readonly #words: number
  /** For each octet the positions it may stand at, `#words` words of 32 positions each. */
  readonly #masks: Int32Array
  readonly #state: Int32Array
  /** The bit of the last position, in the last word. */
  readonly #lastBit: number

  /** `positions`: the octets that each position takes, at least one position and at most `patternLimit`. */
  constructor(positions: readonly (readonly number[])[]) {
    this.#words = Math.ceil(positions.length / wordSize)
    this.#masks = new Int32Array(256 * this.#words)
    this.#state = new Int32Array(this.#words)
    this.#lastBit = 1 << ((positions.length - 1) % wordSize)
    positions.forEach((octets, i) => {
      for (const octet of octets) this.#masks[octet * this.#words + (i >> 5)]! |= 1 << (i & 31)
    })
  }

  /** True when `octets[start..end)` holds the pattern. */
  isIn(octets: Uint8Array, start: number, end: number): boolean {
    return this.#words === 1 ? this.#isInShort(octets, start, end) : this.#isInLong(octets, start, end)
  }

  #isInShort(octets: Uint8Array, start: number, end: number): boolean {
    const masks = this.#masks
    const lastBit = this.#lastBit
    let state = 0
    for (let i = start; i < end; i++) {
      state = ((state << 1) | 1) & masks[octets[i]!]!
      if ((state & lastBit) !== 0) return true
    }
    return false
  }

  #isInLong(octets: Uint8Array, start: number, end: number): boolean {
    const words = this.#words
    const state = this.#state.fill(0)
    for (let i = start; i < end; i++) {
      let carry = 1
      const at = octets[i]! * words
      for (let w = 0; w < words; w++) {
        const before = state[w]!
        state[w] = ((before << 1) | carry) & this.#masks[at + w]!
        carry = before >>> 31
      }
      if ((state[words - 1]! & this.#lastBit) !== 0) return true
    }
    return false
  }
}

/**
 * Text as a pattern over its UTF-8. Smart-case: without a capital letter in it, A to Z and a to z are the same; other
 * letters are always as typed.
 */
export function textPattern(text: string): OctetPattern {
  const ignoresCase = isLowerCase(text)
  return new OctetPattern(
    Array.from(new TextEncoder().encode(text), octet =>
      ignoresCase && octet >= 0x61 && octet <= 0x7a ? [octet, octet - 0x20] : [octet],
    ),
  )
}

/** Smart-case: a text without a capital letter is compared in any case. */
export function isLowerCase(text: string): boolean {
  return text === text.toLowerCase()
}

/** Hex digits in pairs, `??` for any octet; null where `text` is something else, or too long. */
export function hexPattern(text: string): OctetPattern | null {
  const pairs = text.match(/../gs) ?? []
  const isHex = text.length % 2 === 0 && pairs.every(pair => pair === '??' || /^[0-9a-f]{2}$/i.test(pair))
  if (!isHex || pairs.length === 0 || pairs.length > patternLimit) return null
  const any = Array.from({ length: 256 }, (_, octet) => octet)
  return new OctetPattern(pairs.map(pair => (pair === '??' ? any : [Number.parseInt(pair, 16)])))
}
