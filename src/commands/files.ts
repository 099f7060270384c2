/** What the commands share that print something of every FILE. */
import { escapeForTerminal } from '../wire/escape.ts'
import { endWithStdout, stdoutFlushed } from './terminal.ts'

/** Prints one file after the other: with several, unless it is JSON, each is headed with its name. */
export async function eachFile(
  files: readonly string[],
  json: boolean,
  print: (file: string) => Promise<void>,
): Promise<void> {
  endWithStdout()
  for (const file of files) {
    if (files.length > 1 && !json)
      process.stdout.write(`${file === files[0] ? '' : '\n'}== ${escapeForTerminal(file)} ==\n`)
    await print(file)
  }
  await stdoutFlushed()
}
