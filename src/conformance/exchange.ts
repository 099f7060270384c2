/** Messages in turn, as groups 9, 12 and 13 have them: what is due next, and whether what came is its echo. */
import { octetsOf, type Exchange, type Payload } from './case.ts'
import type { SeenMessage } from './receiver.ts'
import type { ExchangeResult } from './verdict.ts'

export class ExchangePlay {
  #result: ExchangeResult | null = null
  readonly #exchange: Exchange
  #done = 0
  /** Octets that must come back; null where the length is enough. */
  #due: Uint8Array | null = null

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** What it came to. `until` says, behind a sentence, what ended the wait for the messages that did not come. */
  verdict(until: string): ExchangeResult {
    const { count } = this.#exchange
    const what = count === 1 ? 'No message' : `${this.#done} of ${count} messages`
    return this.#result ?? { behavior: 'FAILED', result: `${what} came back${until}.` }
  }

  /** The message to send. */
  next(): Payload {
    const payload = this.#exchange.message(this.#done)
    if (this.#exchange.compare === 'content') this.#due = octetsOf(payload)
    return payload
  }

  /** Takes a message. True when another is to be sent, false when it was the last one, or wrong. */
  take(message: SeenMessage): boolean {
    const { count, markers } = this.#exchange
    const difference = this.#differenceOf(message)
    if (difference === null && ++this.#done < count) return true
    if (difference === null) this.#result = { behavior: 'OK', result: doneText(count, message.length) }
    // Of single messages the first that is right decides.
    else if (markers || this.#result?.behavior !== 'OK') this.fail(difference)
    return false
  }

  fail(result: string): void {
    this.#result = { behavior: 'FAILED', result }
  }

  /** permessage-deflate was not agreed. */
  skip(): void {
    this.#result = { behavior: 'UNIMPLEMENTED', result: 'permessage-deflate was not agreed.' }
  }

  #differenceOf({ binary, octets, length }: SeenMessage): string | null {
    const wanted = this.#exchange
    if (binary !== wanted.binary)
      return `A ${wanted.binary ? 'binary' : 'text'} message was due, the other kind came.`
    const due = this.#due?.length ?? wanted.length
    if (length !== due) return `A message of ${due} octets was due, ${length} octets came.`
    const isSame = this.#due === null || Buffer.compare(this.#due, octets) === 0
    return isSame ? null : `Message ${this.#done + 1} came back with other content.`
  }
}

function doneText(count: number, length: number): string {
  return count === 1 ? `A message of ${length} octets came back.` : `All ${count} messages came back.`
}
