/** A recording for the screen: read in the background, into a session of its own. */
import { ExitCode, UserError } from '../errors.ts'
import { readRecording } from '../recording/read.ts'
import { saveFile } from '../recording/save.ts'
import type { Host } from '../tui/host.ts'
import { Session } from '../wire/session.ts'
import { inflateLimitOf, logLimitsOf, type InflateOptions, type LogOptions } from './bounds.ts'
import { replays } from './screen-replay.ts'
import { slices } from './slices.ts'
import { say } from './terminal.ts'

export interface ReadingOptions extends InflateOptions, LogOptions {
  /** Read on as a file grows. */
  follow?: boolean
}

/** A recording of which at least the header was read. */
export interface OpenRecording {
  session: Session
  /** In ms since the epoch. */
  started: number
  /** Reads no further. */
  end: () => void
}

/** Begins to read `file`. Rejects with a `RecordingError` when it is no recording. */
export async function openForScreen(file: string, options: ReadingOptions): Promise<OpenRecording> {
  if (file === '-') throw new UserError(ExitCode.usage, 'the screen shows files: stdin is for the keys')
  const session = new Session({ log: logLimitsOf(options), inflate: inflateLimitOf(options) })
  const ending = new AbortController()
  let open: (started: number) => void = () => undefined
  const opened = new Promise<number>(resolve => (open = resolve))
  const reading = readRecording(file, session, {
    onNote: say,
    onHeader({ started }) {
      open(new Date(started).getTime())
    },
    afterFact: slices(ending.signal),
    ...(options.follow === true ? { follow: ending.signal } : {}),
  })
  const started = await Promise.race([opened, reading.then(() => opened)])
  reading.catch((error: unknown) => {
    if (!ending.signal.aborted) say(error instanceof Error ? error.message : String(error))
  })
  return {
    session,
    started,
    end() {
      ending.abort()
    },
  }
}

/** What the screen is opened on. */
export function hostOf({ session, started }: OpenRecording, title: string): Host {
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
    replay: replays(session.log, {}),
    openRecording: null,
  }
}
