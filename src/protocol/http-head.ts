/**
 * HTTP/1.1 heads line by line, as they are on the wire: order, case, duplicates and white space are kept, nothing is
 * normalised or refused (RFC 9112 §2–5). Its own tokenizer: no regular expression ever sees wire text.
 */

/** A header line of a head. */
export interface Field {
  name: string
  /** Without the white space around it. Octets as Latin-1, so that no octet is lost. */
  value: string
}

/** A request or response head. */
export interface Head {
  /** Where it begins in its side's stream, and its octets up to and with the empty line. */
  offset: number
  length: number
  /** The request line or status line without its line ending. */
  startLine: string
  headers: readonly Field[]
}

/** The largest head that is followed, in octets. */
export const headLimit = 64 * 1024

export const lineFeed = 0x0a

/** Octets that are kept, piece by piece, until it is known what they are. */
export class HeldOctets {
  #octets: Uint8Array = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#octets.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#octets.length))
      grown.set(this.#octets.subarray(0, this.#length))
      this.#octets = grown
    }
    this.#octets.set(piece, this.#length)
    this.#length = length
  }

  /** Gives the octets away, and keeps none. */
  release(): Uint8Array {
    const octets = this.#octets.subarray(0, this.#length)
    this.#octets = new Uint8Array(0)
    this.#length = 0
    return octets
  }
}

/** Gathers lines from chops. A line that lies in one chop is not copied, any other lies in storage of its own. */
export class LineBuffer {
  readonly #held = new HeldOctets()

  /** Octets of an unfinished line. */
  get held(): number {
    return this.#held.length
  }

  /** Gives back, and forgets, the octets of an unfinished line. */
  release(): Uint8Array {
    return this.#held.release()
  }

  /**
   * Looks for the end of a line in `bytes[start..end)`. Returns the line with its ending and the index after it, or null
   * when it goes on in the next chop. `line` is valid during the call.
   */
  take(bytes: Uint8Array, start: number, end: number): { line: Uint8Array; next: number } | null {
    const at = bytes.subarray(start, end).indexOf(lineFeed)
    const next = at < 0 ? end : start + at + 1
    const piece = bytes.subarray(start, next)
    if (at >= 0 && this.#held.length === 0) return { line: piece, next }
    this.#held.append(piece)
    return at < 0 ? null : { line: this.#held.release(), next }
  }
}

/** The text of a line, without CR LF or a bare LF. */
export function lineText(line: Uint8Array): string {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1')
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text
}

/** Builds a head from its lines. */
export class HeadBuilder {
  readonly #offset: number
  #length = 0
  #startLine: string | null = null
  readonly #headers: Field[] = []

  constructor(offset: number) {
    this.#offset = offset
  }

  get length(): number {
    return this.#length
  }

  get startLine(): string | null {
    return this.#startLine
  }

  /** Takes the next line, with its ending. Returns the head when it was the empty line that ends it. */
  add(line: Uint8Array): Head | null {
    this.#length += line.length
    const text = lineText(line)
    if (this.#startLine === null) {
      // Empty lines before a request line are allowed (RFC 9112 §2.2).
      if (text !== '') this.#startLine = text
      return null
    }
    if (text === '') {
      return {
        offset: this.#offset,
        length: this.#length,
        startLine: this.#startLine,
        headers: this.#headers,
      }
    }
    const last = this.#headers.at(-1)
    if ((text[0] === ' ' || text[0] === '\t') && last !== undefined) last.value += ` ${trim(text)}`
    else this.#headers.push(parseField(text))
    return null
  }
}

/** `name: value` of a header line; all of it is the name where there is no colon. */
export function parseField(text: string): Field {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text, value: '' }
  return { name: text.slice(0, colon), value: trim(text.slice(colon + 1)) }
}

/** Without spaces and tabs around (RFC 9110 §5.6.3). */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  return text.slice(start, end)
}

/** The values of every header named `name`, in any case. */
export function valuesOf(head: Head, name: string): string[] {
  const wanted = name.toLowerCase()
  return head.headers.filter(h => h.name.toLowerCase() === wanted).map(h => h.value)
}

/** The elements of a comma-separated list header, over all its lines, without empty ones. */
export function listOf(head: Head, name: string): string[] {
  return valuesOf(head, name)
    .flatMap(value => value.split(','))
    .map(trim)
    .filter(element => element !== '')
}

/** True when a list header holds `token`, in any case. */
export function hasToken(head: Head, name: string, token: string): boolean {
  return listOf(head, name).some(element => element.toLowerCase() === token.toLowerCase())
}

/** The parts of a request line, or null where it is none: three words, the last an HTTP version. */
export function parseRequestLine(text: string): { method: string; target: string; version: string } | null {
  const [method, target, version, ...more] = text.split(' ').filter(word => word !== '')
  if (method === undefined || target === undefined || version === undefined || more.length > 0) return null
  return version.startsWith('HTTP/') ? { method, target, version } : null
}

/** The parts of a status line, or null where it is none. */
export function parseStatusLine(text: string): { version: string; status: number; reason: string } | null {
  if (!text.startsWith('HTTP/')) return null
  const [version = '', code = '', ...reason] = text.split(' ')
  const status = Number(code)
  return status >= 100 && status <= 999 && String(status) === code
    ? { version, status, reason: reason.join(' ') }
    : null
}

/** Reads one head from chops. */
export class HeadReader {
  readonly #lines = new LineBuffer()
  readonly #builder = new HeadBuilder(0)

  /** Octets taken so far, those of the unfinished line included. */
  get length(): number {
    return this.#builder.length + this.#lines.held
  }

  /** Takes octets. Returns the head and the index of the first octet after it, or null while it is incomplete. */
  push(bytes: Uint8Array): { head: Head; next: number } | null {
    for (let i = 0; i < bytes.length;) {
      const taken = this.#lines.take(bytes, i, bytes.length)
      if (taken === null) return null
      i = taken.next
      const head = this.#builder.add(taken.line)
      if (head !== null) return { head, next: i }
    }
    return null
  }
}
