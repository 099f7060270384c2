/** Rows as people read them: an entry becomes cells, cells become a line. Cells are raw text; the layout escapes. */
import { isUtf8 } from 'node:buffer'
import { keyHex } from '../protocol/frame.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseStatusLine, valuesOf } from '../protocol/http-head.ts'
import { opcodeName } from '../protocol/opcode.ts'
import { agreedDeflate, deflateText } from '../protocol/permessage-deflate.ts'
import { ruleOf } from '../protocol/rules.ts'
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
  const base = {
    time: entry.time.toFixed(3),
    conn: entry.conn === 0 ? '' : `#${entry.conn}`,
    from: entry.from ?? '',
    tone: 'plain' as Tone,
    at: 'offset' in entry ? `@${entry.offset}` : '',
    payload: '',
  }
  switch (entry.type) {
    case 'open': {
      const text = `OPEN ${entry.client} → ${entry.server}${entry.tls ? ' TLS' : ''}`
      return { ...base, label: 'TCP', text }
    }
    case 'tcp':
      return {
        ...base,
        label: 'TCP',
        tone: entry.state === 'fin' ? 'plain' : 'warning',
        text: entry.state.toUpperCase(),
      }
    case 'octets': {
      const octets = log.octets({ ...spanOf(entry), length: Math.min(entry.length, limit) })
      return {
        ...base,
        label: 'OCTETS',
        tone: 'quiet',
        text: String(entry.length),
        payload: hex(octets, entry.length, limit),
      }
    }
    case 'gap':
      return {
        ...base,
        label: 'GAP',
        tone: 'warning',
        text: `${entry.octets} octets are not in the record (${entry.reason})`,
      }
    case 'redacted':
      return {
        ...base,
        label: 'REDACT',
        tone: 'quiet',
        text: `${entry.octets} octets overwritten in the record`,
      }
    case 'edit':
      return {
        ...base,
        label: 'EDIT',
        tone: 'notice',
        text: `${entry.octets} octets written as ${quote(text(entry.written).trim())}`,
      }
    case 'stalled':
      return {
        ...base,
        label: 'STALL',
        tone: 'quiet',
        text: `${entry.octets} octets wait for ${entry.span.toFixed(0)} ms: the peer does not read`,
      }
    case 'cut':
      return { ...base, label: 'CUT', tone: 'quiet', text: 'TLS ended with TCP, without close_notify' }
    case 'handshake':
      return { ...base, ...handshake(entry) }
    case 'http':
      return { ...base, label: 'HTTP', tone: entry.note === null ? 'plain' : 'notice', text: http(entry) }
    case 'violation':
      return { ...base, ...violation(entry) }
    case 'verdict':
      return { ...base, label: 'VERDICT', tone: verdictTone(entry), text: entry.text }
    case 'fault':
      return {
        ...base,
        label: 'FAULT',
        tone: 'error',
        text: `${entry.consumer} failed and was switched off: ${entry.detail}`,
      }
    case 'frame':
      return { ...base, label: 'FRAME', text: frame(entry), payload: framePayload(entry, log, limit) }
  }
}

function spanOf(entry: Stamp & { offset: number }) {
  return { conn: entry.conn, from: entry.from ?? 'client', offset: entry.offset }
}

function handshake(entry: Handshake): Pick<Cells, 'label' | 'text' | 'tone'> {
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
  return { label: 'REPLY', tone, text: `${status.status} ${status.reason}${details}${agreed}` }
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

function violation({
  rule,
  detail,
  count,
  subject,
  evidence,
}: Violation): Pick<Cells, 'label' | 'text' | 'tone' | 'payload'> {
  const { severity, section, text } = ruleOf(rule)
  const times = count === 1 ? '' : `  ×${count}`
  const tone = severity === 'info' ? 'quiet' : severity
  const payload = subject === 'head' ? headText(evidence) : hex(evidence, evidence.length, Infinity)
  return {
    label: severity.toUpperCase(),
    tone,
    text: `${rule} ${section}: ${text} (${detail})${times}`,
    payload,
  }
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
  const fields = [opcodeName(entry.opcode).padEnd(5), `fin=${entry.fin ? 1 : 0}`]
  if (entry.rsv !== 0) fields.push(`rsv=${entry.rsv}`)
  fields.push(`len=${lengthOf(entry)}`)
  if (entry.maskingKey !== null) fields.push(`mask=${keyHex(entry.maskingKey)}`)
  fields.push(`chops=${entry.chops}`)
  if (entry.received < entry.payloadLength) fields.push(`received=${entry.received}`)
  if (entry.rtt !== null) fields.push(`rtt=${entry.rtt.toFixed(1)}ms`)
  return fields.join(' ') + messageText(entry)
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

const inflateFailure = { capped: 'inflate capped', lost: 'context lost', corrupt: 'not inflated' }

function framePayload(entry: Stamp & Frame, log: WireLog, limit: number): string {
  if (entry.close !== null)
    return entry.close.code === null ? '' : `${entry.close.code} ${quote(entry.close.reason)}`
  if (entry.message?.inflate === 'ok')
    return shown(log.message(entry.seq, limit), entry.message.kind === 'text', limit)
  if (entry.received === 0) return ''
  return shown(log.payload(entry.seq, limit), log.frames.isText(entry.seq), limit)
}

function shown({ octets, length }: Payload, isText: boolean, limit: number): string {
  if (octets === null) return `(${length} octets, no longer kept)`
  if (!isText) return hex(octets, length, limit)
  const whole = octets.length === length ? octets : wholeCodePoints(octets)
  return isUtf8(whole) ? quote(text(whole)) + (whole.length < length ? '…' : '') : hex(octets, length, limit)
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
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('utf8')
}

function quote(value: string): string {
  return `"${value}"`
}

function hex(octets: Uint8Array | null, length: number, limit: number): string {
  if (octets === null) return `(${length} octets, no longer kept)`
  const some = octets.subarray(0, Math.max(1, Math.floor(limit / 4)))
  const digits = Array.from(some, octet => octet.toString(16).padStart(2, '0')).join(' ')
  return digits + (some.length < length ? ' …' : '')
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
  const head = of.label.padEnd(7)
  const body = escapeForTerminal(` ${at}${of.text}${payload}`)
  const tone = color ? sgr[of.tone] : ''
  return tone === ''
    ? escapeForTerminal(stamp) + head + body
    : `${escapeForTerminal(stamp)}${tone}${head}${body}\x1b[0m`
}
