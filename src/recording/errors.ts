/** What keeps a recording from being written or read, in one line for the user. */
import { getSystemErrorMap } from 'node:util'
import { ExitCode, UserError, errorCode } from '../errors.ts'

/**
 * `exists`: it would be overwritten. `unwritable`, `unreadable`: the system refuses. `invalid`: what is read is no
 * recording, or one of a version to come.
 */
export type RecordingFailure = 'exists' | 'unwritable' | 'unreadable' | 'invalid'

/** A recording that cannot be opened. The message is one line: what failed, on what, what to do. */
export class RecordingError extends UserError {
  override readonly name = 'RecordingError'
  readonly failure: RecordingFailure

  constructor(failure: RecordingFailure, message: string, options?: ErrorOptions) {
    super(failure === 'exists' ? ExitCode.usage : ExitCode.input, message, options)
    this.failure = failure
  }
}

/** Where the system's own words say too little. */
const causes: ReadonlyMap<string, string> = new Map([
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'part of the path is not a directory'],
  ['ENXIO', 'nobody reads from it'],
  ['EPIPE', 'nobody reads from it any more'],
])

/** libuv has no name for a full quota. */
const quotaExceeded = -122

/** A system error in words: `no space left on device`. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
  if (errno === quotaExceeded) return 'disk quota exceeded'
  return causes.get(errorCode(error)) ?? getSystemErrorMap().get(errno)?.[1] ?? error.message
}
