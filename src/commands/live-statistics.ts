/** Statistics of a live run: loaded and counted only when asked for. */
import type { Filter } from '../wire/filter/filter.ts'
import type { Session } from '../wire/session.ts'
import { Statistics } from '../wire/stats/statistics.ts'
import { statisticsText } from '../wire/stats/tables.ts'
import type { RowWriter } from './output.ts'
import { statsLine } from './stats.ts'

export class LiveStatistics {
  readonly #session: Session
  readonly #statistics: Statistics
  readonly #writer: RowWriter | null
  readonly #json: boolean

  /** `json`: a line to `writer`, or to stdout without one; else tables to stderr, since stdout is for the rows. */
  constructor(session: Session, filter: Filter | null, writer: RowWriter | null, json: boolean) {
    this.#session = session
    this.#statistics = new Statistics(filter)
    this.#writer = writer
    this.#json = json
  }

  /** From now on every row is counted. */
  start(): void {
    this.#session.attach(this.#statistics)
  }

  /** Prints what was counted, up to the last row. */
  show(): void {
    this.#statistics.advance(this.#session.log)
    const summary = this.#statistics.summary()
    if (!this.#json) process.stderr.write(statisticsText(summary))
    else if (this.#writer !== null) this.#writer.putLine(statsLine(null, summary))
    else process.stdout.write(`${JSON.stringify(statsLine(null, summary))}\n`)
  }
}
