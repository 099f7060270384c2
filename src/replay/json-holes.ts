/**
 * JSON compared as it is written, but for the values that are ignored: what programs make mostly differs there alone, and nothing of
 * it has to be made into values.
 */
import { asBuffer } from '../wire/buffer.ts'
import { noPaths, type PathSet } from './json-paths.ts'
import { jsonDepth } from './json-value.ts'

/** An ignored value in a text: where it begins and ends, and how many values it lies in. */
export interface Hole {
  start: number
  end: number
  depth: number
}

/** Ignored values of a text that is still compared so. */
export const mostHoles = 4096

/**
 * The ignored values of the object or list that `octets`, which are UTF-8, are, in order; null where `parseJson` reads neither, or
 * with too many of them.
 */
export function holesOf(octets: Uint8Array, ignored: PathSet): readonly Hole[] | null {
  return new Scanner(octets).document(ignored)
}

/** True when `b`, which is UTF-8, is the same text as `a` but for values in the holes. Else its value may still be the same. */
export function isSameAround(a: Uint8Array, holes: readonly Hole[], b: Uint8Array): boolean {
  const scanner = new Scanner(b)
  let [startA, startB] = [0, 0]
  for (const { start, end, depth } of holes) {
    const endB = startB + start - startA
    if (endB > b.length || !isEqual(a, startA, start, b, startB, endB)) return false
    startA = end
    startB = scanner.value(endB, depth, noPaths)
    if (startB === nowhere) return false
  }
  return isEqual(a, startA, a.length, b, startB, b.length)
}

function isEqual(
  a: Uint8Array,
  startA: number,
  endA: number,
  b: Uint8Array,
  startB: number,
  endB: number,
): boolean {
  return endA - startA === endB - startB && asBuffer(a).compare(b, startB, endB, startA, endA) === 0
}

const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const quote = 0x22
const plus = 0x2b
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39
const colon = 0x3a
const bracketOpen = 0x5b
const backslash = 0x5c
const bracketClose = 0x5d
const smallE = 0x65
const smallF = 0x66
const smallN = 0x6e
const smallT = 0x74
const braceOpen = 0x7b
const braceClose = 0x7d

const words = { true: Buffer.from('true'), false: Buffer.from('false'), null: Buffer.from('null') }

/** Where what is no JSON ends. */
const nowhere = -1

/** Its methods take where something begins, and return where it ends or `nowhere`. */
class Scanner {
  readonly #octets: Uint8Array
  readonly #holes: Hole[] = []

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  document(ignored: PathSet): readonly Hole[] | null {
    const start = this.#space(0)
    const first = this.#octets[start]
    if (first !== braceOpen && first !== bracketOpen) return null
    const end = this.value(start, 0, ignored)
    return end !== nowhere && this.#space(end) === this.#octets.length ? this.#holes : null
  }

  /** A value that lies in `depth` others; `ignored` are the paths below it. */
  value(at: number, depth: number, ignored: PathSet): number {
    if (depth > jsonDepth) return nowhere
    switch (this.#octets[at]) {
      case braceOpen:
        return this.#object(at, depth, ignored)
      case bracketOpen:
        return this.#list(at, depth, ignored)
      case quote:
        return this.#string(at)
      case smallT:
        return this.#word(at, words.true)
      case smallF:
        return this.#word(at, words.false)
      case smallN:
        return this.#word(at, words.null)
      default:
        return this.#number(at)
    }
  }

  #object(start: number, depth: number, ignored: PathSet): number {
    let at = this.#space(start + 1)
    if (this.#octets[at] === braceClose) return at + 1
    for (;;) {
      const end = this.#string(at)
      if (end === nowhere) return nowhere
      const below = ignored.isEmpty ? ignored : ignored.below(this.#name(at, end))
      at = this.#space(end)
      if (this.#octets[at] !== colon) return nowhere
      at = this.#inside(this.#space(at + 1), depth, below)
      if (at === nowhere) return nowhere
      if (this.#octets[at] === braceClose) return at + 1
      if (this.#octets[at] !== comma) return nowhere
      at = this.#space(at + 1)
    }
  }

  #list(start: number, depth: number, ignored: PathSet): number {
    let at = this.#space(start + 1)
    if (this.#octets[at] === bracketClose) return at + 1
    for (let i = 0; ; i++) {
      at = this.#inside(at, depth, ignored.isEmpty ? ignored : ignored.below(String(i)))
      if (at === nowhere) return nowhere
      if (this.#octets[at] === bracketClose) return at + 1
      if (this.#octets[at] !== comma) return nowhere
      at = this.#space(at + 1)
    }
  }

  /** A member or an item, and the space behind it; null: it is ignored. */
  #inside(at: number, depth: number, ignored: PathSet | null): number {
    const end = this.value(at, depth + 1, ignored ?? noPaths)
    if (end === nowhere) return nowhere
    if (ignored === null && this.#holes.push({ start: at, end, depth: depth + 1 }) > mostHoles) return nowhere
    return this.#space(end)
  }

  /** Control characters in it are let pass. */
  #string(at: number): number {
    const octets = this.#octets
    if (octets[at] !== quote) return nowhere
    for (let i = at + 1; i < octets.length; i++) {
      if (octets[i] === quote) return i + 1
      if (octets[i] === backslash) return this.#escaped(at, i)
    }
    return nowhere
  }

  /** A string whose first escape stands at `escape`. */
  #escaped(at: number, escape: number): number {
    const octets = this.#octets
    let end = escape
    while (end < octets.length && octets[end] !== quote) end += octets[end] === backslash ? 2 : 1
    return unescaped(this.#text(at, end + 1)) === null ? nowhere : end + 1
  }

  #name(at: number, end: number): string {
    const text = this.#text(at, end)
    return text.includes('\\') ? (unescaped(text) ?? '') : text.slice(1, -1)
  }

  #text(at: number, end: number): string {
    return asBuffer(this.#octets).toString('utf8', at, end)
  }

  #word(at: number, word: Uint8Array): number {
    for (let i = 0; i < word.length; i++) if (this.#octets[at + i] !== word[i]) return nowhere
    return at + word.length
  }

  #number(start: number): number {
    const octets = this.#octets
    let at = octets[start] === minus ? start + 1 : start
    const whole = octets[at] === zero ? at + 1 : this.#digits(at)
    if (whole === at) return nowhere
    at = whole
    if (octets[at] === dot) {
      const fraction = at + 1
      at = this.#digits(fraction)
      if (at === fraction) return nowhere
    }
    if (((octets[at] ?? 0) | 0x20) !== smallE) return at
    const sign = octets[at + 1]
    const exponent = sign === plus || sign === minus ? at + 2 : at + 1
    at = this.#digits(exponent)
    return at === exponent ? nowhere : at
  }

  #digits(start: number): number {
    const octets = this.#octets
    let at = start
    for (let octet = octets[at] ?? 0; octet >= zero && octet <= nine; octet = octets[at] ?? 0) at++
    return at
  }

  #space(start: number): number {
    const octets = this.#octets
    let at = start
    for (let octet = octets[at] ?? 0; isSpace(octet); octet = octets[at] ?? 0) at++
    return at
  }
}

function isSpace(octet: number): boolean {
  return (
    octet <= space && (octet === space || octet === lineFeed || octet === carriageReturn || octet === tab)
  )
}

/** What a string means; null where an escape in it is none. */
function unescaped(text: string): string | null {
  try {
    return JSON.parse(text) as string
  } catch {
    return null
  }
}
