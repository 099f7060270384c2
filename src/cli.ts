/** The entry: runs a command line. Errors end the process with the exit code of their kind. */
import { CommanderError } from 'commander'
import { buildProgram } from './commands/program.ts'
import { ExitCode } from './errors.ts'

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync()
    process.exit()
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? ExitCode.ok : ExitCode.usage)
    const { die } = await import('./commands/terminal.ts')
    die(error)
  }
}

process.on('unhandledRejection', error => {
  throw error
})
await main()
