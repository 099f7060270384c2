/** What the commands share that print something of every FILE. */
import { ExitCode } from '../errors.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { say, stdoutEnd, stdoutFlushed } from './terminal.ts'

/** Prints one file after the other: with several, unless it is JSON, each is headed with its name. */
export async function eachFile(
  files: readonly string[],
  json: boolean,
  print: (file: string) => Promise<void>,
): Promise<void> {
  // A reader that has seen enough, such as `head`, ends the command; a disk that is full is an error.
  void stdoutEnd().then(reason => {
    if (reason === 'gone') process.exit(ExitCode.ok)
    say(`cannot write to stdout: ${reason instanceof Error ? reason.message : String(reason)}`)
    process.exit(ExitCode.input)
  })
  for (const file of files) {
    if (files.length > 1 && !json)
      process.stdout.write(`${file === files[0] ? '' : '\n'}== ${escapeForTerminal(file)} ==\n`)
    await print(file)
  }
  await stdoutFlushed()
}
