/**
 * The recording format, version 1: ndjson, one fact a line. Here is what the lines are, how they are written and how
 * they are checked when they are read; files are not known here.
 */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Mark, TcpState } from '../wire/facts.ts'
import { markLine, milliseconds } from '../wire/json.ts'
import { decodeBase64, readOctetsLine } from './octets-line.ts'

/** The version written, and the newest that is read. */
export const formatVersion = 1

/** The first line. */
export interface SessionLine {
  type: 'session'
  version: number
  /** Who wrote it, such as `wsinspect 0.1.0`. */
  tool: string
  /** ISO 8601; all times count from here. */
  started: string
  /** True when credentials were overwritten and bodies of plain HTTP left out. */
  redacted: boolean
}

/** When, in milliseconds since the start with microsecond digits; and which connection, from 1. */
interface Stamp {
  time: number
  conn: number
}

export interface OpenLine extends Stamp, ConnectionInfo {
  type: 'open'
}

export interface OctetsLine extends Stamp {
  type: 'octets'
  from: Side
  /** Where the chop begins in the stream of its side. */
  offset: number
  /** Base64 in the file. Valid until the next line is read. */
  data: Uint8Array
}

export interface TcpLine extends Stamp {
  type: 'tcp'
  from: Side
  state: TcpState
}

/** The line of a mark. */
export type MarkLine = Stamp & { from: Side } & Mark

export interface EndLine {
  type: 'end'
  time: number
}

export type FactLine = SessionLine | OpenLine | OctetsLine | TcpLine | MarkLine | EndLine

function lineOf(fact: object): string {
  return JSON.stringify(fact) + '\n'
}

/** The header. */
export function sessionHeader(started: Date, tool: string, redacted: boolean): SessionLine {
  return { type: 'session', version: formatVersion, tool, started: started.toISOString(), redacted }
}

export function sessionLine(started: Date, tool: string, redacted: boolean): string {
  return lineOf(sessionHeader(started, tool, redacted))
}

export function openLine(conn: number, time: number, { client, server, url, tls }: ConnectionInfo): string {
  return lineOf({ type: 'open', time: milliseconds(time), conn, client, server, url, tls })
}

export function tcpLine(conn: number, time: number, from: Side, state: TcpState): string {
  return lineOf({ type: 'tcp', time: milliseconds(time), conn, from, state })
}

/** The line of a mark. */
export function markText(conn: number, time: number, from: Side, mark: Mark): string {
  return lineOf(markLine(time, conn, from, mark))
}

export function endLine(time: number): string {
  return lineOf({ type: 'end', time: milliseconds(time) })
}

/** A line that is no fact: one of `--json`, one of a type to come, or one that is wrong, and why. */
export type OtherLine = { type: 'derived' } | { type: 'unknown' } | { type: 'invalid'; reason: string }

function invalid(reason: string): OtherLine {
  return { type: 'invalid', reason }
}

/** The lines of `--json` that follow from facts: its output is a recording too. */
const derived: ReadonlySet<string> = new Set([
  'handshake',
  'http',
  'frame',
  'violation',
  'verdict',
  'fault',
  'stats',
])

/** What a value has to be. */
interface Check {
  is: (value: unknown) => boolean
  what: string
}

/** A stream longer than this (4 PiB), or a clock beyond it (278 years), could not be added up exactly. */
const mostOctets = 2 ** 52
const mostTime = 2 ** 43
const mostConnections = 2 ** 51

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

const text: Check = { is: value => typeof value === 'string', what: 'a string' }
const flag: Check = { is: value => typeof value === 'boolean', what: 'true or false' }
const side: Check = { is: value => value === 'client' || value === 'server', what: '"client" or "server"' }
const count: Check = { is: value => isWhole(value, 0, mostOctets), what: 'a number of octets' }
const conn: Check = { is: value => isWhole(value, 1, mostConnections), what: 'a connection number' }
const version: Check = { is: value => isWhole(value, 1, Number.MAX_SAFE_INTEGER), what: 'a version number' }
const time: Check = {
  is: value => typeof value === 'number' && value >= 0 && value <= mostTime,
  what: 'a time in milliseconds',
}
const date: Check = {
  is: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  what: 'a date',
}

