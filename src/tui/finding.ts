/** What is looked for without hiding the rest, in slices. */
import { FilterError } from '../wire/filter/expression.ts'
import { find, findNext as findNextIn, type DetailState } from './detail/detail-state.ts'
import { cutText } from './detail/whole-message.ts'
import { makeFind } from './find.ts'
import { advanceSearch, findNext } from './log-state.ts'
import { openDetail } from './opening.ts'
import type { Model } from './model.ts'

/** Looks for `text` in the pane that has the keys; an empty one looks for nothing any more. */
export function findIn(model: Model, text: string): void {
  const { detail, focus } = model
  if (focus === 'detail' && detail !== null) {
    if (!find(detail, text)) sayNotFound(model, detail)
    return
  }
  try {
    model.log.find = makeFind(text)
    findNext(model.log)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    model.note = { text: error.message, role: 'error' }
  }
}

/** The next that was found, in the pane that has the keys. */
export function findOn(model: Model): void {
  const { detail, focus } = model
  if (focus !== 'detail' || detail === null) findNext(model.log)
  else if (!findNextIn(detail)) sayNotFound(model, detail)
}

/** What is not shown of a message is not searched either. */
function sayNotFound(model: Model, { find: text, subject: { message } }: DetailState): void {
  if (text !== '')
    model.note = { text: `not found: ${text}${cutText(message?.cut ?? null)}`, role: 'warning' }
}

/** Searches on for the row that a key asked for, at most `budget` ms. Returns true when there is more to look at. */
export function searchOn(model: Model, now: () => number, budget: number): boolean {
  const failure = model.log.search?.failure ?? ''
  const standing = advanceSearch(model.log, now, budget)
  if (standing === 'none') model.note = { text: failure, role: 'warning' }
  if (standing === 'found' && model.detail !== null) openDetail(model)
  return standing === 'more'
}
