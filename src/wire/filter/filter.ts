/** The filter language: text in, a predicate over rows of the wire log out. `docs/filter.md` describes it. */
import type { WireLog } from '../log.ts'
import { FilterError, type Expression, type Word } from './expression.ts'
import { fields } from './fields.ts'
import type { Clock } from './kinds.ts'
import { patternLimit, textPattern } from './octet-pattern.ts'
import { parseExpression } from './parse.ts'
import { regexOf } from './regex.ts'
import { holdsOctets, holdsText } from './search.ts'
import { and, Cost, not, or, type Test } from './predicate.ts'

/** Belongs to one log: it may remember what it saw of it. */
export interface Filter {
  /** True when the row is kept and matches. Rows may be asked for in any order. */
  matches(log: WireLog, row: number): boolean
  /** It looks for something in the octets or the text of rows, of which it sees the first `scanLimit` or `regexLimit` only. */
  readonly searches: boolean
}

/** Throws a FilterError, and nothing else, where `text` is no filter. An empty one matches every row. */
export function parseFilter(text: string, clock: Clock = {}): Filter {
  const expression = parseExpression(text, name => (Object.hasOwn(fields, name) ? fields[name] : undefined))
  const { cost, holds } = expression === null ? everything : compile(expression, clock)
  return {
    matches: (log, row) => row >= log.first && row < log.next && holds(log, row),
    searches: cost === Cost.octets,
  }
}

const everything: Test = { cost: Cost.columns, holds: () => true }

function compile(expression: Expression, clock: Clock): Test {
  switch (expression.type) {
    case 'and':
      return and(expression.parts.map(part => compile(part, clock)))
    case 'or':
      return or(expression.parts.map(part => compile(part, clock)))
    case 'not':
      return not(compile(expression.of, clock))
    case 'word':
      return { cost: Cost.octets, holds: holdsOctets(patternOf(expression.word)) }
    case 'regex':
      return { cost: Cost.octets, holds: holdsText(regexOf(expression.source, expression.ignoreCase)) }
    case 'field': {
      const { field, operator, values } = expression
      return or(values.map(value => field.test(operator, value, clock)))
    }
  }
}

function patternOf({ text, column }: Word) {
  if (Buffer.byteLength(text) > patternLimit)
    throw new FilterError(column, `a text has at most ${patternLimit} octets`)
  return textPattern(text)
}
