/** Octets in rows: where they stand, in hex, as ASCII; where the header is, and where each read ended. */
import type { Role } from '../theme.ts'
import { piece, type Line, type Lines, type Piece } from './lines.ts'
import { lastNotAbove } from './text-lines.ts'

export interface Dump {
  octets: Uint8Array
  /** What the first octet is numbered. */
  base: number
  /** Octets of a frame's header in front, 0 without one. */
  headerLength: number
  /** After which octets, counted from the first, reads ended: ascending. */
  readEnds: readonly number[]
  /** Octets shown inverse. */
  chosen: { at: number; octets: number } | null
}

/** Octets without header or reads. */
export function plainDump(octets: Uint8Array, base = 0): Dump {
  return { octets, base, headerLength: 0, readEnds: [], chosen: null }
}

/** Octets in a row, by the columns there are for it. */
function octetsPerRow(columns: number): 8 | 16 {
  return columns < 76 ? 8 : 16
}

export function hexLines(dump: Dump, columns: number): Lines {
  const perRow = octetsPerRow(columns)
  const { octets } = dump
  const digits = (dump.base + Math.max(0, octets.length - 1)).toString(16).length
  return {
    count: Math.ceil(octets.length / perRow),
    at: index => hexRow(dump, index * perRow, perRow, Math.max(4, digits)),
    find: (text, from) => {
      const found = Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf(
        wanted(text),
        from * perRow,
      )
      return found < 0 ? -1 : Math.floor(found / perRow)
    },
    foldAt: () => null,
    startAt: index => index * perRow,
    extent: octets.length,
  }
}

/** Pairs of hex digits, as in `81 d8`, are octets, anything else the octets of that text; `hex:` may stand before. */
function wanted(text: string): Buffer {
  const digits = text.replace(/^hex:/, '')
  return /^[0-9a-f]{2}( ?[0-9a-f]{2})*$/i.test(digits)
    ? Buffer.from(digits.replaceAll(' ', ''), 'hex')
    : Buffer.from(text)
}

function hexRow(dump: Dump, start: number, perRow: number, digits: number): Line {
  const { octets, base, headerLength } = dump
  const end = Math.min(octets.length, start + perRow)
  const pieces: Piece[] = [piece(`${(base + start).toString(16).padStart(digits, '0')} `, 'quiet')]
  pieces.push(piece(start === 0 && headerLength > 0 ? '┃' : ' ', 'rule'))
  for (let at = start; at < end; at++) {
    pieces.push(octetPiece(dump, at))
    pieces.push(behind(dump, at + 1))
  }
  pieces.push(piece('   '.repeat(start + perRow - end)), piece(' '))
  pieces.push(piece(asciiText(octets.subarray(start, end)), 'quiet'))
  return joined(pieces)
}

/** Neighbours of one look as one piece: there are 32 in a row. */
function joined(pieces: readonly Piece[]): Line {
  const fewer: Piece[] = []
  for (const one of pieces) {
    const last = fewer.at(-1)
    const isAlike = last?.role === one.role && last.inverse === one.inverse
    if (isAlike) last.text += one.text
    else fewer.push({ ...one })
  }
  return fewer
}

function octetPiece({ octets, headerLength, chosen }: Dump, at: number): Piece {
  const text = (octets[at] ?? 0).toString(16).padStart(2, '0')
  const role: Role = at < headerLength ? 'strong' : 'plain'
  const isChosen = chosen !== null && at >= chosen.at && at < chosen.at + chosen.octets
  return isChosen ? { text, role, inverse: true } : { text, role }
}

/** What stands behind the first `count` octets: the end of the header, of a read, of both. */
function behind({ headerLength, readEnds }: Dump, count: number): Piece {
  const isHeaderEnd = count === headerLength
  const isReadEnd = readEnds[lastNotAbove(readEnds, count)] === count
  if (isReadEnd) return piece(isHeaderEnd ? '┼' : '╎', 'notice')
  return isHeaderEnd ? piece('┃', 'rule') : piece(' ')
}

function asciiText(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '·'
  return text
}
