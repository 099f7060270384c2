/** What permessage-deflate saved on one side's messages (RFC 7692). */
import type { InflateStatus } from '../../protocol/message.ts'
import type { MessageExtra } from '../frame-table.ts'

export interface CompressionSummary {
  /** Compressed messages. */
  messages: number
  /** Of those that were inflated: octets of payload on the wire, and of the messages. */
  wireOctets: number
  octets: number
  /** `wireOctets` / `octets`; null where there were none. */
  ratio: number | null
  /** Messages that were not inflated, and why. */
  notInflated: { capped: number; lost: number; corrupt: number }
}

export class Compression {
  #messages = 0
  #wireOctets = 0
  #octets = 0
  readonly #notInflated = { capped: 0, lost: 0, corrupt: 0 }

  /** A compressed message. */
  message({ wireLength, length }: MessageExtra, inflate: InflateStatus): void {
    this.#messages++
    if (inflate === 'ok') {
      this.#wireOctets += wireLength
      this.#octets += length
    } else this.#notInflated[inflate]++
  }

  summary(): CompressionSummary {
    const [wireOctets, octets] = [this.#wireOctets, this.#octets]
    return {
      messages: this.#messages,
      wireOctets,
      octets,
      ratio: octets === 0 ? null : Math.round((wireOctets / octets) * 10_000) / 10_000,
      notInflated: { ...this.#notInflated },
    }
  }
}
