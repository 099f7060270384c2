/** Rows as people read them: an entry becomes cells, cells become a line. Cells are raw text; the layout escapes. */
import { isUtf8 } from 'node:buffer'
import { keyHex } from '../protocol/frame.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseStatusLine, valuesOf } from '../protocol/http-head.ts'
import { opcodeName } from '../protocol/opcode.ts'
import { agreedDeflate, deflateText } from '../protocol/permessage-deflate.ts'
import { ruleOf, ruleText } from '../protocol/rules.ts'
import { shortTime } from '../protocol/words.ts'
import { asBuffer } from './buffer.ts'
import type { Entry, Frame, Handshake, Http, MessageSummary, Stamp, Verdict, Violation } from './entry.ts'
import { escapeForTerminal } from './escape.ts'
import type { Payload, WireLog } from './log.ts'

/** How much a row should stand out. */
export type Tone = 'plain' | 'quiet' | 'good' | 'notice' | 'warning' | 'error'

/** What every layout of a row shows. */
export interface Cells {
  time: string
  conn: string
  from: string
  label: string
  tone: Tone
  /** `@offset`, empty for rows that have none. */
  at: string
  text: string
  /** Decoded or hex payload; empty without. */
  payload: string
}

/** Octets of a payload in a line; the hex of a quarter of them. */
export const defaultPreview = 160

/** The cells of a row. `limit` bounds the octets of payload looked at. */
export function cells(entry: Entry, log: WireLog, limit: number): Cells {
  const { label, text, tone = 'plain', payload = '' } = describe(entry, log, limit)
  return {
    time: timeText(entry.time),
    conn: entry.conn === 0 ? '' : `#${entry.conn}`,
    from: entry.from ?? '',
    label,
    tone,
    at: 'offset' in entry ? `@${entry.offset}` : '',
    text,
    payload,
  }
}

/** What a row says, for its kind: a plain tone and no payload unless given. */
type Description = Pick<Cells, 'label' | 'text'> & Partial<Pick<Cells, 'tone' | 'payload'>>

function describe(entry: Entry, log: WireLog, limit: number): Description {
  switch (entry.type) {
    case 'open':
      return { label: 'TCP', text: `OPEN ${entry.client} → ${entry.server}${entry.tls ? ' TLS' : ''}` }
    case 'tcp':
      return {
        label: 'TCP',
        tone: entry.state === 'fin' ? 'plain' : 'warning',
        text: entry.state.toUpperCase(),
      }
    case 'octets': {
      const octets = log.octets({ ...spanOf(entry), length: Math.min(entry.length, limit) })
      return {
        label: 'OCTETS',
        tone: 'quiet',
        text: String(entry.length),
        payload: hex(octets, entry.length, limit),
      }
    }
    case 'gap':
      return {
        label: 'GAP',
        tone: 'warning',
        text: `${entry.octets} octets are not in the record (${entry.reason})`,
      }
    case 'redacted':
      return {
        label: 'REDACT',
        tone: 'quiet',
        text: `${entry.octets} octets overwritten in the record`,
      }
    case 'edit':
      return {
        label: 'EDIT',
        tone: 'notice',
        text: `${entry.octets} octets written as ${quote(text(entry.written).trim())}`,
      }
    case 'stalled':
      return {
        label: 'STALL',
        tone: 'quiet',
        text: `${entry.octets} octets wait for ${entry.span.toFixed(0)} ms: the peer does not read`,
      }
    case 'cut':
      return { label: 'CUT', tone: 'quiet', text: 'TLS ended with TCP, without close_notify' }
    case 'handshake':
      return handshake(entry)
    case 'http':
      return { label: 'HTTP', tone: entry.note === null ? 'plain' : 'notice', text: http(entry) }
    case 'violation':
      return violation(entry)
    case 'verdict':
      return {
        label: 'VERDICT',
        tone: verdictTone(entry),
        text: `${entry.text}; ${shortTime(entry.duration)} in all`,
      }
    case 'fault':
      return {
        label: 'FAULT',
        tone: 'error',
        text: `${entry.consumer} failed and was switched off: ${entry.detail}`,
      }
    case 'frame':
      return { label: 'FRAME', text: frame(entry), payload: framePayload(entry, log, limit) }
  }
}

