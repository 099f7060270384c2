/** How long a connection had been silent before each row: chops, which come with what is in them, do not count. */
import type { WireLog } from '../log.ts'
import type { NumberOf } from './kinds.ts'

/** Connections whose last row is remembered; more than can be open. */
const connectionLimit = 16_384

/**
 * Milliseconds since the row before of the same connection, NaN where there is none or it is gone. It reads the log once,
 * from the oldest row on, and remembers the gap of every row: ask it about one log only.
 */
export function gaps(): NumberOf {
  const last = new Map<number, number>()
  let kept = new Float64Array(0)
  let next = 0

  function read(log: WireLog, row: number): void {
    const conn = log.conn(row)
    const time = log.time(row)
    kept[row & log.frames.mask] = time - (last.get(conn) ?? NaN)
    if (log.kind(row) === 'octets') return
    // The newest stands last, so that the one to forget stands first.
    last.delete(conn)
    last.set(conn, time)
    if (last.size > connectionLimit) for (const oldest of last.keys()) return void last.delete(oldest)
  }

  return (log, row) => {
    if (kept.length === 0) kept = new Float64Array(log.frames.capacity)
    if (next < log.first) {
      // Rows were missed: what was before them is not the row before.
      last.clear()
      next = log.first
    }
    for (; next <= row; next++) read(log, next)
    return kept[row & log.frames.mask] ?? NaN
  }
}
