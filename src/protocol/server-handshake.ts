/** The server's half of the opening handshake (RFC 6455 §4.2) for wsinspect's own servers: unlike the relay they refuse. */
import { extensionsOf, refusalHead, switchHead } from './handshake.ts'
import { errorsOf, type HeadFault } from './head-rules.ts'
import { HeadReader, headLimit, parseRequestLine, valuesOf, type Head } from './http-head.ts'
import { acceptDeflate, agreedDeflate, type DeflateAgreement } from './permessage-deflate.ts'
import { requestFaults } from './request-rules.ts'

/** Whom a server serves, and how. */
export interface HandshakePolicy {
  compression: boolean
  /** Decides on the Origin header of a request, null without one (RFC 6455 §10.2). */
  allowsOrigin: (origin: string | null) => boolean
}

/** What became of a request so far. `reply` is to be written as it is; after a refusal the server closes. */
export type Opening =
  | { kind: 'incomplete' }
  | { kind: 'refused'; reply: string }
  | { kind: 'accepted'; reply: string; deflate: DeflateAgreement | null; next: number }

/** True for no Origin and for pages of this machine: the default that keeps foreign pages out. */
export function isLocalOrigin(origin: string | null): boolean {
  if (origin === null) return true
  if (!URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    isLoopbackIPv4(hostname)
  )
}

function isLoopbackIPv4(hostname: string): boolean {
  const parts = hostname.split('.')
  return parts.length === 4 && parts[0] === '127' && parts.every(part => part !== '' && Number(part) <= 255)
}

export class ServerHandshake {
  readonly #policy: HandshakePolicy
  readonly #reader = new HeadReader()

  constructor(policy: HandshakePolicy) {
    this.#policy = policy
  }

  /** Takes octets of the client. `next` of an accepted opening is the index of the first frame octet in `bytes`. */
  push(bytes: Uint8Array): Opening {
    const read = this.#reader.push(bytes)
    if (this.#reader.length > headLimit) {
      return refused(431, 'Request Header Fields Too Large', `the head is longer than ${headLimit} octets`)
    }
    if (read === null) return { kind: 'incomplete' }
    return this.#refusal(read.head) ?? this.#accept(read.head, read.next)
  }

  #refusal(request: Head): Opening | null {
    const line = parseRequestLine(request.startLine)
    if (line === null) return refused(400, 'Bad Request', 'this is no HTTP request')
    if (line.method !== 'GET')
      return refused(405, 'Method Not Allowed', 'the opening handshake is a GET', ['Allow: GET'])
    const origin = valuesOf(request, 'Origin')[0] ?? null
    if (!this.#policy.allowsOrigin(origin))
      return refused(403, 'Forbidden', 'this Origin is not allowed (--allow-origin)')
    const faults = errorsOf(requestFaults(request))
    const isUpgradable = ({ rule }: HeadFault) => rule === 'request.upgrade' || rule === 'request.version'
    const fault = faults.find(isUpgradable) ?? faults[0]
    if (fault === undefined) return null
    if (isUpgradable(fault)) {
      const headers = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13']
      return refused(426, 'Upgrade Required', `this is a WebSocket server: ${fault.detail}`, headers)
    }
    return refused(400, 'Bad Request', fault.detail)
  }

  #accept(request: Head, next: number): Opening {
    const extension = this.#policy.compression ? acceptDeflate(extensionsOf(request)) : null
    const reply = switchHead(valuesOf(request, 'Sec-WebSocket-Key')[0] ?? '', extension)
    return { kind: 'accepted', reply, deflate: extension === null ? null : agreedDeflate([extension]), next }
  }
}

function refused(status: number, phrase: string, body: string, headers: readonly string[] = []): Opening {
  return { kind: 'refused', reply: refusalHead(status, phrase, `${body}\n`, headers) }
}
