/**
 * JSON (RFC 8259) read to be compared: numbers keep every digit, members that come twice are both kept, and no name means
 * anything to the runtime.
 */

export class JsonNumber {
  /** As it was written. */
  readonly text: string
  /** Digits without zeros at either end, times a power of ten: the same for all ways to write it. */
  readonly value: string

  constructor(text: string) {
    this.text = text
    this.value = numberValue(text)
  }
}

/** Members in the order of their names, those of the same name in the order of the text. */
export class JsonObject {
  readonly members: readonly (readonly [string, JsonValue])[]

  constructor(members: [string, JsonValue][]) {
    this.members = members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonObject | readonly JsonValue[]

/** Values that lie in one another; what is deeper is not read as JSON. */
export const jsonDepth = 256

/** The object or list that `text` is; null where it is neither, or nested too deep. */
export function parseJson(text: string): JsonObject | readonly JsonValue[] | null {
  const reader = new Reader(text)
  try {
    const value = reader.document()
    return value instanceof JsonObject || Array.isArray(value) ? (value as readonly JsonValue[]) : null
  } catch (error) {
    if (error instanceof NotJson) return null
    throw error
  }
}

class NotJson extends Error {}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

class Reader {
  readonly #text: string
  #at = 0
  /** Where the next backslash stands. */
  #escape = -1

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const value = this.#value(0)
    this.#skipSpace()
    if (this.#at < this.#text.length) throw new NotJson()
    return value
  }

  #value(depth: number): JsonValue {
    if (depth > jsonDepth) throw new NotJson()
    this.#skipSpace()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#list(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): JsonObject {
    const members: [string, JsonValue][] = []
    this.#at++
    this.#skipSpace()
    if (this.#takes('}')) return new JsonObject(members)
    do {
      this.#skipSpace()
      const name = this.#string()
      this.#skipSpace()
      this.#expect(':')
      members.push([name, this.#value(depth + 1)])
      this.#skipSpace()
    } while (this.#takes(','))
    this.#expect('}')
    return new JsonObject(members)
  }

  #list(depth: number): JsonValue[] {
    const values: JsonValue[] = []
    this.#at++
    this.#skipSpace()
    if (this.#takes(']')) return values
    do {
      values.push(this.#value(depth + 1))
      this.#skipSpace()
    } while (this.#takes(','))
    this.#expect(']')
    return values
  }

  /** Control characters in it are let pass. */
  #string(): string {
    this.#expect('"')
    const start = this.#at
    let end = this.#find('"', start)
    if (this.#escape < start) this.#escape = this.#find('\\', start)
    if (end < this.#escape) {
      this.#at = end + 1
      return this.#text.slice(start, end)
    }
    let at = this.#escape
    while (at < end) {
      // The octet after the escape is part of it, whatever it is.
      if (at + 1 === end) end = this.#find('"', end + 1)
      at = this.#find('\\', at + 2)
    }
    this.#escape = at
    if (end === Infinity) throw new NotJson()
    this.#at = end + 1
    return unescaped(this.#text.slice(start - 1, end + 1))
  }

  /** Where `char` stands next; Infinity where it does not. */
  #find(char: string, from: number): number {
    const at = this.#text.indexOf(char, from)
    return at < 0 ? Infinity : at
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) throw new NotJson()
    this.#at += word.length
    return value
  }

  #number(): JsonNumber {
    number.lastIndex = this.#at
    const found = number.exec(this.#text)?.[0]
    if (found === undefined) throw new NotJson()
    this.#at += found.length
    return new JsonNumber(found)
  }

  #skipSpace(): void {
    for (;;) {
      const char = this.#text[this.#at]
      if (char !== ' ' && char !== '\n' && char !== '\r' && char !== '\t') return
      this.#at++
    }
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #expect(char: string): void {
    if (!this.#takes(char)) throw new NotJson()
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw new NotJson()
  }
}

/** `150`, `1.5e2` and `150.0` are the same value. An exponent beyond all use is left as it is. */
function numberValue(text: string): string {
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const significant = (whole + fraction).replace(/^0+/, '')
  if (significant === '') return '0'
  const digits = significant.replace(/0+$/, '')
  const exponent = Number(exponentText) - fraction.length + significant.length - digits.length
  const sign = mantissa.startsWith('-') ? '-' : ''
  return Number.isSafeInteger(exponent) ? `${sign}${digits}e${exponent}` : text
}
