/** The one place where text becomes what a cell may hold: nothing that a terminal obeys, hides or draws over its neighbour. */
import { eastAsianWidth } from 'get-east-asian-width'

/** Cells that a character takes. */
export type Width = 1 | 2

/** Receives the characters of a text, one by one, as a cell may hold them. Returns false to stop. */
export type TakeCharacter = (char: string, width: Width) => boolean

/**
 * What is not drawn as one character of its own: controls, format characters (direction, zero width, tags), marks that
 * join the character before (skin tones too), letters of flags, which join in pairs, separators of lines, what is ignored by
 * default, and what is no character at all.
 */
const unfit =
  /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Regional_Indicator}]/u

/** Stands for what is unfit. */
const replacement = '\ufffd'

const controlPictures = 0x2400
const deletePicture = '\u2421'

/** What our own drawing has in ASCII; each as wide as what it stands for. */
const asciiTwins: Readonly<Record<string, string>> = {
  ...{ '→': '>', '←': '<', '↑': '^', '↓': 'v', '─': '-', '│': '|', '┃': '|', '╎': ':', '┼': '+' },
  ...{ '┌': '+', '┐': '\\', '└': '+', '┘': '/', '├': '|', '┤': '|', '┬': '+', '┴': '+' },
  ...{ '…': '~', '·': '.', '×': 'x', '●': '*', '✓': '+', '✗': '!', '⏎': '>', '§': 'S', '–': '-', µ: 'u' },
  ...{ '▁': '_', '▂': '.', '▃': '.', '▄': ':', '▅': ':', '▆': '=', '▇': '#', '█': '#' },
  ...{ '▏': ' ', '▎': '|', '▍': '|', '▌': '=', '▋': '=', '▊': '#', '▉': '#' },
}

/** Every character of `text` as a cell may hold it. `ascii`: nothing beyond printable ASCII. */
export function eachCharacter(text: string, ascii: boolean, take: TakeCharacter): void {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (code >= 0x20 && code < 0x7f) {
      if (!take(char, 1)) return
    } else if (ascii) {
      if (!take(asciiTwins[char] ?? '.', 1)) return
    } else {
      const { shown, width } = knownCell(char, code)
      if (!take(shown, width)) return
    }
  }
}

/** Columns that `text` takes. */
export function columnsOf(text: string, ascii = false): number {
  let columns = plainStart(text, text.length)
  if (columns === text.length) return columns
  eachCharacter(text.slice(columns), ascii, (_, width) => {
    columns += width
    return true
  })
  return columns
}

/** `text` in at most `columns`, with `…` where it was cut. What it returns is still raw text. */
export function cut(text: string, columns: number): string {
  if (text.length <= columns / 2) return text
  if (columns < 1) return ''
  let used = 0
  let at = 0
  let kept = 0
  for (const char of text) {
    used += columnsOfOne(char)
    if (used > columns) return `${text.slice(0, kept)}…`
    at += char.length
    if (used < columns) kept = at
  }
  return text
}

/** The length of the longest beginning of `text` that `columns` have room for. */
export function lengthIn(text: string, columns: number): number {
  let used = 0
  let at = 0
  for (const char of text) {
    used += columnsOfOne(char)
    if (used > columns) break
    at += char.length
  }
  return at
}

/** `text` in lines of at most `columns`, cut between words; a longer word has a line of its own, which is too long. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || columnsOf(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

function columnsOfOne(char: string): number {
  return char >= ' ' && char <= '~' ? 1 : columnsOf(char)
}

/**
 * `text` without its first `left` columns, as cells may hold it; a wide character cut in two leaves a space. What lies
 * more than a character beyond `columns` is left out.
 */
export function scrolled(text: string, left: number, columns: number, ascii: boolean): string {
  const plain = plainStart(text, left)
  let used = plain - left
  let kept = ''
  eachCharacter(text.slice(plain), ascii, (char, width) => {
    if (used >= 0) kept += char
    else if (used + width > 0) kept += ' '
    used += width
    return used <= columns
  })
  return kept
}

/** How many of the first `limit` characters, up to one that is not, are printable ASCII: nearly all are. */
export function plainStart(text: string, limit: number): number {
  let at = 0
  for (; at < Math.min(limit, text.length); at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e) break
  }
  return at
}

/** `text` cut or filled up with spaces to exactly `columns`. */
export function fit(text: string, columns: number): string {
  const kept = cut(text, columns)
  return kept + ' '.repeat(Math.max(0, columns - columnsOf(kept)))
}

/** The same, with the spaces in front. */
export function fitRight(text: string, columns: number): string {
  const kept = cut(text, columns)
  return ' '.repeat(Math.max(0, columns - columnsOf(kept))) + kept
}

interface Cell {
  shown: string
  width: Width
}

/** What was found out about a character is kept; of so many. */
const knownLimit = 8192
const known = new Map<number, Cell>()

function knownCell(char: string, code: number): Cell {
  const before = known.get(code)
  if (before !== undefined) return before
  const shown = fitted(char, code)
  const cell: Cell = { shown, width: shown === char ? widthOf(code) : 1 }
  if (known.size < knownLimit) known.set(code, cell)
  return cell
}

function fitted(char: string, code: number): string {
  if (code < 0x20) return String.fromCharCode(controlPictures + code)
  if (code === 0x7f) return deletePicture
  return unfit.test(char) || isConjoining(code) ? replacement : char
}

/** Hangul vowels and finals, which terminals draw into the syllable before. */
function isConjoining(code: number): boolean {
  return (code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff)
}

function widthOf(code: number): Width {
  return code < 0x300 ? 1 : eastAsianWidth(code)
}
