/** A row of the wire log as the columns of the screen. What it says is raw text; the canvas makes it harmless. */
import { closeCodeName } from '../protocol/close-code.ts'
import { isControl, Opcode, opcodeName } from '../protocol/opcode.ts'
import { ruleOf, ruleText, type Severity } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import { asBuffer } from '../wire/buffer.ts'
import type { Entry, Frame, Stamp, Tcp, Violation } from '../wire/entry.ts'
import { outcomeWords } from '../wire/close-verdict.ts'
import { severities, severity } from '../wire/filter/row-values.ts'
import { cells, hexDigits, inflateFailure, notKept, timesText, wholeText } from '../wire/format.ts'
import type { Payload, WireLog } from '../wire/log.ts'
import type { Span } from '../wire/span.ts'
import type { Role } from './theme.ts'
import { durationText, octetsText } from './units.ts'

export interface RowCells {
  /** The side that sent, null for what concerns both. */
  from: Side | null
  /** At most 5 columns. */
  type: string
  role: Role
  /** FIN, RSV bits, mask, and `!` behind them where it breaks a rule; empty where the row is no frame. */
  flags: string
  /** Octets of payload, or of a chop. */
  length: string
  /** What stands before the payload, the payload, and what stands behind it whether it is cut or not. */
  lead: string
  payload: string
  tail: string
  /** The role of these three. */
  tone: Role
}

/** The cells of a row whose payload has `columns` columns, counted from its beginning. */
export function rowCells(log: WireLog, entry: Entry, columns: number): RowCells {
  if (entry.type === 'frame') return frameCells(log, entry, columns)
  if (entry.type === 'octets') return chopCells(log, entry, columns)
  return remarkCells(log, entry)
}

function frameCells(log: WireLog, entry: Stamp & Frame, columns: number): RowCells {
  const { opcode, from, payloadLength, exactLength } = entry
  return {
    from,
    type: frameType(entry),
    role: frameRole(log, entry),
    flags: flagsOf(entry, isFaulty(log, entry)),
    length: exactLength === null && payloadLength < 1e6 ? String(payloadLength) : octetsText(payloadLength),
    lead: leadOf(entry),
    payload: isControl(opcode) ? controlPayload(log, entry) : dataPayload(log, entry, columns),
    tail: tailOf(entry),
    tone: 'plain',
  }
}

/** The opcode of a frame, and for a fragment which part of its message it is. */
export function frameType({ opcode, fin }: Pick<Frame, 'opcode' | 'fin'>): string {
  const name = opcodeName(opcode)
  if (name.startsWith('OP')) return name.toLowerCase()
  if (opcode === Opcode.continuation) return name + (fin ? '┘' : '├')
  return fin ? name : `${name}┐`
}

function frameRole(log: WireLog, { seq, opcode, from }: Stamp & Frame): Role {
  if (isControl(opcode)) return 'control'
  if (log.frames.messageOpcode(seq) === Opcode.binary) return 'binary'
  return from ?? 'plain'
}

const rsvDigits = ['-', '3', '2', '23', '1', '13', '12', '123']

function flagsOf({ fin, rsv, maskingKey }: Frame, faulty: boolean): string {
  return `${fin ? 'F' : '-'}${rsvDigits[rsv] ?? ''}${maskingKey === null ? '-' : 'M'}${faulty ? '!' : ''}`
}

/** Rows before a frame that are looked at for a violation of its own: those stand directly before it, chops between. */
const lookBack = 8

/** True where an error or warning was found in the frame, as far as rows right before it tell. */
function isFaulty(log: WireLog, { seq, conn, from, offset, headerLength, received }: Stamp & Frame): boolean {
  for (let row = seq - 1; row >= Math.max(log.first, seq - lookBack); row--) {
    if (log.conn(row) !== conn || log.from(row) !== from) continue
    if (log.kind(row) === 'frame') return false
    if (!(severity(log, row) >= severities.warning)) continue
    const violation = log.entry(row)
    if (!('offset' in violation)) continue
    if (violation.offset >= offset && violation.offset < offset + headerLength + received) return true
  }
  return false
}

function leadOf({ message, close }: Frame): string {
  if (close?.code != null) return `${close.code} ${closeCodeName(close.code)} `
  return message?.inflate === 'ok' ? `z→${message.length ?? 0} ` : ''
}

function tailOf({ message, rtt, received, payloadLength }: Frame): string {
  const inflate = message?.inflate ?? null
  const parts: string[] = []
  if (message !== null && message.frames > 1)
    parts.push(`(${message.frames} frames ${message.wireLength} octets)`)
  if (inflate !== null && inflate !== 'ok') parts.push(`(${inflateFailure[inflate]})`)
  if (received < payloadLength) parts.push(`received=${received}`)
  if (rtt !== null) parts.push(`rtt ${durationText(rtt)}`)
  return parts.map(part => `  ${part}`).join('')
}

/** Longest payload of a control frame (RFC 6455 §5.5). */
const controlLimit = 125

function controlPayload(log: WireLog, { seq, close, received }: Stamp & Frame): string {
  if (close !== null) return close.reason === '' ? '' : `"${close.reason}"`
  if (received === 0) return ''
  const payload = log.payload(seq, controlLimit)
  const text = log.frames.isText(seq) ? wholeText(payload) : null
  return text === null ? dump(payload, controlLimit) : `"${asBuffer(text).toString('utf8')}"`
}

