/** `wsinspect stats FILE…`: recordings in figures. */
import { readRecording } from '../recording/read.ts'
import { Session } from '../wire/session.ts'
import { Statistics, type Summary } from '../wire/stats/statistics.ts'
import { statisticsText } from '../wire/stats/tables.ts'
import { eachFile } from './files.ts'
import { say } from './terminal.ts'

export interface StatsOptions {
  json?: boolean
}

/** The JSON line of statistics. `file` is null where they are those of a live run. */
export function statsLine(file: string | null, summary: Summary): object {
  return { type: 'stats', file, ...summary }
}

/** Prints the statistics of every file. */
export async function stats(files: readonly string[], { json = false }: StatsOptions): Promise<void> {
  await eachFile(files, json, async file => {
    const summary = await summaryOf(file)
    process.stdout.write(json ? `${JSON.stringify(statsLine(file, summary))}\n` : statisticsText(summary))
  })
}

async function summaryOf(file: string): Promise<Summary> {
  const session = new Session()
  const statistics = new Statistics()
  session.attach(statistics)
  await readRecording(file, session, { onNote: say })
  return statistics.summary()
}
