/**
 * Finds the credentials in HTTP heads octet by octet, wherever the chops cut them, and overwrites them in place. What it
 * has to know of a line to tell whether its next octet is secret stands before that octet; so nothing is held back, but
 * for one case: an element of Sec-WebSocket-Protocol shows what it is only at its end.
 */
import { cover, isSecretSubprotocol, type Secrets } from '../protocol/secrets.ts'

/** Octets from `start` up to `end` that were overwritten. */
export interface ScrubbedSpan {
  start: number
  end: number
}

/** What a header line holds: nothing secret but perhaps a URL, a credential, or subprotocols. */
type FieldKind = 'plain' | 'secret' | 'subprotocols'

/** Longer names are no names. */
const nameLimit = 256

/** The longest element of Sec-WebSocket-Protocol that is held; a longer one is taken for a credential. */
export const elementLimit = 256

const [tab, lineFeed, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20] as const
const [hash, ampersand, comma, colon, equals, question] = [0x23, 0x26, 0x2c, 0x3a, 0x3d, 0x3f] as const

export class HeadScrubber {
  readonly #secrets: Secrets
  #atLineStart = true
  /** No octet but line endings since the last empty line. */
  #betweenHeads = true
  #field: FieldKind = 'plain'
  /** The name of the header, while it comes; null behind the colon. */
  #name: string | null = ''
  /** Some octet of the value has come that is no white space. */
  #inValue = false
  /** The name of a query parameter, while it comes. */
  #parameter: string | null = null
  #inSecretParameter = false
  /** The element of Sec-WebSocket-Protocol that comes, as far as it is not overwritten; and the one before. */
  #element = ''
  #elementIsSecret = false
  #previous = ''
  #spans: ScrubbedSpan[] = []

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** True after the first octet of a head and before the empty line that ends it. */
  get inHead(): boolean {
    return !this.#betweenHeads
  }

  /** How many of the octets seen last are an element of which is not known yet whether it is a credential. */
  get undecided(): number {
    return this.#element.length
  }

  /** Takes the spans that were overwritten, as indices into what was scrubbed. */
  takeSpans(): ScrubbedSpan[] {
    const spans = this.#spans
    this.#spans = []
    return spans
  }

  /**
   * Reads on in `octets[start..end)` and overwrites. The undecided octets of the call before stand directly before
   * `start`. With `oneHead` it stops behind the empty line that ends a head. Returns where it stopped.
   */
  scrub(octets: Uint8Array, start: number, end: number, oneHead = false): number {
    for (let i = start; i < end; i++) {
      if (this.#take(octets, i, octets[i] ?? 0) && oneHead) return i + 1
    }
    return end
  }

  /** The undecided octets, which end at `end`, are taken for a credential: the rest of them may never be seen. */
  giveUp(octets: Uint8Array, end: number): void {
    if (this.#element === '') return
    this.#overwrite(octets, end - this.#element.length, end)
    this.#element = ''
    this.#elementIsSecret = true
  }

  /** What follows is no head, though the one before may not have ended; `end` as for `giveUp`. */
  leave(octets: Uint8Array, end: number): void {
    this.giveUp(octets, end)
    this.#atLineStart = true
    this.#betweenHeads = true
  }

  /** Octets were missed. Inside a head, what goes on may be a credential, up to the end of its line. */
  lose(): void {
    if (!this.inHead) return
    this.#atLineStart = false
    this.#field = 'secret'
    this.#name = null
    this.#inValue = true
    this.#element = ''
  }

  /** Returns true for the octet that ends a head. */
  #take(octets: Uint8Array, i: number, octet: number): boolean {
    if (octet === lineFeed) return this.#endLine(octets, i)
    if (octet === carriageReturn) {
      this.#endElement(octets, i)
      return false
    }
    if (this.#atLineStart) this.#beginLine(octet)
    if (this.#name !== null) this.#takeName(octet)
    else if (this.#field === 'secret') this.#takeSecret(octets, i, octet)
    else if (this.#field === 'subprotocols') this.#takeSubprotocol(octets, i, octet)
    this.#takeUrl(octets, i, octet)
    return false
  }

  #beginLine(octet: number): void {
    const isFolded = isWhiteSpace(octet) && !this.#betweenHeads
    this.#atLineStart = false
    this.#betweenHeads = false
    this.#inValue = false
    if (!isFolded) this.#field = 'plain'
    if (!isFolded) this.#previous = ''
    this.#name = this.#field === 'plain' ? '' : null
  }

  #endLine(octets: Uint8Array, i: number): boolean {
    const endsHead = this.#atLineStart && !this.#betweenHeads
    this.#endElement(octets, i)
    this.#endParameter()
    if (endsHead) this.#betweenHeads = true
    this.#atLineStart = true
    return endsHead
  }

  #takeName(octet: number): void {
    const name = this.#name ?? ''
    if (octet !== colon) {
      if (name.length < nameLimit) this.#name = name + String.fromCharCode(octet)
      return
    }
    this.#name = null
    const trimmed = name.trim()
    if (trimmed.includes(' ')) return // a request line: its target has a colon
    if (trimmed.toLowerCase() === 'sec-websocket-protocol') this.#field = 'subprotocols'
    else if (this.#secrets.header(trimmed)) this.#field = 'secret'
  }

  /** All of the value but the white space before it. */
  #takeSecret(octets: Uint8Array, i: number, octet: number): void {
    this.#inValue ||= !isWhiteSpace(octet)
    if (this.#inValue) this.#overwrite(octets, i, i + 1)
  }

  #takeSubprotocol(octets: Uint8Array, i: number, octet: number): void {
    if (octet === comma || isWhiteSpace(octet)) this.#endElement(octets, i)
    else if (this.#elementIsSecret) this.#overwrite(octets, i, i + 1)
    else {
      this.#element += String.fromCharCode(octet)
      if (this.#element.length > elementLimit) this.giveUp(octets, i + 1)
    }
  }

  #endElement(octets: Uint8Array, i: number): void {
    const element = this.#element
    this.#element = ''
    this.#elementIsSecret = false
    if (element === '') return
    if (isSecretSubprotocol(element, this.#previous)) this.#overwrite(octets, i - element.length, i)
    this.#previous = element
  }

  /** Query parameters, and those in a fragment, of whatever URL a line holds. */
  #takeUrl(octets: Uint8Array, i: number, octet: number): void {
    if (this.#field !== 'plain') return
    if (isWhiteSpace(octet)) this.#endParameter()
    else if (octet === ampersand || octet === hash || (octet === question && !this.#inSecretParameter)) {
      this.#endParameter()
      this.#parameter = ''
    } else if (this.#inSecretParameter) this.#overwrite(octets, i, i + 1)
    else if (this.#parameter !== null) this.#takeParameter(this.#parameter, octet)
  }

  #takeParameter(name: string, octet: number): void {
    if (octet === equals) {
      this.#inSecretParameter = this.#secrets.parameter(name)
      this.#parameter = null
    } else if (name.length < nameLimit) this.#parameter = name + String.fromCharCode(octet)
  }

  #endParameter(): void {
    this.#parameter = null
    this.#inSecretParameter = false
  }

  #overwrite(octets: Uint8Array, start: number, end: number): void {
    octets.fill(cover.charCodeAt(0), start, end)
    const last = this.#spans.at(-1)
    if (last?.end === start) last.end = end
    else this.#spans.push({ start, end })
  }
}

function isWhiteSpace(octet: number): boolean {
  return octet === space || octet === tab
}
