/** Buffers to write from that are used again: what was read is valid during one call, what is written until it is gone. */
import type { Duplex } from 'node:stream'
import { readSize } from './read-buffer.ts'

/** Shorter chunks get memory of their own size: a whole buffer for each of many slow readers would be too much. */
const shortChunk = 4096

/** Buffers kept for the next write; more are in use only while readers are slow. */
const spareBuffers = 32

class WriteBuffer {
  readonly octets = Buffer.allocUnsafeSlow(readSize)
  readonly release = (): void => {
    if (spare.length < spareBuffers) spare.push(this)
  }
}

const spare: WriteBuffer[] = []

/** Writes a copy of `bytes`; returns what `write` returns. */
export function writeCopy(socket: Duplex, bytes: Uint8Array): boolean {
  if (bytes.length < shortChunk || bytes.length > readSize) return socket.write(Buffer.from(bytes))
  const buffer = spare.pop() ?? new WriteBuffer()
  buffer.octets.set(bytes)
  return socket.write(buffer.octets.subarray(0, bytes.length), buffer.release)
}
