/** Text in lines that fit a width, however long it is. */
import { indexOfFound, piece, type Line, type Lines } from './lines.ts'
import type { Role } from '../theme.ts'

/** From here on characters may take two columns; taking all of them for wide needs no look-up. */
const firstWide = 0x1100

/** Where the longest piece of `text[start..end)` ends that fits `columns`: at least one character. */
export function wrapEnd(text: string, start: number, end: number, columns: number): number {
  let used = 0
  let at = start
  while (at < end) {
    const code = text.codePointAt(at) ?? 0
    used += code < firstWide ? 1 : 2
    if (used > columns && at > start) return at
    at += code > 0xffff ? 2 : 1
  }
  return Math.min(at, end)
}

/** Where lines of `text` begin: behind each line feed, and where the width is full but for the sign of a line feed. */
function startsOf(text: string, columns: number): number[] {
  const starts: number[] = []
  let feed = -1
  for (let at = 0; at < text.length;) {
    starts.push(at)
    // Looked for once, not anew for each of the lines before it.
    if (feed < at) feed = indexOrEnd(text, '\n', at)
    const end = wrapEnd(text, at, feed, Math.max(1, columns - 1))
    at = end === feed ? feed + 1 : end
  }
  return starts
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from)
  return found < 0 ? text.length : found
}

/** A text as it is, line feeds shown at the ends of lines. */
export function textLines(text: string, columns: number): Lines {
  const starts = startsOf(text, columns)
  return {
    count: starts.length,
    at: index => [piece(text.slice(starts[index] ?? text.length, starts[index + 1] ?? text.length))],
    find: (wanted, from) => {
      const found = from < starts.length ? indexOfFound(text, wanted, starts[from]) : -1
      return found < 0 ? -1 : lastNotAbove(starts, found)
    },
    foldAt: () => null,
    startAt: index => starts[index] ?? text.length,
    extent: text.length,
  }
}

/** Words in lines, `indent` columns from the second line on. */
export function prose(text: string, columns: number, role: Role = 'plain', indent = 0): Line[] {
  const lines: Line[] = []
  for (let at = 0; at < text.length || lines.length === 0;) {
    const shift = lines.length === 0 ? 0 : Math.min(indent, columns >> 1)
    const full = wrapEnd(text, at, text.length, Math.max(1, columns - shift))
    const space = full < text.length ? text.slice(at, full + 1).lastIndexOf(' ') : -1
    const end = space > 0 ? at + space : full
    lines.push([piece(' '.repeat(shift) + text.slice(at, end), role)])
    at = space > 0 ? end + 1 : Math.max(end, at + 1)
  }
  return lines
}

/** A name and what it is, the latter in lines beside it. */
export function named(name: string, value: string, columns: number, role: Role = 'plain'): Line[] {
  const width = Math.max(10, name.length + 1)
  return prose(value, Math.max(8, columns - width), role).map((line, index) => [
    piece(`${index === 0 ? name : ''} `.padEnd(width), 'quiet'),
    ...line,
  ])
}

/** The index of the last of ascending `values` that is at most `value`; -1 without one. */
export function lastNotAbove(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
