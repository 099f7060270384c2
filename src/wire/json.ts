/** Rows as flat JSON objects: the derived lines of `--json`, and the fact lines that make its output a recording. */
import { isUtf8 } from 'node:buffer'
import { keyHex } from '../protocol/frame.ts'
import { ruleOf, ruleText } from '../protocol/rules.ts'
import { asBuffer } from './buffer.ts'
import type { Entry, Frame, Stamp } from './entry.ts'
import type { Side } from '../protocol/side.ts'
import { wholeCodePoints } from './format.ts'
import type { Mark } from './facts.ts'
import type { Payload, WireLog } from './log.ts'

/** Octets of a payload that a line carries unless told otherwise. */
export const defaultMaxPayload = 4096

export type JsonLine = Record<string, unknown>

/** A time or duration in milliseconds as lines carry it: microsecond digits are kept, more are noise. */
export function milliseconds(time: number): number {
  return Math.round(time * 1000) / 1000
}

function base64(octets: Uint8Array): string {
  return asBuffer(octets).toString('base64')
}

/** The line of a row; null for a chop whose octets are no longer kept. `limit` bounds each payload, in octets. */
export function jsonLine(entry: Entry, log: WireLog, limit: number): JsonLine | null {
  const { seq, conn, from } = entry
  const time = milliseconds(entry.time)
  switch (entry.type) {
    case 'open':
      return {
        type: 'open',
        time,
        conn,
        client: entry.client,
        server: entry.server,
        url: entry.url,
        tls: entry.tls,
      }
    case 'tcp':
      return { type: 'tcp', time, conn, from, state: entry.state }
    case 'octets': {
      const { offset, length } = entry
      const octets = log.octets({ conn, from: from ?? 'client', offset, length })
      return octets === null ? null : { type: 'octets', time, conn, from, offset, data: base64(octets) }
    }
    case 'gap':
    case 'edit':
    case 'redacted':
    case 'stalled':
    case 'cut':
      return markLine(time, conn, from ?? 'client', entry)
    case 'handshake': {
      const { offset, length, startLine } = entry
      const headers = entry.headers.map(({ name, value }) => [name, value])
      return { type: 'handshake', seq, time, conn, from, offset, length, startLine, headers }
    }
    case 'http': {
      const { request, status, clientOctets, serverOctets, note } = entry
      return { type: 'http', seq, time, conn, from, request, status, clientOctets, serverOctets, note }
    }
    case 'violation': {
      const { type, rule, detail, offset, count, evidence, ...place } = entry
      const { severity, section, closeCode } = ruleOf(rule)
      const { subject, subjectOffset, messageOffset, evidenceOffset } = place
      const shown = { evidence: Buffer.from(evidence).toString('hex'), evidenceOffset }
      const where = { offset, subject, subjectOffset, messageOffset, ...shown }
      const text = ruleText(rule, from ?? 'client')
      return {
        type,
        seq,
        time,
        conn,
        from,
        ...where,
        rule,
        severity,
        section,
        closeCode,
        text,
        detail,
        count,
      }
    }
    case 'verdict': {
      const { type, ...rest } = entry
      return { type, ...rest, time, duration: milliseconds(entry.duration) }
    }
    case 'fault':
      return { type: 'fault', seq, time, conn, from, consumer: entry.consumer, detail: entry.detail }
    case 'frame':
      return frameLine(entry, time, log, limit)
  }
}

/** The fact line of a mark. */
export function markLine(time: number, conn: number, from: Side, mark: Mark): JsonLine {
  const { type, offset, octets } = mark
  const line = { type, time: milliseconds(time), conn, from, offset, octets }
  if (mark.type === 'gap') return { ...line, reason: mark.reason }
  if (mark.type === 'stalled') return { ...line, span: milliseconds(mark.span) }
  return mark.type === 'edit' ? { ...line, data: base64(mark.written) } : line
}

function frameLine(entry: Stamp & Frame, time: number, log: WireLog, limit: number): JsonLine {
  const { seq, conn, from, offset, headerLength, payloadLength, exactLength, received, lengthBits } = entry
  const { fin, rsv, opcode, chops, rtt, message, close } = entry
  return {
    type: 'frame',
    seq,
    time,
    conn,
    from,
    offset,
    headerLength,
    payloadLength,
    exactLength,
    received,
    lengthBits,
    fin,
    rsv,
    opcode,
    maskingKey: entry.maskingKey === null ? null : keyHex(entry.maskingKey),
    chops,
    rtt: rtt === null ? null : milliseconds(rtt),
    ...payloadKeys(log.payload(seq, limit), log.frames.isText(seq)),
    message:
      message === null
        ? null
        : { ...message, ...payloadKeys(log.message(seq, limit), message.kind === 'text') },
    close,
  }
}

/** `text` where it is text, else `data` in base64; `truncated` where it is not all. Null data: no longer kept. */
function payloadKeys({ octets, length }: Payload, isText: boolean): JsonLine {
  if (octets === null) return { data: null, truncated: length > 0 }
  const whole = octets.length < length && isText ? wholeCodePoints(octets) : octets
  const cut = whole.length < length ? { truncated: true } : {}
  return isText && isUtf8(whole)
    ? { text: asBuffer(whole).toString('utf8'), ...cut }
    : { data: base64(octets), ...cut }
}
