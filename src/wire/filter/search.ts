/** Looking for text and octets in what a row says. At most 64 KiB of each row are looked at. */
import { Opcode } from '../../protocol/opcode.ts'
import type { Entry } from '../entry.ts'
import { cells } from '../format.ts'
import type { WireLog } from '../log.ts'
import type { OctetPattern } from './octet-pattern.ts'
import type { TextPattern } from './regex.ts'
import type { Predicate } from './predicate.ts'

/** Octets of a row that a search looks at. */
export const scanLimit = 64 * 1024

const longestHeader = 14

/** Where octets are looked at; reused, since a search passes over many rows. */
const scratch = new Uint8Array(longestHeader + scanLimit)
const encoder = new TextEncoder()

/** Looks for octets in payloads and, as UTF-8, in what all other rows but chops say. */
export function holdsOctets(pattern: OctetPattern): Predicate {
  return (log, row) => {
    const kind = log.kind(row)
    if (kind === 'frame') return isInFrame(pattern, log, row)
    if (kind !== 'remark') return false
    const { written } = encoder.encodeInto(textOf(log.entry(row), log), scratch)
    return pattern.isIn(scratch, 0, written)
  }
}

function isInFrame(pattern: OctetPattern, log: WireLog, row: number): boolean {
  const end = log.copyFrame(row, scratch)
  if (pattern.isIn(scratch, textStart(log, row), end)) return true
  const octets = messageBeyond(log, row)
  return octets !== null && pattern.isIn(octets, 0, octets.length)
}

/** Looks for a regular expression in the same places; a payload that is no text is read as Latin-1. */
export function holdsText(pattern: TextPattern): Predicate {
  return (log, row) => {
    const kind = log.kind(row)
    if (kind === 'frame') return isInFrameText(pattern, log, row)
    return kind === 'remark' && pattern(textOf(log.entry(row), log))
  }
}

function isInFrameText(pattern: TextPattern, log: WireLog, row: number): boolean {
  const end = log.copyFrame(row, scratch)
  const start = textStart(log, row)
  if (end >= start && pattern(decoded(scratch.subarray(start, end), log.frames.isText(row)))) return true
  const octets = messageBeyond(log, row)
  return octets !== null && pattern(decoded(octets, log.frames.messageOpcode(row) === Opcode.text))
}

/** Looks for octets in frames, headers as on the wire and payloads unmasked, and in chops as they came. */
export function holdsWire(pattern: OctetPattern): Predicate {
  return (log, row) => {
    const kind = log.kind(row)
    if (kind === 'frame') return pattern.isIn(scratch, 0, log.copyFrame(row, scratch))
    if (kind !== 'octets') return false
    const entry = log.entry(row)
    if (entry.type !== 'octets' || entry.from === null) return false
    const { conn, from, offset, length } = entry
    const octets = log.octets({ conn, from, offset, length: Math.min(length, scanLimit) })
    return octets !== null && pattern.isIn(octets, 0, octets.length)
  }
}

/** Where text may begin in a frame: a Close has its code in front of it. */
function textStart({ frames }: WireLog, row: number): number {
  return frames.headerLength(row) + (frames.opcode(row) === Opcode.close ? 2 : 0)
}

/** True on the last frame of a message that is more than its payload: of several frames, or compressed. */
export function isMoreThanPayload({ frames }: WireLog, row: number): boolean {
  return frames.endsMessage(row) && (frames.opcode(row) === Opcode.continuation || frames.rsv(row) !== 0)
}

/** The message that ends at `row`, where it is more than the payload of the frame, and kept. */
function messageBeyond(log: WireLog, row: number): Uint8Array | null {
  return isMoreThanPayload(log, row) ? log.message(row, scanLimit).octets : null
}

function decoded(octets: Uint8Array, isText: boolean): string {
  const { buffer, byteOffset, length } = octets
  return Buffer.from(buffer, byteOffset, length).toString(isText ? 'utf8' : 'latin1')
}

/** What a row says that is neither frame nor chop: a head in full, else the text of its line. */
function textOf(entry: Entry, log: WireLog): string {
  if (entry.type !== 'handshake') return cells(entry, log, 0).text
  return [entry.startLine, ...entry.headers.map(({ name, value }) => `${name}: ${value}`)].join('\n')
}
