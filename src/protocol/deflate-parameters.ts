/** The parameters of permessage-deflate (RFC 7692 §7.1): what may stand in an offer and in a response. */
import type { Extension, ExtensionParameter } from './extension-header.ts'
import { quoted } from './words.ts'
import type { RuleId } from './rules.ts'
import type { Side } from './side.ts'

/** The registered name of the extension. */
export const extensionName = 'permessage-deflate'

/** True for an element that offers or accepts permessage-deflate. */
export function isDeflate(extension: Extension): boolean {
  return extension.name.toLowerCase() === extensionName
}

/** 8–15 without leading zero, else null (RFC 7692 §7.1.2). */
export function windowBits(value: string | null): number | null {
  const bits = Number(value)
  return bits >= 8 && bits <= 15 && String(bits) === value ? bits : null
}

/** A parameter that must make the peer decline the offer or fail the connection (RFC 7692 §7). */
export interface ParameterFault {
  rule: RuleId
  detail: string
}

/** What is wrong with the parameters of an offer, from the client, or of a response, from the server. */
export function parameterFaults({ parameters }: Extension, from: Side): ParameterFault[] {
  const seen = new Set<string>()
  return parameters.flatMap(parameter => {
    const fault = seen.has(parameter.name)
      ? { rule: 'extension.parameter' as const, detail: `${quoted(parameter.name)} again` }
      : valueFault(parameter, from)
    seen.add(parameter.name)
    return fault === null ? [] : [fault]
  })
}

function valueFault({ name, value }: ExtensionParameter, from: Side): ParameterFault | null {
  switch (name) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      if (value === null) return null
      return { rule: 'extension.parameter', detail: `${name} has ${quoted(value)}, needs no value` }
    case 'client_max_window_bits':
    case 'server_max_window_bits': {
      const isHint = name === 'client_max_window_bits' && from === 'client' && value === null
      if (isHint || windowBits(value) !== null) return null
      const found = value === null ? 'no value' : quoted(value)
      return { rule: 'deflate.window-bits', detail: `${name} has ${found}, needs 8 to 15` }
    }
    default:
      return { rule: 'extension.parameter', detail: `unknown parameter ${quoted(name)}` }
  }
}
