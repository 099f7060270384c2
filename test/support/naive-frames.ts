/** RFC 6455 §5.2 read again, without care for speed or memory: what the frame decoder is compared with. */

export interface NaiveFrame {
  offset: number
  headerLength: number
  length: bigint
  lengthBits: 7 | 16 | 64
  fin: boolean
  rsv: number
  opcode: number
  key: number | null
  /** Unmasked, as far as it is there. */
  payload: Uint8Array
  complete: boolean
}

/** All frames that begin in `bytes`; `rest` octets at the end are no whole header. Ends at a length with the top bit set. */
export function naiveFrames(bytes: Uint8Array): { frames: NaiveFrame[]; rest: number; lost: boolean } {
  const frames: NaiveFrame[] = []
  let at = 0
  for (;;) {
    const frame = naiveFrame(bytes, at)
    if (frame === null) return { frames, rest: bytes.length - at, lost: false }
    frames.push(frame)
    at = frame.offset + frame.headerLength + frame.payload.length
    if (frame.length >= 2n ** 63n) return { frames, rest: 0, lost: true }
    if (!frame.complete) return { frames, rest: 0, lost: false }
  }
}

function naiveFrame(bytes: Uint8Array, offset: number): NaiveFrame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = offset + 2
  if (at > bytes.length) return null
  const [first, second] = [view.getUint8(offset), view.getUint8(offset + 1)]
  const short = second & 0x7f
  let length = BigInt(short)
  if (short === 126) {
    if (at + 2 > bytes.length) return null
    length = BigInt(view.getUint16(at))
    at += 2
  } else if (short === 127) {
    if (at + 8 > bytes.length) return null
    length = view.getBigUint64(at)
    at += 8
  }
  let key: number | null = null
  if (second >= 0x80) {
    if (at + 4 > bytes.length) return null
    key = view.getUint32(at)
    at += 4
  }
  const there = length >= 2n ** 63n ? 0 : Number(length < bytes.length - at ? length : bytes.length - at)
  const payload = bytes.slice(at, at + there)
  if (key !== null) {
    const k = key
    payload.forEach((octet, i) => (payload[i] = octet ^ ((k >>> (24 - 8 * (i % 4))) & 255)))
  }
  return {
    offset,
    headerLength: at - offset,
    length,
    lengthBits: short < 126 ? 7 : short === 126 ? 16 : 64,
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    opcode: first & 15,
    key,
    payload,
    complete: BigInt(there) === length,
  }
}
