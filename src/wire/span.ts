import type { Side } from '../protocol/side.ts'

/**
 * A stretch of one side's octet stream. Frames, messages, heads and violations are linked to the octets, and to each
 * other, by nothing else: a link never dangles.
 */
export interface Span {
  conn: number
  from: Side
  /** Position in the stream, counted from 0. */
  offset: number
  length: number
}

/** One read. */
export interface Chop {
  time: number
  offset: number
  length: number
}
