/** `wsinspect log FILE…`: the rows of recordings. */
import { readRecording } from '../recording/read.ts'
import { milliseconds } from '../wire/json.ts'
import { Session } from '../wire/session.ts'
import { inflateLimitOf, type InflateOptions } from './bounds.ts'
import { eachFile } from './files.ts'
import { failOn } from './fail-on.ts'
import { recordedClock } from './filter.ts'
import { rowWriter } from './output.ts'
import { say } from './terminal.ts'
import { viewOf, type ViewOptions } from './output-options.ts'

export type LogCommandOptions = ViewOptions & InflateOptions

/** Prints every file's rows, one file after the other. */
export async function log(files: readonly string[], options: LogCommandOptions): Promise<void> {
  // Refused before anything is read.
  await viewOf(options, recordedClock().clock)
  await eachFile(files, options.json ?? false, file => logOne(file, options))
}

async function logOne(file: string, options: LogCommandOptions): Promise<void> {
  const session = new Session({ inflate: inflateLimitOf(options) })
  const { clock, begin } = recordedClock()
  const view = await viewOf(options, clock)
  const writer = await rowWriter(process.stdout, view, false, () => {
    session.poke()
  })
  session.attach(writer)
  try {
    const time = await readRecording(file, session, {
      onNote: say,
      onHeader: header => {
        begin(header)
        if (options.octets) writer.putLine(header)
      },
      afterFact: () => writer.drained(),
    })
    if (options.octets) writer.putLine({ type: 'end', time: milliseconds(time) })
  } finally {
    await writer.close()
  }
  failOn(options.failOn, session.log.tally)
}
