/** `wsinspect stats FILE…`: recordings in figures. */
import { readRecording } from '../recording/read.ts'
import { Session } from '../wire/session.ts'
import { Statistics, type Summary } from '../wire/stats/statistics.ts'
import { statisticsText } from '../wire/stats/tables.ts'
import { inflateLimitOf, type InflateOptions } from './bounds.ts'
import { failOn, type FailLevel } from './fail-on.ts'
import { eachFile } from './files.ts'
import { filterOf, recordedClock } from './filter.ts'
import { say } from './terminal.ts'

export interface StatsOptions extends InflateOptions {
  json?: boolean
  filter?: string
  failOn?: FailLevel
}

/** The JSON line of statistics. `file` is null where they are those of a live run. */
export function statsLine(file: string | null, summary: Summary): object {
  return { type: 'stats', file, ...summary }
}

/** Prints the statistics of every file. */
export async function stats(files: readonly string[], options: StatsOptions): Promise<void> {
  const { json = false } = options
  // Refused before anything is read.
  await filterOf(options.filter, recordedClock().clock)
  await eachFile(files, json, async file => {
    const summary = await summaryOf(file, options)
    process.stdout.write(json ? `${JSON.stringify(statsLine(file, summary))}\n` : statisticsText(summary))
  })
}

async function summaryOf(file: string, options: StatsOptions): Promise<Summary> {
  const session = new Session({ inflate: inflateLimitOf(options) })
  const { clock, begin } = recordedClock()
  const statistics = new Statistics(await filterOf(options.filter, clock))
  session.attach(statistics)
  await readRecording(file, session, { onNote: say, onHeader: begin })
  failOn(options.failOn, session.log.tally)
  return statistics.summary()
}
