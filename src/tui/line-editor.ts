/** One line being edited, with the keys of a shell, and the lines that were entered before. */
import type { InputEvent } from './input.ts'
import { columnsOf } from './text.ts'

/** A line being edited, and its history. */
export interface Line {
  text: string
  /** Code points before the cursor. */
  cursor: number
  /** Lines entered, oldest first. */
  history: string[]
  /** Which line of the history is shown; its length for none. */
  recalled: number
  /** What was typed before one of the history was shown. */
  draft: string
}

/** Code points that a line may have; the rest is dropped. */
export const editLimit = 65_536

/** Lines that a history keeps. */
export const historyLimit = 100

/** A line to edit, the cursor at its end. */
export function makeLine(text = '', history: string[] = []): Line {
  const line: Line = { text: '', cursor: 0, history, recalled: history.length, draft: '' }
  replace(line, text)
  return line
}

/** Enters the line: it goes to the history, unless it is blank or the newest there, and an empty one is shown. */
export function enterLine(line: Line): void {
  const { history, text } = line
  if (text.trim() !== '' && text !== history.at(-1)) history.push(text)
  if (history.length > historyLimit) history.shift()
  line.recalled = history.length
  replace(line, '')
}

/** What stands before the cursor. */
export function textBefore({ text, cursor }: Line): string {
  return Array.from(text).slice(0, cursor).join('')
}

/** True when the line took the event, whether or not it changed by it. */
export function editLine(line: Line, event: InputEvent): boolean {
  if (event.type === 'mouse') return false
  if (event.type === 'paste') {
    insert(line, event.text.replaceAll(/\r\n?|\n/g, ' '))
    return true
  }
  const edit = edits[event.name]
  const typed = event.name === 'space' ? ' ' : event.name
  if (edit !== undefined) edit(line)
  else if (isOneCharacter(typed)) insert(line, typed)
  else return false
  return true
}

/** The part of the line that `columns` have room for, and the column of the cursor in it, which is always visible. */
export function visibleLine(line: Line, columns: number, ascii = false): { text: string; column: number } {
  const characters = Array.from(line.text)
  const ahead = Math.min(characters.length - line.cursor, Math.floor(columns / 4))
  // The cursor takes a column; where text follows, a part of it is shown.
  const room = columns - 1 - ahead
  let column = 0
  let start = line.cursor
  for (; start > 0; start--) {
    const width = columnsOf(characters[start - 1] ?? '', ascii)
    if (column + width > room) break
    column += width
  }
  let used = column
  let end = line.cursor
  for (; end < characters.length; end++) {
    used += columnsOf(characters[end] ?? '', ascii)
    if (used > columns) break
  }
  return { text: characters.slice(start, end).join(''), column }
}

type Edit = (line: Line) => void

const toStart: Edit = line => {
  line.cursor = 0
}
const toEnd: Edit = line => {
  line.cursor = lengthOf(line)
}
const left: Edit = line => {
  line.cursor = Math.max(0, line.cursor - 1)
}
const right: Edit = line => {
  line.cursor = Math.min(lengthOf(line), line.cursor + 1)
}
const deleteBefore: Edit = line => {
  remove(line, line.cursor - 1, line.cursor)
}
const deleteAt: Edit = line => {
  remove(line, line.cursor, line.cursor + 1)
}
const deleteToStart: Edit = line => {
  remove(line, 0, line.cursor)
}
const deleteToEnd: Edit = line => {
  remove(line, line.cursor, lengthOf(line))
}
const deleteWord: Edit = line => {
  const characters = Array.from(line.text)
  let start = line.cursor
  while (start > 0 && characters[start - 1] === ' ') start--
  while (start > 0 && characters[start - 1] !== ' ') start--
  remove(line, start, line.cursor)
}
const older: Edit = line => {
  recall(line, line.recalled - 1)
}
const newer: Edit = line => {
  recall(line, line.recalled + 1)
}

const edits: Readonly<Record<string, Edit>> = {
  ...{ left, 'C-b': left, right, 'C-f': right, home: toStart, 'C-a': toStart, end: toEnd, 'C-e': toEnd },
  ...{ backspace: deleteBefore, 'C-h': deleteBefore, delete: deleteAt, 'C-d': deleteAt },
  ...{ 'C-u': deleteToStart, 'C-k': deleteToEnd, 'C-w': deleteWord, up: older, down: newer },
}

/** Types a text at the cursor. */
export function insert(line: Line, text: string): void {
  const characters = Array.from(line.text)
  const added = Array.from(text).slice(0, editLimit - characters.length)
  const after = characters.splice(line.cursor)
  line.text = characters.concat(added, after).join('')
  line.cursor += added.length
}

function remove(line: Line, start: number, end: number): void {
  const characters = Array.from(line.text)
  const from = Math.max(0, start)
  characters.splice(from, end - from)
  line.text = characters.join('')
  line.cursor = from
}

function recall(line: Line, which: number): void {
  const { history } = line
  if (which < 0 || which > history.length) return
  if (line.recalled === history.length) line.draft = line.text
  line.recalled = which
  replace(line, history[which] ?? line.draft)
}

function replace(line: Line, text: string): void {
  line.text = ''
  line.cursor = 0
  insert(line, text)
}

function lengthOf(line: Line): number {
  return Array.from(line.text).length
}

/** False for the name of a key, such as `f1`. */
function isOneCharacter(name: string): boolean {
  return name.length === String.fromCodePoint(name.codePointAt(0) ?? 0).length
}
