/** The detail of the cursor's row: opened, and kept up with the cursor. */
import { openDetail as detailOf } from './detail/detail-state.ts'
import { subjectOf } from './detail/subject.ts'
import { cursorRow, pause } from './log-state.ts'
import type { Model } from './model.ts'

/** Opens the detail of the row at the cursor, or shows that one where it is open. Returns false without a row. */
export function openDetail(model: Model): boolean {
  const { log } = model
  const row = cursorRow(log)
  if (row < 0) return false
  pause(log)
  log.cursor = row
  model.detail = detailOf(subjectOf(log.log, row), model.detail)
  return true
}

/** Closes it. */
export function closeDetail(model: Model): void {
  model.detail = null
  if (model.focus === 'detail') model.focus = 'log'
}
