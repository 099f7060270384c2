/** Frames made in advance: unmasked ones of a server, and masked ones of a client, each with its own key. */
import { random } from './random.mjs'

export function serverFrame(opcode, payload) {
  return Buffer.concat([header(opcode, payload.length, 0), payload])
}

export function clientFrame(opcode, payload, key) {
  const frame = Buffer.concat([header(opcode, payload.length, 0x80), key, payload])
  for (let i = frame.length - payload.length, k = 0; i < frame.length; i++, k++) frame[i] ^= key[k & 3]
  return frame
}

/** All frames of a workload carry the same payload, so that the answers are one frame over and over. */
export function payloadOf({ opcode, size }) {
  if (opcode === 1) return Buffer.alloc(size, '{"type":"tick","id":4711,"price":101.25},')
  const next = random(size)
  return Buffer.from(Uint32Array.from({ length: Math.ceil(size / 4) }, next).buffer).subarray(0, size)
}

/** `count` masked frames, end to end. */
export function clientFrames(workload, count) {
  const payload = payloadOf(workload)
  const next = random(count)
  const key = Buffer.alloc(4)
  const frames = []
  for (let i = 0; i < count; i++) {
    key.writeUInt32LE(next())
    frames.push(clientFrame(workload.opcode, payload, key))
  }
  return Buffer.concat(frames)
}

/** RFC 6455 §5.2, always with the shortest form of the length. */
function header(opcode, length, maskBit) {
  const first = 0x80 | opcode
  if (length < 126) return Buffer.from([first, maskBit | length])
  if (length < 65536) return Buffer.from([first, maskBit | 126, length >> 8, length & 255])
  const long = Buffer.from([first, maskBit | 127, 0, 0, 0, 0, 0, 0, 0, 0])
  long.writeBigUInt64BE(BigInt(length), 2)
  return long
}
