/**
 * The one edit made by default: header lines of requests are rewritten on their way to the server, so that `Host` names
 * the server and not the proxy. Only the lines of a head are held back, each until it is complete; all else passes at once.
 */
import { HttpExchange, type ExchangeHandler } from '../protocol/http-exchange.ts'
import { lineText, parseField, type HeaderEdit } from '../protocol/http-head.ts'
import type { Side } from '../protocol/side.ts'
import type { Edit } from '../wire/facts.ts'

/** What to write for a chop, and what was changed in it. `done`: nothing will be changed any more. */
export interface Edited {
  /** One piece for one chop: the server is not to see more reads than the client made writes. */
  written: Uint8Array
  edits: readonly Edit[]
  done: boolean
}

export class HostEdit implements ExchangeHandler {
  readonly #headers: readonly HeaderEdit[]
  readonly #http: HttpExchange
  /** Lower-case names that were written in the head that passes now. */
  readonly #written = new Set<string>()
  #inHead = false
  /** Stream offset of the next client octet to pass. */
  #offset = 0
  #pieces: Uint8Array[] = []
  #edits: Edit[] = []

  constructor(headers: readonly HeaderEdit[]) {
    this.#headers = headers
    this.#http = new HttpExchange(this, false)
  }

  /** Takes a chop of either side. Octets of the server are never changed. */
  push(from: Side, bytes: Uint8Array): Edited {
    this.#pieces = from === 'server' ? [bytes] : []
    this.#edits = []
    this.#http.push(from, bytes)
    const state = this.#http.stateOf('client')
    // A line may still be held back when the server's octets decide: it goes out with the client's next chop.
    const isOver = from === 'client' && (state === 'frames' || state === 'opaque')
    const [only] = this.#pieces
    const written = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces)
    return { written, edits: this.#edits, done: isOver }
  }

  /** The octets of a line that is held back when `from` ends. */
  flush(from: Side): Uint8Array {
    return from === 'client' ? this.#http.unfinishedLine('client') : new Uint8Array(0)
  }

  line(from: Side, line: Uint8Array): void {
    if (from !== 'client') return
    const edited = this.#http.stateOf('client') === 'head' ? this.#edit(line) : line
    // A line that a chop cut lies in storage of its own, any other in the chop: both stay as they are.
    this.#pass(edited, line.length)
  }

  body(from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.octets(from, bytes, start, end)
  }

  early(bytes: Uint8Array, start: number, end: number): void {
    this.octets('client', bytes, start, end)
  }

  octets(from: Side, bytes: Uint8Array, start: number, end: number): void {
    if (from === 'client') this.#pass(bytes.subarray(start, end), end - start)
  }

  head(): void {
    // Lines are edited one by one.
  }

  exchange(): void {
    // Whose response came does not matter here.
  }

  upgraded(): void {
    // `push` sees it in the state.
  }

  opaque(): void {
    // `push` sees it in the state.
  }

  #pass(written: Uint8Array, received: number): void {
    this.#pieces.push(written)
    this.#offset += received
  }

  #edit(line: Uint8Array): Uint8Array {
    const text = lineText(line)
    if (!this.#inHead) {
      this.#inHead = text !== ''
      return line
    }
    return text === '' ? this.#endHead(line) : this.#editField(line, text)
  }

  #editField(line: Uint8Array, text: string): Uint8Array {
    const { name, value } = parseField(text)
    const lower = name.toLowerCase()
    const edit = this.#headers.find(header => header.name.toLowerCase() === lower)
    if (edit === undefined || this.#written.has(lower)) return line
    this.#written.add(lower)
    return edit.value === value ? line : this.#replace(line, `${name}: ${edit.value}\r\n`)
  }

  /** Headers that the head did not have are added before its empty line. */
  #endHead(line: Uint8Array): Uint8Array {
    const missing = this.#headers.filter(({ name, add }) => add && !this.#written.has(name.toLowerCase()))
    this.#inHead = false
    this.#written.clear()
    if (missing.length === 0) return line
    const added = this.#replace(
      new Uint8Array(0),
      missing.map(({ name, value }) => `${name}: ${value}\r\n`).join(''),
    )
    return Buffer.concat([added, line])
  }

  #replace(line: Uint8Array, text: string): Uint8Array {
    // Kept in the log: of its own memory, since a buffer of Node's pool would keep all of the pool.
    const written = new Uint8Array(Buffer.from(text, 'latin1'))
    this.#edits.push({ type: 'edit', offset: this.#offset, octets: line.length, written })
    return written
  }
}
