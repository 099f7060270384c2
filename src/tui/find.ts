/** What is looked for in the wire log, and where it stands in a line that is shown. */
import { parseFilter, type Filter } from '../wire/filter/filter.ts'
import { regexLimit } from '../wire/filter/regex.ts'
import { scanLimit } from '../wire/filter/search.ts'
import type { WireLog } from '../wire/log.ts'
import { columnsOf } from './text.ts'

export interface Find {
  /** As it was typed. */
  text: string
  /** The text that is looked for; null for a regular expression. */
  word: string | null
  filter: Filter
  /** How much of a row is searched, in words. */
  reach: string
  /** Rows that were asked about, and whether it is in them: rows never change. */
  readonly known: Map<number, boolean>
}

/** How much of each row is searched for text, and with a regular expression. */
export const reaches = { text: `${scanLimit >> 10} KiB`, regex: `${regexLimit} characters` } as const

/** Rows remembered. */
const knownLimit = 1000

const regex = /^\/.+\/i?$/

/** Text to look for, or `/a regular expression/`; null where it is empty. Throws a FilterError. */
export function makeFind(text: string): Find | null {
  if (text === '') return null
  const word = regex.test(text) ? null : text
  const expression = word === null ? text : `"${word.replaceAll(/["\\]/g, '\\$&')}"`
  const reach = word === null ? reaches.regex : reaches.text
  return { text, word, filter: parseFilter(expression), reach, known: new Map<number, boolean>() }
}

/** A piece of a line, in columns. */
export interface Stretch {
  x: number
  width: number
}

/** Where the word of `find` stands in a text shown; all of it where a regular expression matches the row. */
export function foundIn(find: Find, log: WireLog, row: number, shown: string, ascii: boolean): Stretch[] {
  if (find.word !== null) return wordsIn(find.word, shown, ascii)
  return matches(find, log, row) ? [{ x: 0, width: columnsOf(shown, ascii) }] : []
}

function matches({ filter, known }: Find, log: WireLog, row: number): boolean {
  let found = known.get(row)
  if (found !== undefined) return found
  if (known.size >= knownLimit) known.clear()
  known.set(row, (found = filter.matches(log, row)))
  return found
}

/** In any case unless the word has capitals, as filters compare. */
function wordsIn(word: string, shown: string, ascii: boolean): Stretch[] {
  const lower = shown.toLowerCase()
  const isFolded = word === word.toLowerCase() && lower.length === shown.length
  const text = isFolded ? lower : shown
  const found: Stretch[] = []
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const piece = shown.slice(at, at + word.length)
    found.push({ x: columnsOf(shown.slice(0, at), ascii), width: columnsOf(piece, ascii) })
  }
  return found
}
