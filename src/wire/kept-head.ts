/** The head of an upgrade attempt as the log keeps it, for as long as the connection is open. */
import { parseHead, type Field, type Head } from '../protocol/http-head.ts'
import type { Handshake } from './entry.ts'

/** Only its text: who looks at the lines has them read again, and there are two heads for each of thousands of connections. */
export class KeptHead implements Handshake {
  readonly offset: number
  readonly #text: string

  constructor({ offset, text }: Head) {
    this.offset = offset
    this.#text = text
  }

  get type(): 'handshake' {
    return 'handshake'
  }

  get length(): number {
    return this.#text.length
  }

  get startLine(): string {
    return parseHead(this.#text, this.offset)?.startLine ?? ''
  }

  get headers(): readonly Field[] {
    return parseHead(this.#text, this.offset)?.headers ?? []
  }
}
