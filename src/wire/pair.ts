/**
 * One connection as its judges see it: what is remembered of both sides, how they stand, and when to look again. Judges never
 * look at a clock: facts and deadlines bring the time.
 */
import type { RuleId } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { SideRecord } from './side-record.ts'

/** How long, in ms, each answer may take. */
export const patience = {
  /** From the first octet to the end of the request, and from there to the response. */
  handshake: 5000,
  /** From Ping to Pong: later it is slow, and in the end missing. */
  pong: 1000,
  ping: 20_000,
  /** From a Close to its answer, and from that to the end of TCP. */
  close: 5000,
  tcp: 2000,
  /** From a violation to the end of the connection. */
  reaction: 5000,
  /** Without an octet of an open message, or of anything. */
  message: 30_000,
  idle: 30_000,
  /** What follows in a run of violations waits for more of them. */
  run: 1000,
}

/** What is asked about a side as it stands. */
export interface SideStanding {
  /** A message is open, or a data frame is in flight. */
  readonly inMessage: boolean
  /** A frame is in flight. */
  readonly inFrame: boolean
  /** A head has begun and is not complete. */
  readonly inHead: boolean
  /** All that the side sent was seen and could be judged. */
  readonly wellKnown: boolean
  /** Data frames that came. */
  readonly dataFrames: number
  /** The last data frame, in flight or not, in words; null without one. */
  readonly lastData: string | null
  /** Octets that were decoded. */
  readonly offset: number
}

export interface Pair {
  readonly conn: number
  readonly records: Record<Side, SideRecord>
  /** The upgrade request has had no response. */
  readonly awaitsResponse: boolean
  standing(from: Side): SideStanding
  /** `from` is at fault. `frame`: on the frame that is being taken, else at the end of what came so far. */
  concluded(from: Side, rule: RuleId, detail: string, frame: boolean): void
  /**
   * Calls `judge` at `due`, in ms, with that time, unless the connection is over by then. `rank` is for one whose turn among
   * those of its time must not depend on when it was set.
   */
  at(due: number, judge: (due: number) => void, rank?: number): void
}
