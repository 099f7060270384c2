/** All that is shown of a row, copied once: what is shown stays when the log moves on. */
import { extensionsOf } from '../../protocol/handshake.ts'
import { parseStatusLine } from '../../protocol/http-head.ts'
import { applyMask } from '../../protocol/mask.ts'
import { agreedDeflate } from '../../protocol/permessage-deflate.ts'
import { ruleOf } from '../../protocol/rules.ts'
import { peerOf } from '../../protocol/side.ts'
import type { Entry, Handshake, Stamp } from '../../wire/entry.ts'
import { defaultMaxPayload, jsonLine, type JsonLine } from '../../wire/json.ts'
import type { WireLog } from '../../wire/log.ts'
import type { Chop, Span } from '../../wire/span.ts'
import { frameBefore, frameOf, headOf, violationsIn, violationsOf } from './neighbours.ts'
import type { FrameRow, SideHead, ViolationRow } from './neighbours.ts'
import { contentOf, type Content } from './content.ts'
import { wholeMessage, type WholeMessage } from './whole-message.ts'

/** Octets kept of a row, and of its message. */
export const octetLimit = 1 << 20

export interface Subject {
  entry: Entry
  /** The frame it is about: the row itself, or what a violation lies in. */
  frame: FrameRow | null
  /** The heads it is about, the request first. */
  heads: readonly SideHead[]
  /** Its octets in the stream of the side; null where it has none. */
  span: Span | null
  /** They as on the wire, at most `octetLimit`; null where they are no longer kept. */
  wire: Uint8Array | null
  /** The same with the payload unmasked. */
  plain: Uint8Array | null
  /** The reads that carried the span, oldest first. */
  chops: readonly Chop[]
  /** Where reads ended, counted from the beginning of the span. */
  readEnds: readonly number[]
  message: WholeMessage | null
  /** What its message is, or the payload of a frame that is part of none. */
  content: Content | null
  /** The frame of the same side before. */
  previous: FrameRow | null
  /** permessage-deflate was agreed. */
  deflate: boolean
  /** The violations that belong to it. */
  violations: readonly ViolationRow[]
  json: JsonLine | null
}

/** What is shown of a kept row; a row that is not kept throws a RangeError. */
export function subjectOf(log: WireLog, row: number): Subject {
  const entry = log.entry(row)
  const frame = entry.type === 'frame' ? entry : entry.type === 'violation' ? frameOf(log, entry) : null
  const heads = headsOf(log, entry)
  const span = spanOf(entry, frame, heads)
  const wire = span === null ? null : log.octets({ ...span, length: Math.min(span.length, octetLimit) })
  const chops = span === null ? [] : log.chops(span)
  const deflate = hasDeflate(log.connection(entry.conn)?.server?.remark ?? null)
  const plain = unmasked(wire, frame)
  const message = frame === null ? null : wholeMessage(log, frame.seq, octetLimit, deflate)
  return {
    entry,
    frame,
    heads,
    span,
    wire,
    plain,
    chops,
    readEnds: span === null ? [] : endsIn(chops, span),
    message,
    content: contentOf(message, frame, payloadIn(plain, frame)),
    previous: frame === null ? null : frameBefore(log, frame.seq),
    deflate,
    violations: violationsFor(log, entry, span, heads),
    json: jsonLine(entry, log, defaultMaxPayload),
  }
}

/** Payload octets of the frame, unmasked, as far as they are kept. */
export function payloadOf({ frame, plain }: Subject): Uint8Array | null {
  return payloadIn(plain, frame)
}

function payloadIn(plain: Uint8Array | null, frame: FrameRow | null): Uint8Array | null {
  return frame === null || plain === null ? null : plain.subarray(frame.headerLength)
}

/** The head of a row, its peer's with it; or the one that a violation lies in. */
function headsOf(log: WireLog, entry: Entry): SideHead[] {
  if (entry.type === 'violation') {
    const head = headOf(log, entry)
    return head === null ? [] : [head]
  }
  if (entry.type !== 'handshake') return []
  const from = entry.from ?? 'client'
  const own = { from, head: entry }
  const peer = log.connection(entry.conn)?.[peerOf(from)]?.remark
  if (peer === undefined) return [own]
  const other = { from: peerOf(from), head: peer }
  return from === 'client' ? [own, other] : [other, own]
}

function spanOf(entry: Entry, frame: FrameRow | null, heads: readonly SideHead[]): Span | null {
  if (frame !== null) return spanAt(frame, frame.offset, frame.headerLength + frame.received)
  if (entry.type === 'octets' || entry.type === 'handshake') return spanAt(entry, entry.offset, entry.length)
  if (entry.type === 'edit' || entry.type === 'redacted') return spanAt(entry, entry.offset, entry.octets)
  const head = heads[0]?.head
  return head === undefined ? null : spanAt(entry, head.offset, head.length)
}

function spanAt({ conn, from }: Stamp, offset: number, length: number): Span {
  return { conn, from: from ?? 'client', offset, length }
}

function unmasked(wire: Uint8Array | null, frame: FrameRow | null): Uint8Array | null {
  if (wire === null || frame === null || frame.maskingKey === null) return wire
  const plain = wire.slice()
  applyMask(plain, Math.min(frame.headerLength, plain.length), plain.length, frame.maskingKey, 0)
  return plain
}

function endsIn(chops: readonly Chop[], { offset, length }: Span): number[] {
  return chops.map(chop => chop.offset + chop.length - offset).filter(end => end > 0 && end <= length)
}

function hasDeflate(response: Handshake | null): boolean {
  if (response === null || parseStatusLine(response.startLine)?.status !== 101) return false
  return agreedDeflate(extensionsOf(response)) !== null
}

/** A verdict has the errors and warnings of its connection, any other row those that lie in it. */
function violationsFor(
  log: WireLog,
  entry: Entry,
  span: Span | null,
  heads: readonly SideHead[],
): ViolationRow[] {
  if (entry.type === 'violation') return [entry]
  if (entry.type === 'verdict')
    return violationsOf(log, entry.conn, ({ rule }) => ['error', 'warning'].includes(ruleOf(rule).severity))
  if (entry.type === 'handshake')
    return heads.flatMap(({ from, head: { offset, length } }) =>
      violationsIn(log, { conn: entry.conn, from, offset, length }),
    )
  return span === null ? [] : violationsIn(log, span)
}
