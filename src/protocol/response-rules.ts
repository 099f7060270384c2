/** What the response to an upgrade request breaks (RFC 6455 §4.1, §4.2.2), but for its extensions. */
import { acceptFor } from './handshake.ts'
import {
  bodyFaults,
  errorsOf,
  extensionSyntaxFaults,
  isAtLeast11,
  placeOf,
  rulesOf,
  shown,
  tokenFaults,
  type HeadFault,
} from './head-rules.ts'
import { fieldsOf, listOf, parseStatusLine, valuesOf, type Head } from './http-head.ts'
import { requestFaults } from './request-rules.ts'
import { isCovered } from './secrets.ts'
import { quoted } from './words.ts'

/** The key of RFC 6455 §1.3: its answer is found in code that was copied. */
const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ=='

/** What a 101 to `request` breaks. */
export function responseFaults(request: Head, response: Head): HeadFault[] {
  return [
    ...versionFaults(response),
    ...tokenFaults(response, 'response.upgrade', 'Upgrade', 'websocket'),
    ...tokenFaults(response, 'response.connection', 'Connection', 'Upgrade'),
    ...acceptFaults(request, response),
    ...subprotocolFaults(request, response),
    ...extensionSyntaxFaults(response, 'response.extension-syntax'),
    ...bodyFaults(response, 'response.body'),
    ...acceptedFaults(request, response),
  ]
}

/** HTTP/1.0 knows no Upgrade (RFC 9110 §7.8). */
function versionFaults({ startLine, startLineOffset }: Head): HeadFault[] {
  const version = parseStatusLine(startLine)?.version ?? ''
  if (isAtLeast11(version)) return []
  const detail = `${quoted(version)}, needs "HTTP/1.1"`
  return [{ rule: 'response.http-version', offset: startLineOffset, detail }]
}

function acceptFaults(request: Head, response: Head): HeadFault[] {
  const fields = fieldsOf(response, 'Sec-WebSocket-Accept')
  const [accept, second] = fields
  const expected = acceptFor(valuesOf(request, 'Sec-WebSocket-Key')[0] ?? '')
  if (second === undefined && accept?.value === expected) return []
  const hint = accept?.value === acceptFor(sampleKey) ? ', is that of the sample key in RFC 6455' : ''
  const found = shown(fields.map(({ value }) => value))
  const detail = `Sec-WebSocket-Accept has ${found}, needs "${expected}"${hint}`
  return [{ rule: 'response.accept', offset: placeOf(response, second ?? accept), detail }]
}

function subprotocolFaults(request: Head, response: Head): HeadFault[] {
  const offered = listOf(request, 'Sec-WebSocket-Protocol')
  const fields = fieldsOf(response, 'Sec-WebSocket-Protocol')
  const [chosen, second] = fields
  if (chosen === undefined) {
    if (offered.length === 0) return []
    return [
      { rule: 'response.subprotocol-none', offset: response.offset, detail: `${shown(offered)} offered` },
    ]
  }
  if (second === undefined && offered.some(name => isSame(name, chosen.value))) return []
  const detail = `${shown(fields.map(({ value }) => value))} chosen, ${shown(offered)} offered`
  return [{ rule: 'response.subprotocol-not-offered', offset: placeOf(response, second ?? chosen), detail }]
}

/** Compared with their case (RFC 6455 §4.1). A record may hide in one head what it shows in the other. */
function isSame(offered: string, chosen: string): boolean {
  return offered === chosen || (offered.length === chosen.length && isCovered(offered))
}

/** RFC 6455 §4.2.1: the server must refuse what breaks the rules of the request. */
function acceptedFaults(request: Head, response: Head): HeadFault[] {
  const broken = errorsOf(requestFaults(request))
  if (broken.length === 0) return []
  const detail = `101 although the request breaks ${rulesOf(broken)}`
  return [{ rule: 'handshake.invalid-but-accepted', offset: response.offset, detail }]
}

/** What is to be said of any other final answer to an upgrade request. */
export function refusalFaults(request: Head, response: Head): HeadFault[] {
  const line = parseStatusLine(response.startLine)
  if (line === null) return []
  const status = `${line.status} ${quoted(line.reason)}`
  const asks = redirectOf(request, response, line.status)
  const rule = asks === null ? 'response.status' : 'response.redirect'
  const detail = asks === null ? status : `${status}, ${asks}`
  return [
    { rule, offset: response.startLineOffset, detail },
    ...missingVersionFaults(request, response, line.status),
  ]
}

/** What a redirect or a demand for credentials asks of the client, else null. */
function redirectOf(request: Head, response: Head, status: number): string | null {
  const value = (name: string) => valuesOf(response, name)[0]
  const location = value('Location')
  if (status >= 300 && status < 400 && location !== undefined) {
    const leaks = valuesOf(request, 'Authorization').length > 0 && leavesHost(request, location)
    const warning = leaks ? ': another host, and the request carried Authorization' : ''
    // The query may hold credentials.
    return `Location ${quoted(location.split('?', 1)[0] ?? '')}${warning}`
  }
  const challenge = status === 401 ? 'WWW-Authenticate' : status === 407 ? 'Proxy-Authenticate' : null
  const realm = challenge === null ? undefined : value(challenge)
  return challenge === null || realm === undefined ? null : `${challenge} ${quoted(realm)}`
}

function leavesHost(request: Head, location: string): boolean {
  const base = `http://${valuesOf(request, 'Host')[0] ?? ''}`
  if (!URL.canParse(base) || !URL.canParse(location, base)) return false
  return new URL(location, base).hostname !== new URL(base).hostname
}

/**
 * RFC 6455 §4.4: who does not speak the version says which ones it speaks. A 400 may have any other reason: it counts
 * where the version is all that is wrong.
 */
function missingVersionFaults(request: Head, response: Head, status: number): HeadFault[] {
  const asked = valuesOf(request, 'Sec-WebSocket-Version')
  const isAnswered = valuesOf(response, 'Sec-WebSocket-Version').length > 0
  if (asked.length === 0 || asked.includes('13') || isAnswered) return []
  const isAboutVersion = status === 426 || (status === 400 && errorsOf(requestFaults(request)).length === 1)
  if (!isAboutVersion) return []
  const detail = `${status} to version ${shown(asked)} without Sec-WebSocket-Version`
  return [{ rule: 'response.version-missing', offset: response.offset, detail }]
}

/** A 101 to a request that is no WebSocket upgrade: it may only name a protocol that was asked for (RFC 9110 §7.8). */
export function unaskedFaults(request: Head, response: Head): HeadFault[] {
  const asked = listOf(request, 'Upgrade')
  const named = listOf(response, 'Upgrade')
  const known = new Set(asked.map(name => name.toLowerCase()))
  if (asked.length > 0 && named.every(name => known.has(name.toLowerCase()))) return []
  const detail = `Upgrade has ${shown(named)}, ${shown(asked)} asked for`
  return [{ rule: 'response.unasked-upgrade', offset: response.startLineOffset, detail }]
}