/** Looks at as many octets as can be seen: a character of text has up to 4, one of hex takes 3 columns. */
function dataPayload(log: WireLog, { seq, message, received }: Stamp & Frame, columns: number): string {
  const isInflated = message?.inflate === 'ok'
  if (!isInflated && received === 0) return ''
  const isText = isInflated ? message.kind === 'text' : log.frames.isText(seq)
  const limit = isText ? 4 * columns + 8 : columns
  const payload = isInflated ? log.message(seq, limit) : log.payload(seq, limit)
  const text = isText ? wholeText(payload) : null
  return text === null ? dump(payload, columns) : asBuffer(text).toString('utf8')
}

/** Columns from which on octets are shown as characters too. */
const roomForText = 40

/** Octets in hex, and behind them as ASCII where there is room for that. */
function dump({ octets, length }: Payload, columns: number): string {
  if (octets === null) return notKept(length)
  if (columns < roomForText) {
    const count = Math.min(octets.length, Math.ceil(columns / 3))
    return hexDigits(octets, count) + (count < length ? ' …' : '')
  }
  const count = Math.min(octets.length, Math.floor((columns - 5) / 4))
  const more = count < length ? ' …' : ''
  let chars = ''
  for (const octet of octets.subarray(0, count))
    chars += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·'
  return `${hexDigits(octets, count)}${more}   ${chars}`
}

function chopCells(
  log: WireLog,
  entry: Stamp & { offset: number; length: number },
  columns: number,
): RowCells {
  const { conn, from, offset, length } = entry
  const span = { conn, from: from ?? ('client' as const), offset, length: Math.min(length, columns) }
  return {
    ...blank,
    from,
    type: 'READ',
    role: 'quiet',
    length: String(length),
    payload: dump({ octets: log.octets(span), length }, columns),
    tone: 'quiet',
  }
}

const blank = { flags: '', length: '', lead: '', payload: '', tail: '' } as const

const severityTypes: Readonly<Record<Severity, string>> = {
  error: 'ERROR',
  warning: 'WARN',
  notice: 'NOTE',
  info: 'INFO',
}

type Other = Exclude<Entry, { type: 'frame' | 'octets' }>

function remarkCells(log: WireLog, entry: Other): RowCells {
  const { tone, text } = cells(entry, log, 0)
  const isOfBoth = entry.type === 'open'
  const row = { ...blank, from: isOfBoth ? null : entry.from, role: tone, tone }
  switch (entry.type) {
    case 'open':
      return { ...row, type: 'OPEN', payload: `${entry.client} → ${entry.server}${entry.tls ? ' TLS' : ''}` }
    case 'tcp':
      return { ...row, ...tcpCells(entry) }
    case 'handshake':
      return { ...row, type: entry.startLine.startsWith('HTTP/') ? 'REPLY' : 'REQ', payload: text }
    case 'violation':
      return { ...row, ...violationCells(entry) }
    case 'verdict':
      return { ...row, type: 'END', payload: `${outcomeWords[entry.outcome]}: ${text}` }
    case 'stalled':
      return { ...row, type: 'STALL', payload: text }
    case 'redacted':
      return { ...row, type: 'HIDE', payload: text }
    default:
      return { ...row, type: entry.type.toUpperCase(), payload: text }
  }
}

/** The sentence first: a narrow screen shows no more. The detail has the section. */
function violationCells(entry: Stamp & Violation) {
  const type = severityTypes[ruleOf(entry.rule).severity]
  const { rule, detail, from } = entry
  const payload = `${rule}: ${ruleText(rule, from ?? 'client')} (${detail})`
  return { type, payload, tail: timesText(entry) }
}

function tcpCells({ state }: Tcp): { type: string; payload: string } {
  if (state === 'fin') return { type: 'FIN', payload: '' }
  if (state === 'reset') return { type: 'RST', payload: '' }
  return { type: 'TCP', payload: state.toUpperCase() }
}

/** Reads of a frame that are looked up to tell their sizes. */
export const chopLimit = 64

/**
 * The reads that carried a frame: how many, and the octets of it that each brought, runs folded: `2:60+19`,
 * `12&1448×11+460`. `&` rather than `:` where the first or the last read carried octets of something else too. Without
 * `sizes` only the count, and the `&`.
 */
export function chopText(log: WireLog, entry: Stamp & Frame, sizes: boolean): string {
  const { conn, from, offset, headerLength, received, chops } = entry
  if (chops > chopLimit) return String(chops)
  const end = offset + headerLength + received
  const span: Span = { conn, from: from ?? 'client', offset, length: end - offset }
  const reads = log.chops(span)
  if (reads.length !== chops) return String(chops)
  const isShared = reads.some(read => read.offset < offset || read.offset + read.length > end)
  if (chops === 1 || !sizes) return `${chops}${isShared ? '&' : ''}`
  const parts = reads.map(read => Math.min(end, read.offset + read.length) - Math.max(offset, read.offset))
  return `${chops}${isShared ? '&' : ':'}${folded(parts)}`
}

function folded(sizes: readonly number[]): string {
  const runs: { size: number; count: number }[] = []
  for (const size of sizes) {
    const last = runs.at(-1)
    if (last?.size === size) last.count++
    else runs.push({ size, count: 1 })
  }
  return runs.map(({ size, count }) => (count === 1 ? String(size) : `${size}×${count}`)).join('+')
}
