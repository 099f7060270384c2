/** What is copied of a row, as text. */
import { Opcode, opcodeName } from '../../protocol/opcode.ts'
import { keyHex, minimalLengthBits } from '../../protocol/frame.ts'
import { isUtf8 } from 'node:buffer'
import { lengthOf } from './header-fields.ts'
import type { FrameRow } from './neighbours.ts'
import { payloadOf, type Subject } from './subject.ts'

/** The payload as text or else in hex, all octets in hex, the line of `--json`, or a line of a transcript. */
export type CopyKind = 'payload' | 'hex' | 'json' | 'transcript'

/** The text to copy; null where there is none. It is raw text. */
export function copyText(subject: Subject, kind: CopyKind): string | null {
  switch (kind) {
    case 'payload':
      return payloadText(subject)
    case 'hex':
      return subject.wire === null ? null : hex(subject.wire)
    case 'json':
      return subject.json === null ? null : JSON.stringify(subject.json)
    case 'transcript':
      return transcript(subject)
  }
}

function payloadText(subject: Subject): string | null {
  const { entry, content, wire } = subject
  if (content !== null) return content.text ?? hex(content.octets)
  if (entry.type === 'verdict') return entry.text
  if (wire === null) return null
  return entry.type === 'octets' ? hex(wire) : Buffer.from(wire).toString('latin1')
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

/** The row in the notation of `test/transcripts/README.md`: what was read of a frame or a head, or what TCP did. */
function transcript(subject: Subject): string | null {
  const { entry, frame, wire, span } = subject
  if (entry.type === 'tcp') return `tcp ${entry.from ?? 'client'} ${entry.state}`
  if (span === null || wire === null || wire.length < span.length) return null
  const words = frame === null ? [quotedOrHex(wire)] : frameWords(frame, payloadOf(subject) ?? wire)
  return [span.from, ...words, ...chopWords(subject)].filter(word => word !== '').join(' ')
}

function frameWords(frame: FrameRow, payload: Uint8Array): string[] {
  const { fin, rsv, maskingKey, opcode, lengthBits, payloadLength, received } = frame
  const isShort = received < payloadLength
  const needed = isShort ? payloadLength : received
  const words = [opcodeName(opcode)]
  if (!fin) words.push('fin=0')
  if (rsv !== 0) words.push(`rsv=${rsv}`)
  if (maskingKey !== null) words.push(`key=${keyHex(maskingKey)}`)
  if (isShort) words.push(`len=${lengthOf(frame)}`)
  if (lengthBits !== minimalLengthBits(needed)) words.push(`bits=${lengthBits}`)
  const code = opcode === Opcode.close && payload.length >= 2 ? (frame.close?.code ?? null) : null
  if (code !== null) words.push(`code=${code}`)
  return [...words, quotedOrHex(code === null ? payload : payload.subarray(2))]
}

function quotedOrHex(octets: Uint8Array): string {
  if (octets.length === 0) return ''
  return isUtf8(octets) ? quoted(Buffer.from(octets).toString('utf8')) : hex(octets)
}

/** Beyond ASCII each octet is written as such: nothing in it is invisible, or means something to an editor. */
function quoted(text: string): string {
  let inside = ''
  for (const char of text) inside += char >= ' ' && char <= '~' ? (escapes[char] ?? char) : octetEscapes(char)
  return `"${inside}"`
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\' }

function octetEscapes(char: string): string {
  if (char === '\n') return '\\n'
  if (char === '\r') return '\\r'
  if (char === '\t') return '\\t'
  return [...Buffer.from(char)].map(octet => `\\x${octet.toString(16).padStart(2, '0')}`).join('')
}

/** Sizes of all reads but the last, as far as they carried it. */
function chopWords({ chops, span, readEnds }: Subject): string[] {
  if (span === null || chops.length < 2) return []
  const ends = readEnds.filter(end => end < span.length)
  const sizes = ends.map((end, index) => end - (ends[index - 1] ?? 0))
  return sizes.length === 0 ? [] : [`chops=${sizes.join(',')}`]
}
