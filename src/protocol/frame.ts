/** The frame header of RFC 6455 §5.2 as scalars, its encoder, and what follows from its fields. */

/** Payload lengths beyond this are rounded in `payloadLength`; `exactLength` has their decimal. */
const longestExact = Number.MAX_SAFE_INTEGER

export interface FrameHeader {
  /** Where the frame begins, in octets of its side's stream. */
  offset: number
  headerLength: number
  /** Octets of payload as announced; exact up to 2^53 - 1, the nearest double above. */
  payloadLength: number
  /** The upper half of the announced length; its top bit must be 0 (RFC 6455 §5.2). */
  lengthHigh: number
  lengthLow: number
  /** Width of the length field that was used. */
  lengthBits: 7 | 16 | 64
  fin: boolean
  /** 0–7: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  rsv: number
  opcode: number
  masked: boolean
  /**
   * The masking key as a signed 32-bit number (V8 keeps it without a box), its first octet in the top bits; 0 without a
   * mask.
   */
  key: number
}

/** RSV1, which permessage-deflate uses on the first frame of a message (RFC 7692 §6). */
export const rsv1 = 4

/** A header with every field at zero, for a decoder to fill. */
export function emptyHeader(): FrameHeader {
  return {
    offset: 0,
    headerLength: 0,
    payloadLength: 0,
    lengthHigh: 0,
    lengthLow: 0,
    lengthBits: 7,
    fin: false,
    rsv: 0,
    opcode: 0,
    masked: false,
    key: 0,
  }
}

/** The decimal of an announced length that a double cannot hold, else null. */
export function exactLength(h: Readonly<FrameHeader>): string | null {
  if (h.payloadLength <= longestExact) return null
  return ((BigInt(h.lengthHigh) << 32n) | BigInt(h.lengthLow)).toString()
}

/** The announced length in decimal, exact however large. */
export function lengthText(h: Readonly<FrameHeader>): string {
  return exactLength(h) ?? String(h.payloadLength)
}

/** The narrowest length field that holds `length` (RFC 6455 §5.2: the minimal number of octets MUST be used). */
export function minimalLengthBits(length: number): 7 | 16 | 64 {
  if (length < 126) return 7
  return length < 65536 ? 16 : 64
}

/** A masking key the way the wire log and the recordings write it: 8 hex digits. */
export function keyHex(key: number): string {
  return (
    octetHex(key >>> 24) + octetHex((key >>> 16) & 255) + octetHex((key >>> 8) & 255) + octetHex(key & 255)
  )
}

const hexPairs = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

function octetHex(octet: number): string {
  return hexPairs[octet] ?? ''
}

/** A frame as literal fields. Nothing is corrected: reserved bits, wrong lengths and wide length fields stay as given. */
export interface FrameFields {
  opcode: number
  fin?: boolean
  rsv?: number
  /** Masks the payload when it is a number, 0 included. */
  key?: number | null
  /** The length to announce; that of the payload when left out. */
  payloadLength?: number | bigint
  /** The length field to use; the minimal one when left out. */
  lengthBits?: 7 | 16 | 64
}

/** Writes a frame header to `target` at `at`; returns the index after it. At most 14 octets. */
export function writeHeader(target: Uint8Array, at: number, fields: Readonly<FrameFields>): number {
  const length = fields.payloadLength ?? 0
  const bits = fields.lengthBits ?? minimalLengthBits(Number(length))
  const key = fields.key ?? null
  const maskBit = key === null ? 0 : 0x80
  let i = at
  target[i++] = (fields.fin === false ? 0 : 0x80) | ((fields.rsv ?? 0) << 4) | fields.opcode
  if (bits === 7) {
    target[i++] = maskBit | (Number(length) & 0x7f)
  } else if (bits === 16) {
    target[i++] = maskBit | 126
    target[i++] = (Number(length) >>> 8) & 255
    target[i++] = Number(length) & 255
  } else {
    target[i++] = maskBit | 127
    i = writeUint32(target, i, Number(BigInt(length) >> 32n))
    i = writeUint32(target, i, Number(BigInt(length) & 0xffff_ffffn))
  }
  return key === null ? i : writeUint32(target, i, key)
}

function writeUint32(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24
  target[at + 1] = (value >>> 16) & 255
  target[at + 2] = (value >>> 8) & 255
  target[at + 3] = value & 255
  return at + 4
}
