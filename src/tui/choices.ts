/** What was chosen on a screen, for the one that comes in its place. */
import type { Order } from './connections-state.ts'
import { setFilterText } from './filtering.ts'
import { makeFind } from './find.ts'
import type { Model } from './model.ts'
import type { Purpose } from './overlays.ts'
import type { Theme } from './theme.ts'
import type { TimeMode } from './units.ts'

export interface Choices {
  filter: string
  /** Filters that can be taken back. */
  filtersBefore: readonly string[]
  /** What is looked for; empty for nothing. */
  find: string
  /** How times are shown, and whether TCP reads are rows. */
  time: TimeMode
  reads: boolean
  order: Order
  /** What the statistics count. */
  scope: 'all' | 'filter'
  theme: Theme
  hasMouse: boolean
  histories: Readonly<Record<Purpose, readonly string[]>>
}

/** What is chosen by now. */
export function choicesOf({ filter, log, connections, statistics, look, ...model }: Model): Choices {
  return {
    filter: filter.text,
    filtersBefore: filter.before,
    find: log.find?.text ?? '',
    time: log.time,
    reads: log.rows.reads,
    order: connections.order,
    scope: statistics.scope,
    theme: look.theme,
    hasMouse: model.hasMouse,
    histories: model.histories,
  }
}

/** Chooses the same on a new screen; what is left out stays as it is at first. */
export function choose(model: Model, choices: Partial<Choices>): void {
  const { log, connections, statistics, look, histories } = model
  const now = { ...choicesOf(model), ...choices }
  log.time = now.time
  log.rows.set(log.rows.filter, now.reads)
  log.find = makeFind(now.find)
  connections.order = now.order
  statistics.scope = now.scope
  model.look = { ...look, theme: now.theme }
  model.hasMouse = now.hasMouse
  for (const purpose of Object.keys(histories) as Purpose[]) histories[purpose] = [...now.histories[purpose]]
  setFilterText(model, now.filter)
  model.filter.before = [...now.filtersBefore]
}
