/** A reader that counts rows. It reads columns: no object is made of a frame or a chop, and its memory does not grow. */
import { ruleOf, type RuleId, type Severity } from '../../protocol/rules.ts'
import type { Filter } from '../filter/filter.ts'
import type { Side } from '../../protocol/side.ts'
import type { TcpState } from '../facts.ts'
import { milliseconds } from '../json.ts'
import type { Reader, WireLog } from '../log.ts'
import { Connections, type ConnectionsSummary, type HandshakesSummary } from './connections.ts'
import { Counts } from './counts.ts'
import { Sent, type SentSummary } from './sent.ts'
import { Timeline, type Rates } from './timeline.ts'

/** Statistics as plain data: what `--json` prints. Times and durations are in ms. */
export interface Summary {
  /** Rows that the log had dropped before they were read. */
  missed: number
  /** Times of the first and the last row; null without one. */
  start: number | null
  end: number | null
  duration: number
  connections: ConnectionsSummary
  handshakes: HandshakesSummary
  /** Other HTTP exchanges. */
  exchanges: number
  client: SentSummary
  server: SentSummary
  violations: ViolationCount[]
  rates: Rates
}

/** How often each side broke a rule. */
export interface ViolationCount extends Record<Side, number> {
  rule: RuleId
  severity: Severity
}

export class Statistics implements Reader {
  readonly #filter: Filter | null
  readonly #rowsAtOnce: number
  #next = 0
  #missed = 0
  #start = Infinity
  #end = -Infinity
  #exchanges = 0
  readonly #client = new Sent()
  readonly #server = new Sent()
  readonly #connections = new Connections()
  readonly #violations: Record<Side, Counts<RuleId>> = {
    client: new Counts(Infinity),
    server: new Counts(Infinity),
  }
  readonly #timeline = new Timeline()
  /** The time of the last row counted, and its interval. */
  #time = NaN
  #interval = 0
  /** Who sent the chop whose frames are being counted, and how many it has completed so far. */
  #chopOf: Sent | null = null
  #chopFrames = 0

  /** `filter`: which rows are counted; without one, all. `rowsAtOnce`: after how many `advance` stops early. */
  constructor(filter: Filter | null = null, rowsAtOnce = Infinity) {
    this.#filter = filter
    this.#rowsAtOnce = rowsAtOnce
  }

  advance(log: WireLog): boolean {
    if (this.#next < log.first) this.#miss(log.first)
    const stop = Math.min(log.next, this.#next + this.#rowsAtOnce)
    while (this.#next < stop) {
      const end = this.#filter === null ? log.plainFrames(this.#next, stop) : this.#next
      if (end > this.#next) this.#plainFrames(log, this.#next, end)
      else this.#take(log, this.#next)
      this.#next = Math.max(end, this.#next + 1)
    }
    if (stop < log.next) return true
    this.#endChop()
    return false
  }

  end(log: WireLog): Promise<void> {
    let more = true
    while (more) more = this.advance(log)
    return Promise.resolve()
  }

  /** What was counted so far. */
  summary(): Summary {
    const isEmpty = this.#end < this.#start
    return {
      missed: this.#missed,
      start: isEmpty ? null : milliseconds(this.#start),
      end: isEmpty ? null : milliseconds(this.#end),
      duration: isEmpty ? 0 : milliseconds(this.#end - this.#start),
      ...this.#connections.summary(),
      exchanges: this.#exchanges,
      client: this.#client.summary(),
      server: this.#server.summary(),
      violations: this.#violationCounts(),
      rates: this.#timeline.summary(),
    }
  }

  /** Rows before `first` are gone, and with them what the last chop has completed. */
  #miss(first: number): void {
    this.#endChop()
    this.#missed += first - this.#next
    this.#next = first
  }

  #take(log: WireLog, row: number): void {
    const kind = log.kind(row)
    // Frames stand behind the chop that completed them, whether that is counted or not.
    if (kind === 'octets') this.#endChop()
    if (this.#filter !== null && !this.#filter.matches(log, row)) return
    const time = log.time(row)
    if (time !== this.#time) this.#tick(time)
    if (kind === 'frame') this.#frame(log, row)
    else if (kind === 'octets') this.#chop(log, row)
    else this.#remark(log, row, time)
  }

  #tick(time: number): void {
    this.#time = time
    this.#start = Math.min(this.#start, time)
    this.#end = Math.max(this.#end, time)
    this.#interval = this.#timeline.indexOf(time)
  }

  #frame(log: WireLog, row: number): void {
    this.#addFrames(log, row, 1).frame(log, row)
  }

  #plainFrames(log: WireLog, row: number, end: number): void {
    const time = log.time(row)
    if (time !== this.#time) this.#tick(time)
    this.#addFrames(log, row, end - row).plainFrames(log, row, end)
  }

  /** Counts frames of one side. Returns what counts them further. */
  #addFrames(log: WireLog, row: number, count: number): Sent {
    const isClient = log.from(row) === 'client'
    const columns = isClient ? this.#timeline.client : this.#timeline.server
    columns.frames[this.#interval]! += count
    this.#chopFrames += count
    return isClient ? this.#client : this.#server
  }

  #chop(log: WireLog, row: number): void {
    const isClient = log.from(row) === 'client'
    const columns = isClient ? this.#timeline.client : this.#timeline.server
    const sent = isClient ? this.#client : this.#server
    const length = log.chopLength(row)
    columns.octets[this.#interval]! += length
    sent.chop(length)
    this.#chopOf = sent
    this.#chopFrames = 0
  }

  #endChop(): void {
    this.#chopOf?.chopEnd(this.#chopFrames)
    this.#chopOf = null
  }

  #remark(log: WireLog, row: number, time: number): void {
    const remark = log.entry(row)
    const { conn } = remark
    const from = remark.from ?? 'client'
    const sent = from === 'client' ? this.#client : this.#server
    switch (remark.type) {
      case 'open':
        this.#connections.open(conn, time)
        break
      case 'handshake':
        if (from === 'client') this.#connections.request(conn, time)
        else this.#connections.response(conn, time, remark.startLine)
        break
      case 'http':
        if (remark.note === null) this.#exchanges++
        break
      case 'violation':
        this.#violations[from].add(remark.rule, remark.count)
        break
      case 'tcp':
        this.#endChop()
        sent.ends[endOf(remark.state)]++
        this.#connections.end(conn, time, from)
        break
      case 'verdict':
        this.#connections.verdict(remark)
        break
      case 'gap':
        this.#endChop()
        sent.gaps.count++
        sent.gaps.octets += remark.octets
        break
      default:
        // Frames and chops are counted as columns; an edit, a mark or a fault is none of this.
        break
    }
  }

  /** The most frequent first. */
  #violationCounts(): ViolationCount[] {
    const counts = new Map<RuleId, ViolationCount>()
    for (const from of ['client', 'server'] as const) {
      for (const [rule, times] of this.#violations[from].entries()) {
        const count = counts.get(rule) ?? { rule, severity: ruleOf(rule).severity, client: 0, server: 0 }
        counts.set(rule, { ...count, [from]: times })
      }
    }
    return [...counts.values()].sort((a, b) => b.client + b.server - a.client - a.server)
  }
}

function endOf(state: TcpState): keyof SentSummary['ends'] {
  return state === 'fin' || state === 'reset' || state === 'closed' ? state : 'error'
}
