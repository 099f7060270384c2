/** The opening handshake of RFC 6455 §1.3, written out so that no code under test has a part in it. */
import { latin1 } from './octets.ts'

export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ=='
export const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** A head as octets: each line with CR LF, an empty line last. */
export function head(...lines: readonly string[]): Uint8Array {
  return latin1(lines.map(line => `${line}\r\n`).join('') + '\r\n')
}

/** An upgrade request; `more` are further header lines. */
export function upgradeRequest(...more: readonly string[]): Uint8Array {
  return head(
    'GET / HTTP/1.1',
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${sampleKey}`,
    'Sec-WebSocket-Version: 13',
    ...more,
  )
}

/** The 101 that answers `upgradeRequest`. */
export function upgradeResponse(...more: readonly string[]): Uint8Array {
  return head(
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${sampleAccept}`,
    ...more,
  )
}

/** Both heads, offering and accepting `extensions`; none when it is empty. */
export function handshake(extensions = ''): { request: Uint8Array; response: Uint8Array } {
  const header = extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]
  return { request: upgradeRequest(...header), response: upgradeResponse(...header) }
}
