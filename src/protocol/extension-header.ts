/** The grammar of Sec-WebSocket-Extensions (RFC 6455 §9.1), read octet by octet: linear in its length. */
import { isToken, isTokenCode } from './http-head.ts'

export interface ExtensionParameter {
  name: string
  /** The value, unquoted; null for a parameter without one. */
  value: string | null
}

export interface Extension {
  name: string
  parameters: readonly ExtensionParameter[]
}

export interface ExtensionList {
  extensions: readonly Extension[]
  /** Index in the header's value where the grammar breaks; null where it holds. What stands before it is in the list. */
  faultAt: number | null
}

/** A cursor over a header value. */
class Cursor {
  at = 0
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at === this.text.length
  }

  skipSpace(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++
  }

  /** Steps over `char` and the white space around it; false when something else stands here. */
  take(char: string): boolean {
    this.skipSpace()
    if (this.text[this.at] !== char) return false
    this.at++
    this.skipSpace()
    return true
  }

  /** A token, or null. */
  token(): string | null {
    const start = this.at
    while (!this.done && isTokenCode(this.text.charCodeAt(this.at))) this.at++
    return this.at === start ? null : this.text.slice(start, this.at)
  }

  /** A quoted string without its quotes and escapes; null when it does not close or quotes no token (RFC 6455 §9.1). */
  quoted(): string | null {
    const parts: string[] = []
    for (let i = this.at + 1; i < this.text.length; i++) {
      if (this.text[i] === '"') {
        const value = parts.join('')
        if (!isToken(value)) return null
        this.at = i + 1
        return value
      }
      if (this.text[i] === '\\') i++
      parts.push(this.text[i] ?? '')
    }
    return null
  }
}

/** Reads the value of one header. */
export function parseExtensions(text: string): ExtensionList {
  const cursor = new Cursor(text)
  const extensions: Extension[] = []
  do {
    cursor.skipSpace()
    const name = cursor.token()
    const parameters = name === null ? null : parseParameters(cursor)
    if (name === null || parameters === null) return { extensions, faultAt: cursor.at }
    extensions.push({ name, parameters })
  } while (cursor.take(','))
  return { extensions, faultAt: cursor.done ? null : cursor.at }
}

function parseParameters(cursor: Cursor): ExtensionParameter[] | null {
  const parameters: ExtensionParameter[] = []
  while (cursor.take(';')) {
    const name = cursor.token()
    if (name === null) return null
    if (!cursor.take('=')) {
      parameters.push({ name, value: null })
      continue
    }
    const value = cursor.text[cursor.at] === '"' ? cursor.quoted() : cursor.token()
    if (value === null) return null
    parameters.push({ name, value })
  }
  return parameters
}

/** The value for a Sec-WebSocket-Extensions header. */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions
    .map(({ name, parameters }) =>
      [name, ...parameters.map(p => (p.value === null ? p.name : `${p.name}=${p.value}`))].join('; '),
    )
    .join(', ')
}
