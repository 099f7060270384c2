/** The opening handshake by hand (RFC 6455 §4): the benchmark's own ends use no library. */
import { createHash } from 'node:crypto'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export function request({ host, pathname }) {
  return [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n')
}

export function reply(head) {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? ''
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n')
}

export const pathOf = head => /^GET (\S+)/.exec(head)?.[1] ?? '/'

export const isUpgraded = head => /^HTTP\/1\.1 101 /.test(head)

/** Gathers a head; gives it with the octets behind it once it is whole, else null. */
export function headReader() {
  let gathered = Buffer.alloc(0)
  return chunk => {
    gathered = Buffer.concat([gathered, chunk])
    const end = gathered.indexOf('\r\n\r\n')
    return end < 0 ? null : { head: gathered.toString('latin1', 0, end), rest: gathered.subarray(end + 4) }
  }
}
