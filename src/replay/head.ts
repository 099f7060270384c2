/** Heads of a recording, written anew: what has to be another way is, all else stays octet for octet. */
import { lineFeed, lineText, parseField, parseRequestLine, type HeaderEdit } from '../protocol/http-head.ts'
import { isOnlyCover, isSecretName } from '../protocol/secrets.ts'
import type { Edit, Redacted } from '../wire/facts.ts'

/** What is to be another way in a head. */
export interface HeadChange {
  /** Path and query of the request line; null keeps the recorded. */
  target: string | null
  headers: readonly HeaderEdit[]
  /** Names of headers to leave out; one of that name in `headers` stands in their place. */
  dropped: readonly string[]
}

/** Nothing is. */
export const unchanged: HeadChange = { target: null, headers: [], dropped: [] }

/** Where a head lies in the stream of its side. */
export interface HeadSpan {
  offset: number
  /** It asks for the upgrade, or answers that. */
  upgrade: boolean
}

/** Chops with heads in them, as recorded. */
export interface RecordedHeads {
  /** Stream offset of the first chop. */
  offset: number
  chops: readonly Uint8Array[]
  heads: readonly HeadSpan[]
  /** What the proxy wrote instead. */
  edits: readonly Edit[]
  redacted: readonly Redacted[]
}

export interface RenderedHeads {
  /** The recorded chops where no octet is another one; else all in one. */
  writes: readonly Uint8Array[]
  /** Headers whose credentials were overwritten in the record and are not given anew; a request line by its first word. */
  missing: readonly string[]
}

/** Octets to put in place of `[start, end)`. */
interface Replacement {
  start: number
  end: number
  octets: Uint8Array
}

interface Line {
  start: number
  end: number
  text: string
}

/** Renders what is to be written. `changeOf` says what is to be another way in each head. */
export function renderHeads(
  recorded: RecordedHeads,
  changeOf: (head: HeadSpan) => HeadChange,
): RenderedHeads {
  const edits = recorded.edits.map(({ offset, octets, written }) => ({
    start: offset - recorded.offset,
    end: offset - recorded.offset + octets,
    octets: written,
  }))
  const received = Buffer.concat(recorded.chops)
  const sent = replace(received, edits)
  const covered = recorded.redacted.map(({ offset }) => moved(offset - recorded.offset, edits))
  const changes: Replacement[] = []
  const missing: string[] = []
  for (const head of recorded.heads) {
    const change = changeOf(head)
    const lines = linesFrom(sent, moved(head.offset - recorded.offset, edits))
    const own = changesOf(lines, change)
    const isGiven = (line: Line) => own.some(({ start }) => start === line.start)
    changes.push(...own)
    missing.push(...lines.filter(line => isCovered(line, covered) && !isGiven(line)).map(nameOf))
  }
  const changed = changes.some(
    ({ start, end, octets }) => Buffer.compare(octets, sent.subarray(start, end)) !== 0,
  )
  const writes = changed ? [replace(sent, changes)] : chopsOf(sent, recorded.chops, edits)
  return { writes, missing }
}

/** The lines of the head that begins at `start`, up to and with the empty one; a folded line belongs to the one before. */
function linesFrom(octets: Buffer, start: number): Line[] {
  const lines: Line[] = []
  for (let at = start; at < octets.length;) {
    const found = octets.indexOf(lineFeed, at)
    const end = found < 0 ? octets.length : found + 1
    const text = lineText(octets.subarray(at, end))
    const last = lines.at(-1)
    if ((text.startsWith(' ') || text.startsWith('\t')) && last !== undefined) last.end = end
    else if (text !== '' || last !== undefined) lines.push({ start: at, end, text })
    if (text === '' && last !== undefined) break
    at = end
  }
  return lines
}

function changesOf(lines: readonly Line[], { target, headers, dropped }: HeadChange): Replacement[] {
  const changes: Replacement[] = []
  const put = (start: number, end: number, text: string) =>
    changes.push({ start, end, octets: Buffer.from(text, 'latin1') })
  const written = new Set<string>()
  const isDropped = new Set(dropped.map(name => name.toLowerCase()))
  const [first, ...rest] = lines
  const request = first === undefined ? null : parseRequestLine(first.text)
  if (first !== undefined && request !== null && target !== null) {
    const at = first.text.indexOf(request.target, request.method.length)
    put(
      first.start,
      first.end,
      `${first.text.slice(0, at)}${target}${first.text.slice(at + request.target.length)}\r\n`,
    )
  }
  for (const line of rest) {
    const { name, value } = parseField(line.text)
    const lower = name.toLowerCase()
    if (isDropped.has(lower)) {
      put(line.start, line.end, '')
      continue
    }
    const change = headers.find(header => header.name.toLowerCase() === lower)
    if (change === undefined || written.has(lower)) continue
    written.add(lower)
    if (change.value !== value) put(line.start, line.end, `${name}: ${change.value}\r\n`)
  }
  const added = headers.filter(({ name, add }) => add && !written.has(name.toLowerCase()))
  const last = lines.at(-1)
  if (added.length > 0 && last !== undefined)
    put(last.start, last.start, added.map(({ name, value }) => `${name}: ${value}\r\n`).join(''))
  return changes
}

/** True where a credential was overwritten. What the proxy wrote is so in the record too, without a mark of its own. */
function isCovered({ start, end, text }: Line, covered: readonly number[]): boolean {
  if (covered.some(at => at >= start && at < end && isCredential(text, at - start))) return true
  const { name, value } = parseField(text)
  return isSecretName(name) && isOnlyCover(value)
}

/** Whether what was overwritten at `at` lets somebody in: an anonymized record has more overwritten, such as Host. */
function isCredential(text: string, at: number): boolean {
  const [, parameter = ''] = /[?&#]([^?&#=]*)=[^?&#]*$/.exec(text.slice(0, at)) ?? []
  if (isSecretName(parameter)) return true
  if (parseRequestLine(text) !== null) return false
  const { name } = parseField(text)
  return isSecretName(name) || name.toLowerCase() === 'sec-websocket-protocol'
}

function nameOf({ text }: Line): string {
  return parseRequestLine(text) === null ? parseField(text).name : 'the request line'
}

function replace(octets: Buffer, replacements: readonly Replacement[]): Buffer {
  if (replacements.length === 0) return octets
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { start, end, octets: instead } of [...replacements].sort((a, b) => a.start - b.start)) {
    pieces.push(octets.subarray(at, start), instead)
    at = end
  }
  return Buffer.concat([...pieces, octets.subarray(at)])
}

/** Where index `at` lies after the replacements; the beginning of one that it lies in. */
function moved(at: number, replacements: readonly Replacement[]): number {
  let shift = 0
  for (const { start, end, octets } of replacements) {
    if (at >= end && (end > start || at > start)) shift += octets.length - (end - start)
    else if (at > start) shift += start - at
  }
  return at + shift
}

/** `octets` cut where the recorded chops ended. */
function chopsOf(octets: Buffer, chops: readonly Uint8Array[], edits: readonly Replacement[]): Buffer[] {
  let end = 0
  let from = 0
  const cut: Buffer[] = []
  for (const [i, { length }] of chops.entries()) {
    end += length
    const to = i === chops.length - 1 ? octets.length : moved(end, edits)
    if (to > from) cut.push(octets.subarray(from, to))
    from = Math.max(from, to)
  }
  return cut
}
