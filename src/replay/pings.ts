/** The Pings of one side, by number, and which of them wait for their Pong (RFC 6455 §5.5.3). */
import { pingLimit } from '../wire/ping-book.ts'

interface Ping {
  number: number
  payload: Buffer
}

export class Pings {
  #open: Ping[] = []
  #count = 0

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  add(payload: Uint8Array): void {
    this.#open.push({ number: ++this.#count, payload: Buffer.from(payload) })
    if (this.#open.length > pingLimit) this.#open.shift()
  }

  /** The number, from 1, of the most recent Ping that a Pong with this payload answers; null where nobody asked for it. */
  answer(payload: Uint8Array): number | null {
    const at = this.#open.findLastIndex(ping => ping.payload.equals(payload))
    return this.#open.splice(at, at < 0 ? 0 : 1)[0]?.number ?? null
  }

  /** Takes out the payloads of those that wait, and whose number is one that `isDue`. */
  take(isDue: (number: number) => boolean): Buffer[] {
    const due = this.#open.filter(({ number }) => isDue(number))
    this.#open = this.#open.filter(({ number }) => !isDue(number))
    return due.map(({ payload }) => payload)
  }
}
