/** `json:.params.depth>10`: a value inside a JSON message, by path. */
import { isUtf8 } from 'node:buffer'
import { Opcode } from '../../protocol/opcode.ts'
import type { WireLog } from '../log.ts'
import { unexpected, type Operator, type Word } from './expression.ts'
import { textFits } from './kinds.ts'
import { scanLimit } from './search.ts'
import type { Predicate } from './predicate.ts'

/** The last step, an operator and a value, none where the path need only exist. */
const expression = /^((?:\.[\w$-]+|\[\d+\])+)(?:(!=|>=|<=|=|>|<|~)([^]*))?$/
const step = /\.([\w$-]+)|\[(\d+)\]/g

const brace = 0x7b
const bracket = 0x5b

/** The test of a value such as `.type=tick`; null where it is none. */
export function jsonTest(value: Word): Predicate | null {
  const [all, path, operator, text = ''] = expression.exec(value.text) ?? []
  if (all === undefined || path === undefined) return null
  const steps = [...path.matchAll(step)].map(([, key, index]) => key ?? index ?? '')
  const column = value.column + all.length - text.length
  const fits = operator === undefined ? () => true : comparison(operator as Operator, { text, column })
  return (log, row) => {
    const found = valueAt(messageOf(log, row), steps)
    return found !== undefined && fits(found)
  }
}

/** Numbers compare as numbers, the rest as text; objects and lists exist, but equal nothing. */
function comparison(operator: Operator, value: Word): (found: unknown) => boolean {
  const number = value.text.trim() === '' ? NaN : Number(value.text)
  switch (operator) {
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (Number.isNaN(number)) throw unexpected(`json: ${operator}`, 'a number', value)
      return found => typeof found === 'number' && isInOrder[operator](found, number)
    default: {
      const fits = textFits(operator, value)
      const isNumeric = operator !== '~' && !Number.isNaN(number)
      return found => {
        if (isNumeric && typeof found === 'number') return (found === number) === (operator === '=')
        return typeof found === 'object' && found !== null ? operator === '!=' : fits(String(found))
      }
    }
  }
}

const isInOrder = {
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
}

/** The value of the text message that ends at `row`; undefined where it is no JSON, too long or not kept. */
function messageOf(log: WireLog, row: number): unknown {
  const { frames } = log
  if (log.kind(row) !== 'frame' || !frames.endsMessage(row) || frames.messageOpcode(row) !== Opcode.text)
    return undefined
  const { octets, length } = log.message(row, scanLimit)
  if (octets === null || octets.length < length || !isUtf8(octets)) return undefined
  const [first] = octets
  if (first !== brace && first !== bracket) return undefined
  try {
    return JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString())
  } catch {
    return undefined
  }
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value
  for (const key of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}
