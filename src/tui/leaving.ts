/** Ways back: from a pane to the log, from the log out of the screen. */
import type { Effects } from './actions.ts'
import { changeFilter } from './filtering.ts'
import type { Model } from './model.ts'
import { closeDetail } from './opening.ts'

/** From a zoomed pane to all of them, from the detail to the log, from any other pane to it. False: it is there already. */
function backToLog(model: Model): boolean {
  if (model.isZoomed) model.isZoomed = false
  else if (model.detail !== null && (model.focus === 'detail' || model.focus === 'log')) closeDetail(model)
  else if (model.focus !== 'log') model.focus = 'log'
  else return false
  return true
}

/** Back by a step; from the log out of what is shown, asked for where that would end connections. */
export function back(model: Model, effects: Effects): void {
  if (!backToLog(model)) quitAfterAsking(model, effects)
}

/** Back by a step; in the log, what is chosen is taken away one after the other. */
export function clear(model: Model): void {
  if (backToLog(model)) return
  if (model.log.left > 0) model.log.left = 0
  else if (model.log.find !== null) model.log.find = null
  else if (model.filter.text !== '') changeFilter(model, '')
  else model.note = { text: 'q quits', role: 'notice' }
}

/** Leaves what is shown, asked for where that would end connections. */
export function quitAfterAsking(model: Model, effects: Effects): void {
  if (isForwarding(model)) model.overlay = { kind: 'question', about: 'quit' }
  else effects.quit()
}

/** Leaving would end connections, and sleeping stop them. */
export function isForwarding({ host, list }: Model): boolean {
  return host.isLive && list.open > 0
}
