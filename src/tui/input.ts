/**
 * What a terminal sends, octet by octet, as keys, pastes and mouse events. However the octets are cut into reads, the
 * events are the same; what is no event, such as an answer of the terminal, is swallowed and never read as keys.
 */
import { characterKey, controlKey, csiKey, ss3Key } from './key-names.ts'

/** Columns `x` and lines `y` count from 0. Mouse buttons other than the left one are not told. */
export type InputEvent =
  | { type: 'key'; name: string }
  | { type: 'paste'; text: string }
  | { type: 'mouse'; action: MouseAction; x: number; y: number }

export type MouseAction = 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down'

/** Octets of a paste that are kept; the rest is dropped. */
export const pasteLimit = 65_536

/** Octets of a string (OSC, DCS, APC) that are swallowed when it does not end. No answer of a terminal is as long. */
const stringLimit = 4_096

/** Octets between CSI and its end; longer ones mean nothing. */
const parametersLimit = 64

/** Octets behind `CSI M`: a mouse report of terminals that do not know SGR reports. */
const oldMouseReport = 3

const bell = 0x07
const escape = 0x1b

const pasteEnd = new TextEncoder().encode('\x1b[201~')

/** What the next octet belongs to. `string end`: behind an ESC that may end a string. */
type State = 'text' | 'escape' | 'sequence' | 'string' | 'string end' | 'paste'

/** Octets of stdin in, events out. */
export class InputDecoder {
  readonly #take: (event: InputEvent) => void
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  #state: State = 'text'
  /** What came behind ESC to begin a sequence or string. */
  #lead = ''
  #parameters = ''
  /** Octets that a string may still have. */
  #left = 0
  #paste = new Uint8Array(0)
  #pasted = 0
  /** Octets of `pasteEnd` seen. */
  #matched = 0

  constructor(take: (event: InputEvent) => void) {
    this.#take = take
  }

  /** True when what came last may be keys typed by hand or the beginning of a sequence: time tells, see `flush`. */
  get pending(): boolean {
    if (this.#state === 'sequence') return this.#parameters === ''
    if (this.#state === 'string') return this.#left === stringLimit
    return this.#state === 'escape' || this.#state === 'string end'
  }

  /** To be called when nothing came for a while, 30 ms say: what is pending was typed by hand. */
  flush(): void {
    if (!this.pending) return
    const typed = this.#state === 'sequence' || this.#state === 'string' ? this.#lead : null
    this.#state = 'text'
    this.#key('escape')
    this.#key(typed)
  }

  push(octets: Uint8Array): void {
    for (let i = 0; i < octets.length;) {
      const end = this.#state === 'text' ? textEnd(octets, i) : i
      if (end > i) this.#text(octets.subarray(i, end))
      else this.#step(octets[i] ?? 0)
      i = Math.max(end, i + 1)
    }
  }

  #step(octet: number): void {
    switch (this.#state) {
      case 'text':
        this.#outside(octet)
        break
      case 'escape':
        this.#afterEscape(octet)
        break
      case 'sequence':
        this.#inSequence(octet)
        break
      case 'string':
        this.#inString(octet)
        break
      case 'string end':
        if (octet === 0x5c) this.#state = 'text'
        else this.#afterEscape(octet)
        break
      case 'paste':
        this.#inPaste(octet)
        break
    }
  }

  /** An octet outside of any sequence, or one that ends what it cannot belong to. */
  #outside(octet: number): void {
    this.#state = octet === escape ? 'escape' : 'text'
    if (!isControl(octet)) {
      this.#text(Uint8Array.of(octet))
      return
    }
    this.#utf8.decode() // forgets a character that was cut short
    if (octet !== escape) this.#key(controlKey(octet))
  }

