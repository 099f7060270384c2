/** Whether a handshake came to the same as the recorded one, so that recorded frames mean the same again. */
import { formatExtensions } from '../protocol/extension-header.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { parseStatusLine, valuesOf, type Head } from '../protocol/http-head.ts'

/** True for the response that agrees to the upgrade. */
export function isSwitch(response: Head): boolean {
  return parseStatusLine(response.startLine)?.status === 101
}

/** What was agreed otherwise than recorded, in words; null when nothing. */
export function agreementFault(recorded: Head, live: Head): string | null {
  if (!isSwitch(recorded) || !isSwitch(live)) return null
  const extensions = difference('extensions', extensionText(recorded), extensionText(live))
  return extensions ?? difference('subprotocol', protocolText(recorded), protocolText(live))
}

function difference(what: string, recorded: string, live: string): string | null {
  return recorded === live ? null : `${what} agreed now: ${live}, in the recording: ${recorded}`
}

/** Parameters come in any order (RFC 7692 §7.1). */
function extensionText(head: Head): string {
  const sorted = extensionsOf(head).map(({ name, parameters }) => ({
    name,
    parameters: [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }))
  return sorted.length === 0 ? 'none' : formatExtensions(sorted)
}

function protocolText(head: Head): string {
  const values = valuesOf(head, 'Sec-WebSocket-Protocol')
  return values.length === 0 ? 'none' : values.join(', ')
}
