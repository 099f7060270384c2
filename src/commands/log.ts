/** `wsinspect log FILE…`: the rows of recordings. */
import { readRecording } from '../recording/read.ts'
import { defaultLogLimits } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { RowWriter } from './output.ts'
import { say, stdoutFlushed, tolerateClosedStdout } from './terminal.ts'
import { viewOf, type ViewOptions } from './view.ts'

/** Prints every file's rows, one file after the other. */
export async function log(files: readonly string[], options: ViewOptions): Promise<void> {
  tolerateClosedStdout()
  for (const file of files) {
    if (files.length > 1 && !options.json)
      process.stdout.write(`${file === files[0] ? '' : '\n'}== ${escapeForTerminal(file)} ==\n`)
    await logOne(file, options)
  }
  await stdoutFlushed()
}

async function logOne(file: string, options: ViewOptions): Promise<void> {
  const session = new Session({ log: defaultLogLimits })
  const writer = new RowWriter(process.stdout, viewOf(options), false, () => {
    session.poke()
  })
  session.attach(writer)
  await readRecording(file, session, {
    onNote: say,
    onHeader: header => {
      if (options.octets) writer.putLine(header)
    },
    afterFact: () => writer.drained(),
  })
}
