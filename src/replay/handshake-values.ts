/** What of a head is compared: what the peers agree on, not what every connection or server has of its own. */
import { formatExtensions } from '../protocol/extension-header.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseRequestLine, parseStatusLine, type Head } from '../protocol/http-head.ts'
import { isOnlyCover } from '../protocol/secrets.ts'

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
    ['subprotocol', subprotocolText(head)],
    ['extensions', formatExtensions(extensionsOf(head))],
  ]
}

/** True when two heads offer, or agree on, the same subprotocols as far as they were recorded. */
export function isSameSubprotocol(a: Head, b: Head): boolean {
  return isSameValue('subprotocol', subprotocolText(a), subprotocolText(b))
}

/** The subprotocols of a head; empty without any. */
export function subprotocolText(head: Head): string {
  return listOf(head, 'Sec-WebSocket-Protocol').join(', ')
}

/**
 * True when two values of that name are the same as far as they were recorded: redaction overwrites values of the query and
 * subprotocols, and what it has overwritten may have been anything, of any length.
 */
export function isSameValue(name: string, a: string, b: string): boolean {
  if (a === b) return true
  // None is not one that was overwritten.
  if (name === 'subprotocol' && (a === '' || b === '')) return false
  if (name === 'subprotocol') return isSameList(a.split(', '), b.split(', '), isSameUncovered)
  return name === 'request' && isSameRequest(a, b)
}

function isSameRequest(a: string, b: string): boolean {
  const [left, right] = [parted(a, '?'), parted(b, '?')]
  return left[0] === right[0] && isSameList(left[1].split('&'), right[1].split('&'), isSameParameter)
}

function isSameParameter(a: string, b: string): boolean {
  const [left, right] = [parted(a, '='), parted(b, '=')]
  return left[0] === right[0] && isSameUncovered(left[1], right[1])
}

function isSameUncovered(a: string, b: string): boolean {
  return a === b || isOnlyCover(a) || isOnlyCover(b)
}

function isSameList(
  left: readonly string[],
  right: readonly string[],
  isSame: (a: string, b: string) => boolean,
): boolean {
  return left.length === right.length && left.every((one, i) => isSame(one, right[i] ?? ''))
}

/** What stands before and behind the first `mark`. */
function parted(text: string, mark: string): [before: string, behind: string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
