/** What the options of a command make of its output. */
import { ExitCode, UserError } from '../errors.ts'
import type { Clock } from '../wire/filter/kinds.ts'
import { defaultPreview } from '../wire/format.ts'
import { defaultMaxPayload } from '../wire/json.ts'
import type { FailLevel } from './fail-on.ts'
import { filterOf } from './filter.ts'
import type { View } from './output.ts'
import { usesColor, type ColorChoice } from './terminal.ts'

/** Options of every command that prints rows. */
export interface ViewOptions {
  json?: boolean
  octets?: boolean
  verbose?: boolean
  color: ColorChoice
  maxPayload?: number
  filter?: string
  failOn?: FailLevel
}

/** Throws a usage error for a filter that is none, and where it would break what else is asked for. */
export async function viewOf(options: ViewOptions, clock: Clock): Promise<View> {
  if (options.filter !== undefined && options.json === true && options.octets === true) {
    const why = 'a recording with rows left out is none'
    throw new UserError(
      ExitCode.usage,
      `--filter does not go with --json --octets: ${why} (leave out --octets)`,
    )
  }
  return {
    filter: await filterOf(options.filter, clock),
    json: options.json ?? false,
    octets: options.octets ?? false,
    verbose: options.verbose ?? false,
    color: options.json !== true && usesColor(options.color),
    maxPayload: options.maxPayload ?? (options.json === true ? defaultMaxPayload : defaultPreview),
  }
}
