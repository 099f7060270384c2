import { writeHeader, type FrameFields } from './frame.ts'
import { applyMask } from './mask.ts'

const noPayload = new Uint8Array(0)

/**
 * One frame as octets (RFC 6455 §5.2), exactly as the fields say, so that wrong frames can be made on purpose: only
 * what is left out is filled in (fin true, rsv 0, unmasked, the payload's length in the minimal field).
 * The payload is copied, then masked.
 */
export function encodeFrame(fields: Readonly<FrameFields>, payload: Uint8Array = noPayload): Uint8Array {
  const head = new Uint8Array(14)
  const headerLength = writeHeader(head, 0, { payloadLength: payload.length, ...fields })
  const frame = new Uint8Array(headerLength + payload.length)
  frame.set(head.subarray(0, headerLength))
  frame.set(payload, headerLength)
  if (typeof fields.key === 'number') applyMask(frame, headerLength, frame.length, fields.key, 0)
  return frame
}
