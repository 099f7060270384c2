/** The one stream that is pushed: what was on the wire, once per read of a socket. Everything else is read from the log. */
import type { Side } from '../protocol/side.ts'

/** Whom a connection joins. Addresses as `host:port`. */
export interface ConnectionInfo {
  client: string
  server: string
  /** The target as the user named it. */
  url: string
  /** True when the leg to the server is TLS: octets are then what TLS carried. */
  tls: boolean
}

/**
 * What became of one side's TCP stream: `fin` in order, `reset` by RST, `closed` by wsinspect itself, else the word for an
 * error, such as `refused` or `timeout`.
 */
export type TcpState = string

/**
 * Octets that are not in the record. `reason`: `queue` (the recorder fell behind), `off` (it was not on), `http` (a body, left
 * out), `missing` (no line tells why) or `torn` (the line that has them is not whole: at least so many).
 */
export interface Gap {
  type: 'gap'
  offset: number
  octets: number
  reason: string
}

/** Octets that were replaced on their way. */
export interface Edit {
  type: 'edit'
  offset: number
  octets: number
  /** The octets written instead. */
  written: Uint8Array
}

/** Octets that were overwritten in the record, not on the wire. */
export interface Redacted {
  type: 'redacted'
  offset: number
  octets: number
}

/** Octets that a side sent and its peer did not take for a while: it does not read. */
export interface Stalled {
  type: 'stalled'
  /** Where the stream of the sender stands. */
  offset: number
  /** Octets that wait. */
  octets: number
  /** For how long, in ms. */
  span: number
}

/** TLS that carried a side ended with TCP, without a close_notify: the octets so far may not be all. */
export interface Cut {
  type: 'cut'
  /** Where the stream of the side ended. */
  offset: number
  octets: 0
}

/** What octets alone do not tell. Offsets count in the stream of the side as it was received. */
export type Mark = Gap | Edit | Redacted | Stalled | Cut

/**
 * A consumer of facts. Connection numbers are given by whoever opens the stream of facts, from 1, never reused. `time` is
 * in milliseconds since the start, from one clock reading per chop; it never decreases within a connection.
 */
export interface Facts {
  open(conn: number, time: number, info: ConnectionInfo): void
  /** One chop: what one read returned. `bytes` is valid during the call. */
  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void
  tcp(conn: number, time: number, from: Side, state: TcpState): void
  mark(conn: number, time: number, from: Side, mark: Mark): void
  /** Nothing follows. Resolves when the consumer has put away what it was given. */
  end(time: number): Promise<void>
}

/** Gives every fact to all consumers, in their order. */
export function tee(consumers: readonly Facts[]): Facts {
  const [only] = consumers
  if (consumers.length === 1 && only !== undefined) return only
  return {
    open(conn, time, info) {
      for (const consumer of consumers) consumer.open(conn, time, info)
    },
    octets(conn, time, from, bytes) {
      for (const consumer of consumers) consumer.octets(conn, time, from, bytes)
    },
    tcp(conn, time, from, state) {
      for (const consumer of consumers) consumer.tcp(conn, time, from, state)
    },
    mark(conn, time, from, mark) {
      for (const consumer of consumers) consumer.mark(conn, time, from, mark)
    },
    async end(time) {
      await Promise.all(consumers.map(consumer => consumer.end(time)))
    },
  }
}

/**
 * Keeps a consumer's failure from everybody else: at its first exception it is switched off, `onFault` hears of it once,
 * and the facts go on without it.
 */
export function guard(consumer: Facts, onFault: (error: unknown) => void): Facts {
  let failed = false
  const attempt = (call: () => void) => {
    if (failed) return
    try {
      call()
    } catch (error) {
      failed = true
      onFault(error)
    }
  }
  return {
    open(conn, time, info) {
      attempt(() => {
        consumer.open(conn, time, info)
      })
    },
    octets(conn, time, from, bytes) {
      attempt(() => {
        consumer.octets(conn, time, from, bytes)
      })
    },
    tcp(conn, time, from, state) {
      attempt(() => {
        consumer.tcp(conn, time, from, state)
      })
    },
    mark(conn, time, from, mark) {
      attempt(() => {
        consumer.mark(conn, time, from, mark)
      })
    },
    async end(time) {
      if (failed) return
      try {
        await consumer.end(time)
      } catch (error) {
        onFault(error)
      }
    },
  }
}
