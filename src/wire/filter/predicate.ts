/** What a filter is made of: tests of rows, each with what it costs. */
import type { WireLog } from '../log.ts'

/** `row` is kept. */
export type Predicate = (log: WireLog, row: number) => boolean

/** What a test looks at, the cheapest first: columns, what is known of the connection, an object, octets. */
export const Cost = { columns: 0, connection: 1, object: 2, octets: 3 } as const

export interface Test {
  cost: number
  holds: Predicate
}

export function not({ cost, holds }: Test): Test {
  return { cost, holds: (log, row) => !holds(log, row) }
}

/** The cheap tests decide first, so that costly ones seldom run. */
export function and(tests: readonly Test[]): Test {
  return joined(tests, (a, b) => (log, row) => a(log, row) && b(log, row))
}

export function or(tests: readonly Test[]): Test {
  return joined(tests, (a, b) => (log, row) => a(log, row) || b(log, row))
}

function joined(tests: readonly Test[], join: (a: Predicate, b: Predicate) => Predicate): Test {
  const sorted = tests.toSorted((a, b) => a.cost - b.cost)
  return {
    cost: sorted.at(-1)?.cost ?? Cost.columns,
    // From the right: the first test is then asked first, without asking the nesting.
    holds: sorted.map(test => test.holds).reduceRight((rest, first) => join(first, rest)),
  }
}