  #afterEscape(octet: number): void {
    const lead = String.fromCharCode(octet)
    if ('[O'.includes(lead)) {
      this.#state = 'sequence'
      this.#parameters = ''
    } else if (']P_'.includes(lead)) {
      this.#swallow(stringLimit)
    } else {
      this.#state = 'text'
      this.#key('escape')
      this.#outside(octet)
    }
    this.#lead = lead
  }

  #inSequence(octet: number): void {
    const char = String.fromCharCode(octet)
    if (isControl(octet) || octet >= 0x80) this.#outside(octet)
    else if (octet >= 0x40 && !(char === '[' && this.#parameters === '')) this.#endSequence(char)
    else if (this.#parameters.length <= parametersLimit) this.#parameters += char
  }

  #endSequence(final: string): void {
    const parameters = this.#parameters
    this.#state = 'text'
    if (parameters.length > parametersLimit) return
    if (this.#lead === 'O') this.#key(parameters === '' ? ss3Key(final) : null)
    else if (parameters === '' && final === 'M') this.#swallow(oldMouseReport)
    else if (parameters === '200' && final === '~') this.#startPaste()
    else if (parameters.startsWith('<')) this.#mouse(parameters, final)
    else this.#key(csiKey(parameters, final))
  }

  #swallow(octets: number): void {
    this.#state = 'string'
    this.#left = octets
  }

  /** A control ends it, also where it should not: whoever types one gets out of a string that has no end. */
  #inString(octet: number): void {
    if (octet === escape) this.#state = 'string end'
    else if (octet === bell) this.#state = 'text'
    else if (isControl(octet)) this.#outside(octet)
    else if (--this.#left === 0) this.#state = 'text'
  }

  #startPaste(): void {
    this.#state = 'paste'
    this.#paste = new Uint8Array(pasteLimit)
    this.#pasted = 0
    this.#matched = 0
  }

  #inPaste(octet: number): void {
    if (octet === pasteEnd[this.#matched]) {
      this.#matched++
      if (this.#matched === pasteEnd.length) this.#endPaste()
      return
    }
    // ESC stands at the beginning of the mark alone, so what matched before it cannot begin another.
    for (const seen of pasteEnd.subarray(0, this.#matched)) this.#keep(seen)
    this.#matched = octet === escape ? 1 : 0
    if (octet !== escape) this.#keep(octet)
  }

  #keep(octet: number): void {
    if (this.#pasted < pasteLimit) this.#paste[this.#pasted++] = octet
  }

  #endPaste(): void {
    const text = this.#decode(this.#paste.subarray(0, this.#pasted))
    this.#utf8.decode()
    this.#state = 'text'
    this.#paste = new Uint8Array(0)
    this.#take({ type: 'paste', text })
  }

  #mouse(parameters: string, final: string): void {
    const report = /^<(\d{1,4});(\d{1,5});(\d{1,5})$/.exec(parameters)
    const [, button, column, line] = (report ?? []).map(Number)
    if (button === undefined || !column || !line) return
    const action = mouseAction(button, final)
    if (action !== null) this.#take({ type: 'mouse', action, x: column - 1, y: line - 1 })
  }

  #text(octets: Uint8Array): void {
    for (const char of this.#decode(octets)) this.#key(characterKey(char))
  }

  /** Invalid UTF-8 is dropped. A character that is cut waits for its rest. */
  #decode(octets: Uint8Array): string {
    return this.#utf8.decode(octets, { stream: true }).replaceAll('\ufffd', '')
  }

  #key(name: string | null): void {
    if (name !== null) this.#take({ type: 'key', name })
  }
}

/** What SGR reports (mode 1006) say, whatever modifiers are held; null for what nothing here is bound to. */
function mouseAction(button: number, final: string): MouseAction | null {
  const modifiers = 4 | 8 | 16
  if (final === 'm') return (button & ~modifiers) === 0 ? 'release' : null
  if (final !== 'M') return null
  const actions: Record<number, MouseAction> = { 0: 'press', 32: 'drag', 64: 'wheel-up', 65: 'wheel-down' }
  return actions[button & ~modifiers] ?? null
}

function isControl(octet: number): boolean {
  return octet < 0x20 || octet === 0x7f
}

/** Where the text that begins at `start` ends. */
function textEnd(octets: Uint8Array, start: number): number {
  let end = start
  while (end < octets.length && !isControl(octets[end] ?? 0)) end++
  return end
}
