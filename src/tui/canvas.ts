/** Cells that panes draw into: a character and a look each. Text is made harmless on its way in, and clipped. */
import { columnsOf, eachCharacter, plainStart, type Width } from './text.ts'
import { Flag, type Role, type Style, type Theme } from './theme.ts'

/** How all of a screen is drawn. */
export interface Look {
  theme: Theme
  /** Nothing beyond printable ASCII. */
  ascii: boolean
}

/** The cells of a whole screen. A wide character has its cell, and an empty one behind it. */
export interface Cells {
  readonly width: number
  readonly height: number
  /** At `y * width + x`. */
  readonly chars: string[]
  readonly styles: Uint32Array
}

/** Blank cells. */
export function makeCells(width: number, height: number, theme: Theme): Cells {
  const count = width * height
  return {
    width,
    height,
    chars: new Array<string>(count).fill(' '),
    styles: new Uint32Array(count).fill(theme.plain),
  }
}

/** A rectangle of cells. Positions count from its upper left corner; what lies outside of it is not drawn. */
export class Canvas {
  readonly width: number
  readonly height: number
  readonly look: Look
  readonly #cells: Cells
  readonly #left: number
  readonly #top: number

  constructor(cells: Cells, look: Look, left = 0, top = 0, width = cells.width, height = cells.height) {
    this.#cells = cells
    this.look = look
    this.#left = left
    this.#top = top
    this.width = width
    this.height = height
  }

  /** The part of a rectangle that lies in it. */
  region(x: number, y: number, width: number, height: number): Canvas {
    const left = clamp(x, 0, this.width)
    const top = clamp(y, 0, this.height)
    const right = clamp(x + width, left, this.width)
    const bottom = clamp(y + height, top, this.height)
    const { look } = this
    return new Canvas(this.#cells, look, this.#left + left, this.#top + top, right - left, bottom - top)
  }

  /**
   * Draws text in one line from `x` on, at most up to column `end`. Returns the column behind it. What does not fit is not
   * drawn; see `cut` for a sign of that.
   */
  put(x: number, y: number, text: string, role: Role = 'plain', end: number = this.width): number {
    if (y < 0 || y >= this.height) return x
    const style = this.look.theme[role]
    const limit = Math.min(end, this.width)
    // Most text is printable ASCII, which needs no closer look.
    const plain = plainStart(text, limit - x)
    const first = Math.max(0, -x)
    if (plain > first) {
      const { chars } = this.#cells
      const at = this.#take(x + first, y, plain - first, style)
      for (let i = first; i < plain; i++) chars[at + i - first] = text[i] ?? ' '
    }
    let column = x + plain
    if (plain === text.length || column >= limit) return column
    eachCharacter(text.slice(plain), this.look.ascii, (char, width) => {
      if (column + width > limit) return false
      if (column >= 0) this.#set(column, y, char, width, style)
      else if (column + width > 0) this.#set(0, y, ' ', 1, style)
      column += width
      return true
    })
    return column
  }

  /** Draws text so that it ends before column `end`. */
  putRight(end: number, y: number, text: string, role: Role = 'plain'): void {
    this.put(end - columnsOf(text, this.look.ascii), y, text, role)
  }

  /** Fills a rectangle with one narrow character. */
  fill(x: number, y: number, width: number, height: number, char: string, role: Role = 'plain'): void {
    const style = this.look.theme[role]
    const left = Math.max(0, x)
    const right = Math.min(x + width, this.width)
    const bottom = Math.min(y + height, this.height)
    if (left >= right) return
    let cell = ' '
    eachCharacter(char, this.look.ascii, (fit, width) => {
      if (width === 1) cell = fit
      return false
    })
    for (let row = Math.max(0, y); row < bottom; row++) {
      const at = this.#take(left, row, right - left, style)
      this.#cells.chars.fill(cell, at, at + right - left)
    }
  }

  /** Gives cells of a line another look: `inverse`, `bold` or `underline` beside what they have. */
  flag(x: number, y: number, width: number, flag: keyof typeof Flag): void {
    if (y < 0 || y >= this.height) return
    const { styles } = this.#cells
    const right = Math.min(x + width, this.width)
    for (let column = Math.max(0, x); column < right; column++) {
      const at = this.#at(column, y)
      styles[at] = (styles[at] ?? 0) | Flag[flag]
    }
  }

  #at(x: number, y: number): number {
    return (this.#top + y) * this.#cells.width + this.#left + x
  }

  #set(x: number, y: number, char: string, width: Width, style: Style): void {
    const { chars } = this.#cells
    const at = this.#take(x, y, width, style)
    chars[at] = char
    if (width === 2) chars[at + 1] = ''
  }

  /** Cells of a line, for characters that the caller puts there. Half of a wide character is never left behind. */
  #take(x: number, y: number, width: number, style: Style): number {
    const { chars, styles } = this.#cells
    const at = this.#at(x, y)
    const end = at + width
    if (chars[at] === '') chars[at - 1] = ' '
    if (chars[end] === '') chars[end] = ' '
    styles.fill(style, at, end)
    return at
  }
}

/** The text of each line, for those who look at cells without a terminal. */
export function linesOf({ width, height, chars }: Cells): string[] {
  return Array.from({ length: height }, (_, y) => chars.slice(y * width, (y + 1) * width).join(''))
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}
