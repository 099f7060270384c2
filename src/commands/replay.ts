/** What `replay client` and `replay server` share: what of a recording is played, how, and what is told of it. */
import { performance } from 'node:perf_hooks'
import { ExitCode, UserError } from '../errors.ts'
import type { Ending, Timing } from '../net/player.ts'
import { counted, shortTime } from '../protocol/words.ts'
import { indexRecording, type IndexedConnection, type RecordingIndex } from '../recording/recording-index.ts'
import type { OnFull } from '../recording/recorder.ts'
import { Comparison, type CompareOptions } from '../replay/comparison.ts'
import type { Level } from '../replay/script.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { milliseconds } from '../wire/json.ts'
import type { Outcome, PerformanceOptions, Take } from './performance.ts'
import { openRecording } from './recording.ts'
import { say } from './terminal.ts'
import { version } from '../version.ts'

export interface ReplayOptions {
  level: Level
  timing: Timing['mode']
  speed: number
  /** Seconds. */
  maxDelay: number
  timeout: number
  write?: string
  force?: boolean
  redact: boolean
  compare: readonly ('frames' | 'times')[]
  ignore: readonly string[]
  /** Milliseconds. */
  tolerance: number
  limit: number
  json?: boolean
  junit?: string
}

function timingOf({ timing, speed, maxDelay }: ReplayOptions): Timing {
  return timing === 'recorded' ? { mode: timing, speed, maxDelay: maxDelay * 1000 } : { mode: timing }
}

function compareOptionsOf(options: ReplayOptions, side: Side): CompareOptions {
  const { compare, ignore, tolerance, limit } = options
  return {
    sides: [side],
    ignore,
    frames: compare.includes('frames'),
    times: compare.includes('times') ? tolerance : null,
    limit,
  }
}

/** How `role` is played and what of its peer is compared, for one performance. */
export function performanceOptions(
  role: Side,
  options: ReplayOptions,
): Pick<PerformanceOptions, 'role' | 'level' | 'timing' | 'timeout' | 'comparison' | 'onClamp'> {
  let isTold = false
  return {
    role,
    level: options.level,
    timing: timingOf(options),
    timeout: options.timeout * 1000,
    comparison: new Comparison(compareOptionsOf(options, peerOf(role))),
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
      recording.sayDone()
    },
  }
}

/** Indexes FILE, gives it to `use`, and closes it. */
export async function withIndex<T>(file: string, use: (index: RecordingIndex) => Promise<T>): Promise<T> {
  const index = await indexRecording(file, { onNote: say })
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

/** Why a replay ended, in a line; null where it came to its end. */
export function endingText(ending: Ending, peer: Side): string | null {
  switch (ending.kind) {
    case 'done':
      return null
    case 'early': {
      const { frame, offset } = ending.step
      const at = frame === 0 ? `octet ${offset}` : `frame ${frame} (octet ${offset})`
      return `the ${peer} ended TCP (${ending.state}) before ${at} was sent`
    }
    case 'timeout':
    case 'failed':
      return ending.text
    case 'stopped':
    case 'refused':
      return ending.reason
  }
}

/** The exit code of a replay. */
export function exitCodeOf({ ending, result }: Outcome): number {
  if (ending.kind === 'refused') return ExitCode.usage
  if (ending.kind === 'failed') return ExitCode.network
  return ending.kind === 'done' && result.total === 0 ? ExitCode.ok : ExitCode.failed
}

/** Tells a result, for now. */
export function tell(name: string, { ending, result }: Outcome, peer: Side): void {
  const text = endingText(ending, peer)
  process.stdout.write(`${name}: ${counted(result.total, 'difference')}\n`)
  for (const { text: line, expected, got } of result.differences)
    process.stdout.write(
      `  ${line}\n    expected ${expected ?? 'nothing'}\n    got      ${got ?? 'nothing'}\n`,
    )
  if (text !== null) process.stdout.write(`  ${text}\n`)
}
