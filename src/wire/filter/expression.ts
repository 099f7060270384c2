/** A filter as data: what the parser makes of its text, and what is compiled. */

import type { Field } from './kinds.ts'

/** `:` takes a list of values, the others one. `~` takes a regular expression. */
export type Operator = ':' | '=' | '!=' | '>' | '>=' | '<' | '<=' | '~'

/** A piece of the text, and the column where it begins, counted from 1. */
export interface Word {
  text: string
  column: number
}

export type Expression =
  | { type: 'and' | 'or'; parts: readonly Expression[] }
  | { type: 'not'; of: Expression }
  /** Text to search for. */
  | { type: 'word'; word: Word }
  | { type: 'regex'; source: Word; ignoreCase: boolean }
  | { type: 'field'; field: Field; operator: Operator; values: readonly Word[] }

/** A filter text that does not follow the language: one line with the column, the word and what was expected. */
export class FilterError extends Error {
  /** Counted from 1. */
  readonly column: number

  constructor(column: number, problem: string) {
    super(`filter column ${column}: ${problem}`)
    this.column = column
  }
}

/** Characters of a word that an error repeats. */
const shownCharacters = 40

/** A word in quotes, as errors show it. */
export function quoted(text: string): string {
  return text.length > shownCharacters ? `"${text.slice(0, shownCharacters)}…"` : `"${text}"`
}

/** The error for a value that is none of those expected; `subject` as in `op:`. */
export function unexpected(subject: string, expected: string, { text, column }: Word): FilterError {
  return new FilterError(column, `${subject} needs ${expected}, not ${quoted(text)}`)
}
