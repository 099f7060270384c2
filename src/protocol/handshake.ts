/** The opening handshake (RFC 6455 §4): what request and response break, and the heads of a well-behaved endpoint. */
import { createHash } from 'node:crypto'
import { formatExtensions, parseExtensions, type Extension } from './extension-header.ts'
import { hasToken, listOf, valuesOf, type Head } from './http-head.ts'
import type { RuleId } from './rules.ts'

/** A rule that a head breaks, with expected and actual values. */
export interface HeadFault {
  rule: RuleId
  detail: string
}

const acceptGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The Sec-WebSocket-Accept that proves that `key` was read (RFC 6455 §4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + acceptGuid, 'latin1')
    .digest('base64')
}

/** The extensions of all Sec-WebSocket-Extensions headers of a head, as far as their grammar holds. */
export function extensionsOf(head: Head): readonly Extension[] {
  const values = valuesOf(head, 'Sec-WebSocket-Extensions')
  return values.length === 0 ? [] : parseExtensions(values.join(', ')).extensions
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.map(value => `"${value}"`).join(', ')
}

/** What an upgrade request breaks (RFC 6455 §4.1). */
export function requestFaults(request: Head): HeadFault[] {
  const faults: HeadFault[] = []
  const fault = (rule: RuleId, detail: string) => faults.push({ rule, detail })
  const keys = valuesOf(request, 'Sec-WebSocket-Key')
  const versions = valuesOf(request, 'Sec-WebSocket-Version')
  if (!hasToken(request, 'Upgrade', 'websocket')) {
    fault('request.upgrade', `Upgrade has ${shown(valuesOf(request, 'Upgrade'))}, needs "websocket"`)
  }
  if (!hasToken(request, 'Connection', 'Upgrade')) {
    fault('request.connection', `Connection has ${shown(valuesOf(request, 'Connection'))}, needs "Upgrade"`)
  }
  if (keys.length !== 1) fault('request.key-missing', `${keys.length} Sec-WebSocket-Key headers, needs 1`)
  const octets = keys.length === 1 ? base64Length(keys[0] ?? '') : 16
  if (octets === null) fault('request.key-invalid', `${shown(keys)} is not base64`)
  else if (octets !== 16) fault('request.key-invalid', `${shown(keys)} decodes to ${octets} octets, needs 16`)
  if (versions.length !== 1 || versions[0] !== '13') {
    fault('request.version', `Sec-WebSocket-Version has ${shown(versions)}, needs "13"`)
  }
  return faults
}

/**
 * How many octets base64 stands for, or null where it is none. Bits that the padding leaves over may be set, as in the
 * example key of RFC 6455 §4.1, "AQIDBAUGBwgJCgsMDQ4PEC==".
 */
function base64Length(text: string): number | null {
  const octets = Buffer.from(text, 'base64')
  const canonical = octets.toString('base64')
  const padding = canonical.indexOf('=')
  const last = padding < 0 ? text.length : padding - 1
  const fits =
    text.slice(0, last) === canonical.slice(0, last) && text.slice(last + 1) === canonical.slice(last + 1)
  return fits ? octets.length : null
}

/** What a 101 to `request` breaks (RFC 6455 §4.1, §4.2.2). */
export function responseFaults(request: Head, response: Head): HeadFault[] {
  const faults: HeadFault[] = []
  const fault = (rule: RuleId, detail: string) => faults.push({ rule, detail })
  if (!hasToken(response, 'Upgrade', 'websocket')) {
    fault('response.upgrade', `Upgrade has ${shown(valuesOf(response, 'Upgrade'))}, needs "websocket"`)
  }
  if (!hasToken(response, 'Connection', 'Upgrade')) {
    fault('response.connection', `Connection has ${shown(valuesOf(response, 'Connection'))}, needs "Upgrade"`)
  }
  const accepts = valuesOf(response, 'Sec-WebSocket-Accept')
  const expected = acceptFor(valuesOf(request, 'Sec-WebSocket-Key')[0] ?? '')
  if (accepts.length !== 1 || accepts[0] !== expected) {
    fault('response.accept', `Sec-WebSocket-Accept has ${shown(accepts)}, needs "${expected}"`)
  }
  const offered = new Set(extensionsOf(request).map(e => e.name.toLowerCase()))
  const accepted = extensionsOf(response).map(e => e.name)
  const unasked = accepted.filter(name => !offered.has(name.toLowerCase()))
  if (unasked.length > 0) {
    fault('response.extension-not-offered', `${shown(unasked)} accepted, ${shown([...offered])} offered`)
  }
  const chosen = valuesOf(response, 'Sec-WebSocket-Protocol')
  const subprotocols = listOf(request, 'Sec-WebSocket-Protocol')
  if (chosen.length > 1 || chosen.some(name => !subprotocols.includes(name))) {
    fault('response.subprotocol-not-offered', `${shown(chosen)} chosen, ${shown(subprotocols)} offered`)
  }
  return faults
}

/** The request of a well-behaved client. `key` is 16 octets in base64, `headers` come last, as given. */
export function requestHead(
  target: string,
  host: string,
  key: string,
  extensions: readonly Extension[],
  headers: readonly string[] = [],
): string {
  return headOf([
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...(extensions.length > 0 ? [`Sec-WebSocket-Extensions: ${formatExtensions(extensions)}`] : []),
    ...headers,
  ])
}

/** The 101 of a well-behaved server: no header beyond what RFC 6455 §4.2.2 asks. */
export function switchHead(key: string, extension: Extension | null): string {
  return headOf([
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
    ...(extension === null ? [] : [`Sec-WebSocket-Extensions: ${formatExtensions([extension])}`]),
  ])
}

/** A refusal with a plain text body, after which the server closes. */
export function refusalHead(
  status: number,
  phrase: string,
  body: string,
  headers: readonly string[] = [],
): string {
  return (
    headOf([
      `HTTP/1.1 ${status} ${phrase}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headers,
    ]) + body
  )
}

function headOf(lines: readonly string[]): string {
  return lines.map(line => `${line}\r\n`).join('') + '\r\n'
}
