/** One connection read off the wire log: as much of it as a report shows, in a memory that does not grow with the traffic. */
import type { CaseEvent, WireRecord } from '../conformance/case-report.ts'
import { Opcode } from '../protocol/opcode.ts'
import type { Side } from '../protocol/side.ts'
import { agreedDeflate, type DeflateAgreement } from '../protocol/permessage-deflate.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { parseStatusLine } from '../protocol/http-head.ts'
import { asBuffer } from '../wire/buffer.ts'
import type { Entry, Frame, Handshake, Open, Stamp, Tcp, Verdict, Violation } from '../wire/entry.ts'
import { cells, type Cells } from '../wire/format.ts'
import type { Reader, WireLog } from '../wire/log.ts'
import { Statistics, type Summary } from '../wire/stats/statistics.ts'
import { eventOf, recordOf } from './wire-record.ts'

/** Rows of a report: of a longer log its beginning and its end. */
export const headRows = 15_000
export const tailRows = 5000

/** Violations that are listed one by one; more are counted by their rules. */
export const violationLimit = 500

/** Octets of payload of each row; the hex of a quarter of them. Of a chop, 64 octets. */
export const previewLimit = 512
export const chopLimit = 256

/** Records and events in the JSON file of a connection. */
export const recordLimit = 2000
export const eventLimit = 100

/** A row of the log: what it says as values, and as cells. */
export interface ReportRow {
  entry: Entry
  cells: Cells
}

/** The head of an upgrade attempt. */
export type Head = Stamp & Handshake & { text: string }

export interface Connection {
  conn: number
  open: (Stamp & Open) | null
  /** The heads of the upgrade, with their octets as text. */
  heads: Record<Side, Head | null>
  /** How each side compresses, null where nothing was agreed. */
  deflate: DeflateAgreement | null
  /** The first Close of each side, and how its TCP stream ended. */
  closes: Record<Side, (Stamp & Frame) | null>
  ends: Record<Side, (Stamp & Tcp) | null>
  /** Each side's first data frame. */
  firstData: Record<Side, Stamp | null>
  violations: readonly (Stamp & Violation)[]
  verdict: (Stamp & Verdict) | null
  rows: readonly ReportRow[]
  /** Behind how many of `rows` some are left out, and how many; null when all are there. */
  omitted: { behind: number; rows: number } | null
  /** Chops and frames as Autobahn's wire log has them, and what the server said as its events: the first of them. */
  records: readonly WireRecord[]
  events: readonly CaseEvent[]
  statistics: Summary
}

/** Reads one connection of a log that holds no other. */
export class ConnectionReader implements Reader {
  readonly #statistics = new Statistics()
  readonly #rows: ReportRow[] = []
  readonly #heads: Record<Side, Head | null> = { client: null, server: null }
  readonly #closes: Record<Side, (Stamp & Frame) | null> = { client: null, server: null }
  readonly #ends: Record<Side, (Stamp & Tcp) | null> = { client: null, server: null }
  readonly #firstData: Record<Side, Stamp | null> = { client: null, server: null }
  readonly #violations: (Stamp & Violation)[] = []
  readonly #records: WireRecord[] = []
  readonly #events: CaseEvent[] = []
  #conn = 0
  #open: (Stamp & Open) | null = null
  #verdict: (Stamp & Verdict) | null = null
  #omitted: Connection['omitted'] = null
  #next = 0

  advance(log: WireLog): boolean {
    for (let row = Math.max(this.#next, log.first); row < log.next; row++) this.#take(log, row)
    this.#next = log.next
    return this.#statistics.advance(log)
  }

  async end(log: WireLog): Promise<void> {
    this.advance(log)
    await this.#statistics.end(log)
    this.#takeTail(log)
  }

  /** What was read; whole once the facts have ended. */
  connection(): Connection {
    const response = this.#heads.server
    const isOpen = response !== null && parseStatusLine(response.startLine)?.status === 101
    return {
      conn: this.#conn,
      open: this.#open,
      heads: this.#heads,
      deflate: isOpen ? agreedDeflate(extensionsOf(response)) : null,
      closes: this.#closes,
      ends: this.#ends,
      firstData: this.#firstData,
      violations: this.#violations,
      verdict: this.#verdict,
      rows: this.#rows,
      omitted: this.#omitted,
      records: this.#records,
      events: this.#events,
      statistics: this.#statistics.summary(),
    }
  }

  #take(log: WireLog, row: number): void {
    if (this.#rows.length < headRows) this.#takeRow(log, row)
    const kind = log.kind(row)
    if (kind === 'frame') this.#frame(log, row)
    else if (kind === 'remark') this.#remark(log, log.entry(row))
  }

  #takeRow(log: WireLog, row: number): void {
    const taken = rowOf(log, row)
    this.#rows.push(taken)
    const record = this.#records.length < recordLimit ? recordOf(taken.entry, log) : null
    if (record !== null) this.#records.push(record)
    const event = this.#events.length < eventLimit ? eventOf(taken.entry, log) : null
    if (event !== null) this.#events.push(event)
  }

  #frame(log: WireLog, row: number): void {
    const from = log.from(row) ?? 'client'
    const opcode = log.frames.opcode(row)
    if (opcode < Opcode.close) {
      this.#firstData[from] ??= { seq: row, time: log.time(row), conn: log.conn(row), from }
    } else if (opcode === Opcode.close && this.#closes[from] === null) {
      const entry = log.entry(row)
      if (entry.type === 'frame') this.#closes[from] = entry
    }
  }

  #remark(log: WireLog, entry: Entry): void {
    const from = entry.from ?? 'client'
    switch (entry.type) {
      case 'open':
        this.#conn = entry.conn
        this.#open = entry
        break
      case 'handshake': {
        const { conn, offset, length } = entry
        this.#heads[from] = { ...entry, text: latin1(log.octets({ conn, from, offset, length })) }
        break
      }
      case 'violation':
        if (this.#violations.length < violationLimit) this.#violations.push(entry)
        break
      case 'tcp':
        this.#ends[from] ??= entry
        break
      case 'verdict':
        this.#verdict = entry
        break
      default:
        break
    }
  }

  /** The end of a log that is longer than its beginning: the log itself has kept it. */
  #takeTail(log: WireLog): void {
    const last = this.#rows.at(-1)?.entry.seq
    if (last === undefined || this.#rows.length < headRows) return
    const from = Math.max(last + 1, log.first, log.next - tailRows)
    if (from > last + 1) this.#omitted = { behind: this.#rows.length, rows: from - last - 1 }
    for (let row = from; row < log.next; row++) this.#rows.push(rowOf(log, row))
  }
}

function rowOf(log: WireLog, row: number): ReportRow {
  const entry = log.entry(row)
  return { entry, cells: cells(entry, log, entry.type === 'octets' ? chopLimit : previewLimit) }
}

function latin1(octets: Uint8Array | null): string {
  return octets === null ? '' : asBuffer(octets).toString('latin1')
}