/** The keys of each type of line; others are ignored. */
const shapes: ReadonlyMap<string, readonly (readonly [string, Check])[]> = new Map(
  Object.entries({
    session: { version, tool: text, started: date, redacted: flag },
    open: { time, conn, client: text, server: text, url: text, tls: flag },
    octets: { time, conn, from: side, offset: count, data: text },
    tcp: { time, conn, from: side, state: text },
    gap: { time, conn, from: side, offset: count, octets: count, reason: text },
    edit: { time, conn, from: side, offset: count, octets: count, data: text },
    redacted: { time, conn, from: side, offset: count, octets: count },
    stalled: { time, conn, from: side, offset: count, octets: count, span: time },
    cut: { time, conn, from: side, offset: count },
    end: { time },
  }).map(([type, keys]): [string, [string, Check][]] => [type, Object.entries(keys)]),
)

/** Nesting costs memory in proportion to the line; no smaller line can do harm. */
const deepLine = 64 * 1024
export const nestingLimit = 100

const carriageReturn = 0x0d

/** Reads a line, without its line feed; a carriage return before that is allowed. Never throws. */
export function parseLine(octets: Buffer): FactLine | OtherLine {
  const line = octets.at(-1) === carriageReturn ? octets.subarray(0, -1) : octets
  const fact = readOctetsLine(line)
  if (fact !== null) return fact
  if (line.length >= deepLine && nestsDeeply(line)) return invalid('nested too deeply')
  return factOf(parseJson(line.toString('utf8')))
}

/** Undefined where it is no JSON. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function factOf(value: unknown): FactLine | OtherLine {
  if (value === undefined) return invalid('not JSON')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid('not a JSON object')
  const raw = value as Record<string, unknown>
  const { type } = raw
  if (typeof type !== 'string') return invalid('"type" is not a string')
  const shape = shapes.get(type)
  if (shape === undefined) return { type: derived.has(type) ? 'derived' : 'unknown' }
  // A new object: keys that are not asked for have no way into the program.
  const fact: Record<string, unknown> = { type }
  for (const [key, check] of shape) {
    const found = raw[key]
    if (!check.is(found)) return invalid(`"${key}" is not ${check.what}`)
    fact[key] = found
  }
  if (endOf(fact) > mostOctets) return invalid('it ends beyond 4 PiB')
  return type === 'octets' || type === 'edit' ? withOctets(fact) : (fact as unknown as FactLine)
}

/** Where in its stream what a line speaks of ends, but for octets, which are in the line. */
function endOf({ offset, octets }: Record<string, unknown>): number {
  return typeof offset === 'number' && typeof octets === 'number' ? offset + octets : 0
}

/** `data` as octets, under the name that the fact has for them. */
function withOctets(fact: Record<string, unknown>): FactLine | OtherLine {
  const octets = decodeBase64(fact['data'] as string)
  if (octets === null) return invalid('"data" is not base64')
  if (fact['type'] === 'edit') {
    delete fact['data']
    fact['written'] = octets
  } else fact['data'] = octets
  return fact as unknown as FactLine
}

const quote = 0x22
const backslash = 0x5c
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b])
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** True when brackets outside of strings are nested deeper than any line of ours. */
function nestsDeeply(line: Buffer): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < line.length; i++) {
    const octet = line[i] ?? 0
    if (octet === quote) inString = !inString
    else if (inString) i += octet === backslash ? 1 : 0
    else if (opening.has(octet) && ++depth > nestingLimit) return true
    else if (closing.has(octet)) depth--
  }
  return false
}
