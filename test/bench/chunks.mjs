/** Masked frames as reads of a socket, for the benches in one process. */
import { clientFrames } from './frames.mjs'
import { random } from './random.mjs'

const READ = 64 * 1024
const BINARY = 2

export const sizes = { '32 B': 32, '1 KiB': 1024, '64 KiB': 64 * 1024, '16 MiB': 16 * 1024 * 1024 }

/** About `octets` of whole frames, in reads of 64 KiB. Binary where a pass spoils them: ws unmasks in place. */
export function reads(size, octets, opcode = BINARY) {
  const frames = Math.max(1, Math.round(octets / size))
  const stream = clientFrames({ opcode, size }, frames)
  const chunks = []
  for (let at = 0; at < stream.length; at += READ) chunks.push(stream.subarray(at, at + READ))
  return { frames, chunks }
}

/** The same in chops of 1 to 7 octets. */
export function chops(size, octets) {
  const frames = Math.max(1, Math.round(octets / size))
  const stream = clientFrames({ opcode: BINARY, size }, frames)
  const next = random(size)
  const chunks = []
  for (let at = 0; at < stream.length;) {
    const end = at + 1 + (next() % 7)
    chunks.push(stream.subarray(at, end))
    at = end
  }
  return { frames, chunks }
}
