/** `--fail-on`: whether what was seen is reason to fail. */
import { ExitCode } from '../errors.ts'
import { counted } from '../protocol/words.ts'
import type { Tally } from '../wire/entry.ts'
import { say } from './terminal.ts'

/** In order, the gravest first. */
export const failLevels = ['error', 'warning', 'notice'] as const

export type FailLevel = (typeof failLevels)[number]

/** Lets the process exit with 1 when a violation of `level` or graver was seen, and says so. */
export function failOn(level: FailLevel | undefined, tally: Readonly<Tally>): void {
  if (level === undefined) return
  const grave = failLevels.slice(0, failLevels.indexOf(level) + 1).filter(severity => tally[severity] > 0)
  if (grave.length === 0) return
  say(`${grave.map(severity => counted(tally[severity], severity)).join(', ')} (--fail-on ${level})`)
  process.exitCode = ExitCode.failed
}
