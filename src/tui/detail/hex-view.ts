/** The hex view: a frame's header in one line, the octets, and what the signs among them mean. */
import { opcodeName } from '../../protocol/opcode.ts'
import { headerFields } from './bits-lines.ts'
import type { HeaderField } from './header-fields.ts'
import { hexLines, plainDump, type Dump } from './hex-lines.ts'
import { listed, piece, stacked, type Line, type Lines } from './lines.ts'
import type { Subject } from './subject.ts'
import { prose } from './text-lines.ts'

/** Octets as they were sent, with the payload unmasked, or those of the message as it was before it was compressed. */
export type HexMode = 'wire' | 'unmasked' | 'inflated'

/** The ways in which the octets can be shown. */
export function modesOf({ frame, message }: Subject): readonly HexMode[] {
  const modes: HexMode[] = ['wire']
  if (frame !== null && frame.maskingKey !== null) modes.push('unmasked')
  if (message !== null && message.compressed && message.octets !== null) modes.push('inflated')
  return modes
}

/** A frame's header in one line, its octets, and what the signs mean. */
export function hexView(subject: Subject, mode: HexMode, field: number, columns: number): Lines {
  const dump = dumpOf(subject, mode, field)
  const fields = headerFields(subject)
  const kept = dump?.octets.length ?? 0
  const total = mode === 'inflated' ? kept : (subject.span?.length ?? 0)
  return stacked([
    listed(subject.frame === null ? [] : [headerLine(fields, subject.frame.opcode, field)]),
    dump === null ? listed(prose(missing(subject), columns, 'quiet')) : hexLines(dump, columns + 1),
    listed(
      kept < total && dump !== null ? prose(`the first ${kept} of ${total} octets`, columns, 'warning') : [],
    ),
    listed(dump === null ? [] : [[piece(legend(subject, mode), 'quiet')]]),
  ])
}

function missing({ span }: Subject): string {
  return span === null ? 'this row has no octets' : `its ${span.length} octets are no longer kept`
}

function dumpOf(subject: Subject, mode: HexMode, field: number): Dump | null {
  const { wire, plain, message, frame, readEnds, entry } = subject
  if (mode === 'inflated') return message?.octets == null ? null : plainDump(message.octets)
  const octets = mode === 'wire' ? wire : plain
  if (octets === null) {
    const hasEvidence = entry.type === 'violation' && entry.evidence.length > 0
    return hasEvidence ? plainDump(entry.evidence, entry.evidenceOffset ?? 0) : null
  }
  const chosen = chosenOctets(subject, field)
  return { octets, base: 0, headerLength: frame?.headerLength ?? 0, readEnds, chosen }
}

/** The octets of the chosen field; of a head, or in a payload, those that show what is wrong. */
function chosenOctets(subject: Subject, index: number): Dump['chosen'] {
  const { entry, span, frame } = subject
  const field = headerFields(subject)[index] ?? null
  const isHeader = frame !== null && field?.name !== 'payload'
  if (isHeader || span === null || entry.type !== 'violation') return field
  const at = entry.offset - span.offset
  if (frame === null) return { at, octets: entry.evidence.length }
  return at < frame.headerLength ? field : { at, octets: 1 }
}

/** Fields in one line, those of an octet together. */
function headerLine(fields: readonly HeaderField[], opcode: number, chosen: number): Line {
  return fields.flatMap((field, index) => {
    const isFirst = field.bits === 0 || field.name === 'MASK'
    const gap = piece(index === 0 ? '' : isFirst ? ' │ ' : ' ', 'rule')
    const text = shortText(field, opcode)
    return [gap, index === chosen ? { ...piece(text), inverse: true } : piece(text)]
  })
}

function shortText({ name, value, octets }: HeaderField, opcode: number): string {
  if (name === 'payload') return `payload ${octets}`
  if (name === 'RSV1-3') return `RSV=${value}`
  return name === 'opcode' ? `op=${value} ${opcodeName(opcode)}` : `${name}=${value}`
}

function legend(subject: Subject, mode: HexMode): string {
  const modes = modesOf(subject)
  const signs =
    mode === 'inflated' ? '' : `${subject.frame === null ? '' : '┃ header  '}╎ end of a TCP read  `
  const other =
    modes.length < 2 ? '' : `m ${modes.map(word => (word === mode ? `[${word}]` : word)).join('/')}`
  return signs + other
}
