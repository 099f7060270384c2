/** Fields that are more than one number or text of each row. */
import { rules } from '../../protocol/rules.ts'
import { FilterError, unexpected, type Operator, type Word } from './expression.ts'
import { gaps } from './gaps.ts'
import { jsonTest } from './json-path.ts'
import {
  described,
  inOrder,
  numberTest,
  refuseOthers,
  textTest,
  type Described,
  type Field,
} from './kinds.ts'
import { hexPattern } from './octet-pattern.ts'
import { compares, durations, octetUnits, plain, rangeOf, timeOfDay } from './range.ts'
import * as row from './row-values.ts'
import { holdsWire } from './search.ts'
import { Cost, type Predicate, type Test } from './predicate.ts'

const onlyIs: readonly Operator[] = [':', '=']

/** A field each value of which has a test of its own; null: it has no such value. */
function valueField(field: Described, cost: number, testOf: (value: Word) => Predicate | null): Field {
  return {
    ...described(field),
    test(operator, value) {
      refuseOthers(field.name, onlyIs, operator, value)
      const holds = testOf(value)
      if (holds === null) throw unexpected(`${field.name}:`, field.values, value)
      return { cost, holds }
    },
  }
}

const chopNumber = {
  name: 'chop',
  values: 'a number of reads or &',
  about: 'reads that carried a frame; `&`: one of them carried octets of something else too',
  examples: ['chop>1', 'chop:&'],
  words: ['&'],
  cost: Cost.columns,
  units: plain,
  of: row.chops,
}

export const chop: Field = {
  ...described(chopNumber),
  test(operator, value) {
    if (value.text !== '&') return numberTest(chopNumber, operator, value)
    refuseOthers('chop', onlyIs, operator, value)
    return { cost: Cost.object, holds: row.sharesRead }
  },
}

const readLength = 'octets, such as 10, 1k or 1..9'

export const read: Field = {
  values: readLength,
  words: [],
  about: 'octets of a read: that of a chop, any that carried a frame',
  examples: ['read<10'],
  test(operator, value) {
    refuseOthers('read', inOrder, operator, value)
    const fits = compares(operator, rangeOf('read', octetUnits, readLength, value))
    return { cost: Cost.object, holds: (log, at) => row.carriedByRead(log, at, fits) }
  },
}

const ruleText = {
  name: 'rule',
  values: 'a rule, or the part of one before the dot',
  about: 'the rule of a violation (see [rules.md](rules.md)), or all rules that begin so',
  examples: ['rule:mask.missing', 'rule:mask', 'rule~utf8'],
  cost: Cost.object,
  of: row.ruleAt,
}

const ruleIds = Object.keys(rules)
const chapters = new Set(ruleIds.map(chapterOf))

/** `mask` of `mask.missing`. */
function chapterOf(id: string): string {
  return id.slice(0, id.indexOf('.'))
}

export const rule: Field = {
  ...described({ ...ruleText, words: [...chapters, ...ruleIds] }),
  test(operator, value) {
    if (operator === '~' || Object.hasOwn(rules, value.text)) return textTest(ruleText, operator, value)
    if (!chapters.has(value.text)) throw unexpected('rule:', ruleText.values, value)
    const of = (...at: Parameters<typeof row.ruleAt>) => {
      const id = row.ruleAt(...at)
      return id === null ? null : chapterOf(id)
    }
    return textTest({ ...ruleText, of }, operator, value)
  },
}

const notUtf8 = new Set<string | null>(['text.invalid-utf8', 'text.truncated-utf8', 'close.invalid-utf8'])

/** What a row may be. */
const states: Readonly<Record<string, Predicate>> = {
  bad: (log, at) => row.severity(log, at) >= row.severities.warning,
  ...Object.fromEntries(
    Object.entries(row.severities).map(([name, rank]): [string, Predicate] => [
      name,
      (log, at) => row.severity(log, at) === rank,
    ]),
  ),
  frag: (log, at) => row.part(log, at) < row.parts.whole,
  deflate: row.endsCompressed,
  notutf8: (log, at) => notUtf8.has(row.ruleAt(log, at)),
}

export const is = valueField(
  {
    name: 'is',
    values: 'bad, error, warning, notice, info, frag, deflate or notutf8',
    about:
      'a violation: `bad` an error or warning, `error` … `info` of that severity, `notutf8` of text that is no UTF-8; ' +
      'a frame: `frag` one of several of its message, `deflate` the last of a compressed message',
    examples: ['is:bad', 'is:frag|deflate'],
    words: Object.keys(states),
  },
  Cost.object,
  ({ text }) => (Object.hasOwn(states, text) ? (states[text] ?? null) : null),
)

export const json = valueField(
  {
    name: 'json',
    values: 'a path such as .type, .list[0] or .type=tick',
    about:
      'a value in the JSON of the text message that ends with a frame: it exists, or compares so (`= != > >= < <= ~`)',
    examples: ['json:.type=tick', 'json:.params.depth>10', 'json:.error'],
  },
  Cost.octets,
  jsonTest,
)

export const hex = valueField(
  {
    name: 'hex',
    values: 'pairs of hex digits, ?? for any octet',
    about: 'octets in a frame, its header as on the wire and its payload unmasked; in a chop, as they came',
    examples: ['hex:81d8', 'hex:00??01'],
  },
  Cost.octets,
  ({ text }) => {
    const pattern = hexPattern(text)
    return pattern === null ? null : holdsWire(pattern)
  },
)

const duration = {
  values: 'a time, such as 5, 500ms or 10s',
  cost: Cost.columns,
  units: durations,
}

const timeAt = {
  ...duration,
  name: 'at',
  values: 'a time since the start, such as 1500..2000 or 10s..12s, or a time of day, such as 12:00:01',
  about: 'when: since the start, or by the clock on the wall of this machine',
  examples: ['at:1500..2000', 'at>10s', 'at:12:00:01..12:00:05'],
  of: row.time,
}

const day = 86_400_000

export const at: Field = {
  ...described(timeAt),
  test(operator, value, { startOfDay }) {
    if (!value.text.includes(':')) return numberTest(timeAt, operator, value)
    if (startOfDay === undefined) throw unknownTime('at', 'when the rows began is not known', value)
    const of: typeof row.time = (log, at) => (startOfDay() + log.time(at)) % day
    return numberTest({ ...timeAt, units: timeOfDay, of }, operator, value)
  },
}

const ageNumber = {
  ...duration,
  name: 'age',
  about: 'how long ago, while traffic is live',
  examples: ['age<10s'],
}

export const age: Field = {
  ...described(ageNumber),
  test(operator, value, { now }) {
    if (now === undefined) throw unknownTime('age', 'these rows are not live', value)
    return numberTest({ ...ageNumber, of: (log, at) => now() - log.time(at) }, operator, value)
  },
}

function unknownTime(name: string, why: string, { column }: Word): FilterError {
  return new FilterError(column, `${name}: ${why}`)
}

const gapNumber = {
  ...duration,
  name: 'gap',
  about: 'how long its connection was silent before: time since the row before that is no chop',
  examples: ['gap>500ms'],
}

export const gap: Field = {
  ...described(gapNumber),
  test: (operator, value): Test => numberTest({ ...gapNumber, of: gaps() }, operator, value),
}
