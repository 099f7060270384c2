/** Lines of styled text, made when they are drawn: the dump of a mebibyte has 65,536 of them. */
import type { Severity } from '../../protocol/rules.ts'
import type { Role } from '../theme.ts'

/** Text of one look. It is raw: the canvas makes it harmless. */
export interface Piece {
  text: string
  role: Role
  /** The chosen header field. */
  inverse?: boolean
}

export type Line = readonly Piece[]

/** What a view shows: as many lines as it has, each made on demand. */
export interface Lines {
  readonly count: number
  at(index: number): Line
  /** The first line from `from` on that shows `text`; -1 without one. */
  find(text: string, from: number): number
  /** What can be folded at a line, by a number that stays when the width changes; null where nothing can. */
  foldAt(index: number): number | null
  /** Where in what is shown a line begins, from 0 to `extent`: this stays when the width changes. */
  startAt(index: number): number
  readonly extent: number
}

export function piece(text: string, role: Role = 'plain'): Piece {
  return { text, role }
}

/** Lines that are few enough to be made at once. */
export function listed(lines: readonly Line[]): Lines {
  return {
    count: lines.length,
    at: index => lines[index] ?? [],
    find: (text, from) => lines.findIndex((line, index) => index >= from && finds(textOf(line), text)),
    foldAt: () => null,
    startAt: index => (lines.length === 0 ? 0 : index / lines.length),
    extent: 1,
  }
}

/** Lines one below the other. */
export function stacked(parts: readonly Lines[]): Lines {
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { count }) => sum + count, 0))
  const partAt = (index: number) => starts.findLastIndex(start => start <= index)
  const inside = (index: number) => ({
    part: parts[partAt(index)],
    rest: index - (starts[partAt(index)] ?? 0),
  })
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    at: index => {
      const { part, rest } = inside(index)
      return part?.at(rest) ?? []
    },
    find: (text, from) => {
      for (const [index, part] of parts.entries()) {
        const start = starts[index] ?? 0
        const found = start + part.count > from ? part.find(text, Math.max(0, from - start)) : -1
        if (found >= 0) return start + found
      }
      return -1
    },
    foldAt: index => {
      const { part, rest } = inside(index)
      return part?.foldAt(rest) ?? null
    },
    startAt: index => {
      const before = parts.slice(0, Math.max(0, partAt(index))).reduce((sum, { extent }) => sum + extent, 0)
      const { part, rest } = inside(index)
      return before + (part?.startAt(rest) ?? 0)
    },
    extent: parts.reduce((sum, { extent }) => sum + extent, 0),
  }
}

/** The line that holds the place `start`. */
export function lineAt(lines: Lines, start: number): number {
  let low = 0
  let high = lines.count
  while (low < high) {
    const middle = (low + high) >> 1
    if (lines.startAt(middle) <= start) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('')
}

/** Capital letters count where `wanted` has one. */
export function indexOfFound(text: string, wanted: string, from = 0): number {
  const isSmall = wanted === wanted.toLowerCase()
  const lower = isSmall ? text.toLowerCase() : text
  // Some letters become two: then places would differ.
  return (lower.length === text.length ? lower : text).indexOf(wanted, from)
}

export function finds(text: string, wanted: string): boolean {
  return indexOfFound(text, wanted) >= 0
}

/** How a violation of a severity looks. */
export function roleOf(severity: Severity): Role {
  return severity === 'info' ? 'quiet' : severity
}
