/** What in a chop is a body, frames or cannot be followed; the rest is the text of heads and of chunked framing. */
import { HttpExchange, type ExchangeHandler } from '../protocol/http-exchange.ts'
import type { Side } from '../protocol/side.ts'

/**
 * Octets `start` to `end` of a chop. `early`: from a client that awaits the response to its upgrade request. `lost`: what
 * follows the part of a head that could be followed. `other`: frames, and what never was HTTP.
 */
export interface Stretch {
  kind: 'body' | 'early' | 'lost' | 'other'
  start: number
  end: number
}

/** Follows the HTTP of one connection. */
export class StretchReader implements ExchangeHandler {
  // Early octets are held there to be read again as HTTP when the upgrade was refused: else what follows them could not be.
  readonly #http = new HttpExchange(this, true)
  /** True from the first line of a head to its end. */
  readonly #inHead: Record<Side, boolean> = { client: false, server: false }
  readonly #isLost: Record<Side, boolean> = { client: false, server: false }
  #chop: Uint8Array | null = null
  #stretches: Stretch[] = []

  /** True when text may follow from `from`. False for good. */
  mayBeHttp(from: Side): boolean {
    const state = this.#http.stateOf(from)
    return state !== 'frames' && state !== 'opaque'
  }

  /** True while `from` sends frames. */
  isFraming(from: Side): boolean {
    return this.#http.stateOf(from) === 'frames'
  }

  /** The stretches of the next chop of `from` that are no text, in order. */
  read(from: Side, chop: Uint8Array): readonly Stretch[] {
    this.#chop = chop
    this.#stretches = []
    this.#http.push(from, chop)
    this.#chop = null
    return this.#stretches
  }

  /** `octets` octets of `from` are missing. */
  skip(from: Side, octets: number): void {
    this.#http.skip(from, octets)
  }

  /** `from` sends no more. */
  end(from: Side): void {
    this.#http.end(from)
  }

  line(from: Side, _line: Uint8Array, head: boolean): void {
    if (head) this.#inHead[from] = true
  }

  head(from: Side): void {
    this.#inHead[from] = false
  }

  exchange(): void {
    // Whom a body belongs to does not matter.
  }

  upgraded(): void {
    // Frames will come through `octets`.
  }

  opaque(from: Side): void {
    this.#isLost[from] = this.#inHead[from] || this.#chop === null
  }

  body(_from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.#add('body', bytes, start, end)
  }

  early(bytes: Uint8Array, start: number, end: number): void {
    this.#add('early', bytes, start, end)
  }

  octets(from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.#add(this.#isLost[from] ? 'lost' : 'other', bytes, start, end)
  }

  /** Octets out of another array came with an earlier chop: they have been told, as text or as early. */
  #add(kind: Stretch['kind'], bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.#chop) this.#stretches.push({ kind, start, end })
  }
}
