/** The recorded answer to an upgrade, for another client: what depends on its request is made anew, unless it was wrong. */
import { formatExtensions } from '../protocol/extension-header.ts'
import { acceptanceFaults } from '../protocol/extension-rules.ts'
import { acceptFor, extensionsOf } from '../protocol/handshake.ts'
import { listOf, valuesOf, type Head } from '../protocol/http-head.ts'
import { acceptDeflate, agreedDeflate } from '../protocol/permessage-deflate.ts'
import { isOnlyCover } from '../protocol/secrets.ts'
import type { HeadChange } from './head.ts'

/** An upgrade as it was recorded. */
export interface Upgrade {
  request: Head
  answer: Head
}

/** What is to be another way in the answer for the client that sends `request`; `isAnew`: messages are framed anew. */
export function answerFor(recorded: Upgrade, request: Head, isAnew: boolean): HeadChange {
  const put = (name: string, value: string | null) =>
    value === null || value === '' ? [] : [{ name, value, add: true }]
  const extensions = isAnew ? extensionsAnew(recorded, request) : null
  const headers = [
    ...put('Sec-WebSocket-Accept', acceptAnew(recorded, request)),
    ...put('Sec-WebSocket-Protocol', subprotocolAnew(recorded, request)),
    ...put('Sec-WebSocket-Extensions', extensions),
  ]
  return { target: null, headers, dropped: extensions === null ? [] : ['Sec-WebSocket-Extensions'] }
}

function acceptAnew({ request, answer }: Upgrade, live: Head): string | null {
  const [key] = valuesOf(live, 'Sec-WebSocket-Key')
  const [recordedKey] = valuesOf(request, 'Sec-WebSocket-Key')
  const [accept] = valuesOf(answer, 'Sec-WebSocket-Accept')
  const isRight = recordedKey !== undefined && accept === acceptFor(recordedKey)
  return isRight && key !== undefined ? acceptFor(key) : null
}

/** A subprotocol that was overwritten when recording is the one that stands in its place now. */
function subprotocolAnew({ request, answer }: Upgrade, live: Head): string | null {
  const [chosen] = listOf(answer, 'Sec-WebSocket-Protocol')
  if (chosen === undefined || !isOnlyCover(chosen)) return null
  const at = listOf(request, 'Sec-WebSocket-Protocol').indexOf(chosen)
  return listOf(live, 'Sec-WebSocket-Protocol')[at] ?? null
}

/** What can be agreed with this client where the recorded agreement is none for it; empty: nothing. */
function extensionsAnew({ request, answer }: Upgrade, live: Head): string | null {
  const isWrong = (offering: Head) => acceptanceFaults(offering, answer).some(isOfAgreement)
  if (!isWrong(live) || isWrong(request)) return null
  const deflate = agreedDeflate(extensionsOf(answer)) === null ? null : acceptDeflate(extensionsOf(live))
  return deflate === null ? '' : formatExtensions([deflate])
}

/** Whether a fault is one of answer and offer together, not of either alone. */
function isOfAgreement({ rule }: { rule: string }): boolean {
  return rule === 'response.extension-not-offered' || rule.startsWith('deflate.')
}
