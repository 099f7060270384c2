/** What a bound is, and its value in words. */
import type { ProxyBounds } from './bounds.ts'

/** What a value counts; `ratio` is octets for each octet on the wire. */
type Unit = 'octets' | 'ms' | 'ratio' | 'count'

/** One bound. */
export interface Limit {
  /** A name that stays; the flag without its dashes where there is one. */
  name: string
  /** What it bounds. */
  what: string
  value: number
  unit: Unit
  /** Null where it is fixed. */
  flag: string | null
  /** What happens beyond it. */
  then: string
}

/** The options that make bounds. */
export interface LimitsOptions extends ProxyBounds {
  maxPayload?: number
  /** MiB. */
  maxMessage: number
  sweepLimit: number
  json?: boolean
}

/** A bound in octets. */
export function octets(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'octets', flag, then }
}

/** A bound of how many. */
export function count(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'count', flag, then }
}

/** A bound in milliseconds. */
export function ms(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'ms', flag, then }
}

/** A value in the largest unit that leaves it whole. */
export function valueText({ value, unit }: Pick<Limit, 'value' | 'unit'>): string {
  const plain = value.toLocaleString('en')
  if (unit === 'ratio') return `${plain}:1`
  if (unit === 'ms') return value >= 1000 ? `${(value / 1000).toLocaleString('en')} s` : `${plain} ms`
  if (unit === 'count') return plain
  if (value >= 1024 ** 2 && value % 1024 ** 2 === 0) return `${value / 1024 ** 2} MiB`
  return value >= 1024 && value % 1024 === 0 ? `${value / 1024} KiB` : `${plain} octets`
}
