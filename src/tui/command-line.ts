/** Commands that are typed behind `:`. */
import type { Effects } from './actions.ts'
import { changeFilter } from './filtering.ts'
import { findIn } from './finding.ts'
import { toRow } from './log-state.ts'
import type { Model } from './model.ts'
import { themes, type ThemeName } from './theme.ts'

/** Runs a command; what it cannot do is said. */
export function runCommand(model: Model, text: string, effects: Effects): void {
  const [name = '', ...words] = text.trim().split(' ')
  const rest = words.join(' ')
  if (name === '') return
  if (/^\d{1,15}$/.test(name)) goTo(model, Number(name))
  else if (name === 'q' || name === 'quit') effects.quit()
  else if (name === 'filter') changeFilter(model, rest)
  else if (name === 'find') findIn(model, rest)
  else if (name === 'theme') setTheme(model, rest)
  else model.note = { text: `no command ${name}: a row number, filter, find, theme, q`, role: 'error' }
}

function goTo(model: Model, row: number): void {
  model.focus = 'log'
  toRow(model.log, row)
}

function setTheme(model: Model, name: string): void {
  if (!Object.hasOwn(themes, name)) {
    model.note = { text: `no theme ${name}: ${Object.keys(themes).join(', ')}`, role: 'error' }
    return
  }
  model.look = { ...model.look, theme: themes[name as ThemeName] }
}
