/** Rows as Autobahn's reports have them: the client's octets are transmitted (`T`), the server's received (`R`). */
import type { CaseEvent, WireRecord } from '../conformance/case-report.ts'
import { keyHex } from '../protocol/frame.ts'
import { Opcode } from '../protocol/opcode.ts'
import { asBuffer } from '../wire/buffer.ts'
import type { Entry, Frame, Stamp } from '../wire/entry.ts'
import { wholeText } from '../wire/format.ts'
import type { Payload, WireLog } from '../wire/log.ts'

/** Octets that Autobahn shows of a payload, and beyond how many it says that there are more. */
const shownOctets = 64
const dotsBeyond = 60

/** The record of a chop or a frame; null for other rows. */
export function recordOf(entry: Entry, log: WireLog): WireRecord | null {
  if (entry.type === 'frame') return frameRecord(entry, log)
  if (entry.type !== 'octets') return null
  const { conn, offset, length } = entry
  const from = entry.from ?? 'client'
  const octets = log.octets({ conn, from, offset, length: Math.min(length, shownOctets) })
  const text = octets === null ? '?' : hexOf(octets) + dots(length)
  return from === 'client' ? ['TO', [length, text], false] : ['RO', [length, text]]
}

function frameRecord(entry: Stamp & Frame, log: WireLog): WireRecord {
  const { seq, from, opcode, fin, rsv, maskingKey, payloadLength } = entry
  const payload: [number, string] = [payloadLength, payloadText(log.payload(seq, shownOctets))]
  const mask = maskingKey === null ? null : keyHex(maskingKey)
  return from === 'client'
    ? ['TF', payload, opcode, fin, rsv, mask, null, null, false]
    : ['RF', payload, opcode, fin, rsv, mask !== null, mask]
}

/** What the server said, as Autobahn notes it: a message, a pong or a ping; null for other rows. */
export function eventOf(entry: Entry, log: WireLog): CaseEvent | null {
  if (entry.type !== 'frame' || entry.from !== 'server') return null
  const { seq, message, opcode } = entry
  if (message !== null)
    return ['message', payloadText(log.message(seq, shownOctets)), message.kind === 'binary']
  if (opcode !== Opcode.pong && opcode !== Opcode.ping) return null
  return [opcode === Opcode.pong ? 'pong' : 'ping', payloadText(log.payload(seq, shownOctets))]
}

/** Text where the beginning of the payload is that, else hex. */
function payloadText(payload: Payload): string {
  const { octets, length } = payload
  if (octets === null) return '?'
  const whole = wholeText(payload)
  return (whole === null ? `0x${hexOf(octets)}` : asBuffer(whole).toString('utf8')) + dots(length)
}

function hexOf(octets: Uint8Array): string {
  return asBuffer(octets).toString('hex')
}

function dots(length: number): string {
  return length > dotsBeyond ? ' ...' : ''
}
