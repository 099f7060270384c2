/** What the options of a command make of its output. */
import { defaultPreview } from '../wire/format.ts'
import { defaultMaxPayload } from '../wire/json.ts'
import type { View } from './output.ts'
import { usesColor, type ColorChoice } from './terminal.ts'

/** Options of every command that prints rows. */
export interface ViewOptions {
  json?: boolean
  octets?: boolean
  verbose?: boolean
  color: ColorChoice
  maxPayload?: number
}

export function viewOf(options: ViewOptions): View {
  return {
    json: options.json ?? false,
    octets: options.octets ?? false,
    verbose: options.verbose ?? false,
    color: options.json !== true && usesColor(options.color),
    maxPayload: options.maxPayload ?? (options.json === true ? defaultMaxPayload : defaultPreview),
  }
}
