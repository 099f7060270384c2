/**
 * JSON as a tree in lines, one value each. It is laid out from the text as it came: numbers keep their digits, names their
 * order and duplicates, strings their escapes.
 */
import { counted } from '../../protocol/words.ts'
import { indexOfFound, piece, type Line, type Lines } from './lines.ts'
import { lastNotAbove, wrapEnd } from './text-lines.ts'

/** Octets of a message that is looked at as JSON. */
const jsonLimit = 1 << 20

/** Levels that are laid out; what lies deeper is named and left out. */
export const depthLimit = 100

/** A list of numbers and words up to this length stays in one line. */
const shortList = 40

/** True for an object or an array; other JSON is shown as the text that it is. */
export function isJson(text: string): boolean {
  const first = text[skipSpace(text, 0)]
  if (text.length > jsonLimit || (first !== '{' && first !== '[')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Lines as columns: a mebibyte may have half a million. */
interface Layout {
  /** Where the text of each line begins and ends. */
  starts: number[]
  ends: number[]
  indents: number[]
  /** On a line that opens a list or an object the line that closes it; else what `Single` says. */
  closers: number[]
}

/** Lines that open nothing: a value, or a list or object that lies too deep. */
const Single = { value: -1, tooDeep: -2 } as const

/** The tree of a text for which `isJson` is true. `folded` holds what is folded, as `foldAt` names it. */
export function jsonLines(text: string, columns: number, folded: ReadonlySet<number>): Lines {
  const layout = new Builder(text, columns).build()
  const visible = folded.size === 0 ? null : visibleLines(layout, folded)
  const lineOf = (index: number) => (visible === null ? index : (visible[index] ?? 0))
  return {
    count: (visible ?? layout.starts).length,
    at: index => treeLine(text, layout, lineOf(index), folded),
    find: (wanted, from) => {
      const found = indexOfFound(text, wanted, layout.starts[lineOf(from)])
      if (found < 0) return -1
      const line = lastNotAbove(layout.starts, found)
      return visible === null ? line : lastNotAbove(visible, line)
    },
    foldAt: index => {
      const line = lineOf(index)
      return (layout.closers[line] ?? -1) >= 0 ? (layout.starts[line] ?? null) : null
    },
    startAt: index => layout.starts[lineOf(index)] ?? text.length,
    extent: text.length,
  }
}

function visibleLines({ starts, closers }: Layout, folded: ReadonlySet<number>): number[] {
  const visible: number[] = []
  for (let line = 0; line < starts.length; line++) {
    visible.push(line)
    const closer = closers[line] ?? -1
    if (closer >= 0 && folded.has(starts[line] ?? -1)) line = closer
  }
  return visible
}

function treeLine(text: string, layout: Layout, line: number, folded: ReadonlySet<number>): Line {
  const start = layout.starts[line] ?? 0
  const shown = text.slice(start, layout.ends[line])
  const closer = layout.closers[line] ?? -1
  const indent = ' '.repeat(layout.indents[line] ?? 0)
  const name = nameEnd(shown)
  const pieces = [piece(indent + shown.slice(0, name), 'control'), piece(shown.slice(name))]
  if (closer === Single.tooDeep) pieces.push(piece(` … deeper than ${depthLimit} levels`, 'notice'))
  if (closer >= 0 && folded.has(start)) {
    pieces.push(piece(` … ${text.slice(layout.starts[closer], layout.ends[closer])}`))
    pieces.push(piece(`  ${counted(closer - line - 1, 'line')} folded`, 'quiet'))
  }
  return pieces
}

/** Where the name of a member ends, 0 where the line shows none. */
function nameEnd(shown: string): number {
  if (!shown.startsWith('"')) return 0
  const end = stringEnd(shown, 0)
  return shown[skipSpace(shown, end)] === ':' ? end : 0
}

/** Goes over the text once, and over no stack: hostile text nests as deep as it is long. */
class Builder {
  readonly #text: string
  readonly #columns: number
  readonly #layout: Layout = { starts: [], ends: [], indents: [], closers: [] }
  /** The lines of what is open. */
  readonly #open: number[] = []
  #at = 0

  constructor(text: string, columns: number) {
    this.#text = text
    this.#columns = columns
  }

  build(): Layout {
    for (;;) {
      this.#at = skipSpace(this.#text, this.#at)
      if (this.#at >= this.#text.length) return this.#layout
      const char = this.#text[this.#at]
      if (char === '}' || char === ']') this.#close()
      else this.#value()
    }
  }

  #close(): void {
    const start = this.#at++
    const opener = this.#open.pop() ?? 0
    this.#layout.closers[opener] = this.#add(start, Single.value)
  }

  /** A value, with its name where it has one. */
  #value(): void {
    const text = this.#text
    const start = this.#at
    this.#skipName()
    const char = text[this.#at]
    if (char !== '{' && char !== '[') {
      this.#at = char === '"' ? stringEnd(text, this.#at) : scalarEnd(text, this.#at)
      this.#add(start, Single.value)
    } else if (this.#isShort(this.#at)) {
      this.#at = text.indexOf(char === '{' ? '}' : ']', this.#at) + 1
      this.#add(start, Single.value)
    } else if (this.#open.length >= depthLimit) {
      const end = this.#at + 1
      this.#at = containerEnd(text, this.#at)
      this.#line(start, end, Single.tooDeep)
      this.#at = commaEnd(text, this.#at)
    } else {
      this.#at++
      const line = this.#line(start, this.#at, Single.value)
      this.#open.push(line)
    }
  }

  #skipName(): void {
    if (this.#text[this.#at] !== '"') return
    const colon = skipSpace(this.#text, stringEnd(this.#text, this.#at))
    if (this.#text[colon] === ':') this.#at = skipSpace(this.#text, colon + 1)
  }

  /** True for what is empty, and for a short list of numbers and words. */
  #isShort(at: number): boolean {
    const isList = this.#text[at] === '['
    for (let i = at + 1; i < Math.min(at + shortList, this.#text.length); i++) {
      const char = this.#text[i] ?? ''
      if (char === (isList ? ']' : '}')) return true
      if ('[{"\n\r\t'.includes(char)) return false
    }
    return false
  }

  /** Adds what ends here, with the comma behind it. */
  #add(start: number, closer: number): number {
    this.#at = commaEnd(this.#text, this.#at)
    return this.#line(start, this.#at, closer)
  }

  /** Adds one line, or several where it is too wide. Returns the first. */
  #line(start: number, end: number, closer: number): number {
    const { starts, ends, indents, closers } = this.#layout
    const indent = Math.min(2 * this.#open.length, this.#columns >> 1)
    const first = starts.length
    for (let at = start; at < end;) {
      const shift = at === start ? indent : indent + 2
      starts.push(at)
      at = wrapEnd(this.#text, at, end, Math.max(4, this.#columns - shift))
      ends.push(at)
      indents.push(shift)
      closers.push(starts.length - 1 === first ? closer : Single.value)
    }
    return first
  }
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** The index behind the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !isSpace(text.charCodeAt(at)) && !',]}'.includes(text[at] ?? '')) at++
  return Math.max(at, start + 1)
}

/** The index behind the list or object that begins at `start`. */
function containerEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length;) {
    const char = text[at]
    if (char === '"') at = stringEnd(text, at)
    else {
      at++
      if (char === '{' || char === '[') depth++
      else if ((char === '}' || char === ']') && --depth === 0) return at
    }
  }
  return text.length
}

/** The index behind the comma that follows at `start`, or `start`. */
function commaEnd(text: string, start: number): number {
  const at = skipSpace(text, start)
  return text[at] === ',' ? at + 1 : start
}
