/**
 * Which rows of a wire log are shown: an index over their numbers, made in slices. Rows that were there are looked at from
 * the newest backwards, so that a screen fills at once; new ones as they come.
 */
import { quietTypes } from '../wire/entry.ts'
import type { Filter } from '../wire/filter/filter.ts'
import type { WireLog } from '../wire/log.ts'

/** Rows looked at between two looks at the clock; a filter may read up to 64 KiB of a row, so it has one after each. */
const plainStep = 256
const filterStep = 1

export class ShownRows {
  readonly #log: WireLog
  /** Numbers of the rows shown, ascending, at `#start` up to before `#end`, each modulo its length. */
  readonly #rows: Float64Array
  readonly #mask: number
  #start = 0
  #end = 0
  #filter: Filter | null = null
  #reads = false
  /** The next new row to look at, and the next older one. */
  #newer = 0
  #older = -1
  /** The oldest row kept when rows were last forgotten. */
  #oldest = 0
  #unseen = 0

  /** Nothing is shown before `advance`. */
  constructor(log: WireLog) {
    this.#log = log
    this.#rows = new Float64Array(log.frames.capacity)
    this.#mask = log.frames.capacity - 1
    this.set(null, false)
  }

  /** Begins anew with the rows that `filter` matches; chops are among them only where `reads` says so. */
  set(filter: Filter | null, reads: boolean): void {
    this.#filter = filter
    this.#reads = reads
    this.#start = this.#end = 0
    this.#newer = this.#log.next
    this.#older = this.#log.next - 1
    this.#oldest = this.#log.first
  }

  get filter(): Filter | null {
    return this.#filter
  }

  get reads(): boolean {
    return this.#reads
  }

  /** Looks at rows for at most `budgetMs`, new ones first. True: there are more. */
  advance(now: () => number, budgetMs: number): boolean {
    this.#forget()
    const until = now() + budgetMs
    const step = this.#filter === null ? plainStep : filterStep
    while (this.toLook > 0) {
      if (this.#newer < this.#log.next) this.#lookForward(step)
      else this.#lookBack(step)
      if (now() >= until) break
    }
    return this.toLook > 0
  }

  /** Rows kept that were looked at. */
  get looked(): number {
    return this.#log.next - this.#log.first - this.toLook
  }

  /** Rows kept that are still to be looked at. */
  get toLook(): number {
    const { first, next } = this.#log
    return next - Math.max(this.#newer, first) + Math.max(0, this.#older - first + 1)
  }

  /** Rows that came and were dropped by the log before they were looked at. */
  get unseen(): number {
    this.#forget()
    return this.#unseen
  }

  /** Rows shown. */
  get count(): number {
    this.#forget()
    return this.#end - this.#start
  }

  /** The oldest row shown, -1 without one. */
  get first(): number {
    return this.at(0)
  }

  /** The newest row shown, -1 without one. */
  get last(): number {
    return this.at(this.count - 1)
  }

  /** The row at a place of the index, counted from 0; -1 outside of it. */
  at(index: number): number {
    return index >= 0 && index < this.count ? this.#rowAt(index) : -1
  }

  /** Where a row stands in the index, -1 when it is not shown. */
  indexOf(row: number): number {
    const index = this.rank(row)
    return row >= 0 && this.at(index) === row ? index : -1
  }

  /** How many rows before `row` are shown: where it stands, or would stand. */
  rank(row: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rowAt(middle) < row) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The next row shown after `row`, or before it; -1 without one. */
  after(row: number): number {
    return this.at(this.rank(row + 1))
  }

  before(row: number): number {
    return this.at(this.rank(row) - 1)
  }

  /** `row` where it is shown, else the shown row with the nearest number; -1 when none is. */
  nearest(row: number): number {
    const index = this.rank(row)
    const [below, above] = [this.at(index - 1), this.at(index)]
    if (below < 0 || above < 0) return Math.max(below, above)
    return row - below < above - row ? below : above
  }

  /** Rows that the log dropped leave. */
  #forget(): void {
    const { first } = this.#log
    if (first === this.#oldest) return
    this.#unseen += Math.max(0, first - this.#newer)
    this.#newer = Math.max(this.#newer, first)
    this.#oldest = first
    this.#start += this.rank(first)
  }

  #lookForward(step: number): void {
    const to = Math.min(this.#log.next, this.#newer + step)
    while (this.#newer < to) {
      // Without a filter all frames are shown, and they come in runs.
      const end = this.#filter === null ? this.#log.anyPlainFrames(this.#newer, to) : this.#newer
      if (end > this.#newer) this.#show(this.#newer, end)
      else if (this.#isShown(this.#newer)) this.#show(this.#newer, this.#newer + 1)
      this.#newer = Math.max(end, this.#newer + 1)
    }
  }

  /** Adds the rows from `row` up to before `end`. */
  #show(row: number, end: number): void {
    const [rows, mask, shift] = [this.#rows, this.#mask, this.#end - row]
    for (let at = row; at < end; at++) rows[(at + shift) & mask] = at
    this.#end += end - row
  }

  #lookBack(step: number): void {
    const to = Math.max(this.#log.first - 1, this.#older - step)
    for (; this.#older > to; this.#older--) {
      if (this.#isShown(this.#older)) this.#rows[--this.#start & this.#mask] = this.#older
    }
  }

  /** Reads columns only, unless there is a filter. */
  #isShown(row: number): boolean {
    const kind = this.#log.kind(row)
    if (kind === 'octets' && !this.#reads) return false
    if (kind === 'remark' && this.#isQuiet(row)) return false
    return this.#filter === null || this.#filter.matches(this.#log, row)
  }

  #isQuiet(row: number): boolean {
    const type = this.#log.type(row)
    return type !== null && quietTypes.has(type)
  }

  #rowAt(index: number): number {
    return this.#rows[(this.#start + index) & this.#mask] ?? -1
  }
}
