/** What belongs together in the log, found by (connection, side, offset). Each search ends where the log does. */
import type { OpenFrame, WireLog } from '../../wire/log.ts'
import type { Frame, Handshake, Stamp, Violation } from '../../wire/entry.ts'
import type { Side } from '../../protocol/side.ts'
import { Opcode } from '../../protocol/opcode.ts'
import type { Span } from '../../wire/span.ts'

export type FrameRow = Stamp & Frame
export type ViolationRow = Stamp & Violation

/** A head, and who sent it. */
export interface SideHead {
  from: Side
  head: Handshake
}

/** Violations shown of one row. */
const violationLimit = 64

/** The frame of the same side before the one at `row`; null without one. */
export function frameBefore(log: WireLog, row: number): FrameRow | null {
  return frameEntry(
    log,
    seek(log, row - 1, -1, at => isFrameOf(log, at, log.conn(row), log.from(row))),
  )
}

/** Rows of the message that the frame at `row` is part of, oldest first, as far as they are kept; none of a control frame. */
export function messageRows(log: WireLog, row: number): number[] {
  const { frames } = log
  if (log.kind(row) !== 'frame' || frames.messageOpcode(row) === 0) return []
  const isPart = (at: number) =>
    isFrameOf(log, at, log.conn(row), log.from(row)) && frames.messageOpcode(at) !== 0
  const before: number[] = []
  for (let at = row; at >= 0 && !startsMessage(log, at);) {
    at = seek(log, at - 1, -1, isPart)
    if (at >= 0 && frames.endsMessage(at)) break
    if (at >= 0) before.push(at)
  }
  const rows = [...before.reverse(), row]
  for (let at = row; !frames.endsMessage(at);) {
    at = seek(log, at + 1, 1, isPart)
    if (at < 0 || startsMessage(log, at)) break
    rows.push(at)
  }
  return rows
}

/** True for the frame that a message begins with. */
export function startsMessage(log: WireLog, row: number): boolean {
  return log.frames.opcode(row) !== Opcode.continuation
}

/** The violations whose octets lie in a span, or that belong to what begins with it. */
export function violationsIn(log: WireLog, { conn, from, offset, length }: Span): ViolationRow[] {
  const end = offset + Math.max(1, length)
  return violationsOf(log, conn, violation => {
    if (violation.from !== from) return false
    return violation.subjectOffset === offset || (violation.offset >= offset && violation.offset < end)
  })
}

/** Violations of a connection that pass `test`: the first of them. */
export function violationsOf(
  log: WireLog,
  conn: number,
  test: (violation: ViolationRow) => boolean,
): ViolationRow[] {
  const found: ViolationRow[] = []
  for (let row = log.first; row < log.next && found.length < violationLimit; row++) {
    if (log.conn(row) !== conn || log.type(row) !== 'violation') continue
    const entry = log.entry(row)
    if (entry.type === 'violation' && test(entry)) found.push(entry)
  }
  return found
}

/** The frame that a violation lies in, also one in flight; null where it lies in none that is kept. */
export function frameOf(log: WireLog, violation: ViolationRow): FrameRow | null {
  const { conn, from, seq, subjectOffset } = violation
  const { offset, mask, payloadLength } = log.frames
  if (violation.subject !== 'frame' && violation.subject !== 'message') return null
  const holds = (at: number) => {
    if (!isFrameOf(log, at, conn, from)) return false
    const start = offset[at & mask] ?? 0
    const end = start + log.frames.headerLength(at) + (payloadLength[at & mask] ?? 0)
    return start === subjectOffset || (violation.offset >= start && violation.offset < end)
  }
  const after = seek(log, seq + 1, 1, holds)
  const row = after < 0 ? seek(log, seq - 1, -1, holds) : after
  if (row >= 0) return frameEntry(log, row)
  const open = from === null ? null : log.open(conn, from)
  return open?.header.offset === subjectOffset ? frameInFlight(violation, open) : null
}

/** The head that a violation lies in; null where it lies in none that is kept. */
export function headOf(log: WireLog, { conn, from, subject, subjectOffset }: ViolationRow): SideHead | null {
  if (subject !== 'head' || from === null) return null
  const latest = log.connection(conn)?.[from]?.remark ?? null
  if (latest?.offset === subjectOffset) return { from, head: latest }
  const row = seek(log, log.first, 1, at => {
    if (log.conn(at) !== conn || log.from(at) !== from || log.type(at) !== 'handshake') return false
    const entry = log.entry(at)
    return entry.type === 'handshake' && entry.offset === subjectOffset
  })
  const entry = row < 0 ? null : log.entry(row)
  return entry?.type === 'handshake' ? { from, head: entry } : null
}

function frameInFlight(
  { conn, from, seq }: Stamp,
  { header, exactLength, received, since }: OpenFrame,
): FrameRow {
  const { offset, headerLength, payloadLength, lengthBits, fin, rsv, opcode, masked, key } = header
  const scalars = { offset, headerLength, payloadLength, lengthBits, fin, rsv, opcode, received, exactLength }
  const later = { chops: 0, rtt: null, message: null, close: null }
  return {
    ...{ seq, conn, from, time: since, type: 'frame' },
    ...scalars,
    ...later,
    maskingKey: masked ? key : null,
  }
}

function isFrameOf(log: WireLog, row: number, conn: number, from: Side | null): boolean {
  return log.kind(row) === 'frame' && log.conn(row) === conn && log.from(row) === from
}

function frameEntry(log: WireLog, row: number): FrameRow | null {
  const entry = row < 0 ? null : log.entry(row)
  return entry?.type === 'frame' ? entry : null
}

/** The first row from `start` on, in steps of `step`, that passes `test`; -1 without one. */
function seek(log: WireLog, start: number, step: 1 | -1, test: (row: number) => boolean): number {
  for (let row = start; row >= log.first && row < log.next; row += step) if (test(row)) return row
  return -1
}
