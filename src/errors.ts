/** Errors that a user can meet: one line that says what failed, on what, and what to do. Anything else is a bug. */

/** Exit codes of every command. */
export const ExitCode = {
  ok: 0,
  /** Checks failed or differences found. */
  failed: 1,
  usage: 2,
  /** Unreadable or invalid input. */
  input: 3,
  /** Bind, connect or TLS. */
  network: 4,
  internal: 5,
} as const

/** Carries the one line and the exit code. */
export class UserError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The code of a system error, such as `ECONNRESET`, or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
