/** The words of a filter text. Every method takes what it is named after, or nothing and says so. */
import { FilterError, quoted, type Operator, type Word } from './expression.ts'
import type { Field } from './kinds.ts'

/** The field of a name, if there is one. */
export type FieldOf = (name: string) => Field | undefined

/** What a word means that is not searched for. */
export type Keyword = 'AND' | 'OR' | 'NOT'

const operators: readonly Operator[] = ['!=', '>=', '<=', ':', '=', '>', '<', '~']

/** A name, and nothing else: fields are told from words by the operator behind them. */
const fieldName = /[a-z][a-z0-9]*/iy

export class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Where the next character stands, counted from 1. */
  get column(): number {
    return this.#at + 1
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** True where no further part of a conjunction follows. */
  get atEndOfAnd(): boolean {
    return this.atEnd || this.#next === ')' || this.#next === '|' || this.atKeyword('OR')
  }

  /** ` before "…"` where something follows, for an error. */
  before(): string {
    return this.atEnd ? '' : ` before ${quoted(this.#text.slice(this.#at))}`
  }

  skipBlanks(): void {
    while (isBlank(this.#next)) this.#at++
  }

  take(mark: string): boolean {
    if (this.#next !== mark) return false
    this.#at++
    return true
  }

  /** `|` or the word `OR`, and the blanks behind it. */
  takeOr(): boolean {
    if (this.takeKeyword('OR')) return true
    if (!this.take('|')) return false
    this.skipBlanks()
    return true
  }

  /** A word of the language that stands alone, and the blanks behind it. */
  takeKeyword(keyword: Keyword): boolean {
    if (!this.atKeyword(keyword)) return false
    this.#at += keyword.length
    this.skipBlanks()
    return true
  }

  atKeyword(keyword: Keyword): boolean {
    if (!this.#text.startsWith(keyword, this.#at)) return false
    const behind = this.#text.charAt(this.#at + keyword.length)
    return behind === '' || isWordEnd(behind)
  }

  /** A `|` right behind a value that another value follows, no field, parenthesis or negation: `op:text|bin`. */
  takeListBar(fieldOf: FieldOf): boolean {
    const start = this.#at
    if (!this.take('|')) return false
    const behind = this.#at
    const head = this.fieldHead()
    this.#at = behind
    const next = this.#next
    const isItem = next !== '' && !isBlank(next) && !'()|-!'.includes(next)
    if (isItem && (head === null || fieldOf(head.name.text) === undefined)) return true
    this.#at = start
    return false
  }

  /** `/…/`, or `/…/i`; throws where it has no end. */
  regex(): { source: Word; ignoreCase: boolean } | null {
    const { column } = this
    if (!this.take('/')) return null
    const end = this.#endOfRegex()
    if (end < 0)
      throw new FilterError(
        column,
        'the regular expression has no / at its end; quote a text to search for it',
      )
    const source = { text: this.#text.slice(this.#at, end), column: this.column }
    this.#at = end + 1
    const ignoreCase = this.take('i')
    if (!this.atEnd && !isWordEnd(this.#next))
      throw new FilterError(this.column, 'i is the only flag of a regular expression')
    this.skipBlanks()
    return { source, ignoreCase }
  }

  /** The name of a field and its operator, when both stand here. */
  fieldHead(): { name: Word; operator: Operator } | null {
    fieldName.lastIndex = this.#at
    const text = fieldName.exec(this.#text)?.[0]
    if (text === undefined) return null
    const operator = operators.find(o => this.#text.startsWith(o, this.#at + text.length))
    if (operator === undefined) return null
    const name = { text, column: this.column }
    this.#at += text.length + operator.length
    return { name, operator }
  }

  /** A bare word or a quoted text, and the blanks behind it; null when none stands here. */
  word(): Word | null {
    const { column } = this
    const text = this.#next === '"' ? this.#quoted() : this.#until(isWordEnd)
    if (text === '' && column === this.column) return null
    if (text === '') throw new FilterError(column, 'an empty text cannot be searched for')
    this.skipBlanks()
    return { text, column }
  }

  /**
   * A value: up to a blank, `|` or `)`, with quoted pieces in it. A regular expression keeps its `|` and the parentheses
   * that it opens.
   */
  value(isRegex: boolean): Word | null {
    const { column } = this
    let text = ''
    let open = 0
    for (let next = this.#next; next !== '' && !isBlank(next); next = this.#next) {
      if (next === '"') {
        text += this.#quoted()
        continue
      }
      if (next === '|' && !isRegex) break
      if (next === ')' && open-- === 0) break
      if (next === '(' && isRegex) open++
      const length = next === '\\' && isRegex ? 2 : 1
      text += this.#text.slice(this.#at, this.#at + length)
      this.#at += length
    }
    return column === this.column ? null : { text, column }
  }

  get #next(): string {
    return this.#text.charAt(this.#at)
  }

  #until(isEnd: (char: string) => boolean): string {
    const start = this.#at
    while (!this.atEnd && !isEnd(this.#next)) this.#at++
    return this.#text.slice(start, this.#at)
  }

  /** What stands between two `"`; `\"` and `\\` stand for the character itself. */
  #quoted(): string {
    const { column } = this
    let text = ''
    this.#at++
    while (!this.take('"')) {
      if (this.atEnd) throw new FilterError(column, 'the quote is never closed')
      if (this.#next === '\\' && '"\\'.includes(this.#text.charAt(this.#at + 1))) this.#at++
      text += this.#next
      this.#at++
    }
    return text
  }

  /** The index of the `/` that ends a regular expression: not escaped, not in a class. */
  #endOfRegex(): number {
    let inClass = false
    for (let i = this.#at; i < this.#text.length; i++) {
      const char = this.#text.charAt(i)
      if (char === '\\') i++
      else if (char === '[') inClass = true
      else if (char === ']') inClass = false
      else if (char === '/' && !inClass) return i
    }
    return -1
  }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}

function isWordEnd(char: string): boolean {
  return isBlank(char) || char === '|' || char === '(' || char === ')' || char === '"'
}
