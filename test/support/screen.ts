/** A terminal made of streams, with xterm.js as its screen. */
import { PassThrough, Writable } from 'node:stream'
import xterm from '@xterm/headless'
import { eastAsianWidth } from 'get-east-asian-width'
import { join } from './octets.ts'

/** One cell of the screen. Colours are 0 to 255, null for the terminal's own. */
export interface ScreenCell {
  /** Empty behind a wide character. */
  char: string
  width: number
  foreground: number | null
  background: number | null
  bold: boolean
  underline: boolean
  inverse: boolean
}

export class FakeInput extends PassThrough {
  isRaw = false

  setRawMode(raw: boolean): void {
    this.isRaw = raw
  }
}

export class FakeOutput extends Writable {
  readonly isTTY = true
  columns: number
  rows: number
  isBlocking = true
  readonly _handle = {
    setBlocking: (blocking: boolean): void => {
      this.isBlocking = blocking
    },
  }
  readonly #take: (octets: Uint8Array) => void
  #isStalled = false
  #resume: (() => void) | null = null

  constructor(columns: number, rows: number, take: (octets: Uint8Array) => void) {
    super()
    this.columns = columns
    this.rows = rows
    this.#take = take
  }

  override _write(octets: Buffer, _encoding: string, taken: () => void): void {
    const go = (): void => {
      this.#take(octets)
      taken()
    }
    if (this.#isStalled) this.#resume = go
    else go()
  }

  stall(): void {
    this.#isStalled = true
  }

  resume(): void {
    this.#isStalled = false
    const go = this.#resume
    this.#resume = null
    go?.()
  }
}

/** `widths`: which characters it takes for wide: those of today, or those of 2010, when no emoji was. */
export function fakeTty(columns = 80, rows = 24, widths: 'current' | 'old' = 'current') {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  if (widths === 'current') {
    screen.unicode.register(currentWidths)
    screen.unicode.activeVersion = currentWidths.version
  }
  const taken: Uint8Array[] = []
  const input = new FakeInput()
  const output = new FakeOutput(columns, rows, octets => {
    taken.push(octets)
    screen.write(octets)
  })
  const line = (y: number): string => screen.buffer.active.getLine(y)?.translateToString(true).trimEnd() ?? ''
  const text = (): string => Array.from({ length: screen.rows }, (_, y) => line(y)).join('\n')

  /** Resolves when the streams are idle and the screen shows all that was written. */
  const settled = async (): Promise<void> => {
    await new Promise(setImmediate)
    await new Promise<void>(resolve => {
      screen.write('', resolve)
    })
  }

  return {
    input,
    output,
    modes: () => screen.modes,
    text,
    /** A line without the spaces at its end. */
    line,
    settled,
    /** Presses keys: the text as a terminal sends it. */
    keys: (pressed: string) => input.write(pressed),
    cell: (y: number, x: number) => cellOf(screen, y, x),
    cursor: () => ({ x: screen.buffer.active.cursorX, y: screen.buffer.active.cursorY }),
    isAlternate: () => screen.buffer.active.type === 'alternate',
    /** All octets that it took so far. */
    raw: () => join(taken),
    resize: (newColumns: number, newRows: number): void => {
      screen.resize(newColumns, newRows)
      output.columns = newColumns
      output.rows = newRows
      output.emit('resize')
    },
    /** Takes no more writes; they wait in the stream. */
    stall: () => {
      output.stall()
    },
    resume: () => {
      output.resume()
    },
    /** Resolves when `predicate` holds, asked each time that all was shown; rejects with what is shown instead. */
    until: async (predicate: () => boolean): Promise<void> => {
      for (let round = 0; round < 500; round++) {
        await settled()
        if (predicate()) return
      }
      throw new Error(`never came: ${predicate.toString()}\n${text()}`)
    },
  }
}

export type FakeTty = ReturnType<typeof fakeTty>

const unfit = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** A control, format or combining character takes no cell, so that a test sees one that slipped through. */
function widthOf(code: number): 0 | 1 | 2 {
  return unfit.test(String.fromCodePoint(code)) ? 0 : eastAsianWidth(code)
}

/** Widths of current Unicode. A property is a width, shifted by one; the lowest bit joins it to the character before. */
const currentWidths = {
  version: 'current',
  wcwidth: widthOf,
  charProperties: (code: number, before: number): number => {
    const width = widthOf(code)
    const widthBefore = (before >> 1) & 3
    return width === 0 && widthBefore > 0 ? (widthBefore << 1) | 1 : width << 1
  },
}

function cellOf(screen: xterm.Terminal, y: number, x: number): ScreenCell {
  const cell = screen.buffer.active.getLine(y)?.getCell(x)
  if (cell === undefined) throw new RangeError(`no cell at line ${y}, column ${x}`)
  return {
    char: cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
    width: cell.getWidth(),
    foreground: cell.isFgDefault() ? null : cell.getFgColor(),
    background: cell.isBgDefault() ? null : cell.getBgColor(),
    bold: cell.isBold() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  }
}
