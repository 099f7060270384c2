/** The filter of the screen: what is in force, what came before. */
import { FilterError } from '../wire/filter/expression.ts'
import { parseFilter, type Filter } from '../wire/filter/filter.ts'
import { Statistics } from '../wire/stats/statistics.ts'
import { setFilter } from './log-state.ts'
import type { Model } from './model.ts'

/** Filters that can be taken back. */
const remembered = 50

/** Rows counted between two looks at the clock: a filter may read up to 64 KiB of each. */
const rowsAtOnce = 1

/** Puts a filter into force. Returns what is wrong with it, and then leaves the old one; null when nothing is. */
export function setFilterText(model: Model, text: string): FilterError | null {
  if (text === model.filter.text) return null
  const parsed = parse(model, text)
  if (parsed instanceof FilterError) return parsed
  model.filter.text = text
  model.filter.applied = parsed
  setFilter(model.log, parsed)
  countAnew(model)
  return null
}

/** Puts a filter into force that can be taken back. */
export function changeFilter(model: Model, text: string): void {
  const { filter } = model
  const before = filter.text
  if (before === text) return
  const fault = setFilterText(model, text)
  if (fault !== null) model.note = { text: fault.message, role: 'error' }
  else remember(model, before)
}

/** The filter before can be had back. */
export function remember({ filter }: Model, before: string): void {
  filter.before.push(before)
  if (filter.before.length > remembered) filter.before.shift()
}

/** Goes back to the filter before. */
export function undoFilter(model: Model): void {
  const before = model.filter.before.pop()
  if (before === undefined) model.note = { text: 'there is no filter before this one', role: 'notice' }
  else setFilterText(model, before)
}

/** Adds a condition to the filter in force. One on the same field, as a word of its own, is replaced. */
export function addCondition(model: Model, condition: string, replaces: string | null = null): void {
  const words = model.filter.text.split(' ').filter(word => word !== '' && word !== condition)
  const kept = replaces === null ? words : words.filter(word => !word.startsWith(replaces))
  // An alternative in the text would take the condition for its own part only.
  const rest = kept.join(' ')
  changeFilter(model, rest.includes('|') ? `(${rest}) ${condition}` : [...kept, condition].join(' '))
}

/** Statistics count what they are to count from the first row kept. */
export function countAnew({ filter: { applied }, statistics }: Model): void {
  const isOfAll = applied === null || statistics.scope === 'all'
  if (isOfAll && statistics.filtered === null) return
  statistics.filtered = isOfAll ? null : new Statistics(applied, rowsAtOnce)
  statistics.summaryDue = -Infinity
}

function parse({ host }: Model, text: string): Filter | FilterError | null {
  if (text.trim() === '') return null
  const start = new Date(host.started)
  const startOfDay = () =>
    host.started - new Date(start.getFullYear(), start.getMonth(), start.getDate()).getTime()
  const { now } = host
  try {
    return parseFilter(text, now() === null ? { startOfDay } : { startOfDay, now: () => now() ?? 0 })
  } catch (error) {
    if (error instanceof FilterError) return error
    throw error
  }
}
