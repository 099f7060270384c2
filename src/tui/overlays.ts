/** What takes the keys before the panes do: a line being typed, a question, a menu, help. */
import type { FilterError } from '../wire/filter/expression.ts'
import { completedBy, completionOf } from '../wire/filter/completion.ts'
import { clipboardSequence } from './clipboard.ts'
import { copiedText, copies, copyOf, cutOfCopy, savedPayload } from './copying.ts'
import { runCommand } from './command-line.ts'
import { cutText } from './detail/whole-message.ts'
import type { Effects } from './actions.ts'
import type { HelpState } from './panes/help.ts'
import { remember, setFilterText } from './filtering.ts'
import type { InputEvent } from './input.ts'
import { editLine, enterLine, insert, makeLine, textBefore, type Line } from './line-editor.ts'
import { findIn } from './finding.ts'
import type { Model } from './model.ts'
import { replay } from './replaying.ts'
import { pageOf, scrollAt, scrollBy, type Scroll } from './scroll.ts'
import { seenIn } from './seen-values.ts'
import type { Role } from './theme.ts'

/** What a line is typed for. */
export type Purpose = 'filter' | 'find' | 'command' | 'save' | 'replay' | 'open'

export type Overlay =
  | {
      kind: 'prompt'
      purpose: Purpose
      line: Line
      before: string
      fault: FilterError | null
      /** The connection that it is about, if it is about one. */
      conn: number
    }
  | { kind: 'question'; about: 'quit' | 'suspend' }
  | { kind: 'copy' }
  | { kind: 'help'; help: HelpState }
  | { kind: 'lines'; title: string; lines: readonly string[]; scroll: Scroll }

type Prompt = Extract<Overlay, { kind: 'prompt' }>

/** Begins to type a line. */
export function ask(model: Model, purpose: Purpose, text: string, conn = 0): void {
  const line = makeLine(text, model.histories[purpose])
  model.overlay = { kind: 'prompt', purpose, line, before: text, fault: null, conn }
}

/** Gives an event to what lies over the panes. Returns false when it is theirs. */
export function takeByOverlay(model: Model, event: InputEvent, effects: Effects): boolean {
  const { overlay } = model
  if (overlay === null) return false
  if (event.type === 'key' && event.name === 'C-c') {
    if (overlay.kind === 'question' && overlay.about === 'quit') effects.quit()
    else cancel(model)
    return true
  }
  switch (overlay.kind) {
    case 'prompt':
      typeLine(model, overlay, event, effects)
      break
    case 'question':
      answer(model, overlay.about, event, effects)
      break
    case 'copy':
      chooseCopy(model, event, effects)
      break
    case 'help':
      readHelp(model, overlay.help, event)
      break
    case 'lines':
      readLines(model, overlay.scroll, event)
  }
  return true
}

/** Closes what lies over the panes; what a line had changed is as it was. */
function cancel(model: Model): void {
  const { overlay } = model
  model.overlay = null
  if (overlay?.kind === 'prompt' && overlay.purpose === 'filter') setFilterText(model, overlay.before)
}

function typeLine(model: Model, prompt: Prompt, event: InputEvent, effects: Effects): void {
  const { line, purpose } = prompt
  if (event.type === 'key' && event.name === 'escape') cancel(model)
  else if (event.type === 'key' && event.name === 'enter') confirm(model, prompt, effects)
  else if (event.type === 'key' && event.name === 'tab' && purpose === 'filter') complete(model, prompt)
  else if (editLine(line, event) && purpose === 'filter') tryFilter(model, prompt)
}

/** Types on, as far as it is clear what follows. */
function complete(model: Model, prompt: Prompt): void {
  const text = textBefore(prompt.line)
  insert(prompt.line, completedBy(completionOf(text, seenIn(model.list)), text))
  tryFilter(model, prompt)
}

/** What is wrong with a filter, as a line. */
export function faultText({ message }: FilterError): string {
  return `✗ ${message}`
}

