/**
 * JSON (RFC 8259) read to be compared: numbers keep every digit, members that come twice are both kept, and no name means
 * anything to the runtime.
 */

export class JsonNumber {
  /** As it was written. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The same for all ways to write it. */
  get value(): string {
    return numberValue(this.text)
  }
}

/** Members in the order of their names, those of the same name in the order of the text. */
export class JsonObject {
  readonly members: readonly (readonly [string, JsonValue])[]

  constructor(members: [string, JsonValue][]) {
    this.members = members.sort(byName)
  }
}

function byName(a: readonly [string, JsonValue], b: readonly [string, JsonValue]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
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

/** Code units are compared: a character would be a string. */
const codes = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  listStart: 0x5b,
  listEnd: 0x5d,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  objectStart: 0x7b,
  objectEnd: 0x7d,
}

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
    switch (this.#text.charCodeAt(this.#at)) {
      case codes.objectStart:
        return this.#object(depth)
      case codes.listStart:
        return this.#list(depth)
      case codes.quote:
        return this.#string()
      case codes.t:
        return this.#word('true', true)
      case codes.f:
        return this.#word('false', false)
      case codes.n:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): JsonObject {
    const members: [string, JsonValue][] = []
    this.#at++
    this.#skipSpace()
    if (this.#takes(codes.objectEnd)) return new JsonObject(members)
    do {
      this.#skipSpace()
      const name = this.#string()
      this.#skipSpace()
      this.#expect(codes.colon)
      members.push([name, this.#value(depth + 1)])
      this.#skipSpace()
    } while (this.#takes(codes.comma))
    this.#expect(codes.objectEnd)
    return new JsonObject(members)
  }

  #list(depth: number): JsonValue[] {
    const values: JsonValue[] = []
    this.#at++
    this.#skipSpace()
    if (this.#takes(codes.listEnd)) return values
    do {
      values.push(this.#value(depth + 1))
      this.#skipSpace()
    } while (this.#takes(codes.comma))
    this.#expect(codes.listEnd)
    return values
  }

  /** Control characters in it are let pass. */
  #string(): string {
    this.#expect(codes.quote)
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
    const start = (number.lastIndex = this.#at)
    if (!number.test(this.#text)) throw new NotJson()
    this.#at = number.lastIndex
    return new JsonNumber(this.#text.slice(start, this.#at))
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code > codes.space) return
      if (
        code !== codes.space &&
        code !== codes.lineFeed &&
        code !== codes.carriageReturn &&
        code !== codes.tab
      )
        return
      this.#at++
    }
  }

  #takes(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at++
    return true
  }

  #expect(code: number): void {
    if (!this.#takes(code)) throw new NotJson()
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw new NotJson()
  }
}

/** Digits that a double holds: two numbers of no more are the same when their doubles are. */
const doubleDigits = 15

/** No double of less than so many digits overflows or vanishes. */
const doubleExponent = 250

/**
 * `150`, `1.5e2` and `150.0` are the same value. What no double holds is digits without zeros at either end, times a power of
 * ten; an exponent beyond all use is left as it is.
 */
function numberValue(text: string): string {
  if (text.length <= doubleDigits && !/e/i.test(text)) return String(Number(text))
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const significant = (whole + fraction).replace(/^0+/, '')
  if (significant === '') return '0'
  const digits = significant.replace(/0+$/, '')
  const exponent = Number(exponentText) - fraction.length + significant.length - digits.length
  if (digits.length <= doubleDigits && Math.abs(exponent) <= doubleExponent) return String(Number(text))
  const sign = mantissa.startsWith('-') ? '-' : ''
  return Number.isSafeInteger(exponent) ? `${sign}${digits}e${exponent}` : text
}
