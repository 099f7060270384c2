/** The negotiation of extensions: what offers and their acceptance break (RFC 6455 §9.1, RFC 7692 §5, §7.1). */
import { isDeflate, parameterFaults, windowBits } from './deflate-parameters.ts'
import { parseExtensions, type Extension } from './extension-header.ts'
import { faultOf, shown, type Finding, type HeadFault } from './head-rules.ts'
import { fieldsOf, offsetIn, type Head } from './http-head.ts'
import type { RuleId } from './rules.ts'
import type { Side } from './side.ts'
import { quoted } from './words.ts'

/** An element of a Sec-WebSocket-Extensions header, and where the value of that header begins. */
interface Element {
  extension: Extension
  offset: number
}

function elementsOf(head: Head): Element[] {
  return fieldsOf(head, 'Sec-WebSocket-Extensions').flatMap(field =>
    parseExtensions(field.value).extensions.map(extension => ({ extension, offset: offsetIn(field, 0) })),
  )
}

function deflateIn(elements: readonly Element[]): Element[] {
  return elements.filter(({ extension }) => isDeflate(extension))
}

/** What the extension offers of an upgrade request break. Several offers of the same extension are legal. */
export function offerFaults(request: Head): HeadFault[] {
  return parametersFaults(deflateIn(elementsOf(request)), 'client')
}

/** What the extensions that a 101 accepts break. */
export function acceptanceFaults(request: Head, response: Head): HeadFault[] {
  const offered = elementsOf(request)
  const accepted = elementsOf(response)
  const offers = deflateIn(offered)
  const deflate = deflateIn(accepted)
  const [first] = deflate
  const isCompared = isReadable(request)
  return [
    ...(isCompared ? notOfferedFaults(offered, accepted) : []),
    ...repeatedFaults(deflate),
    ...unknownFaults(accepted),
    ...parametersFaults(deflate, 'server'),
    ...(!isCompared || first === undefined || offers.length === 0 ? [] : agreementFaults(offers, first)),
  ]
}

/** Is all known that was offered? */
function isReadable(request: Head): boolean {
  return fieldsOf(request, 'Sec-WebSocket-Extensions').every(
    ({ value }) => parseExtensions(value).faultAt === null,
  )
}

function parametersFaults(elements: readonly Element[], from: Side): HeadFault[] {
  const findings = (rule: RuleId): Finding[] =>
    elements.flatMap(({ extension, offset }) =>
      parameterFaults(extension, from)
        .filter(fault => fault.rule === rule)
        .map(({ detail }) => ({ offset, detail })),
    )
  return [
    ...faultOf('extension.parameter', findings('extension.parameter')),
    ...faultOf('deflate.window-bits', findings('deflate.window-bits')),
  ]
}

function notOfferedFaults(offered: readonly Element[], accepted: readonly Element[]): HeadFault[] {
  const known = new Set(offered.map(({ extension }) => extension.name.toLowerCase()))
  const unasked = accepted.filter(({ extension }) => !known.has(extension.name.toLowerCase()))
  const [first] = unasked
  if (first === undefined) return []
  const detail = `${shown(unasked.map(({ extension }) => extension.name))} accepted, ${shown([...known])} offered`
  return [{ rule: 'response.extension-not-offered', offset: first.offset, detail }]
}

/** Both would want RSV1 for themselves (RFC 7692 §5). */
function repeatedFaults(deflate: readonly Element[]): HeadFault[] {
  const [, second] = deflate
  if (second === undefined) return []
  const detail = `${deflate.length} permessage-deflate elements accepted, at most 1 is legal`
  return [{ rule: 'extension.repeated', offset: second.offset, detail }]
}

function unknownFaults(accepted: readonly Element[]): HeadFault[] {
  return faultOf(
    'extension.unknown',
    accepted
      .filter(({ extension }) => !isDeflate(extension))
      .map(({ extension, offset }) => ({ offset, detail: quoted(extension.name) })),
  )
}

/**
 * What the acceptance of permessage-deflate owes to the offers. Which of several offers it answers is not said: it is
 * wrong where it fits none of them.
 */
function agreementFaults(offers: readonly Element[], { extension, offset }: Element): HeadFault[] {
  const every = (isBroken: (offer: Extension) => boolean) => offers.every(o => isBroken(o.extension))
  const faults: HeadFault[] = []
  const fault = (rule: RuleId, detail: string) => faults.push({ rule, offset, detail })
  if (has(extension, 'client_max_window_bits') && every(offer => !has(offer, 'client_max_window_bits'))) {
    fault('deflate.client-window-unasked', 'client_max_window_bits accepted, not offered')
  }
  const window = serverWindow(extension)
  if (window !== null && every(offer => window > (serverWindow(offer) ?? 15))) {
    const asked = Math.max(...offers.map(offer => serverWindow(offer.extension) ?? 15))
    const found = has(extension, 'server_max_window_bits') ? window : 'left out'
    fault('deflate.server-window', `server_max_window_bits ${found}, at most ${asked} asked for`)
  }
  const takeover = 'server_no_context_takeover'
  if (!has(extension, takeover) && every(offer => has(offer, takeover))) {
    fault('deflate.server-takeover', `${takeover} left out, asked for`)
  }
  return faults
}

function has({ parameters }: Extension, name: string): boolean {
  return parameters.some(p => p.name === name)
}

/** The window of the server's compressor, in bits: 15 where nothing is said of it, null where that is not valid. */
function serverWindow({ parameters }: Extension): number | null {
  const parameter = parameters.find(p => p.name === 'server_max_window_bits')
  return parameter === undefined ? 15 : windowBits(parameter.value)
}
