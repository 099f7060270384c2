/** The pings of one side that await their pong (RFC 6455 §5.5.3). */

/** Pings kept; a peer that answers none of so many answers no older one. */
const pingLimit = 32

export class PingBook {
  readonly #open: { payload: Buffer; time: number }[] = []

  add(payload: Uint8Array, time: number): void {
    this.#open.push({ payload: Buffer.from(payload), time })
    if (this.#open.length > pingLimit) this.#open.shift()
  }

  /**
   * The round-trip time, in ms, of the most recent ping with this payload, or null for a pong nobody asked for. Older
   * pings are answered with it: a pong may stand for all that came before.
   */
  answer(payload: Uint8Array, time: number): number | null {
    const at = this.#open.findLastIndex(ping => ping.payload.equals(payload))
    const ping = this.#open[at]
    if (ping === undefined) return null
    this.#open.splice(0, at + 1)
    return time - ping.time
  }
}
