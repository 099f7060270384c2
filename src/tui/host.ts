/** What the screen is opened on: a live proxy, or recordings. It asks for nothing else. */
import type { Side } from '../protocol/side.ts'
import type { WireLog } from '../wire/log.ts'

export interface Host {
  readonly log: WireLog
  /** What is looked at, in a few words: listener and target, or files. */
  readonly title: string
  /** What to do while there is no connection. */
  readonly welcome: readonly string[]
  /** Traffic passes through: leaving ends it, and it should be asked first. */
  readonly isLive: boolean
  /** When the clock of the rows began, in ms since the epoch; NaN while that is not known. */
  readonly started: number
  /** Milliseconds on the clock of the rows; null for a recording, where nothing is going on. */
  now: () => number | null
  /** Whether it records; null where nothing can be. */
  isRecording: () => boolean | null
  /** Switches recording on or off. What became of it is told by `App.tell`. */
  toggleRecording: () => void
  /** Octets that a side sent and its peer has not taken yet. */
  waiting: (conn: number, from: Side) => number
  /** Saves octets to a new file. Rejects with an error whose message is a line for the user. */
  save: (path: string, octets: Uint8Array) => Promise<void>
  /** Plays the client's side of a connection once more; `how` is the URL of a server, and options of `replay client`. */
  replay: (conn: number, how: string) => Replay
  /**
   * Shows a recording instead, until the user leaves it; null where that cannot be. Rejects with an error whose message is a line
   * for the user.
   */
  openRecording: ((path: string) => Promise<void>) | null
}

/** A replay that goes on. */
export interface Replay {
  /** What came otherwise than before, in lines. Rejects with an error whose message is a line for the user. */
  over: Promise<readonly string[]>
  /** Ends it sooner. */
  stop: () => void
}

/** Time as the screen needs it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now: () => number
  /** Calls once, `ms` from now; returns what takes that back. */
  after: (ms: number, call: () => void) => () => void
}
