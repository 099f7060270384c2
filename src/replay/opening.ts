/** Where the heads of one side lie in its stream, and where its frames begin. */
import { HttpExchange, type Exchange, type ExchangeHandler } from '../protocol/http-exchange.ts'
import type { Head } from '../protocol/http-head.ts'
import type { Side } from '../protocol/side.ts'
import type { HeadSpan } from './head.ts'

export class Opening implements ExchangeHandler {
  readonly #role: Side
  readonly #http = new HttpExchange(this, false)
  #heads: HeadSpan[] = []
  /** Stream offset of the first octet of the chop at hand. */
  #base = 0
  /** Where the first frame of the side begins; null while that is not known. */
  framesFrom: number | null = null

  constructor(role: Side) {
    this.#role = role
  }

  /** True while a head has begun and is not complete. */
  get inHead(): boolean {
    return this.#http.inHead(this.#role)
  }

  /** What comes when no head can follow: frames, or what is not followed; null while one can. */
  get over(): 'frames' | 'opaque' | null {
    const state = this.#http.stateOf(this.#role)
    return state === 'frames' || state === 'opaque' ? state : null
  }

  push(from: Side, bytes: Uint8Array): void {
    this.#base = this.#http.offsetOf(from)
    this.#http.push(from, bytes)
  }

  skip(from: Side, octets: number): void {
    this.#http.skip(from, octets)
  }

  end(from: Side): void {
    this.#http.end(from)
  }

  /** Takes out the heads that are complete. */
  takeHeads(): readonly HeadSpan[] {
    const heads = this.#heads
    this.#heads = []
    return heads
  }

  head(from: Side, { offset }: Head, { upgrade }: Exchange): void {
    if (from === this.#role) this.#heads.push({ offset, upgrade })
  }

  early(_bytes: Uint8Array, start: number): void {
    if (this.#role === 'client') this.framesFrom ??= this.#base + start
  }

  octets(from: Side, _bytes: Uint8Array, start: number): void {
    if (from === this.#role && this.#http.stateOf(from) === 'frames') this.framesFrom ??= this.#base + start
  }

  line(): void {
    // Heads are told when they are complete.
  }

  body(): void {
    // Bodies are no heads.
  }

  exchange(): void {
    // Whose response came does not matter here.
  }

  upgraded(): void {
    // `octets` tells where frames begin.
  }

  opaque(): void {
    // `over` tells.
  }
}
