/** What the fuzzer is given, for it has no socket and no clock of its own: a way out, time, and how long to wait. */

/** Where the fuzzer's octets go. */
export interface Transport {
  /** One write. Writes of one turn of the event loop may leave together. Octets are taken over. */
  write(octets: Uint8Array): void
  /** Ends the own direction once all is written, and reads on. */
  finish(): void
  /** Ends TCP in order, both ways, once all is written. */
  end(): void
  /** Ends TCP at once. */
  abort(): void
}

/** Time, as the fuzzer sees it. */
export interface Clock {
  /** Milliseconds, from a monotonic clock. */
  now(): number
  /** Calls back after so many ms, unless what it returns is called before. */
  after(ms: number, call: () => void): () => void
  /** Calls back after the event loop has turned once. */
  soon(call: () => void): void
}

/** Time limits of the engine, in ms. */
export interface Patience {
  opening: number
  /** The answer to a Close. */
  close: number
  /** The end of TCP by the server, after both Closes. */
  drop: number
  /** The end of TCP by a server that closed first; longer than what the verdicts of Autobahn allow for. */
  stuck: number
  /** The most that a case may take, whatever it says itself. */
  most: number
}

/** Autobahn's own, but for `stuck`. */
export const defaultPatience: Patience = {
  opening: 5000,
  close: 1000,
  drop: 1000,
  stuck: 15_000,
  most: Infinity,
}
