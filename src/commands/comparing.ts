/** What commands have in common that compare. */
import { ExitCode, UserError } from '../errors.ts'
import type { Side } from '../protocol/side.ts'
import { checkSavable } from '../recording/save.ts'
import type { CompareOptions } from '../replay/comparison.ts'
import type { DifferenceKind } from '../replay/difference.ts'
import type { CompareLevel } from './options.ts'

/** The options of `withComparison`. */
export interface ComparisonOptions {
  compare: readonly CompareLevel[]
  ignore: readonly string[]
  /** Ms. */
  tolerance?: number
  limit: number
  junit?: string
  json?: boolean
}

/** Ms by which times may differ where `--compare times` says no more. */
export const defaultTolerance = 50

/** What is compared of the words of `sides`. Throws a usage error for options that do not go together. */
export function compareOptionsOf(options: ComparisonOptions, sides: readonly Side[]): CompareOptions {
  const { compare, ignore, tolerance, limit } = options
  const hasTimes = compare.includes('times')
  if (tolerance !== undefined && !hasTimes)
    throw new UserError(
      ExitCode.usage,
      '--tolerance is of times, which are not compared (add --compare times)',
    )
  return {
    sides,
    ignore,
    frames: compare.includes('frames'),
    times: hasTimes ? (tolerance ?? defaultTolerance) : null,
    limit,
  }
}

/** The same, when all is found out that can be before anything is run: rejects with a `UserError` where JUnit cannot be written. */
export async function prepareComparison(
  options: ComparisonOptions,
  sides: readonly Side[],
): Promise<CompareOptions> {
  const compare = compareOptionsOf(options, sides)
  if (options.junit !== undefined) await checkSavable(options.junit)
  return compare
}

/** The kinds of differences that these options look for. */
export function comparedKinds({ frames, times }: CompareOptions): DifferenceKind[] {
  return [
    'handshake',
    'message',
    ...(frames ? (['frames', 'control'] as const) : []),
    ...(times === null ? [] : (['time'] as const)),
    'close',
    'end',
  ]
}
