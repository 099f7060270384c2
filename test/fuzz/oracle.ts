/** What must hold for every row, whatever the facts were. */
import { isDeepStrictEqual } from 'node:util'
import type { Entry, Frame, Stamp, Violation } from '../../src/wire/entry.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import { jsonLine } from '../../src/wire/json.ts'
import type { Reader, WireLog } from '../../src/wire/log.ts'
import type { Side } from '../../src/protocol/side.ts'
import { naiveFrames } from '../support/naive-frames.ts'
import type { Streams } from './streams.ts'

/** Octets of payload that are looked at. */
const preview = 40

/** Octets of evidence that a violation may show. */
const evidenceLimit = 32

/** What no terminal should get: C0, C1, DEL, marks and overrides of direction, line separators, a byte order mark. */
// eslint-disable-next-line no-control-regex
const hostile = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

/** Throws where `text` would be obeyed by a terminal; line feeds may be allowed. */
export function expectHarmless(text: string): void {
  const found = hostile.exec(text)
  if (found === null) return
  throw new Error(
    `a line holds U+${found[0].charCodeAt(0).toString(16)}: ${JSON.stringify(text.slice(0, 200))}`,
  )
}

/** Throws where JSON would not say what `value` says: no number, or nothing at all. */
export function expectJson(value: object): void {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (part === undefined || (typeof part === 'number' && !Number.isFinite(part)))
      throw new Error(`JSON cannot hold ${key}: ${String(part)}`)
    return part
  })
  if (!isDeepStrictEqual(JSON.parse(text), value))
    throw new Error(`JSON reads back otherwise: ${text.slice(0, 200)}`)
}

/** Reads every row as it comes, and holds it against the streams. The first that is wrong is remembered. */
export class RowChecker implements Reader {
  fault: string | null = null
  rows = 0
  readonly #streams: Streams
  readonly #keepsAll: boolean
  readonly #frameEnds = new Map<string, number>()
  #next = 0

  /** `keepsAll`: the log is large enough for everything. */
  constructor(streams: Streams, keepsAll: boolean) {
    this.#streams = streams
    this.#keepsAll = keepsAll
  }

  advance(log: WireLog): boolean {
    this.#next = Math.max(this.#next, log.first)
    for (; this.#next < log.next; this.#next++) {
      if (this.fault === null) this.#try(log, this.#next)
      this.rows++
    }
    return false
  }

  end(log: WireLog): Promise<void> {
    this.advance(log)
    return Promise.resolve()
  }

  #try(log: WireLog, row: number): void {
    try {
      this.#check(log, row)
    } catch (error) {
      this.fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
  }

  #check(log: WireLog, row: number): void {
    const entry = log.entry(row)
    if (entry.seq !== row) throw new Error(`row ${row} says it is ${entry.seq}`)
    if (entry.type === 'fault') throw new Error(`${entry.consumer} failed: ${entry.detail}`)
    expectHarmless(formatLine(cells(entry, log, preview), false))
    const line = jsonLine(entry, log, preview)
    if (line !== null) expectJson(line)
    else if (this.#keepsAll) throw new Error('a chop has no line')
    this.#checkSpan(entry)
    if (entry.type === 'frame') this.#checkFrame(entry, log)
    if (entry.type === 'violation') this.#checkViolation(entry)
  }

  /** What lies at an offset has come. */
  #checkSpan(entry: Entry): void {
    if (entry.type === 'http') {
      const counts = { client: entry.clientOctets, server: entry.serverOctets }
      for (const from of ['client', 'server'] as const) this.#expectCame(entry.conn, from, 0, counts[from])
    }
    if (entry.type === 'handshake' || entry.type === 'octets')
      this.#expectCame(entry.conn, sideOf(entry), entry.offset, entry.length)
  }

  #expectCame(conn: number, from: Side, offset: number, length: number): void {
    const came = this.#streams.of(conn, from).length
    if (offset < 0 || length < 0 || !Number.isInteger(offset + length) || offset + length > came)
      throw new Error(`octets ${offset} to ${offset + length} of ${came}`)
  }

  /** The frame is what its octets say, read once more, and it begins behind the last one. */
  #checkFrame(entry: Stamp & Frame, log: WireLog): void {
    const { conn, offset, headerLength, received } = entry
    const from = sideOf(entry)
    this.#expectCame(conn, from, offset, headerLength + received)
    const stream = `${conn} ${from}`
    if (offset < (this.#frameEnds.get(stream) ?? 0))
      throw new Error(`the frame @${offset} lies in the one before`)
    this.#frameEnds.set(stream, offset + headerLength + received)
    const octets = this.#streams.of(conn, from).octets(offset, headerLength + received)
    if (octets === null) throw new Error(`the frame @${offset} has octets that are missing`)
    const [frame] = naiveFrames(octets).frames
    if (frame === undefined) throw new Error(`no frame @${offset}`)
    const { fin, rsv, opcode, lengthBits, key } = frame
    const read = { headerLength: frame.headerLength, fin, rsv, opcode, lengthBits, maskingKey: key }
    const length = Number(frame.length)
    const exactLength = Number.isSafeInteger(length) ? null : String(frame.length)
    for (const [name, value] of Object.entries({ ...read, payloadLength: length, exactLength })) {
      if (entry[name as keyof Frame] !== value)
        throw new Error(`the frame @${offset} has ${name} ${String(value)}, and its row says otherwise`)
    }
    const shown = log.payload(entry.seq, preview).octets
    const isShown = shown !== null && Buffer.from(shown).equals(frame.payload.subarray(0, preview))
    if (!isShown && (shown !== null || this.#keepsAll))
      throw new Error(`the payload of the frame @${offset} is another`)
    if (entry.chops < 1) throw new Error(`the frame @${offset} came in ${entry.chops} chops`)
  }

  #checkViolation(entry: Stamp & Violation): void {
    const { conn, offset, subjectOffset, evidence, evidenceOffset, count } = entry
    const from = sideOf(entry)
    this.#expectCame(conn, from, offset, 0)
    if (subjectOffset !== null && subjectOffset > offset)
      throw new Error(`${subjectOffset} begins behind @${offset}`)
    if (count < 1) throw new Error(`it stands for ${count}`)
    if (evidence.length > evidenceLimit || evidence.length > 0 !== (evidenceOffset !== null))
      throw new Error(`evidence of ${evidence.length} octets @${String(evidenceOffset)}`)
    if (evidenceOffset === null) return
    const octets = this.#streams.of(conn, from).octets(evidenceOffset, evidence.length)
    if (octets === null || !Buffer.from(octets).equals(evidence))
      throw new Error(`the evidence @${evidenceOffset} is other`)
  }
}

function sideOf({ from }: Stamp): Side {
  if (from === null) throw new Error('a row of octets has no side')
  return from
}
