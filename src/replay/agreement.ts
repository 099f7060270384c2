/** Whether a handshake came to the same as the recorded one, so that recorded frames mean the same again. */
import { formatExtensions } from '../protocol/extension-header.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { parseStatusLine, type Head } from '../protocol/http-head.ts'
import { isSameSubprotocol, subprotocolText } from './handshake-values.ts'

/** True for the response that agrees to the upgrade. */
export function isSwitch(response: Head): boolean {
  return parseStatusLine(response.startLine)?.status === 101
}

/** What was agreed otherwise than recorded, in words; null when nothing. */
export function agreementFault(recorded: Head, live: Head): string | null {
  if (!isSwitch(recorded) || !isSwitch(live)) return null
  const [before, now] = [extensionText(recorded), extensionText(live)]
  if (before !== now) return fault('extensions', before, now)
  return isSameSubprotocol(recorded, live)
    ? null
    : fault('subprotocol', subprotocolText(recorded), subprotocolText(live))
}

function fault(what: string, recorded: string, live: string): string {
  return `${what} agreed now: ${live || 'none'}, in the recording: ${recorded || 'none'}`
}

/** Parameters come in any order (RFC 7692 §7.1). */
function extensionText(head: Head): string {
  const sorted = extensionsOf(head).map(({ name, parameters }) => ({
    name,
    parameters: [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }))
  return formatExtensions(sorted)
}
