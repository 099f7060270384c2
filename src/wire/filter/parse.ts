/** Filter text in, expression out: a recursive descent over its grammar, which `docs/filter.md` shows. */
import { FilterError, quoted, type Expression, type Operator, type Word } from './expression.ts'
import type { Field } from './kinds.ts'
import { Scanner, type FieldOf } from './scanner.ts'

/** Characters of a filter. */
export const textLimit = 4096
/** Parentheses and negations inside each other. */
export const depthLimit = 64

/** Throws a FilterError where `text` is no filter. Null: it is empty, and every row matches. */
export function parseExpression(text: string, fieldOf: FieldOf): Expression | null {
  if (text.length > textLimit)
    throw new FilterError(textLimit + 1, `a filter has at most ${textLimit} characters`)
  const parser = new Parser(new Scanner(text), fieldOf)
  return parser.all()
}

class Parser {
  readonly #scanner: Scanner
  readonly #fieldOf: FieldOf
  #depth = 0

  constructor(scanner: Scanner, fieldOf: FieldOf) {
    this.#scanner = scanner
    this.#fieldOf = fieldOf
  }

  all(): Expression | null {
    this.#scanner.skipBlanks()
    if (this.#scanner.atEnd) return null
    const expression = this.#or()
    const { column } = this.#scanner
    if (this.#scanner.take(')')) throw new FilterError(column, ') closes nothing')
    return expression
  }

  #or(): Expression {
    const parts = [this.#and()]
    while (this.#scanner.takeOr()) parts.push(this.#and())
    return joined('or', parts)
  }

  #and(): Expression {
    const parts = [this.#not()]
    while (!this.#scanner.atEndOfAnd) {
      this.#scanner.takeKeyword('AND')
      parts.push(this.#not())
    }
    return joined('and', parts)
  }

  #not(): Expression {
    const scanner = this.#scanner
    if (!scanner.take('-') && !scanner.take('!') && !scanner.takeKeyword('NOT')) return this.#atom()
    return this.#deeper(() => ({ type: 'not', of: this.#not() }))
  }

  #atom(): Expression {
    const scanner = this.#scanner
    const { column } = scanner
    if (scanner.atEndOfAnd || scanner.atKeyword('AND')) throw this.#missing()
    if (scanner.take('(')) return this.#deeper(() => this.#rest(column))
    const regex = scanner.regex()
    if (regex !== null) return { type: 'regex', ...regex }
    const head = scanner.fieldHead()
    if (head !== null) return this.#field(head.name, head.operator)
    const word = scanner.word()
    if (word !== null) return { type: 'word', word }
    throw this.#missing()
  }

  #missing(): FilterError {
    const { column } = this.#scanner
    return new FilterError(column, `a word, a field or a parenthesis is missing${this.#scanner.before()}`)
  }

  /** What follows an opening parenthesis. */
  #rest(opening: number): Expression {
    this.#scanner.skipBlanks()
    const expression = this.#or()
    if (!this.#scanner.take(')')) throw new FilterError(opening, '( is never closed')
    this.#scanner.skipBlanks()
    return expression
  }

  #field(name: Word, operator: Operator): Expression {
    const field = this.#fieldOf(name.text)
    if (field === undefined) {
      const near = this.#near(name.text)
      const hint = near === null ? '; put it in quotes to search for it' : `: did you mean ${near}?`
      throw new FilterError(name.column, `there is no field ${quoted(name.text)}${hint}`)
    }
    const values = [this.#value(name, operator, field)]
    while (operator === ':' && this.#scanner.takeListBar(this.#fieldOf))
      values.push(this.#value(name, operator, field))
    this.#scanner.skipBlanks()
    return { type: 'field', field, operator, values }
  }

  /** The field of which `name` is the plural, or a letter too much, too few or another. */
  #near(name: string): string | null {
    if (name.length > 32) return null
    const shorter = Array.from(name, (_, i) => name.slice(0, i) + name.slice(i + 1)).reverse()
    const isField = (text: string) => this.#fieldOf(text) !== undefined
    const letters = Array.from('abcdefghijklmnopqrstuvwxyz')
    const put = (skip: number) =>
      Array.from({ length: name.length + 1 - skip }, (_, i) =>
        letters.map(letter => name.slice(0, i) + letter + name.slice(i + skip)),
      ).flat()
    return [...shorter, ...put(1), ...put(0)].find(isField) ?? null
  }

  #value(name: Word, operator: Operator, { values }: Field): Word {
    const isRegex = operator === '~'
    const value = this.#scanner.value(isRegex)
    if (value !== null) return value
    const needed = isRegex ? 'a regular expression' : values
    throw new FilterError(this.#scanner.column, `${name.text}${operator} needs ${needed}`)
  }

  #deeper(parse: () => Expression): Expression {
    if (++this.#depth > depthLimit) {
      throw new FilterError(
        this.#scanner.column,
        `more than ${depthLimit} levels of parentheses and negations`,
      )
    }
    const expression = parse()
    this.#depth--
    return expression
  }
}

function joined(type: 'and' | 'or', parts: readonly Expression[]): Expression {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { type, parts }
}
