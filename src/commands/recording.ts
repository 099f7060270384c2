/** What a live run records: to FILE from the start, and with a screen on and off as its user likes. */
import type { Gate } from '../net/relay.ts'
import { RecordingSwitch } from '../recording/recording-switch.ts'
import { removeFile } from '../recording/file.ts'
import { openRecorder, type OnFull, type Recorder } from '../recording/recorder.ts'
import { redact } from '../recording/redact.ts'
import { guard, type Facts } from '../wire/facts.ts'
import type { Session } from '../wire/session.ts'
import { queueLimitOf } from './bounds.ts'
import { say } from './terminal.ts'

export interface RecordingOptions {
  write?: string
  force?: boolean
  onFull: OnFull
  redact: boolean
  /** MiB. */
  queue: number
}

/** The header of a recording. */
export interface Heading {
  started: Date
  tool: string
}

export interface Recording {
  /** Where the facts go. */
  readonly facts: Facts
  readonly gate: Gate | null
  isOn(): boolean
  /** Begins a file of its own, or ends the one that is written; says which. */
  toggle(now: number): Promise<void>
  /** Says what the last file holds. */
  sayDone(): void
  /** When all was given: says the same, and removes a file without octets, in which nobody would find anything. */
  finish(): Promise<void>
}

/** Opens what `-w` names, if it names something. Rejects with a `RecordingError`. */
export async function openRecording(
  options: RecordingOptions,
  session: Pick<Session, 'nextFrame'>,
  heading: Heading,
): Promise<Recording> {
  let path = options.write ?? ''
  const begin = (force: boolean) =>
    openRecorder(path, {
      ...heading,
      force,
      onFull: options.onFull,
      queueLimit: queueLimitOf(options),
      redacted: options.redact,
      nextFrame: (conn, from) => session.nextFrame(conn, from),
      onError: say,
    })
  const recorder = path === '' ? null : await begin(options.force ?? false)
  const beginAnother = () => {
    path = nameAt(new Date())
    return begin(false)
  }
  const recording = new RecordingSwitch(recorder, beginAnother)
  const facts = guard(options.redact ? redact(recording) : recording, error => {
    say(`recording failed and was switched off, forwarding goes on: ${String(error)}`)
  })
  return {
    facts,
    gate: options.onFull === 'wait' ? recording : null,
    isOn: () => recording.recorder !== null,
    async toggle(now) {
      if (recording.recorder === null) {
        await recording.on()
        say(`recording to ${path}`)
      } else {
        sayRecorded(await recording.off(now), path)
      }
    },
    sayDone() {
      sayRecorded(recording.recorder, path)
    },
    async finish() {
      if (recording.recorder?.counts.octets !== 0) {
        sayRecorded(recording.recorder, path)
        return
      }
      await removeFile(path)
      say(`nothing was played: there is no ${path}`)
    },
  }
}

/** A name for a recording begun at `date`, in the folder that the user is in. */
function nameAt(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T')
  return `wsinspect-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}.ndjson`
}

function sayRecorded(recorder: Recorder | null, path: string): void {
  if (recorder === null || recorder.failed) return
  const { lines, gaps, missing } = recorder.counts
  const lost = gaps === 0 ? '' : `; ${missing} octets in ${gaps} gaps are missing (see --on-full)`
  say(`recorded ${lines} lines to ${path}${lost}`)
}
