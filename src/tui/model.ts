/** All that the screen is drawn from, as plain data beside the readers that follow the log. */
import type { Filter } from '../wire/filter/filter.ts'
import { Statistics, type Summary } from '../wire/stats/statistics.ts'
import type { Look } from './canvas.ts'
import { ConnectionList } from './connection-list.ts'
import { connectionsState, type ConnectionsState } from './connections-state.ts'
import type { DetailState } from './detail/detail-state.ts'
import type { Host } from './host.ts'
import type { Pane } from './keys.ts'
import { makeLogState, type LogState } from './log-state.ts'
import type { Overlay, Purpose } from './overlays.ts'
import { scrollAt, type Scroll } from './scroll.ts'
import type { Role } from './theme.ts'

/** Something to be read once. */
export interface Note {
  text: string
  role: Role
}

/** What is counted, and what is shown of it. */
export interface StatisticsModel {
  /** Of all rows since the start. */
  readonly all: Statistics
  /** Of those that the filter matches, while that is asked for. */
  filtered: Statistics | null
  scope: 'all' | 'filter'
  summary: Summary
  /** When the next summary is made. */
  summaryDue: number
  readonly scroll: Scroll
}

export interface Model {
  readonly host: Host
  look: Look
  width: number
  height: number
  /** The pane that has the keys. */
  focus: Pane
  isZoomed: boolean
  /** The time of the rows up to which things have come. */
  time: number
  readonly log: LogState
  readonly list: ConnectionList
  readonly connections: ConnectionsState
  readonly statistics: StatisticsModel
  detail: DetailState | null
  readonly filter: { text: string; applied: Filter | null; before: string[] }
  overlay: Overlay | null
  note: Note | null
  readonly messages: string[]
  /** The replay that goes on: what is said of it, and what ends it. */
  replay: { text: string; stop: () => void } | null
  /** What came of one, until it is shown. */
  report: { title: string; lines: readonly string[] } | null
  readonly histories: Record<Purpose, string[]>
  hasMouse: boolean
  /** Rows per second, and where they were counted from. */
  readonly rates: { rows: number; at: number; next: number }
}

/** Rows counted between two looks at the clock. */
const rowsAtOnce = 1024

/** The screen as it is at first: the log, following. */
export function makeModel(host: Host, look: Look, width: number, height: number): Model {
  const all = new Statistics(null, rowsAtOnce)
  return {
    host,
    look,
    width,
    height,
    focus: 'log',
    isZoomed: false,
    time: 0,
    log: makeLogState(host.log),
    list: new ConnectionList(rowsAtOnce),
    connections: connectionsState(),
    statistics: {
      all,
      filtered: null,
      scope: 'all',
      summary: all.summary(),
      summaryDue: -Infinity,
      scroll: scrollAt(0),
    },
    detail: null,
    filter: { text: '', applied: null, before: [] },
    overlay: null,
    note: null,
    messages: [],
    replay: null,
    report: null,
    histories: { filter: [], find: [], command: [], save: [], replay: [], open: [] },
    hasMouse: false,
    rates: { rows: 0, at: -Infinity, next: 0 },
  }
}

/** The terminal has another size. */
export function resized(model: Model, width: number, height: number): void {
  model.width = width
  model.height = height
}

/** Milliseconds between summaries of the statistics, and over which rates are taken. */
const summaryInterval = 250
const rateInterval = 1000

/** A summary may take one part of so many of the time. */
const summaryShare = 20

/** Brings up to date what the next frame shows; `clock` is the screen's own, in ms. */
export function refresh(model: Model, clock: () => number): void {
  const now = clock()
  const { host, rates, statistics, list } = model
  const { log } = host
  if (model.report !== null && model.overlay === null) {
    model.overlay = { kind: 'lines', ...model.report, scroll: scrollAt(0) }
    model.report = null
  }
  model.time = host.now() ?? (log.next > log.first ? log.time(log.next - 1) : 0)
  if (now >= statistics.summaryDue) {
    statistics.summary = (statistics.filtered ?? statistics.all).summary()
    statistics.summaryDue = now + Math.max(summaryInterval, summaryShare * (clock() - now))
    list.tick(model.time)
  }
  const elapsed = now - rates.at
  if (elapsed < rateInterval) return
  rates.rows = Number.isFinite(elapsed) ? ((log.next - rates.next) * 1000) / elapsed : 0
  rates.at = now
  rates.next = log.next
}
