/** Values of fields as ranges of numbers: `3`, `1k`, `64..128`, `10s`, `12:00:01`, and words that stand for numbers. */
import { unexpected, type Operator, type Word } from './expression.ts'

/** Both ends belong to it. */
export interface Range {
  low: number
  high: number
}

/** What a single value stands for, or null where it is none. */
export interface Units {
  (text: string): Range | null
  /** All that there are, where they are words. */
  words?: readonly string[]
}

/** Whole and decimal numbers with one of these units behind them. */
function scaled(scales: Readonly<Record<string, number>>): Units {
  return text => {
    const [all, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(text.toLowerCase()) ?? []
    const scale = unit === '' ? 1 : Object.hasOwn(scales, unit) ? scales[unit] : undefined
    if (all === undefined || scale === undefined) return null
    const value = Number(digits) * scale
    return { low: value, high: value }
  }
}

export const plain = scaled({})
export const octetUnits = scaled({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 })
export const durations = scaled({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 })

/** Words by the numbers that they stand for. */
export function words(values: Readonly<Record<string, number | Range>>): Units {
  const units = (text: string) => {
    const value = Object.hasOwn(values, text) ? values[text] : undefined
    return typeof value === 'number' ? { low: value, high: value } : (value ?? null)
  }
  return Object.assign(units, { words: Object.keys(values) })
}

/** Hours, minutes and perhaps seconds as milliseconds of the day: the whole minute, second or millisecond that is named. */
export function timeOfDay(text: string): Range | null {
  const [all, h = '', m = '', s, fraction] = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text) ?? []
  if (all === undefined || Number(h) > 23 || Number(m) > 59 || Number(s ?? 0) > 59) return null
  const low =
    (Number(h) * 60 + Number(m)) * 60_000 + Number(s ?? 0) * 1000 + Number(fraction?.padEnd(3, '0') ?? 0)
  const length = s === undefined ? 60_000 : fraction === undefined ? 1000 : 10 ** (3 - fraction.length)
  // Times of rows have fractions of a millisecond.
  return { low, high: low + length - 1e-6 }
}

/** The range of a value: one of `units`, or from one to another, where either end may be left out. */
export function rangeOf(name: string, units: Units, expected: string, value: Word): Range {
  const dots = value.text.indexOf('..')
  const range =
    dots < 0 ? units(value.text) : span(value.text.slice(0, dots), value.text.slice(dots + 2), units)
  if (range === null) throw unexpected(`${name}:`, expected, value)
  return range
}

function span(from: string, to: string, units: Units): Range | null {
  const low = from === '' ? -Infinity : units(from)?.low
  const high = to === '' ? Infinity : units(to)?.high
  if (low === undefined || high === undefined || from + to === '') return null
  return low <= high ? { low, high } : null
}

/** Whether a number compares so with a range; NaN, of a row that has no such number, never does. */
export function compares(operator: Operator, { low, high }: Range): (value: number) => boolean {
  switch (operator) {
    case '>':
      return value => value > high
    case '>=':
      return value => value >= low
    case '<':
      return value => value < low
    case '<=':
      return value => value <= high
    case '!=':
      return value => value < low || value > high
    default:
      return value => value >= low && value <= high
  }
}
