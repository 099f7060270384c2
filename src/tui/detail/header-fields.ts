/** The fields of a frame's header (RFC 6455 §5.2), each with its octets, its value and what that means. */
import { closeCodeName } from '../../protocol/close-code.ts'
import { keyHex, rsv1, writeHeader } from '../../protocol/frame.ts'
import { Opcode, isControl, opcodeName } from '../../protocol/opcode.ts'
import type { Side } from '../../protocol/side.ts'
import type { Frame } from '../../wire/entry.ts'

export interface HeaderField {
  name: 'FIN' | 'RSV1-3' | 'opcode' | 'MASK' | 'len7' | 'len16' | 'len64' | 'key' | 'payload'
  /** Where its first octet stands in the frame, and how many it has. */
  at: number
  octets: number
  /** Its bits in that octet, 0 for a field of whole octets. */
  bits: number
  value: string
  meaning: string
}

/** A frame, and what decides what its header means. */
export interface HeaderContext {
  frame: Frame
  from: Side
  /** permessage-deflate was agreed. */
  deflate: boolean
}

/** The fields of a frame in the order of their octets, the payload last. */
export function fieldsOf({ frame, from, deflate }: HeaderContext): readonly HeaderField[] {
  const { headerLength, maskingKey, received, rsv } = frame
  const reserved = rsv.toString(2).padStart(3, '0')
  const opcode = `0x${frame.opcode.toString(16)}`
  const mask = maskingKey === null ? '0' : '1'
  return [
    field('FIN', 0, 1, 0x80, frame.fin ? '1' : '0', finMeaning(frame)),
    field('RSV1-3', 0, 1, 0x70, reserved, reservedMeaning(frame, deflate)),
    field('opcode', 0, 1, 0x0f, opcode, opcodeMeaning(frame.opcode)),
    field('MASK', 1, 1, 0x80, mask, maskMeaning(frame, from)),
    ...lengthFields(frame),
    ...(maskingKey === null
      ? []
      : [field('key', headerLength - 4, 4, 0, keyHex(maskingKey), keyMeaning(maskingKey))]),
    ...(received === 0 ? [] : [field('payload', headerLength, received, 0, '', payloadMeaning(frame))]),
  ]
}

/** The index of the field that holds the octet `at` of the frame, the first where several do; 0 where none does. */
export function fieldAt(fields: readonly HeaderField[], at: number): number {
  return Math.max(
    0,
    fields.findIndex(field => at >= field.at && at < field.at + field.octets),
  )
}

/** The octets of a frame's header. */
export function headerOctets({ opcode, fin, rsv, maskingKey, lengthBits, ...frame }: Frame): Uint8Array {
  const octets = new Uint8Array(frame.headerLength)
  const payloadLength = BigInt(frame.exactLength ?? frame.payloadLength)
  writeHeader(octets, 0, { opcode, fin, rsv, key: maskingKey, payloadLength, lengthBits })
  return octets
}

/** The announced length in decimal, exact however large. */
export function lengthOf({ exactLength, payloadLength }: Frame): string {
  return exactLength ?? String(payloadLength)
}

function field(
  name: HeaderField['name'],
  at: number,
  octets: number,
  bits: number,
  value: string,
  meaning: string,
): HeaderField {
  return { name, at, octets, bits, value, meaning }
}

function finMeaning({ fin, opcode }: Frame): string {
  if (isControl(opcode))
    return fin ? 'control frames are never fragmented' : 'a control frame, and fragmented'
  return fin ? 'last frame of its message' : 'more frames follow'
}

function reservedMeaning({ rsv, opcode }: Frame, deflate: boolean): string {
  if (rsv === 0) {
    if (!deflate || isControl(opcode)) return 'no extension uses them here'
    return opcode === Opcode.continuation ? 'as in every frame but the first' : 'not compressed'
  }
  if (rsv !== rsv1) return 'no agreed extension defines them'
  return deflate ? 'RSV1: compressed' : 'RSV1, but no compression agreed'
}

function opcodeMeaning(opcode: number): string {
  const names: Record<number, string> = {
    0: 'continuation',
    1: 'text',
    2: 'binary',
    8: 'close',
    9: 'ping',
    10: 'pong',
  }
  return names[opcode] ?? `reserved (${opcodeName(opcode)})`
}

function maskMeaning({ maskingKey }: Frame, from: Side): string {
  if (maskingKey === null)
    return from === 'client' ? 'not masked; clients must (§5.1)' : 'not masked; servers must not'
  return from === 'client' ? 'masked; clients must (§5.1)' : 'masked; servers must not (§5.1)'
}

function lengthFields(frame: Frame): HeaderField[] {
  const { lengthBits } = frame
  const value = lengthOf(frame)
  if (lengthBits === 7) return [field('len7', 1, 1, 0x7f, value, 'payload length; no long form')]
  const short = lengthBits === 16 ? 126 : 127
  const octets = lengthBits / 8
  return [
    field('len7', 1, 1, 0x7f, String(short), `the length is in the next ${octets} octets`),
    field(lengthBits === 16 ? 'len16' : 'len64', 2, octets, 0, value, 'payload length'),
  ]
}

function keyMeaning(key: number): string {
  return key === 0 ? 'leaves the payload as it is' : ''
}

function payloadMeaning(frame: Frame): string {
  const { received, payloadLength, close, rsv } = frame
  if (received < payloadLength) return `${received} of ${lengthOf(frame)} octets came`
  if (close?.code != null) return `${close.code} ${closeCodeName(close.code)}`
  return rsv === rsv1 ? 'compressed' : ''
}
