/**
 * JSON (RFC 8259) read to be compared: numbers keep every digit, members that come twice are both kept, and no name means
 * anything to the runtime.
 */

/** A number by its value: digits without zeros at either end, times a power of ten. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
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
const space = /[ \t\r\n]*/y
/** Up to the quote or the first escape. */
const plain = /[ !#-[\]-\uffff]*/y

class Reader {
  readonly #text: string
  #at = 0

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
        return new JsonNumber(numberValue(this.#match(number)))
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

  #string(): string {
    const start = this.#at
    this.#expect('"')
    let hasEscapes = false
    for (;;) {
      this.#match(plain)
      if (this.#takes('"')) break
      if (!this.#takes('\\') || this.#at >= this.#text.length) throw new NotJson()
      hasEscapes = true
      this.#at++
    }
    if (!hasEscapes) return this.#text.slice(start + 1, this.#at - 1)
    return unescaped(this.#text.slice(start, this.#at))
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) throw new NotJson()
    this.#at += word.length
    return value
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw new NotJson()
    this.#at += found.length
    return found
  }

  #skipSpace(): void {
    this.#match(space)
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