/** The digits behind the point, by microseconds: `toFixed` costs more than all other cells. */
const fractions = Array.from({ length: 1000 }, (_, micros) => `.${String(micros).padStart(3, '0')}`)

/** Milliseconds with three digits behind the point. */
function timeText(time: number): string {
  const micros = Math.round(time * 1000)
  const whole = Math.floor(micros / 1000)
  return `${whole}${fractions[micros - whole * 1000] ?? ''}`
}

function spanOf(entry: Stamp & { offset: number }) {
  return { conn: entry.conn, from: entry.from ?? 'client', offset: entry.offset }
}

function handshake(entry: Handshake): Description {
  const value = (name: string, label: string) =>
    valuesOf(entry, name)
      .map(v => `  ${label}=${v}`)
      .join('')
  const status = parseStatusLine(entry.startLine)
  if (status === null) {
    const subprotocols = listOf(entry, 'Sec-WebSocket-Protocol')
      .map(name => `  sub=${name}`)
      .join('')
    const details =
      value('Sec-WebSocket-Key', 'key') + subprotocols + value('Sec-WebSocket-Extensions', 'ext')
    return { label: 'REQUEST', tone: 'plain', text: entry.startLine + details }
  }
  const details = value('Sec-WebSocket-Protocol', 'sub') + value('Sec-WebSocket-Extensions', 'ext')
  const agreed = status.status === 101 ? agreedText(entry) : ''
  const tone = status.status === 101 ? 'good' : 'notice'
  const version = status.version === 'HTTP/1.1' ? '' : `${status.version} `
  return { label: 'REPLY', tone, text: `${version}${status.status} ${status.reason}${details}${agreed}` }
}

/** How each side compresses after this response. */
function agreedText(response: Handshake): string {
  const agreed = agreedDeflate(extensionsOf(response))
  if (agreed === null) return ''
  return `  deflate=client ${deflateText(agreed.client)}, server ${deflateText(agreed.server)}`
}

function http({ request, status, clientOctets, serverOctets, note }: Http): string {
  if (note !== null) return note
  return `${request ?? ''}  ${status ?? 'no response'}  ${clientOctets} octets → ${serverOctets} octets`
}

function violation(entry: Stamp & Violation): Description {
  const { rule, subject, evidence } = entry
  const { severity } = ruleOf(rule)
  const tone = severity === 'info' ? 'quiet' : severity
  const payload = subject === 'head' ? headText(evidence) : hex(evidence, evidence.length, Infinity)
  return {
    label: severity.toUpperCase(),
    tone,
    text: violationText(entry) + timesText(entry),
    payload,
  }
}

/** The rule that a violation breaks, and how. */
function violationText({ rule, detail, from }: Stamp & Violation): string {
  return `${rule} ${ruleOf(rule).section}: ${ruleText(rule, from ?? 'client')} (${detail})`
}

/** For how many violations its row stands; nothing where that is one. */
export function timesText({ count }: Violation): string {
  return count === 1 ? '' : `  ×${count}`
}

/** Octets of a head, each as the character that it is in Latin-1. */
function headText(octets: Uint8Array): string {
  return octets.length === 0 ? '' : quote(Buffer.from(octets).toString('latin1'))
}

function verdictTone({ clean, clientFaults, serverFaults }: Verdict): Tone {
  if (clientFaults.error + serverFaults.error > 0) return 'error'
  return clean && clientFaults.warning + serverFaults.warning === 0 ? 'good' : 'warning'
}

function frame(entry: Frame): string {
  let fields = `${opcodeName(entry.opcode).padEnd(5)} fin=${entry.fin ? 1 : 0}`
  if (entry.rsv !== 0) fields += ` rsv=${entry.rsv}`
  fields += ` len=${lengthOf(entry)}`
  if (entry.maskingKey !== null) fields += ` mask=${keyHex(entry.maskingKey)}`
  fields += ` chops=${entry.chops}`
  if (entry.received < entry.payloadLength) fields += ` received=${entry.received}`
  if (entry.rtt !== null) fields += ` rtt=${entry.rtt.toFixed(1)}ms`
  return fields + messageText(entry)
}

/** The announced length, exact however large. */
function lengthOf(entry: Frame): string {
  return entry.exactLength ?? String(entry.payloadLength)
}

