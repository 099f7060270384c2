/** A frame bit by bit, and what surrounds it: its message, its reads, its place in the stream, what it breaks. */
import { counted } from '../../protocol/words.ts'
import { isControl, opcodeName } from '../../protocol/opcode.ts'
import type { Chop } from '../../wire/span.ts'
import { durationText } from '../units.ts'
import { fieldAt, fieldsOf, headerOctets, type HeaderContext, type HeaderField } from './header-fields.ts'
import { listed, piece, type Line, type Lines } from './lines.ts'
import type { FrameRow } from './neighbours.ts'
import type { Subject } from './subject.ts'
import { named } from './text-lines.ts'
import { violationLines } from './violation-lines.ts'

/** Reads that are told one by one. */
const readLimit = 8

/** From this many columns on, it says which octet a field stands in. */
const placeColumns = 72

/** The header fields of what is shown; none where that is no frame. */
export function headerFields({ frame, deflate }: Subject): readonly HeaderField[] {
  return frame === null ? [] : fieldsOf(contextOf(frame, deflate))
}

/** `chosen` is the index of a field. */
export function bitsLines(subject: Subject, columns: number, chosen: number): Lines {
  const { frame } = subject
  const fields = headerFields(subject)
  const header = frame === null ? new Uint8Array(0) : headerOctets(frame)
  return listed([
    ...fields.map((field, index) => fieldLine(field, header, columns >= placeColumns, index === chosen)),
    ...(frame === null ? [] : named('message', messageText(subject), columns)),
    ...readLines(subject, fields, columns),
    ...streamLines(subject, columns),
    ...(subject.violations.length > 0
      ? violationLines(subject.violations, columns)
      : frame === null
        ? []
        : named('checks', 'no rule is broken here', columns, 'good')),
  ])
}

function contextOf(frame: FrameRow, deflate: boolean): HeaderContext {
  return { frame, from: frame.from ?? 'client', deflate }
}

function fieldLine(field: HeaderField, header: Uint8Array, hasPlace: boolean, isChosen: boolean): Line {
  const { name, at, octets, bits, value, meaning } = field
  const end = at + octets - 1
  const isFirst = bits === 0 || (bits & 0x80) !== 0
  const place = isFirst ? `octet ${at}${end > at ? `-${end}` : ''}` : ''
  const shown =
    name === 'payload' ? counted(octets, 'octet') : isFirst ? hex(header.subarray(at, end + 1)) : ''
  const text =
    (bits === 0 ? shown.padEnd(23) : `${shown.padEnd(12)}${bitText(header[at] ?? 0, bits)}  `) + name
  return [
    piece(hasPlace ? `${place} `.padEnd(12) : '', 'quiet'),
    isChosen ? { ...piece(text), inverse: true } : piece(text),
    piece(' '.repeat(Math.max(1, 8 - name.length))),
    piece(value === '' ? '' : `${value.padEnd(4)} `, 'strong'),
    piece(meaning),
  ]
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

/** The bits of an octet that `mask` has, others as dots: `·100 1001`. */
function bitText(octet: number, mask: number): string {
  let text = ''
  for (let bit = 0x80; bit > 0; bit >>= 1) {
    text += (mask & bit) === 0 ? '·' : (octet & bit) === 0 ? '0' : '1'
    if (bit === 0x10) text += ' '
  }
  return text
}

/** What is known of the message of the shown frame. */
export function messageText({ message, frame }: Subject): string {
  if (message === null)
    return frame !== null && isControl(frame.opcode)
      ? 'none: a control frame'
      : 'none that it is known to belong to'
  const { frames, position, summary, compressed } = message
  const total = summary?.frames ?? frames
  const parts = [
    total === 1 ? `${message.kind}, one frame` : `${message.kind}, frame ${position} of ${total}`,
  ]
  if (summary === null) parts.push('not complete')
  else if (compressed) parts.push(compressionText(summary.wireLength, summary.length, summary.contextUsed))
  else parts.push(`${counted(summary.wireLength, 'octet')}, not compressed`)
  return parts.join(', ')
}

function compressionText(wireLength: number, length: number | null, contextUsed: boolean | null): string {
  if (length === null) return `${counted(wireLength, 'octet')}, compressed, not inflated`
  const ratio = length === 0 ? '' : `, ratio ${(wireLength / length).toFixed(2)}`
  return `${wireLength} octets inflate to ${length}${ratio}${contextUsed === true ? ', context used' : ''}`
}

function readLines(subject: Subject, fields: readonly HeaderField[], columns: number): Line[] {
  const { chops } = subject
  const lines = chops
    .slice(0, readLimit)
    .flatMap((chop, index) =>
      named(index === 0 ? 'reads' : '', readText(subject, fields, chop, chops[index - 1] ?? null), columns),
    )
  const more = chops.length - readLimit
  return more > 0 ? [...lines, ...named('', `and ${counted(more, 'read')} more`, columns)] : lines
}

function readText(
  { span }: Subject,
  fields: readonly HeaderField[],
  chop: Chop,
  before: Chop | null,
): string {
  if (span === null) return ''
  const end = span.offset + span.length
  const own = Math.min(chop.offset + chop.length, end) - Math.max(chop.offset, span.offset)
  const size =
    own < chop.length ? `${own} of a read of ${counted(chop.length, 'octet')}` : counted(own, 'octet')
  const later = before === null ? '' : `, ${gapText(chop.time - before.time)} later`
  const at = chop.offset + chop.length - span.offset
  const where = at < span.length && fields.length > 0 ? `, ended ${placeText(fields, at)}` : ''
  return `${size} at ${secondsText(chop.time)}${later}${where}`
}

/** Where a read ended, of which the octet `at` is the first that it did not bring. */
function placeText(fields: readonly HeaderField[], at: number): string {
  const field = fields[fieldAt(fields, at)]
  if (field === undefined) return `at octet ${at}`
  return field.at === at ? `before ${field.name}` : `in ${field.name}, at octet ${at}`
}

function streamLines({ span, frame, previous }: Subject, columns: number): Line[] {
  const lines: Line[] = []
  if (span !== null)
    lines.push(...named('stream', `begins at octet ${span.offset} of the ${span.from}`, columns))
  if (frame === null || previous === null) return lines
  const what = `${opcodeName(previous.opcode)}, ${counted(previous.payloadLength, 'octet')}`
  return [...lines, ...named('previous', `${what}, ${gapText(frame.time - previous.time)} earlier`, columns)]
}

/** Seconds since the start, to the microsecond. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(6)} s`
}

function gapText(ms: number): string {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : durationText(ms)
}
