/**
 * Regular expressions as programs for a machine that takes all alternatives at once (Thompson 1968), so that the time a
 * match takes grows with the text and never explodes: the text is the peer's, and RegExp goes back and tries again.
 * The syntax is that of JavaScript without what needs going back: look-around and back-references.
 */

/** Takes one character, as a code point. */
export type CharTest = (char: number) => boolean

export type Instruction =
  | { type: 'char'; test: CharTest }
  | { type: 'assert'; what: '^' | '$' | '\\b' | '\\B' }
  /** Goes on at both. */
  | { type: 'split'; one: number; other: number }
  | { type: 'match' }

/** Instructions of a program: what a match costs for each character at worst. */
export const programLimit = 1000

/** What a character class, an escape or a character is in the source of a regular expression. */
const atom =
  /\\(?:u(?:\{[^}]*\}|d[89ab]..\\ud[c-f]..|[0-9a-f]{4})|x[0-9a-f]{2}|c[a-z]|p\{[^}]*\}|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/iuy
const quantifier = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y

/** The program of `source`, which RegExp takes with the flag `u`; a string says why there is none. */
export function programOf(source: string, ignoreCase: boolean): readonly Instruction[] | string {
  const compiler = new Compiler(source, ignoreCase ? 'iu' : 'u')
  try {
    return compiler.program()
  } catch (error) {
    if (error instanceof Unsupported) return error.message
    throw error
  }
}

class Unsupported extends Error {}

/** Writes a piece of program, at whose end the next one begins. */
type Piece = (program: Compiler) => void

class Compiler {
  readonly #source: string
  readonly #flags: string
  readonly #code: Instruction[] = []
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#flags = flags
  }

  program(): readonly Instruction[] {
    this.#alternatives()(this)
    this.emit({ type: 'match' })
    return this.#code
  }

  emit(instruction: Instruction): void {
    if (this.#code.length === programLimit)
      throw new Unsupported('it is too large; give smaller repeat counts')
    this.#code.push(instruction)
  }

  /** A split: one way goes on behind it, the other where the program stands when what this returns is called. */
  fork(): () => void {
    const split = { type: 'split' as const, one: this.length + 1, other: 0 }
    this.emit(split)
    return () => {
      split.other = this.length
    }
  }

  jump(to: number): void {
    this.emit({ type: 'split', one: to, other: to })
  }

  get length(): number {
    return this.#code.length
  }

  #alternatives(): Piece {
    const first = this.#sequence()
    if (!this.#take('|')) return first
    const rest = this.#alternatives()
    return program => {
      const toRest = program.fork()
      first(program)
      const jump = { type: 'split' as const, one: 0, other: 0 }
      program.emit(jump)
      toRest()
      rest(program)
      jump.one = jump.other = program.length
    }
  }

  #sequence(): Piece {
    const pieces: Piece[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#source.charAt(this.#at))) {
      pieces.push(this.#quantified(this.#term()))
    }
    return program => {
      for (const piece of pieces) piece(program)
    }
  }

  #term(): Piece {
    for (const what of ['^', '$', '\\b', '\\B'] as const) {
      if (this.#take(what)) {
        return program => {
          program.emit({ type: 'assert', what })
        }
      }
    }
    return this.#take('(') ? this.#group() : this.#character()
  }

  #group(): Piece {
    if (this.#take('?')) {
      const prefix = /^(?::|<[^=!>]+>)/.exec(this.#source.slice(this.#at))?.[0]
      if (prefix === undefined) throw new Unsupported('look-around is not supported')
      this.#at += prefix.length
    }
    const inner = this.#alternatives()
    this.#take(')')
    return inner
  }

  #character(): Piece {
    atom.lastIndex = this.#at
    const text = atom.exec(this.#source)?.[0] ?? ''
    if (/^\\[1-9k]/.test(text)) throw new Unsupported('back-references are not supported')
    this.#at += text.length
    const test = charTest(new RegExp(`^${text}$`, this.#flags))
    return program => {
      program.emit({ type: 'char', test })
    }
  }

  #quantified(piece: Piece): Piece {
    quantifier.lastIndex = this.#at
    const [all = '', mark, from, comma, to] = quantifier.exec(this.#source) ?? []
    this.#at += all.length
    if (all === '') return piece
    if (from === undefined) return repeated(piece, mark === '+' ? 1 : 0, mark === '?' ? 1 : Infinity)
    return repeated(piece, Number(from), comma === '' ? Number(from) : to === '' ? Infinity : Number(to))
  }

  #take(mark: string): boolean {
    if (!this.#source.startsWith(mark, this.#at)) return false
    this.#at += mark.length
    return true
  }
}

function repeated(piece: Piece, least: number, most: number): Piece {
  return program => {
    for (let i = 0; i < least; i++) {
      const { length } = program
      piece(program)
      // Nothing over and over is nothing.
      if (program.length === length) return
    }
    if (most === Infinity) {
      const { length } = program
      const skip = program.fork()
      piece(program)
      program.jump(length)
      skip()
      return
    }
    for (let i = least; i < most; i++) {
      const skip = program.fork()
      piece(program)
      skip()
    }
  }
}

/** A test of single characters, looked up in a table for ASCII. */
function charTest(one: RegExp): CharTest {
  const ascii = Uint8Array.from({ length: 128 }, (_, char) => (one.test(String.fromCharCode(char)) ? 1 : 0))
  return char => (char < 128 ? ascii[char] === 1 : one.test(String.fromCodePoint(char)))
}
