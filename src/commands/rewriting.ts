/** What the commands share that write a recording made of others. */
import { ExitCode, UserError } from '../errors.ts'
import { counted } from '../protocol/words.ts'
import type { Side } from '../protocol/side.ts'
import type { SessionLine } from '../recording/format.ts'
import { openRecorder, type Recorder } from '../recording/recorder.ts'
import { refuseOverwriting } from './overwriting.ts'
import { progressOf } from './progress.ts'
import { version } from '../version.ts'
import { say } from './terminal.ts'

export interface RewriteOptions {
  output: string
  force?: boolean
}

/** A recording that is written at the pace of its file. */
export class Rewriting {
  readonly recorder: Recorder
  readonly progress = progressOf('writing')
  readonly #path: string
  readonly #failure: () => string | null

  /** For `beginRewriting`. */
  constructor(recorder: Recorder, path: string, failure: () => string | null) {
    this.recorder = recorder
    this.#path = path
    this.#failure = failure
  }

  /** For `afterFact` of what is read: waits for the file. Throws a `UserError` when it cannot be written. */
  pace(): Promise<void> | undefined {
    this.#refuse()
    const { recorder } = this
    return recorder.full
      ? new Promise(resolve => {
          recorder.onDrain(resolve)
        })
      : undefined
  }

  /** All facts were given, `end` included. */
  done(): void {
    this.progress.clear()
    this.#refuse()
    say(`wrote ${counted(this.recorder.counts.lines, 'line')} to ${this.#path}`)
  }

  #refuse(): void {
    const failure = this.#failure()
    if (failure !== null) throw new UserError(ExitCode.input, failure)
  }
}

/**
 * Opens the output, with a header like that of the recordings at `sources`. `nextFrame`: see `Recorder`. Rejects with a
 * `UserError`.
 */
export async function beginRewriting(
  sources: readonly string[],
  { output, force = false }: RewriteOptions,
  { started, redacted }: Pick<SessionLine, 'started' | 'redacted'>,
  nextFrame: (conn: number, from: Side) => number | null = () => null,
): Promise<Rewriting> {
  await refuseOverwriting(sources, [output])
  let failure: string | null = null
  const recorder = await openRecorder(output, {
    started: new Date(started),
    tool: `wsinspect ${version}`,
    redacted,
    force,
    onFull: 'wait',
    nextFrame,
    onError: message => (failure = message),
  })
  return new Rewriting(recorder, output, () => failure)
}
