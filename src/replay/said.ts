/** What the two sides of a connection said, read off its facts: the units that are compared, and that a replay waits for. */
import type { Head } from '../protocol/http-head.ts'
import type { Side } from '../protocol/side.ts'
import type { TcpState } from '../wire/facts.ts'

interface Stamp {
  /** Milliseconds, of the fact that completed it. */
  time: number
  from: Side
  /** Where it begins in the stream of its side. */
  offset: number
}

/** A head of the opening handshake, or of any other HTTP exchange. */
export interface SaidHead {
  type: 'head'
  head: Head
}

export interface SaidMessage {
  type: 'message'
  kind: 'text' | 'binary'
  /** The whole payload, unmasked and inflated, a copy; null where it could not be inflated, octets are missing or nobody wants it. */
  octets: Uint8Array | null
  /** Octets of payload, and of payload on the wire. */
  length: number
  wireLength: number
  /** Payload lengths of its frames, as on the wire; of the first 10,000. */
  frames: readonly number[]
  compressed: boolean
}

export interface SaidControl {
  type: 'ping' | 'pong'
  octets: Uint8Array
}

export interface SaidClose {
  type: 'close'
  /** Null where the Close is empty. */
  code: number | null
  reason: string
}

/** TCP of the side ended. */
export interface SaidEnd {
  type: 'end'
  state: TcpState
  /** What it had begun and not finished, in words such as `a head`. */
  unfinished: string | null
}

/** What cannot be read as any of the others: octets that are not followed, or are missing in the record. */
export interface SaidUnread {
  type: 'unread'
  octets: number
  /** The record does not have them: what they were, and how many messages, is not known. */
  missing: boolean
  reason: string
}

/** What was said, without when and by whom. */
export type Saying = SaidHead | SaidMessage | SaidControl | SaidClose | SaidEnd | SaidUnread

/** One thing that a side said. */
export type Said = Stamp & Saying
