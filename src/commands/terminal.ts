/** The process's own streams and signals. */
import { ExitCode, UserError, errorCode } from '../errors.ts'
import { escapeForTerminal } from '../wire/escape.ts'

/** Who takes messages instead of stderr; null: nobody. */
let listener: ((message: string) => void) | null = null

/** One line to stderr. Everything but data goes there. */
export function say(message: string): void {
  if (listener !== null) listener(message)
  else process.stderr.write(`wsinspect: ${escapeForTerminal(message)}\n`)
}

/** While the terminal is drawn to, messages go to `take`, as they are; with null to stderr again. */
export function divertMessages(take: ((message: string) => void) | null): void {
  listener = take
}

/** When colour is asked for by flag: `always`, `never`, or `auto` without one. */
export type ColorChoice = 'auto' | 'always' | 'never'

/** Colour on stdout: flag, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can. */
export function usesColor(choice: ColorChoice): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (choice !== 'auto') return choice === 'always'
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return process.stdout.isTTY && TERM !== 'dumb'
}

/** True when rows go to the screen rather than to stdout: both are a terminal that can, and nothing else is asked for. */
export function wantsScreen({
  tui,
  json,
  quiet,
}: {
  tui: boolean
  json?: boolean
  quiet?: boolean
}): boolean {
  const { stdin, stdout, env } = process
  return tui && json !== true && quiet !== true && stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb'
}

/**
 * Makes writes to a terminal or pipe asynchronous. Node blocks on them: a reader that stops reading would stop the relay.
 * `setBlocking` is not public, so nothing depends on its being there.
 */
export function unblockStdout(): void {
  const { _handle } = process.stdout as { _handle?: { setBlocking?: (blocking: boolean) => void } }
  _handle?.setBlocking?.(false)
}

/** Calls once when the terminal has hung up, which only who leads its session is told by a signal. */
export function onTerminalGone(call: () => void): void {
  let isGone = false
  // More errors follow, such as that its modes cannot be set back.
  for (const event of ['end', 'error', 'close']) {
    process.stdin.on(event, () => {
      if (isGone) return
      isGone = true
      endByHangup()
      call()
    })
  }
}

/**
 * A process whose terminal hung up ends by that signal, once all is done: Node aborts where it finds the terminal gone when it
 * exits.
 */
function endByHangup(): void {
  if (!process.stdin.isTTY && !process.stdout.isTTY) return
  // Nobody reads what is said any more.
  process.stderr.on('error', () => undefined)
  process.once('exit', () => {
    process.removeAllListeners('SIGHUP')
    process.kill(process.pid, 'SIGHUP')
  })
}

/**
 * Resolves with the first SIGINT, SIGTERM or SIGHUP, to the exit code of a batch command that it cut; a second signal leaves at
 * once.
 */
export async function untilStopped(): Promise<number> {
  return new Promise<number>(resolve => {
    let stopping = false
    const stop = (exitCode: number) => () => {
      if (stopping) process.exit(exitCode)
      stopping = true
      resolve(exitCode)
    }
    process.on('SIGINT', stop(130))
    process.on('SIGTERM', stop(143))
    // A terminal that hangs up says so more than once.
    process.on('SIGHUP', () => {
      if (!stopping) endByHangup()
      stopping = true
      resolve(129)
    })
  })
}

/** Calls back on every SIGUSR2; Windows has no such signal. */
export function onStatusSignal(call: () => void): void {
  if (process.platform !== 'win32') process.on('SIGUSR2', call)
}

/**
 * Resolves when stdout takes no more: `gone` when its reader went away (`| head`), which is no fault, else the error, such
 * as a full disk.
 */
export async function stdoutEnd(): Promise<unknown> {
  return new Promise<unknown>(resolve => {
    process.stdout.on('error', error => {
      resolve(errorCode(error) === 'EPIPE' ? 'gone' : error)
    })
  })
}

/** Ends the process when stdout takes no more: for commands that print and are done. */
export function endWithStdout(): void {
  void stdoutEnd().then(reason => {
    if (reason === 'gone') process.exit(ExitCode.ok)
    say(`cannot write to stdout: ${reason instanceof Error ? reason.message : String(reason)}`)
    process.exit(ExitCode.input)
  })
}

/** Resolves when all that was written to stdout has been handed over, or cannot be. */
export async function stdoutFlushed(): Promise<void> {
  if (process.stdout.destroyed || process.stdout.errored !== null || process.stdout.writableLength === 0)
    return
  await new Promise<void>(resolve => {
    process.stdout.write('', () => {
      resolve()
    })
    process.stdout.once('error', () => {
      resolve()
    })
  })
}

/** Ends the process over an error: one line for a user's, a stack for a bug. */
export function die(error: unknown): never {
  if (error instanceof UserError) {
    say(error.message)
    process.exit(error.exitCode)
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  say('this is a bug; please report it with the lines above')
  process.exit(ExitCode.internal)
}
