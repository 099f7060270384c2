/** The filter that `-f, --filter` of a command gives. */
import { ExitCode, UserError } from '../errors.ts'
import type { Filter } from '../wire/filter/filter.ts'
import type { Clock } from '../wire/filter/kinds.ts'

/** The filter of a command line, null without one; a bad one is a usage error. The language is loaded when it is used. */
export async function filterOf(text: string | undefined, clock: Clock): Promise<Filter | null> {
  if (text === undefined) return null
  const { parseFilter } = await import('../wire/filter/filter.ts')
  const { FilterError } = await import('../wire/filter/expression.ts')
  try {
    return parseFilter(text, clock)
  } catch (error) {
    if (error instanceof FilterError) throw new UserError(ExitCode.usage, error.message)
    throw error
  }
}

/** The clock of a recording: which time of day it begins at is known once its header is read. */
export function recordedClock(): { clock: Clock; begin: (header: { started: string }) => void } {
  let startOfDay = NaN
  return {
    clock: { startOfDay: () => startOfDay },
    begin({ started }) {
      startOfDay = timeOfDay(new Date(started))
    },
  }
}

/** The time of day of `date` here, in milliseconds. */
export function timeOfDay(date: Date): number {
  return ((date.getHours() * 60 + date.getMinutes()) * 60 + date.getSeconds()) * 1000 + date.getMilliseconds()
}
