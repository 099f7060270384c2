/** All cases in the order of their ids, their groups, and how some of them are picked. */
import type { Side } from '../protocol/side.ts'
import type { ConformCase } from './case.ts'
import { closeHandling } from './cases/closing.ts'
import { deflateParameters, deflatePayloads } from './cases/compression.ts'
import { fragmentation } from './cases/fragmentation.ts'
import { framing } from './cases/framing.ts'
import { limits, misc } from './cases/limits.ts'
import { pings } from './cases/pings.ts'
import { reservedBits, reservedOpcodes } from './cases/reserved.ts'
import { utf8Handling } from './cases/utf8.ts'
import { extendedClose } from './cases/extended/close.ts'
import { extendedDeflate } from './cases/extended/deflate.ts'
import { extendedFrames } from './cases/extended/frames.ts'
import { extendedHandshake } from './cases/extended/handshake.ts'
import { extendedTime } from './cases/extended/time.ts'

/** Autobahn's 517 cases. */
export const allCases: readonly ConformCase[] = [
  ...[framing, pings, reservedBits, reservedOpcodes, fragmentation, utf8Handling].flat(),
  ...[closeHandling, limits, misc, deflatePayloads, deflateParameters].flat(),
]

/** Cases that Autobahn does not have. */
export const extendedCases: readonly ConformCase[] = [
  ...[extendedFrames, extendedClose, extendedHandshake, extendedDeflate, extendedTime].flat(),
]

/** The cases that a fuzzer of this role can play. */
export function casesFor(role: Side, extended: boolean): readonly ConformCase[] {
  return extended ? [...allCases, ...extendedCases.filter(of => (of.role ?? role) === role)] : allCases
}

const positions = new Map([...allCases, ...extendedCases].map(({ id }, i) => [id, i + 1]))

/** The position of a case among all, those of Autobahn first, from 1; 0 for an id that is none. */
export function positionOf(id: string): number {
  return positions.get(id) ?? 0
}

/** What a group is about. */
export const groupTitles: Readonly<Record<string, string>> = {
  1: 'Framing',
  2: 'Pings and pongs',
  3: 'Reserved bits',
  4: 'Opcodes',
  5: 'Fragmentation',
  6: 'UTF-8',
  7: 'Closing',
  9: 'Limits and performance',
  10: 'The fuzzer’s own fragments',
  12: 'Compression: payloads',
  13: 'Compression: parameters',
  'ws.frames': 'Masks, lengths, cuts',
  'ws.close': 'Codes, half-closed TCP',
  'ws.handshake': 'Opening handshake',
  'ws.deflate': 'Compression breached',
  'ws.time': 'Slow peers',
}

/** The group of a case: the first number of its id, or `ws.` and a word. */
export function groupOf(id: string): string {
  return id.slice(0, id.indexOf('.', id.startsWith('ws.') ? 3 : 0))
}

/** True for a case that moves many octets, or many messages: those of groups 9, 12 and 13. */
export function isHeavy({ exchange }: ConformCase): boolean {
  return exchange !== null
}

/**
 * The ids that match `pattern`, where `*` stands for anything. As in Autobahn a pattern with a star is matched at the
 * beginning alone: `12.*.1` takes 12.1.10 too, `1*` also group 10. Without a star it is one id.
 */
export function matchCases(
  pattern: string,
  cases: readonly ConformCase[] = allCases,
): readonly ConformCase[] {
  if (!pattern.includes('*')) return cases.filter(({ id }) => id === pattern)
  return cases.filter(({ id }) => startsLike(id, pattern))
}

/** Whether `text` begins with what `pattern` says; `exact`: nothing may follow. */
export function startsLike(text: string, pattern: string, exact = false): boolean {
  const parts = pattern.split('*')
  const [first = ''] = parts
  if (!text.startsWith(first)) return false
  let at = first.length
  const last = parts.length - 1
  for (let i = 1; i <= last; i++) {
    const part = parts[i] ?? ''
    if (exact && i === last) return text.length - at >= part.length && text.endsWith(part)
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return !exact || at === text.length
}

/** The cases that `include` names and `exclude` does not, in their order; a pattern that matches none goes to `unknown`. */
export function selectCases(
  include: readonly string[],
  exclude: readonly string[],
  from: readonly ConformCase[] = allCases,
): { cases: readonly ConformCase[]; unknown: readonly string[] } {
  const wanted = new Set(include.flatMap(pattern => matchCases(pattern, from)))
  for (const without of exclude.flatMap(pattern => matchCases(pattern, from))) wanted.delete(without)
  const unknown = [...include, ...exclude].filter(pattern => matchCases(pattern, from).length === 0)
  return { cases: from.filter(one => wanted.has(one)), unknown }
}
