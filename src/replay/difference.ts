/** What a comparison comes to. */
import type { Side } from '../protocol/side.ts'
import type { Facts } from '../wire/facts.ts'
import type { Said } from './said.ts'

/** What it is about; `rule`: nothing that was recorded, a side breaks a rule. */
export type DifferenceKind =
  'handshake' | 'message' | 'control' | 'frames' | 'close' | 'end' | 'time' | 'rule'

/** One thing that is not as it was expected. Text of the wire in it is raw: whoever shows it escapes. */
export interface Difference {
  what: DifferenceKind
  /** Whose head, message, … it is. */
  from: Side
  /** Which one of its kind the side sent, from 1: as expected, or as it came where nothing was. */
  ordinal: number
  /** What was expected, and what came, around the place where they part; null: nothing. */
  expected: string | null
  got: string | null
  /** In words, without the two: `server message 3 differs at $.price`. */
  text: string
}

/** What became of things of one kind. */
export interface Counts {
  same: number
  changed: number
  missing: number
  extra: number
  /** The same, in another place. */
  moved: number
  /** Not compared: octets are missing in a record, or could not be inflated. */
  unknown: number
}

/** How the messages that are the same were carried. */
export interface Carriage {
  /** In frames of other lengths, or another number of them. */
  refragmented: number
  /** Compressed only where it was expected, only where it came, or in both and to another size. */
  decompressed: number
  compressed: number
  recompressed: number
}

/** How far apart things came that are the same. */
export interface Pace {
  compared: number
  /** Later, or earlier, than expected by more than the tolerance. */
  off: number
  /** The largest of all, in ms: positive is later. */
  worst: number
}

/** How a side closed, or ended TCP, in words. */
export interface Ended {
  from: Side
  text: string
}

/** What was the same of how a connection ended. */
export interface SameEnds {
  closes: readonly Ended[]
  tcp: readonly Ended[]
}

export interface Result {
  heads: Counts
  messages: Counts
  /** Pings and pongs. */
  controls: Counts
  carriage: Carriage
  pace: Pace
  ends: SameEnds
  /** The first ones, in the order in which they were found. */
  differences: readonly Difference[]
  /** How many there are, and of each kind. */
  total: number
  byKind: Readonly<Record<DifferenceKind, number>>
}

/** What comes back in a replay is measured by it. */
export interface Measure {
  /** Octets held for a counterpart, of what was recorded and of what came. */
  readonly held: { expected: number; got: number }
  /** Whom the facts of the replay are given to; null for nobody. */
  readonly facts: Facts | null
  /** True where the answers are to be those recorded. */
  readonly asRecorded: boolean
  /** Takes what was recorded, in its order. */
  expected(said: Said): void
  /** Takes what came, in its order. */
  got(said: Said): void
  /** Nothing follows. */
  end(): Result
}

/** How many differences there are of each kind: none. */
export function noKinds(): Record<DifferenceKind, number> {
  return { handshake: 0, message: 0, control: 0, frames: 0, close: 0, end: 0, time: 0, rule: 0 }
}

/** Nothing was compared. */
export function emptyResult(): Result {
  return {
    heads: noCounts(),
    messages: noCounts(),
    controls: noCounts(),
    carriage: { refragmented: 0, decompressed: 0, compressed: 0, recompressed: 0 },
    pace: { compared: 0, off: 0, worst: 0 },
    ends: { closes: [], tcp: [] },
    differences: [],
    total: 0,
    byKind: noKinds(),
  }
}

export function noCounts(): Counts {
  return { same: 0, changed: 0, missing: 0, extra: 0, moved: 0, unknown: 0 }
}
