/** The pings of one side and their pongs (RFC 6455 §5.5.3). */

/** Pings kept; a peer that answers none of so many answers no older one. */
export const pingLimit = 32

/** `passed`: a pong to a later ping stands for this one too. `answered`: its own pong came. */
interface Ping {
  payload: Buffer
  time: number
  state: 'open' | 'passed' | 'answered'
}

export class PingBook {
  #pings: Ping[] = []
  /** When the oldest ping was sent that no pong stands for; null without one. */
  openSince: number | null = null

  /** How many pings no pong stands for, as far as they are kept. */
  get open(): number {
    return this.#pings.filter(ping => ping.state === 'open').length
  }

  add(payload: Uint8Array, time: number): void {
    this.#pings.push({ payload: Buffer.from(payload), time, state: 'open' })
    if (this.#pings.length > pingLimit) this.#pings.shift()
    this.openSince ??= time
  }

  /**
   * The round-trip time, in ms, of the most recent ping with this payload, or null for a pong nobody asked for. A pong
   * stands for all pings before its own too: their own, should they come still, measure nothing (NaN).
   */
  answer(payload: Uint8Array, time: number): number | null {
    const at = this.#pings.findLastIndex(ping => ping.state !== 'answered' && ping.payload.equals(payload))
    const ping = this.#pings[at]
    if (ping === undefined) return null
    for (const earlier of this.#pings.slice(0, at)) if (earlier.state === 'open') earlier.state = 'passed'
    const rtt = ping.state === 'open' ? time - ping.time : NaN
    ping.state = 'answered'
    this.openSince = this.#pings.find(({ state }) => state === 'open')?.time ?? null
    return rtt
  }

  /** The payload of an open ping of which `payload` is a damaged copy: cut, prolonged or changed in place; else null. */
  damaged(payload: Uint8Array): Uint8Array | null {
    if (payload.length === 0) return null
    const isCopy = ({ payload: sent, state }: Ping) => {
      const common = Math.min(sent.length, payload.length)
      const isPrefix = sent.subarray(0, common).equals(payload.subarray(0, common))
      return state === 'open' && common > 0 && (isPrefix || sent.length === payload.length)
    }
    return this.#pings.find(isCopy)?.payload ?? null
  }

  /** Gives up on all open pings. */
  clear(): void {
    this.#pings = []
    this.openSince = null
  }
}
