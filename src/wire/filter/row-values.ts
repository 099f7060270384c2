/** What fields read of a row: from columns where they can, from the entry where they must. NaN: it has no such value. */
import { rsv1 } from '../../protocol/frame.ts'
import { Opcode } from '../../protocol/opcode.ts'
import { ruleOf, type RuleId, type Severity } from '../../protocol/rules.ts'
import { outcomes, type Entry, type Frame, type Stamp } from '../entry.ts'
import type { WireLog } from '../log.ts'
import type { NumberOf, TextOf } from './kinds.ts'
import { isMoreThanPayload } from './search.ts'

type RowType = Entry['type']

/** Types of rows by the numbers that stand for them: above all opcodes, so that `op` can have both. */
export const rowTypes: Readonly<Record<RowType, number>> = {
  open: 16,
  tcp: 17,
  octets: 18,
  gap: 19,
  edit: 20,
  redacted: 21,
  handshake: 22,
  http: 23,
  frame: 24,
  violation: 25,
  fault: 26,
  verdict: 27,
  stalled: 28,
  cut: 29,
}

export const sides = { client: 0, server: 1 }
export const parts = { first: 0, mid: 1, last: 2, whole: 3 }
/** In order. */
export const severities: Readonly<Record<Severity, number>> = { info: 0, notice: 1, warning: 2, error: 3 }

/** The outcomes of connections by number. */
export const outcomeNumbers = Object.fromEntries(outcomes.map((outcome, number) => [outcome, number]))

export const outcome: NumberOf = (log, row) => {
  if (log.type(row) !== 'verdict') return NaN
  const entry = log.entry(row)
  return entry.type === 'verdict' ? outcomes.indexOf(entry.outcome) : NaN
}

export const type: NumberOf = (log, row) => {
  const name = log.type(row)
  return name === null ? NaN : rowTypes[name]
}

/** The opcode of a frame, the type of any other row. */
export const opcodeOrType: NumberOf = (log, row) =>
  log.kind(row) === 'frame' ? log.frames.opcode(row) : type(log, row)

export const from: NumberOf = (log, row) => {
  const side = log.from(row)
  return side === null ? NaN : sides[side]
}

export const conn: NumberOf = (log, row) => log.conn(row)
export const time: NumberOf = (log, row) => log.time(row)

/** A number that frames alone have. */
function ofFrames(read: NumberOf): NumberOf {
  return (log, row) => (log.kind(row) === 'frame' ? read(log, row) : NaN)
}

export const payloadLength = ofFrames(({ frames }, row) => frames.payloadLength[row & frames.mask] ?? NaN)
export const frameLength = ofFrames(
  ({ frames }, row) => frames.headerLength(row) + (frames.payloadLength[row & frames.mask] ?? NaN),
)
export const chops = ofFrames(({ frames }, row) => frames.chops[row & frames.mask] ?? NaN)
export const fin = ofFrames(({ frames }, row) => Number(frames.fin(row)))
export const mask = ofFrames(({ frames }, row) => Number(frames.masked(row)))
export const rsv1Bit = ofFrames(({ frames }, row) => Number((frames.rsv(row) & rsv1) !== 0))

/** Which part of a message a data frame is, by FIN and opcode alone. */
export const part = ofFrames(({ frames }, row) => {
  const opcode = frames.opcode(row)
  if (opcode > Opcode.binary) return NaN
  if (frames.fin(row)) return opcode === Opcode.continuation ? parts.last : parts.whole
  return opcode === Opcode.continuation ? parts.mid : parts.first
})

/** The length of the message that ends here: inflated where it was compressed. */
export const messageLength = ofFrames((log, row) => {
  if (!log.frames.endsMessage(row)) return NaN
  if (!isMoreThanPayload(log, row)) return payloadLength(log, row)
  return frameAt(log, row)?.message?.length ?? NaN
})

/** The last frame of a message that was compressed, whatever became of inflating it. */
export function endsCompressed(log: WireLog, row: number): boolean {
  return (
    log.kind(row) === 'frame' &&
    isMoreThanPayload(log, row) &&
    frameAt(log, row)?.message?.compressed === true
  )
}

export const closeCode = ofFrames((log, row) =>
  log.frames.opcode(row) === Opcode.close ? (frameAt(log, row)?.close?.code ?? NaN) : NaN,
)

export const closeReason: TextOf = (log, row) => {
  const isClose = log.kind(row) === 'frame' && log.frames.opcode(row) === Opcode.close
  return isClose ? (frameAt(log, row)?.close?.reason ?? null) : null
}

export const rtt = ofFrames((log, row) =>
  log.frames.opcode(row) === Opcode.pong ? (frameAt(log, row)?.rtt ?? NaN) : NaN,
)

export function ruleAt(log: WireLog, row: number): RuleId | null {
  const entry = log.type(row) === 'violation' ? log.entry(row) : null
  return entry?.type === 'violation' ? entry.rule : null
}

export const severity: NumberOf = (log, row) => {
  const rule = ruleAt(log, row)
  return rule === null ? NaN : severities[ruleOf(rule).severity]
}

/** True when a read that carried the row is of a length that fits: one of several for a frame, itself for a chop. */
export function carriedByRead(log: WireLog, row: number, fits: (length: number) => boolean): boolean {
  const kind = log.kind(row)
  if (kind !== 'frame' && kind !== 'octets') return false
  const entry = log.entry(row)
  if (entry.type === 'octets') return fits(entry.length)
  return entry.type === 'frame' && log.chops(spanOf(entry)).some(({ length }) => fits(length))
}

/** True for a frame whose first or last read carried octets of something else too. */
export function sharesRead(log: WireLog, row: number): boolean {
  const frame = frameAt(log, row)
  if (frame === null) return false
  const span = spanOf(frame)
  const end = span.offset + span.length
  return log.chops(span).some(({ offset, length }) => offset < span.offset || offset + length > end)
}

function spanOf({ conn, from, offset, headerLength, received }: Stamp & Frame) {
  return { conn, from: from ?? ('client' as const), offset, length: headerLength + received }
}

function frameAt(log: WireLog, row: number): (Stamp & Frame) | null {
  const entry = log.kind(row) === 'frame' ? log.entry(row) : null
  return entry?.type === 'frame' ? entry : null
}
