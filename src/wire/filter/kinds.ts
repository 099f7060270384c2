/** The kinds of fields: numbers and ranges of them, texts, words. */
import { FilterError, type Operator, type Word } from './expression.ts'
import { isLowerCase } from './octet-pattern.ts'
import { compares, rangeOf, type Units } from './range.ts'
import { regexOf } from './regex.ts'
import type { Test } from './predicate.ts'
import type { WireLog } from '../log.ts'

/** What a filter may know of time; left out, fields that need it are refused. */
export interface Clock {
  /** Now, in milliseconds since the start: for `age`. */
  now?: () => number
  /** The time of day at the start, in milliseconds: for `at:12:00`. */
  startOfDay?: () => number
}

/** A field: what may stand behind its name, and the test that it makes of that. */
export interface Field {
  /** Its values, as an error lists them. */
  values: string
  /** Words that a value may be; none where it is a number or any text. */
  words: readonly string[]
  /** What it tells of a row, for the documentation. */
  about: string
  examples: readonly string[]
  test: (operator: Operator, value: Word, clock: Clock) => Test
}

/** For each row a number, NaN where it has none. */
export type NumberOf = (log: WireLog, row: number) => number
/** For each row a text, null where it has none. */
export type TextOf = (log: WireLog, row: number) => string | null

export const inOrder: readonly Operator[] = [':', '=', '!=', '>', '>=', '<', '<=']
const equality: readonly Operator[] = [':', '=', '!=']
const textOperators: readonly Operator[] = [...equality, '~']

/** Throws where a field does not take an operator. */
export function refuseOthers(
  name: string,
  allowed: readonly Operator[],
  operator: Operator,
  value: Word,
): void {
  if (allowed.includes(operator)) return
  throw new FilterError(
    value.column - operator.length,
    `${name}: takes ${allowed.join(' ')}, not ${operator}`,
  )
}

/** What a field is called and what is said of it. */
export type Described = Pick<Field, 'values' | 'about' | 'examples'> & {
  name: string
  words?: readonly string[]
}

export interface NumberField extends Described {
  cost: number
  units: Units
  /** False: its numbers only stand for words, which have no order. */
  ordered?: boolean
  of: NumberOf
}

/** A field with a number for each row: it is compared with a range. */
export function numberField(field: NumberField): Field {
  const words = field.units.words ?? []
  return { ...described({ ...field, words }), test: (operator, value) => numberTest(field, operator, value) }
}

export function numberTest(field: NumberField, operator: Operator, value: Word): Test {
  const { name, values, cost, units, ordered = true, of } = field
  refuseOthers(name, ordered ? inOrder : equality, operator, value)
  const fits = compares(operator, rangeOf(name, units, values, value))
  return { cost, holds: (log, row) => fits(of(log, row)) }
}

export function described({ values, about, examples, words = [] }: Described): Omit<Field, 'test'> {
  return { values, about, examples, words }
}

export interface TextField extends Described {
  cost: number
  of: TextOf
}

/** A field with a text for each row: it is the value, in any case unless the value has capitals, or `~` matches it. */
export function textField(field: TextField): Field {
  return { ...described(field), test: (operator, value) => textTest(field, operator, value) }
}

export function textTest({ name, cost, of }: TextField, operator: Operator, value: Word): Test {
  refuseOthers(name, textOperators, operator, value)
  const fits = textFits(operator, value)
  return {
    cost,
    holds(log, row) {
      const text = of(log, row)
      return text !== null && fits(text)
    },
  }
}

/** How a text compares with a value. */
export function textFits(operator: Operator, value: Word): (text: string) => boolean {
  if (operator === '~') return regexOf(value, false)
  const { text } = value
  const isSame = isLowerCase(text) ? (of: string) => of.toLowerCase() === text : (of: string) => of === text
  return operator === '!=' ? of => !isSame(of) : isSame
}
