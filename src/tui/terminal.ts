/** The terminal: taken over and given back, its size, octets from its keyboard, and cells shown on it. */
import { fill, openScreen, taken } from './blessed-screen.ts'
import type { Cells } from './canvas.ts'

/** What is used of stdin. It must have no encoding set. */
export interface TerminalInput {
  setRawMode?: (raw: boolean) => unknown
  on(event: 'data', listener: (octets: Uint8Array) => void): unknown
  off(event: 'data', listener: (octets: Uint8Array) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** What is used of stdout. */
export interface TerminalOutput {
  readonly columns?: number
  readonly rows?: number
  /** Octets that the terminal has not taken yet. */
  readonly writableLength: number
  write(text: string, taken: () => void): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
  /** Not public in Node, so nothing depends on its being there. */
  _handle?: { setBlocking?: (blocking: boolean) => unknown }
}

/** A column and a line, from 0. */
export interface Position {
  x: number
  y: number
}

const defaultColumns = 80
const defaultRows = 24

/**
 * Bracketed paste; and the wheel as arrow keys, unless it is captured. What the latter was is saved and restored, for some
 * terminals have it on by default.
 */
const sessionModes = { on: '\x1b[?2004h\x1b[?1007s\x1b[?1007h', off: '\x1b[?1007r\x1b[?2004l' }

/** Clicks and the wheel, in decimal. */
const mouseModes = { on: '\x1b[?1000h\x1b[?1006h', off: '\x1b[?1006l\x1b[?1000l' }

/** Synchronized output: the terminal shows all of a frame at once. */
const frameModes = { on: '\x1b[?2026h', off: '\x1b[?2026l' }

const hideCursor = '\x1b[?25l'

/** A terminal, its streams left alone until `enter`. Signals and the end of the process are its owner's. */
export class Terminal {
  /** Takes octets of the keyboard as they come, undecoded. */
  onInput: (octets: Uint8Array) => void = () => undefined
  /** Called when `width` or `height` may have changed; the next `show` writes every cell. */
  onResize: () => void = () => undefined
  /** Called when a frame can be shown again after `show` refused one. */
  onDrain: () => void = () => undefined

  readonly #input: TerminalInput
  readonly #output: TerminalOutput
  readonly #screen = openScreen()
  #isEntered = false
  /** Text is on the normal screen instead of cells. */
  #isPrinting = false
  #hasMouse = false
  /** Whether the terminal has to be cleared first. */
  #isStale = false
  /** Whether a frame was refused. */
  #isAwaited = false
  /** What puts the cursor where it is; empty while it is hidden. */
  #cursor = ''

  constructor(input: TerminalInput, output: TerminalOutput) {
    this.#input = input
    this.#output = output
  }

  /** Columns. */
  get width(): number {
    return this.#output.columns || defaultColumns
  }

  /** Lines. */
  get height(): number {
    return this.#output.rows || defaultRows
  }

  /**
   * Takes the terminal over: raw keys, writes that never block, alternate screen, no cursor, bracketed paste, the wheel as
   * arrow keys. It shows nothing until `show`.
   */
  enter(): void {
    if (this.#isPrinting) this.#enterScreen()
    if (this.#isEntered) return
    this.#isEntered = true
    this.#output._handle?.setBlocking?.(false)
    this.#enterScreen()
    this.#output.on('resize', this.#resized)
    this.#input.setRawMode?.(true)
    this.#input.on('data', this.#received)
    this.#input.resume()
  }

  /**
   * Gives the terminal back as it was. What it has not taken yet goes first; a process that exits before the terminal took
   * it loses it. May be called at any time, and more than once.
   */
  leave(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    this.#output.off('resize', this.#resized)
    this.#input.off('data', this.#received)
    this.#input.pause()
    this.#input.setRawMode?.(false)
    this.#output._handle?.setBlocking?.(true)
    if (!this.#isPrinting) this.#leaveScreen('')
    this.#isPrinting = false
  }

  /** Prints harmless text, its lines ended by CR LF, on the normal screen until `enter`; keys still come. */
  print(text: string): void {
    if (!this.#isEntered || this.#isPrinting) return
    this.#isPrinting = true
    this.#leaveScreen(text)
  }

  /**
   * Shows cells, and the cursor if it has a place. Writes what changed since the last time, in one write. Returns false when
   * nothing was done: the terminal has not taken the last frame yet (`onDrain` follows), is not entered, or has another size.
   */
  show(cells: Cells, cursor: Position | null): boolean {
    if (!this.#isEntered || this.#isPrinting) return false
    if (cells.width !== this.width || cells.height !== this.height) return false
    this.#isAwaited = this.#output.writableLength > 0
    if (this.#isAwaited) return false
    if (this.#isStale) this.#clear()
    fill(this.#screen, cells)
    this.#screen.draw(0, this.#screen.lines.length - 1)
    this.#frame(taken(this.#screen), cursor === null ? '' : `\x1b[${cursor.y + 1};${cursor.x + 1}H\x1b[?25h`)
    return true
  }

  /** Has the next `show` write every cell, whatever the terminal shows by now. */
  redraw(): void {
    this.#isStale = true
  }

  /** Writes a sequence that changes no cell, such as OSC 52; or, after `leave`, any text. It must be harmless already. */
  write(text: string): void {
    this.#output.write(text, this.#drained)
  }

  /** Has the terminal report clicks and the wheel, instead of selecting text. */
  setMouse(on: boolean): void {
    if (on === this.#hasMouse) return
    this.#hasMouse = on
    if (this.#isEntered) this.write(on ? mouseModes.on : mouseModes.off)
  }

  #enterScreen(): void {
    this.#isPrinting = false
    this.#cursor = ''
    this.#fit()
    this.#screen.enter()
    this.write(taken(this.#screen) + sessionModes.on + (this.#hasMouse ? mouseModes.on : ''))
  }

  #leaveScreen(text: string): void {
    this.#screen.leave()
    this.write((this.#hasMouse ? mouseModes.off : '') + sessionModes.off + taken(this.#screen) + text)
  }

  #clear(): void {
    this.#fit()
    this.#screen.alloc()
    this.#isStale = false
  }

  #fit(): void {
    const { program } = this.#screen
    program.cols = this.width
    program.rows = this.height
  }

  #frame(changes: string, cursor: string): void {
    if (changes === '' && cursor === this.#cursor) return
    const hide = this.#cursor === '' ? '' : hideCursor
    this.#cursor = cursor
    this.write(frameModes.on + hide + changes + cursor + frameModes.off)
  }

  readonly #received = (octets: Uint8Array): void => {
    this.onInput(octets)
  }

  readonly #resized = (): void => {
    this.#isStale = true
    this.onResize()
  }

  readonly #drained = (): void => {
    if (!this.#isAwaited || this.#output.writableLength > 0) return
    this.#isAwaited = false
    this.onDrain()
  }
}