/** A filter is in force while it is typed; as long as the text is none, the one from before. */
function tryFilter(model: Model, prompt: Prompt): void {
  prompt.fault = setFilterText(model, prompt.line.text)
  if (prompt.fault !== null) setFilterText(model, prompt.before)
}

function confirm(model: Model, prompt: Prompt, effects: Effects): void {
  const { purpose, line, before, conn } = prompt
  const { text } = line
  if (purpose === 'filter') {
    tryFilter(model, prompt)
    if (prompt.fault !== null) {
      model.note = { text: faultText(prompt.fault), role: 'error' }
      return
    }
    if (text !== before) remember(model, before)
  }
  model.overlay = null
  enterLine(line)
  if (purpose === 'find') findIn(model, text)
  if (purpose === 'command') runCommand(model, text, effects)
  if (purpose === 'save') save(model, text)
  if (purpose === 'replay') replay(model, conn, text, effects)
  if (purpose === 'open') openRecording(model, text, effects)
}

function save(model: Model, path: string): void {
  const saved = savedPayload(model)
  if (path === '') return
  if (saved === null) {
    model.note = { text: 'there is no payload to save', role: 'warning' }
    return
  }
  const { octets, cut } = saved
  const tell = (text: string, role: Role) => {
    model.note = { text, role }
  }
  model.host.save(path, octets).then(
    () => {
      tell(`saved ${octets.length} octets to ${path}${cutText(cut)}`, cut === null ? 'good' : 'warning')
    },
    (error: unknown) => {
      tell(error instanceof Error ? error.message : String(error), 'error')
    },
  )
}

function openRecording(model: Model, path: string, { tell }: Effects): void {
  if (path === '') return
  model.host.openRecording?.(path).catch((error: unknown) => {
    tell(error instanceof Error ? error.message : String(error))
  })
}

function answer(model: Model, about: 'quit' | 'suspend', event: InputEvent, effects: Effects): void {
  if (event.type !== 'key') return
  model.overlay = null
  if (event.name !== 'y') return
  if (about === 'quit') effects.quit()
  else effects.suspend()
}

function chooseCopy(model: Model, event: InputEvent, effects: Effects): void {
  if (event.type !== 'key') return
  model.overlay = null
  const choice = copyOf(event.name)
  if (choice === null) return
  const text = copiedText(model, choice)
  if (text === null) {
    model.note = { text: `there is no ${copies[choice].text} to copy`, role: 'warning' }
    return
  }
  const sequence = clipboardSequence(text)
  if (sequence === null) {
    model.note = { text: 'too long for the clipboard of a terminal: save it to a file (Y)', role: 'warning' }
    return
  }
  effects.write(sequence)
  const cut = cutOfCopy(model, choice)
  model.note = {
    text: `copied ${Buffer.byteLength(text)} octets: ${copies[choice].text} (OSC 52)${cutText(cut)}`,
    role: cut === null ? 'good' : 'warning',
  }
}

function readHelp(model: Model, help: HelpState, event: InputEvent): void {
  if (event.type === 'paste') help.words += event.text
  if (event.type !== 'key') return
  const { name } = event
  if (name === 'escape' || name === 'enter' || name === 'f1') model.overlay = null
  else if (!scrolled(help.scroll, name)) {
    if (name === 'backspace') help.words = help.words.slice(0, -1)
    else if (name === 'space') help.words += ' '
    else if (Array.from(name).length === 1) help.words += name
    help.scroll = scrollAt(0)
  }
}

function readLines(model: Model, scroll: Scroll, event: InputEvent): void {
  if (event.type === 'key' && !scrolled(scroll, event.name)) model.overlay = null
}

/** Scrolls with the keys for that; false for any other. */
function scrolled(scroll: Scroll, key: string): boolean {
  const page = pageOf(1, scroll.height)
  const steps: Readonly<Record<string, number>> = { down: 1, up: -1, pagedown: page, pageup: -page }
  const lines = steps[key] ?? 0
  scrollBy(scroll, lines)
  return lines !== 0
}