/** What the last frame of a message says of the message, where that is more than the frame says. */
function messageText({ message }: Frame): string {
  if (message === null) return ''
  const parts = []
  if (message.frames > 1) parts.push(`${message.frames} frames ${message.wireLength} octets`)
  if (message.inflate === 'ok') parts.push(inflatedText(message))
  else if (message.inflate !== null) parts.push(inflateFailure[message.inflate])
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function inflatedText({ wireLength, length, contextUsed }: MessageSummary): string {
  const octets = length ?? 0
  const ratio = octets === 0 ? '' : `, ratio ${(wireLength / octets).toFixed(2)}`
  return `inflated ${octets}${ratio}${contextUsed === true ? ', context used' : ''}`
}

/** Why there is nothing inflated. */
export const inflateFailure = { capped: 'inflate capped', lost: 'context lost', corrupt: 'not inflated' }

function framePayload(entry: Stamp & Frame, log: WireLog, limit: number): string {
  if (entry.close !== null)
    return entry.close.code === null ? '' : `${entry.close.code} ${quote(entry.close.reason)}`
  if (entry.message?.inflate === 'ok')
    return shown(log.message(entry.seq, limit), entry.message.kind === 'text', limit)
  if (entry.received === 0) return ''
  return shown(log.payload(entry.seq, limit), log.frames.isText(entry.seq), limit)
}

function shown(payload: Payload, isText: boolean, limit: number): string {
  const whole = isText ? wholeText(payload) : null
  if (whole === null) return hex(payload.octets, payload.length, limit)
  return quote(text(whole)) + (whole.length < payload.length ? '…' : '')
}

/** Those octets of a payload, or of its beginning, that are text; null where they are not valid UTF-8, or not kept. */
export function wholeText({ octets, length }: Payload): Uint8Array | null {
  if (octets === null) return null
  const whole = octets.length === length ? octets : wholeCodePoints(octets)
  return isUtf8(whole) ? whole : null
}

/** Without a code point that was cut at the end. */
export function wholeCodePoints(octets: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(4, octets.length); back++) {
    const octet = octets[octets.length - back] ?? 0
    if ((octet & 0xc0) === 0x80) continue
    const needs = octet < 0xc0 ? 1 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4
    return needs > back ? octets.subarray(0, octets.length - back) : octets
  }
  return octets
}

function text(octets: Uint8Array): string {
  return asBuffer(octets).toString('utf8')
}

function quote(value: string): string {
  return `"${value}"`
}

function hex(octets: Uint8Array | null, length: number, limit: number): string {
  if (octets === null) return notKept(length)
  const shown = Math.min(octets.length, Math.max(1, Math.floor(limit / 4)))
  return hexDigits(octets, shown) + (shown < length ? ' …' : '')
}

/** What stands for octets that the ring has moved on from. */
export function notKept(length: number): string {
  return `(${length} octets, no longer kept)`
}

/** The first `count` octets in hex, with spaces between. */
export function hexDigits(octets: Uint8Array, count: number): string {
  const text = Buffer.allocUnsafe(3 * count)
  for (let i = 0; i < count; i++) {
    const octet = octets[i] ?? 0
    text[3 * i] = hexDigit(octet >> 4)
    text[3 * i + 1] = hexDigit(octet & 15)
    text[3 * i + 2] = 0x20
  }
  return text.toString('latin1', 0, 3 * count - 1)
}

/** The code of a hex digit. */
function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value
}

const sgr: Record<Tone, string> = {
  plain: '',
  quiet: '\x1b[2m',
  good: '\x1b[32m',
  notice: '\x1b[36m',
  warning: '\x1b[33m',
  error: '\x1b[31m',
}

/** A row as one line without its line ending, safe for a terminal. */
export function formatLine(of: Cells, color: boolean): string {
  const stamp = `${of.time.padStart(9)} ${of.conn.padEnd(3)} ${of.from.padEnd(6)} `
  const at = of.at === '' ? '' : `${of.at.padEnd(6)} `
  const payload = of.payload === '' ? '' : `  ${of.payload}`
  const body = `${of.label.padEnd(7)} ${at}${of.text}${payload}`
  const tone = color ? sgr[of.tone] : ''
  return tone === ''
    ? escapeForTerminal(stamp + body)
    : `${escapeForTerminal(stamp)}${tone}${escapeForTerminal(body)}\x1b[0m`
}
