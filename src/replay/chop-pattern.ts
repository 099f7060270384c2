/**
 * Patterns of writes: into which pieces what would have been one write is cut. The octets stay the same, so that what a peer
 * makes of them should too.
 */

/**
 * A place in frames. `header`: behind the first octet of every frame. `mask`: in the middle of every masking key. `utf8`: in
 * every character of a text that has several octets, behind the first; compressed text has none that could be seen.
 */
export type CutPlace = 'header' | 'mask' | 'utf8'

/** A pattern, and the text that it was read from. */
export type ChopPattern = { readonly text: string } & (
  | {
      kind: 'sizes'
      /** Octets of each write, at least 1. Over and over, or from the beginning with each write that would have been one. */
      sizes: readonly number[]
      /** What is left of a write that would have been one goes out whole. */
      rest: boolean
    }
  | { kind: 'at'; place: CutPlace }
  | { kind: 'random'; seed: number }
)

/** Characters of a pattern. */
export const patternLimit = 1000

/** The largest size in a pattern, in octets. */
export const sizeLimit = 2 ** 30

/** What a pattern may look like, for whoever wrote one that is none. */
const hint = 'give sizes as 1,1,* (* is the rest), every:N, at:header, at:mask, at:utf8 or random:SEED'

/** The text is no pattern: one line with what is wrong and what may stand there. */
export class ChopPatternError extends Error {
  constructor(problem: string) {
    super(`${problem}: ${hint}`)
  }
}

/** Reads a pattern. Throws a `ChopPatternError`. */
export function parseChopPattern(text: string): ChopPattern {
  if (text.length > patternLimit)
    throw new ChopPatternError(`a chop pattern has at most ${patternLimit} characters`)
  const [name, value, ...more] = text.trim().split(':')
  if (value === undefined) return { text, ...sizesOf(text) }
  if (more.length === 0) {
    if (name === 'every') return { text, kind: 'sizes', sizes: [sizeOf(value)], rest: false }
    if (name === 'at' && isPlace(value)) return { text, kind: 'at', place: value }
    if (name === 'random') return { text, kind: 'random', seed: seedOf(value) }
  }
  throw new ChopPatternError(`"${text}" is no chop pattern`)
}

function sizesOf(text: string): { kind: 'sizes'; sizes: number[]; rest: boolean } {
  const words = text.split(',').map(word => word.trim())
  const rest = words.at(-1) === '*'
  if (words.indexOf('*') !== (rest ? words.length - 1 : -1))
    throw new ChopPatternError(`"${text}": * stands last, for it takes all that is left`)
  return { kind: 'sizes', sizes: (rest ? words.slice(0, -1) : words).map(sizeOf), rest }
}

function sizeOf(text: string): number {
  const size = wholeNumber(text)
  if (size === null || size < 1 || size > sizeLimit)
    throw new ChopPatternError(`"${text}" is no size of a write, which has 1 octet or more`)
  return size
}

function seedOf(text: string): number {
  const seed = wholeNumber(text)
  if (seed === null || seed >= 2 ** 32)
    throw new ChopPatternError(`"${text}" is no seed, a number below 2^32`)
  return seed
}

function wholeNumber(text: string): number | null {
  return /^\d{1,10}$/.test(text) ? Number(text) : null
}

function isPlace(text: string): text is CutPlace {
  return text === 'header' || text === 'mask' || text === 'utf8'
}
