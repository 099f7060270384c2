/** `wsinspect log FILE…`: the rows of recordings. */
import { ExitCode } from '../errors.ts'
import { readRecording } from '../recording/read.ts'
import { defaultLogLimits } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { RowWriter } from './output.ts'
import { say, stdoutEnd, stdoutFlushed } from './terminal.ts'
import { viewOf, type ViewOptions } from './view.ts'

/** Prints every file's rows, one file after the other. */
export async function log(files: readonly string[], options: ViewOptions): Promise<void> {
  // A reader that has seen enough, such as `head`, ends the command; a disk that is full is an error.
  void stdoutEnd().then(reason => {
    if (reason === 'gone') process.exit(ExitCode.ok)
    say(`cannot write to stdout: ${reason instanceof Error ? reason.message : String(reason)}`)
    process.exit(ExitCode.input)
  })
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
  try {
    await readRecording(file, session, {
      onNote: say,
      onHeader: header => {
        if (options.octets) writer.putLine(header)
      },
      afterFact: () => writer.drained(),
    })
  } finally {
    await writer.close()
  }
}
