/** What is remembered of one side of a connection, to judge it together with the other. */
import type { Close } from '../protocol/message.ts'
import type { RuleId } from '../protocol/rules.ts'
import type { TcpState } from './facts.ts'
import type { PingBook } from './ping-book.ts'

/** A rule that a side broke, and where in its stream. */
export interface Breach {
  rule: RuleId
  offset: number
}

/** An error that may be why the peer ends the connection: the first of those that came close on each other. */
export interface Cause extends Breach {
  /** When the last one of them came. */
  last: number
  /** Data frames that the peer had sent by then. */
  answered: number
}

/** A Close frame, when it came, and the error of the peer right before it. */
export interface SentClose extends Close {
  time: number
  cause: Breach | null
  /** The message that was too big for it, in words; null for other reasons. */
  refused: string | null
  /** It fails the connection: the side reads no more and reports 1006, whatever its peer answers (RFC 6455 §7.1.7). */
  fails: boolean
}

/** How and when TCP ended on a side, and the error of the peer right before. */
export interface SentEnd {
  state: TcpState
  time: number
  cause: Breach | null
}

/** The errors of a side that a conforming peer answers by failing the connection. */
export interface Offence {
  rules: Set<RuleId>
  time: number
}

/** What is remembered of one side. */
export class SideRecord {
  close: SentClose | null = null
  ended: SentEnd | null = null
  /** TLS ended with TCP, without close_notify. */
  isCut = false
  /** When the last octet came; -Infinity before the first. */
  lastOctets = -Infinity
  /** What it sent waits: its peer does not read, and so nothing more is read from it. */
  isHeldUp = false
  /** When the last octet of a data frame came that was not a whole message. */
  progress = 0
  pings: PingBook | null = null
  /** The shortest round trip to the side, in ms. */
  fastest = Infinity
  /** The stream offset after which nothing should come, once both have sent Close. */
  quietFrom = Infinity
  /** Set until a pong comes that was asked for: the missing ones are told once. */
  toldUnanswered = false
  /** It was in the middle of a frame when a pong was due: it has time again once it goes on. */
  owesPong = false
  watchesMessage = false
  offences: Map<RuleId, Offence> | null = null
  toldTolerated: Set<RuleId> | null = null
  hasErred = false
  cause: Cause | null = null
  /** That it did not answer Close has been told. */
  toldOwing = false
}
