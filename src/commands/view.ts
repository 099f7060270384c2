/** `wsinspect view FILE…`: the screen on recordings, one after the other. */
import { ExitCode, UserError } from '../errors.ts'
import { readRecording } from '../recording/read.ts'
import { saveFile } from '../recording/save.ts'
import type { Host } from '../tui/host.ts'
import { Session } from '../wire/session.ts'
import { inflateLimitOf, logLimitsOf, type InflateOptions, type LogOptions } from './bounds.ts'
import { filterOf, recordedClock } from './filter.ts'
import { openScreen, type OpenScreen, type ScreenOptions } from './screen.ts'
import { say, untilStopped, wantsScreen } from './terminal.ts'

export interface ViewCommandOptions extends ScreenOptions, InflateOptions, LogOptions {
  /** Read on as a file grows. */
  follow?: boolean
}

/** Milliseconds of reading at a time; then keys have their turn. */
const sliceTime = 8

/** Shows each file until the user leaves it. */
export async function view(files: readonly string[], options: ViewCommandOptions): Promise<void> {
  if (!wantsScreen({ tui: true })) {
    const instead = `wsinspect log ${files.join(' ')}`
    throw new UserError(
      ExitCode.usage,
      `view needs a terminal for input and output (${instead} prints the rows)`,
    )
  }
  if (files.includes('-')) throw new UserError(ExitCode.usage, 'view reads files: stdin is for the keys')
  // Refused before anything is read.
  await filterOf(options.filter, recordedClock().clock)
  const stopped = untilStopped().then(() => 'stopped' as const)
  for (const [i, file] of files.entries()) {
    const title = files.length === 1 ? file : `${file} (${i + 1} of ${files.length})`
    if ((await viewOne(file, title, stopped, options)) === 'stopped') break
  }
}

/** The screen opens once the file is known to be a recording. */
async function viewOne(
  file: string,
  title: string,
  stopped: Promise<'stopped'>,
  options: ViewCommandOptions,
): Promise<'left' | 'stopped'> {
  const session = new Session({ log: logLimitsOf(options), inflate: inflateLimitOf(options) })
  const ending = new AbortController()
  let open: (screen: OpenScreen) => void = () => undefined
  const opened = new Promise<OpenScreen>(resolve => (open = resolve))
  const reading = readRecording(file, session, {
    onNote: say,
    onHeader({ started }) {
      open(openScreen(session, hostOf(session, title, new Date(started).getTime()), options))
    },
    afterFact: slices(ending.signal),
    ...(options.follow === true ? { follow: ending.signal } : {}),
  })
  const screen = await Promise.race([opened, reading.then(() => opened)])
  reading.catch((error: unknown) => {
    if (!ending.signal.aborted) say(error instanceof Error ? error.message : String(error))
  })
  const reason = await Promise.race([stopped, screen.left.then(() => 'left' as const)])
  screen.close()
  ending.abort()
  return reason
}

/** Lets other things happen now and then; a file that nobody looks at any more is read no further. */
function slices(ended: AbortSignal): () => Promise<void> | undefined {
  let until = performance.now() + sliceTime
  return () => {
    if (!ended.aborted && performance.now() < until) return undefined
    return new Promise(resolve => {
      if (ended.aborted) return
      setImmediate(() => {
        until = performance.now() + sliceTime
        resolve()
      })
    })
  }
}

function hostOf(session: Session, title: string, started: number): Host {
  return {
    log: session.log,
    title,
    welcome: ['no row yet'],
    isLive: false,
    started,
    now: () => null,
    isRecording: () => null,
    toggleRecording: () => undefined,
    waiting: () => 0,
    save: saveFile,
  }
}
