/**
 * HTTP/1.1 heads line by line, as they are on the wire: order, case, duplicates and white space are kept, nothing is
 * normalised or refused (RFC 9112 §2–5). Its own tokenizer: no regular expression ever sees wire text.
 */

/** A header line of a head. */
export interface Field {
  name: string
  /** Without the white space around it. Octets as Latin-1, so that no octet is lost. */
  value: string
  /** Where its line begins in the side's stream. */
  offset: number
  /** Where its value begins; null for a folded one, whose parts lie apart. */
  valueOffset: number | null
}

/** What a line of a head can have that HTTP does not allow (RFC 9112 §2.2, §5). */
export type FlawKind = 'bare LF' | 'folded line' | 'no colon' | 'space before the colon' | 'name is no token'

/** All flaws of one kind in a head. */
export interface Flaw {
  kind: FlawKind
  /** Where the first such line begins in the side's stream, and how many there are. */
  offset: number
  count: number
}

/** A request or response head. */
export interface Head {
  /** Where it begins in its side's stream, and its octets up to and with the empty line. */
  offset: number
  length: number
  /** All of it, octets as Latin-1. */
  text: string
  /** The request line or status line without its line ending, and where it begins. */
  startLine: string
  startLineOffset: number
  headers: readonly Field[]
  flaws: readonly Flaw[]
}

/** What has header lines. */
export type HasFields = Pick<Head, 'headers'>

/** A header to write in place of the first of the same name; with `add` also where there is none. */
export interface HeaderEdit {
  name: string
  value: string
  add: boolean
}

/** The largest head that is followed, in octets. */
export const headLimit = 64 * 1024

export const lineFeed = 0x0a

const noOctets = new Uint8Array(0)

/** Octets that are kept, piece by piece, until it is known what they are. */
export class HeldOctets {
  #octets: Uint8Array = noOctets
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
    this.#octets = noOctets
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
  return withoutEnding(latin1(line))
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')
}

function withoutEnding(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text
}

/** Builds a head from its lines. */
export class HeadBuilder {
  readonly #offset: number
  #length = 0
  readonly #lines: string[] = []
  #startLine: string | null = null
  #startLineOffset = 0
  readonly #headers: Field[] = []
  readonly #flaws: Flaw[] = []

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
    const at = this.#offset + this.#length
    const wire = latin1(line)
    const text = withoutEnding(wire)
    this.#lines.push(wire)
    this.#length += line.length
    if (line.length - text.length < 2) this.#flaw('bare LF', at)
    if (this.#startLine !== null && text !== '') this.#addField(text, at)
    else if (this.#startLine !== null) return this.#head(this.#startLine)
    // Empty lines before a request line are allowed (RFC 9112 §2.2).
    else if (text !== '') {
      this.#startLine = text
      this.#startLineOffset = at
    }
    return null
  }

  #head(startLine: string): Head {
    return {
      offset: this.#offset,
      length: this.#length,
      text: this.#lines.join(''),
      startLine,
      startLineOffset: this.#startLineOffset,
      headers: this.#headers,
      flaws: this.#flaws,
    }
  }

  #addField(text: string, at: number): void {
    const last = this.#headers.at(-1)
    if ((text[0] === ' ' || text[0] === '\t') && last !== undefined) {
      last.value += ` ${trim(text)}`
      last.valueOffset = null
      this.#flaw('folded line', at)
      return
    }
    const { name, value, valueAt } = parseField(text)
    this.#headers.push({ name, value, offset: at, valueOffset: at + valueAt })
    if (valueAt === 0) this.#flaw('no colon', at)
    else if (name.endsWith(' ') || name.endsWith('\t')) this.#flaw('space before the colon', at)
    else if (!isToken(name)) this.#flaw('name is no token', at)
  }

  #flaw(kind: FlawKind, offset: number): void {
    const known = this.#flaws.find(flaw => flaw.kind === kind)
    if (known === undefined) this.#flaws.push({ kind, offset, count: 1 })
    else known.count++
  }
}

/** `name: value` of a header line, and where its value begins; without a colon all of it is the name, and that is 0. */
export function parseField(text: string): { name: string; value: string; valueAt: number } {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text, value: '', valueAt: 0 }
  const rest = text.slice(colon + 1)
  const value = trim(rest)
  return { name: text.slice(0, colon), value, valueAt: colon + 1 + rest.indexOf(value) }
}

/** True for an octet of an HTTP token (RFC 9110 §5.6.2). */
export function isTokenCode(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true
  if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) return true
  return code > 0x20 && code < 0x7f && "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code))
}

/** True for an HTTP token. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false
  return text !== ''
}

/** Without spaces and tabs around (RFC 9110 §5.6.3). */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  return text.slice(start, end)
}

/** Every header named `name`, in any case. */
export function fieldsOf(head: HasFields, name: string): Field[] {
  const wanted = name.toLowerCase()
  return head.headers.filter(h => h.name.toLowerCase() === wanted)
}

/** The values of every header named `name`, in any case. */
export function valuesOf(head: HasFields, name: string): string[] {
  return fieldsOf(head, name).map(h => h.value)
}

/** The stream offset of index `at` of a field's value; of its line where the value is folded. */
export function offsetIn(field: Field, at: number): number {
  return field.valueOffset === null ? field.offset : field.valueOffset + at
}

/** An element of a list header. */
export interface ListElement {
  text: string
  /** Stream offset. */
  offset: number
}

/** The elements of a comma-separated list header, over all its lines, also empty ones. */
export function elementsOf(head: HasFields, name: string): ListElement[] {
  return fieldsOf(head, name).flatMap(field => {
    let at = 0
    return field.value.split(',').map(piece => {
      const text = trim(piece)
      const element = { text, offset: offsetIn(field, at + piece.indexOf(text)) }
      at += piece.length + 1
      return element
    })
  })
}

/** The elements of a comma-separated list header, over all its lines, without empty ones. */
export function listOf(head: HasFields, name: string): string[] {
  return elementsOf(head, name)
    .map(({ text }) => text)
    .filter(text => text !== '')
}

/** True when a list header holds `token`, in any case. */
export function hasToken(head: HasFields, name: string, token: string): boolean {
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

/** The head that has this text, its octets as Latin-1, and begins at `offset`; null where it is not complete. */
export function parseHead(text: string, offset: number): Head | null {
  return new HeadReader(offset).push(Buffer.from(text, 'latin1'))?.head ?? null
}

/** Reads one head from chops. */
export class HeadReader {
  readonly #lines = new LineBuffer()
  readonly #builder: HeadBuilder

  /** `offset` is where in its side's stream it begins. */
  constructor(offset = 0) {
    this.#builder = new HeadBuilder(offset)
  }

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
