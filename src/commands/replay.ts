/** What `replay client` and `replay server` share: what of a recording is played, how, and what is told of it. */
import { performance } from 'node:perf_hooks'
import { ExitCode, UserError } from '../errors.ts'
import type { Timing } from '../net/player.ts'
import { shortTime } from '../protocol/words.ts'
import { indexRecording, type IndexedConnection, type RecordingIndex } from '../recording/recording-index.ts'
import type { OnFull } from '../recording/recorder.ts'
import { Comparison } from '../replay/comparison.ts'
import type { Measure } from '../replay/difference.ts'
import { Soundness } from '../replay/soundness.ts'
import type { Level } from '../replay/script.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { milliseconds } from '../wire/json.ts'
import { compareOptionsOf, type ComparisonOptions } from './comparing.ts'
import type { PerformanceOptions, Take } from './performance.ts'
import { progressOf, readingWith } from './progress.ts'
import { openRecording } from './recording.ts'
import { say } from './terminal.ts'
import { version } from '../version.ts'

export interface ReplayOptions extends ComparisonOptions {
  level: Level
  /** What the answers are measured by: those recorded, or the rules alone. */
  expect: 'recorded' | 'sound'
  timing: Timing['mode']
  speed: number
  /** Seconds. */
  maxDelay: number
  timeout: number
  /** Milliseconds. */
  chopDelay: number
  write?: string
  force?: boolean
  redact: boolean
}

function timingOf({ timing, speed, maxDelay }: ReplayOptions): Timing {
  return timing === 'recorded' ? { mode: timing, speed, maxDelay: maxDelay * 1000 } : { mode: timing }
}

/** Least milliseconds between chops where the peer is to show that it bears them: two that it reads as one show nothing. */
export const apartDelay = 20

/** How what `side` says is measured. */
function measureOf(options: ReplayOptions, side: Side): Measure {
  return options.expect === 'sound'
    ? new Soundness(side, options.limit)
    : new Comparison(compareOptionsOf(options, [side]))
}

/** How `role` is played and what of its peer is compared, for one performance. */
export function performanceOptions(
  role: Side,
  options: ReplayOptions,
): Pick<PerformanceOptions, 'role' | 'level' | 'timing' | 'chopDelay' | 'timeout' | 'measure' | 'onClamp'> {
  const { level, timing, chopDelay, expect } = options
  let isTold = false
  return {
    role,
    level,
    chopDelay:
      expect === 'sound'
        ? Math.max(chopDelay, apartDelay)
        : level === 'chops' && timing !== 'fast'
          ? chopDelay
          : 0,
    timing: timingOf(options),
    timeout: options.timeout * 1000,
    measure: measureOf(options, peerOf(role)),
    onClamp(pause) {
      if (!isTold) say(`a pause of ${shortTime(pause)} is cut to ${options.maxDelay} s (--max-delay)`)
      isTold = true
    },
  }
}

/** Opens what `-w` names, if it names something. Rejects with a `RecordingError`. */
export async function openTake(options: ReplayOptions): Promise<Take> {
  const started = new Date()
  const origin = performance.now()
  const now = () => milliseconds(performance.now() - origin)
  if (options.write === undefined)
    return { facts: null, recordable: () => undefined, now, end: () => Promise.resolve() }
  const onFull: OnFull = 'wait'
  const tool = `wsinspect ${version}`
  const recording = await openRecording(
    { ...options, onFull, queue: 32 },
    { nextFrame: () => null },
    { started, tool },
  )
  const { facts, gate } = recording
  return {
    facts,
    recordable() {
      if (gate?.full !== true) return undefined
      return new Promise(resolve => {
        gate.onDrain(resolve)
      })
    },
    now,
    async end() {
      await facts.end(now())
      await recording.finish()
    },
  }
}

/** Gives `use` what `-w` names, and ends it, also where that fails. */
export async function withTake<T>(options: ReplayOptions, use: (take: Take) => Promise<T>): Promise<T> {
  const take = await openTake(options)
  try {
    return await use(take)
  } finally {
    await take.end()
  }
}

/** Indexes FILE, gives it to `use`, and closes it. */
export async function withIndex<T>(file: string, use: (index: RecordingIndex) => Promise<T>): Promise<T> {
  const progress = progressOf('looking through the recording')
  const index = await indexRecording(file, readingWith(progress)).finally(progress.clear)
  try {
    if (index.connections.length === 0)
      throw new UserError(ExitCode.input, `${file} has no connection to play`)
    return await use(index)
  } finally {
    await index.close()
  }
}

/** One connection in a line. */
export function connectionText({ conn, info, octets }: IndexedConnection): string {
  return `#${conn} ${info.client} → ${info.url}, ${octets.client} + ${octets.server} octets`
}
