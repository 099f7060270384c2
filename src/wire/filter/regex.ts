/** Whether a text holds a match of a regular expression, in time that grows with the text. */
import { FilterError, quoted, type Word } from './expression.ts'
import { programOf, type Instruction } from './regex-program.ts'

/** True when the text matches somewhere in its first `regexLimit` characters. */
export type TextPattern = (text: string) => boolean

/** Characters of a text that a regular expression looks at. */
export const regexLimit = 4096
/** Characters of a regular expression. */
export const sourceLimit = 1024

/** The pattern of a regular expression; throws a FilterError that says what is wrong with it. */
export function regexOf({ text, column }: Word, ignoreCase: boolean): TextPattern {
  const refuse = (why: string) => new FilterError(column, `regular expression ${quoted(text)}: ${why}`)
  if (text.length > sourceLimit) throw refuse(`it has more than ${sourceLimit} characters`)
  const fault = syntaxFault(text)
  if (fault !== null) throw refuse(fault)
  const program = programOf(text, ignoreCase)
  if (typeof program === 'string') throw refuse(program)
  const machine = new Machine(program)
  return of => machine.matches(of.length > regexLimit ? of.slice(0, regexLimit) : of)
}

/** What RegExp finds wrong, without the expression that it repeats. */
function syntaxFault(source: string): string | null {
  try {
    new RegExp(source, 'u')
    return null
  } catch (error) {
    const { message } = error as Error
    return message.slice(message.lastIndexOf(': ') + 2)
  }
}

/** In place of a character: before the first one, behind the last. */
const none = -1

/** Runs a program. Its state is which instructions are reached between two characters. */
class Machine {
  readonly #program: readonly Instruction[]
  /** Instructions to be looked at. */
  readonly #pending: number[] = []
  /** Those that wait for the next character. */
  readonly #waiting: number[] = []
  /** The step in which an instruction was reached last. */
  readonly #reached: Uint32Array

  constructor(program: readonly Instruction[]) {
    this.#program = program
    this.#reached = new Uint32Array(program.length)
  }

  matches(text: string): boolean {
    let before = none
    let step = 0
    this.#reached.fill(0)
    this.#pending.length = 0
    this.#waiting.length = 0
    for (let i = 0; i <= text.length; i += before > 0xffff ? 2 : 1) {
      const char = text.codePointAt(i) ?? none
      // A match may begin anywhere.
      this.#pending.push(0)
      if (this.#reach(++step, before, char)) return true
      this.#consume(char)
      before = char
    }
    return false
  }

  /** Follows all that is pending between two characters; true when the end of the program is reached. */
  #reach(step: number, before: number, after: number): boolean {
    for (let at = this.#pending.pop(); at !== undefined; at = this.#pending.pop()) {
      const instruction = this.#program[at]
      if (this.#reached[at] === step || instruction === undefined) continue
      this.#reached[at] = step
      if (instruction.type === 'match') return true
      if (instruction.type === 'char') this.#waiting.push(at)
      else if (instruction.type === 'split') this.#pending.push(instruction.one, instruction.other)
      else if (holds(instruction.what, before, after)) this.#pending.push(at + 1)
    }
    return false
  }

  #consume(char: number): void {
    for (const at of this.#waiting) {
      const instruction = this.#program[at]
      if (instruction?.type === 'char' && char !== none && instruction.test(char)) this.#pending.push(at + 1)
    }
    this.#waiting.length = 0
  }
}

function holds(what: '^' | '$' | '\\b' | '\\B', before: number, after: number): boolean {
  if (what === '^') return before === none
  if (what === '$') return after === none
  return (isWordCharacter(before) !== isWordCharacter(after)) === (what === '\\b')
}

function isWordCharacter(char: number): boolean {
  return char !== none && char < 128 && /\w/.test(String.fromCharCode(char))
}
