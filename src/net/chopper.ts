/** Writes cut into pieces that go out apart in time, so that they come as reads of their own. */
import type { Duplex } from 'node:stream'
import type { Side } from '../protocol/side.ts'
import type { ChopPattern } from '../replay/chop-pattern.ts'
import { ChopPlanner } from '../replay/chop-planner.ts'
import type { WritePlanner } from '../replay/cut-planner.ts'

export interface Chopping {
  pattern: ChopPattern
  /** Milliseconds between two writes; 0: the next turn of the event loop. */
  delay: number
}

/**
 * Lets what is written to a socket go out chopped. `from`: the sender of it, which need not be this process. `onWrite` hears of
 * each piece that is written.
 */
export type Chop = (socket: Duplex, from: Side, onWrite: (octets: number) => void) => void

type WriteCallback = (error?: Error | null) => void
type Write = (chunk: unknown, encoding: BufferEncoding, callback: WriteCallback) => void

/**
 * A write is done when its last piece is, and the pause after that is over: order, backpressure, and the FIN or RST behind it
 * all are as ever. Nothing is copied.
 */
export function chopper({ pattern, delay }: Chopping): Chop {
  return (socket, from, onWrite) => {
    chopWrites(socket, new ChopPlanner(pattern, from), delay, onWrite)
  }
}

/** The same for one socket, as `planner` says. */
export function chopWrites(
  socket: Duplex,
  planner: WritePlanner,
  delay: number,
  onWrite: (octets: number) => void,
): void {
  // Node calls these on the object; see `outliveWriteErrors`.
  const own = socket as unknown as { _write: Write; _writev: null; _final: (callback: WriteCallback) => void }
  const writeNow: Write = own._write.bind(socket)
  const finalNow = own._final.bind(socket)
  /** What waits for the next write. */
  let held: Uint8Array | null = null
  let cancel = (): void => undefined
  socket.once('close', () => {
    cancel()
  })

  const writeFrom = (bytes: Uint8Array, at: number, callback: WriteCallback): void => {
    const end = planner.next(bytes, at)
    if (end < 0) {
      // Whoever wrote it may use its memory again.
      held = Uint8Array.from(bytes.subarray(at))
      callback()
      return
    }
    writeNow(bytes.subarray(at, end), 'buffer' as BufferEncoding, error => {
      if (error) {
        callback(error)
        return
      }
      onWrite(end - at)
      if (socket.destroyed) return
      cancel = later(delay, () => {
        if (end < bytes.length) writeFrom(bytes, end, callback)
        else callback()
      })
    })
  }
  // Writes that wait are not put together.
  own._writev = null
  own._write = (chunk, encoding, callback) => {
    let bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Uint8Array)
    if (bytes.length === 0) {
      // It asks the socket a question, see `Leg.probe`.
      writeNow(bytes, encoding, callback)
      return
    }
    if (held !== null) bytes = Buffer.concat([held, bytes])
    held = null
    writeFrom(bytes, 0, callback)
  }
  own._final = callback => {
    const last = held
    held = null
    if (last === null) finalNow(callback)
    else {
      writeNow(last, 'buffer' as BufferEncoding, error => {
        if (error) callback(error)
        else finalNow(callback)
      })
    }
  }
}

/** Calls back after `delay` ms, or in the next turn where it is 0. Returns what calls it off. */
function later(delay: number, call: () => void): () => void {
  if (delay === 0) {
    const immediate = setImmediate(call)
    return () => {
      clearImmediate(immediate)
    }
  }
  const timer = setTimeout(call, delay)
  return () => {
    clearTimeout(timer)
  }
}
