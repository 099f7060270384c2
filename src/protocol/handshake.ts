/** The opening handshake (RFC 6455 §4): the heads of a well-behaved endpoint, and what is read out of any. */
import { createHash } from 'node:crypto'
import { formatExtensions, parseExtensions, type Extension } from './extension-header.ts'
import { valuesOf, type HasFields } from './http-head.ts'

const acceptGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The Sec-WebSocket-Accept that proves that `key` was read (RFC 6455 §4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + acceptGuid, 'latin1')
    .digest('base64')
}

/** The extensions of all Sec-WebSocket-Extensions headers of a head, as far as their grammar holds. */
export function extensionsOf(head: HasFields): readonly Extension[] {
  return valuesOf(head, 'Sec-WebSocket-Extensions').flatMap(value => parseExtensions(value).extensions)
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
