/** The first place where two payloads differ, and what stands around it. */
import { isUtf8 } from 'node:buffer'
import { asBuffer } from '../wire/buffer.ts'
import { firstJsonDifference } from './json-difference.ts'
import { parseJson, type JsonObject, type JsonValue } from './json-value.ts'
import type { PathSet } from './json-paths.ts'

/** Where two payloads differ, in words, and what stands there; null: nothing. */
export interface PayloadDifference {
  where: string
  expected: string | null
  got: string | null
}

/** Octets of a message that is still compared as JSON; longer ones are compared as text. */
export const jsonLimit = 4 * 1024 * 1024

/** Octets shown before and from the place where two payloads part. */
const before = 24
const after = 40

/** The object or list in a text message; null where it is compared as text. */
export function jsonOf(octets: Uint8Array): JsonObject | readonly JsonValue[] | null {
  return isJsonText(octets) ? parseJson(asBuffer(octets).toString('utf8')) : null
}

/** True for a text that may be compared as JSON. */
export function isJsonText(octets: Uint8Array): boolean {
  return octets.length <= jsonLimit && isUtf8(octets)
}

/** How two payloads of text that are not the same differ. */
export function textDifference(expected: Uint8Array, got: Uint8Array, ignored: PathSet): PayloadDifference {
  const [a, b] = [jsonOf(expected), jsonOf(got)]
  const found = a === null || b === null ? null : firstJsonDifference(a, b, ignored)
  if (found !== null) return { where: `at ${found.path}`, expected: found.expected, got: found.got }
  return octetsDifference(expected, got, excerptOfText)
}

/** How two payloads of octets that are not the same differ. */
export function binaryDifference(expected: Uint8Array, got: Uint8Array): PayloadDifference {
  return octetsDifference(expected, got, excerptOfOctets)
}

function octetsDifference(
  expected: Uint8Array,
  got: Uint8Array,
  excerpt: (octets: Uint8Array, at: number) => string,
): PayloadDifference {
  const at = firstDifference(expected, got)
  return { where: `at octet ${at}`, expected: excerpt(expected, at), got: excerpt(got, at) }
}

/** The first offset at which two payloads differ; the length of the shorter where that is how it begins. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a[at] === b[at]) at++
  return at
}

/** Text around `at`, from one whole code point to another. */
export function excerptOfText(octets: Uint8Array, at: number): string {
  const start = codePointAt(octets, Math.max(0, at - before))
  const end = codePointAt(octets, Math.min(octets.length, at + after))
  const text = asBuffer(octets.subarray(start, end)).toString('utf8')
  return `${start > 0 ? '…' : ''}${text}${end < octets.length ? '…' : ''}`
}

/** Where the code point begins that the octet at `at` belongs to. */
function codePointAt(octets: Uint8Array, at: number): number {
  let start = at
  while (start > 0 && at - start < 3 && ((octets[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}

/** Hex around `at`, the octet that differs in brackets. */
function excerptOfOctets(octets: Uint8Array, at: number): string {
  const start = Math.max(0, at - 8)
  const end = Math.min(octets.length, at + 16)
  const hex = at < octets.length ? `[${hexOf(octets, at, at + 1)}]` : '[end]'
  const parts = [hexOf(octets, start, at), hex, hexOf(octets, at + 1, end)].filter(part => part !== '')
  return `${start > 0 ? '… ' : ''}${parts.join(' ')}${end < octets.length ? ' …' : ''}`
}

/** The first octets of a payload in hex. */
export function beginningInHex(octets: Uint8Array): string {
  return hexOf(octets, 0, before) + (octets.length > before ? ' …' : '')
}

function hexOf(octets: Uint8Array, start: number, end: number): string {
  return Array.from(octets.subarray(start, end), octet => octet.toString(16).padStart(2, '0')).join(' ')
}
