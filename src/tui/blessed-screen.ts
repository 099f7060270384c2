/** What is used of blessed: the session, a buffer of cells, and the writer of what changed. It sees neither streams nor process. */
import { PassThrough } from 'node:stream'
import blessed from 'blessed'
import type { Cells } from './canvas.ts'
import type { Style } from './theme.ts'

type Cell = [Style, string]
type Line = Cell[] & { dirty: boolean }

/** What is used of a blessed screen. */
export interface Screen {
  /** What is to be shown. */
  lines: Line[]
  /** What the terminal shows, as far as blessed knows. */
  olines: Cell[][]
  tput: { brokenACS: boolean }
  /** `_buf` collects all that blessed writes. */
  program: { cols: number; rows: number; _buf: string; flush: () => void }
  enter(): void
  leave(): void
  /** Makes both buffers blank, in the size of `program`, and clears the terminal. */
  alloc(): void
  /** Writes the cells of dirty lines that are not what the terminal shows. */
  draw(first: number, last: number): void
}

interface Blessed {
  tput: { ipaths: unknown[] }
  Program: { bind: (program: unknown) => void }
  Screen: { bind: (screen: unknown) => void }
  screen(options: object): Screen
}

const library = blessed as unknown as Blessed

// The host's terminfo: blessed misreads current entries, and falls back to fewer colours. Its own entry suits all terminals.
library.tput.ipaths.length = 0

// These would catch exceptions, signals and the exit of the process.
library.Program.bind = () => undefined
library.Screen.bind = () => undefined

/** Stands in for a character that the terminal no longer shows. */
const nothing = '\0'

/** A screen of blessed that nobody sees: what it writes stays in its buffer. */
export function openScreen(): Screen {
  const screen = library.screen({
    input: new PassThrough(),
    output: new PassThrough(),
    terminal: 'xterm-256color',
    forceUnicode: true,
    fullUnicode: false,
    warnings: false,
  })
  screen.tput.brokenACS = true // lines are drawn with characters, not by switching the character set
  screen.program.flush = () => undefined
  screen.leave() // its constructor has entered
  screen.program._buf = ''
  return screen
}

/** What it has written since the last time. */
export function taken({ program }: Screen): string {
  const text = program._buf
  program._buf = ''
  return text
}

/** Puts cells into its buffer, of the same size. Marks the lines that `draw` is to write. */
export function fill({ lines, olines }: Screen, { width, height, chars, styles }: Cells): void {
  for (let y = 0; y < height; y++) {
    const line = lines[y]
    const shown = olines[y]
    if (line !== undefined && shown !== undefined) fillLine(line, shown, chars, styles, y * width)
  }
}

function fillLine(
  line: Line,
  shown: readonly Cell[],
  chars: readonly string[],
  styles: Uint32Array,
  start: number,
): void {
  for (let x = 0; x < line.length; x++) {
    const at = start + x
    const style = styles[at] ?? 0
    const char = chars[at] || ' '
    if (x + 1 < line.length && chars[at + 1] === '') {
      if (put(line, x, style, wide(char, x))) forget(shown, x + 1)
      x++
      put(line, x, style, '')
    } else {
      put(line, x, style, char)
    }
  }
}

/** Returns whether the cell is another now. */
function put(line: Line, x: number, style: Style, char: string): boolean {
  const cell = line[x]
  if (cell === undefined || (cell[0] === style && cell[1] === char)) return false
  cell[0] = style
  cell[1] = char
  line.dirty = true
  return true
}

/**
 * A wide character, and the column behind it set anew: a terminal that takes it for a narrow one shows a space beside it,
 * and no terminal shifts the rest of the line.
 */
function wide(char: string, x: number): string {
  const column = x + 1
  return `  \x1b[${column}G${char}\x1b[${column + 2}G`
}

/** Has a cell written: blessed moves the cursor by cells that it left out, so it must not leave out half of a character. */
function forget(shown: readonly Cell[], x: number): void {
  const cell = shown[x]
  if (cell !== undefined) cell[1] = nothing
}
