/** What of a head is compared: what the peers agree on, not what every connection or server has of its own. */
import { formatExtensions } from '../protocol/extension-header.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseRequestLine, parseStatusLine, type Head } from '../protocol/http-head.ts'

/** A value of a head, by its name in words. */
export type HeadValue = readonly [name: string, value: string]

/** Method and target, or status; then subprotocols and extensions. */
export function headValues(head: Head): HeadValue[] {
  const request = parseRequestLine(head.startLine)
  const status = parseStatusLine(head.startLine)?.status
  return [
    request === null
      ? ['status', String(status ?? head.startLine)]
      : ['request', `${request.method} ${request.target}`],
    ['subprotocol', listOf(head, 'Sec-WebSocket-Protocol').join(', ')],
    ['extensions', formatExtensions(extensionsOf(head))],
  ]
}

/** True when two values are the same as far as they were recorded: a redacted part may have been anything. */
export function isSameValue(a: string, b: string): boolean {
  return a === b || withoutRedacted(a) === withoutRedacted(b) || isRedacted(a) || isRedacted(b)
}

/** Redaction writes `x` over every octet of a credential. */
function isRedacted(value: string): boolean {
  return /^x{8,}$/.test(value)
}

function withoutRedacted(value: string): string {
  return value.replace(/([=, ])x{4,}(?=[&, ]|$)/g, '$1…')
}
