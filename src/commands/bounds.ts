/** What the options of a command make of the bounds that may be changed. */
import { defaultInflateLimit, type InflateLimit } from '../protocol/inflater.ts'
import type { LogLimits } from '../wire/log.ts'

const MiB = 1024 * 1024

/** Options of every command that inflates messages. */
export interface InflateOptions {
  /** MiB. */
  inflateLimit: number
  inflateRatio: number
}

export function inflateLimitOf({ inflateLimit, inflateRatio }: InflateOptions): InflateLimit {
  return { ...defaultInflateLimit, octets: inflateLimit * MiB, ratio: inflateRatio }
}

/** Options of the wire log of a live run. */
export interface LogOptions {
  /** MiB. */
  memory: number
  rows: number
}

/** Rows are kept in a ring whose size is a power of two: at least as many as asked for. */
export function logLimitsOf({ memory, rows }: LogOptions): LogLimits {
  return { memory: memory * MiB, rows: 2 ** Math.ceil(Math.log2(rows)) }
}

/** Options of a server: what a connection may cost. */
export interface ConnectionOptions {
  maxConnections?: number
}

/** Options of a live run that bound what it does. */
export interface ProxyBounds extends InflateOptions, LogOptions, ConnectionOptions {
  /** MiB. */
  queue: number
  /** Seconds. */
  connectTimeout: number
  linger: number
}

export function queueLimitOf({ queue }: Pick<ProxyBounds, 'queue'>): number {
  return queue * MiB
}
