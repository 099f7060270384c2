/**
 * One buffer that all plain TCP sockets read into. Left alone, Node makes a buffer of 64 KiB for each read; V8 counts it as
 * external memory, and under load collects the whole heap to be rid of them.
 */
import net from 'node:net'

/** The most that one read returns: as many octets as Node reads at a time. */
export const readSize = 64 * 1024

/** A read and what is done with it are one step, so that one buffer is enough. */
const shared = Buffer.allocUnsafeSlow(readSize)

/** Gets what one read returned; valid during the call. */
export type Take = (chunk: Buffer) => void

/** Where a socket's reads go. */
export class Reads {
  take: Take | null = null

  /** The option for the socket, when it is made. */
  readonly onread = {
    buffer: shared,
    callback: (length: number): boolean => {
      this.take?.(shared.subarray(0, length))
      return true
    },
  }
}

/**
 * The connection of `accepted` on a socket that reads into the shared buffer, which Node has an option for only where it
 * connects; `accepted` is closed and of no use after that. Null, and nothing done, without the handle: it is not public, but
 * cluster and child_process pass connections on so.
 */
export function withReads(accepted: net.Socket, reads: Reads): net.Socket | null {
  const shell: { _handle?: object | null } = accepted as never
  const handle = shell._handle ?? null
  if (handle === null) return null
  shell._handle = null
  accepted.destroy()
  const options = { handle, allowHalfOpen: true, onread: reads.onread }
  return new net.Socket(options)
}
