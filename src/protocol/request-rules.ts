/** What an upgrade request breaks (RFC 6455 §4.1), but for the parameters of its extension offers. */
import {
  bodyFaults,
  extensionSyntaxFaults,
  faultOf,
  isAtLeast11,
  placeOf,
  shown,
  tokenFaults,
  type Finding,
  type HeadFault,
} from './head-rules.ts'
import { elementsOf, fieldsOf, isToken, parseRequestLine, type Head } from './http-head.ts'
import { isCovered, isSecretName, isSecretSubprotocol } from './secrets.ts'
import { counted, quoted } from './words.ts'

/** What an upgrade request breaks, in the order in which RFC 6455 §4.1 asks for it. */
export function requestFaults(request: Head): HeadFault[] {
  return [
    ...startLineFaults(request),
    ...hostFaults(request),
    ...tokenFaults(request, 'request.upgrade', 'Upgrade', 'websocket'),
    ...tokenFaults(request, 'request.connection', 'Connection', 'Upgrade'),
    ...keyFaults(request),
    ...versionFaults(request),
    ...faultOf('request.subprotocol', subprotocolFindings(request)),
    ...extensionSyntaxFaults(request, 'request.extension-syntax'),
    ...bodyFaults(request, 'request.body'),
    ...faultOf('request.credentials', [...querySecrets(request), ...subprotocolSecrets(request)]),
  ]
}

function startLineFaults(request: Head): HeadFault[] {
  const line = parseRequestLine(request.startLine)
  if (line === null) return []
  const { method, target, version } = line
  const faults: HeadFault[] = []
  const fault = (rule: HeadFault['rule'], offset: number, detail: string) => {
    faults.push({ rule, offset, detail })
  }
  if (method !== 'GET') fault('request.method', request.startLineOffset, `${quoted(method)}, needs "GET"`)
  if (!isAtLeast11(version)) {
    fault('request.http-version', request.startLineOffset, `${quoted(version)}, needs "HTTP/1.1"`)
  }
  const hash = target.indexOf('#')
  if (hash >= 0) {
    fault('request.target', targetOffset(request, target) + hash, `${quoted(target)} has a fragment`)
  } else if (!isTarget(target)) {
    const detail = `${quoted(target)} is neither a path nor an absolute URI`
    fault('request.target', targetOffset(request, target), detail)
  }
  return faults
}

/** A path, or an absolute URI; RFC 6455 §4.1 names http and https, some clients write the URI that they were given. */
function isTarget(target: string): boolean {
  const [scheme = '', rest] = target.split('://', 2)
  const isAbsolute = rest !== undefined && rest !== ''
  return (
    target.startsWith('/') || (isAbsolute && ['http', 'https', 'ws', 'wss'].includes(scheme.toLowerCase()))
  )
}

function targetOffset({ startLine, startLineOffset }: Head, target: string): number {
  return startLineOffset + startLine.indexOf(` ${target}`) + 1
}

function hostFaults(request: Head): HeadFault[] {
  const fields = fieldsOf(request, 'Host')
  const [host, second] = fields
  if (fields.length === 1 && host?.value !== '') return []
  const detail = fields.length === 1 ? 'Host is empty' : `${fields.length} Host headers, needs 1`
  return [{ rule: 'request.host', offset: placeOf(request, second ?? host), detail }]
}

function keyFaults(request: Head): HeadFault[] {
  const fields = fieldsOf(request, 'Sec-WebSocket-Key')
  const [key, second] = fields
  if (key === undefined || second !== undefined) {
    const detail = `${fields.length} Sec-WebSocket-Key headers, needs 1`
    return [{ rule: 'request.key-missing', offset: placeOf(request, second), detail }]
  }
  const octets = base64Length(key.value)
  if (octets === 16) return []
  const detail = octets === null ? 'is not base64' : `decodes to ${counted(octets, 'octet')}, needs 16`
  return [
    { rule: 'request.key-invalid', offset: placeOf(request, key), detail: `${quoted(key.value)} ${detail}` },
  ]
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

function versionFaults(request: Head): HeadFault[] {
  const fields = fieldsOf(request, 'Sec-WebSocket-Version')
  const [version, second] = fields
  if (fields.length === 1 && version?.value === '13') return []
  const detail = `Sec-WebSocket-Version has ${shown(fields.map(({ value }) => value))}, needs "13"`
  return [{ rule: 'request.version', offset: placeOf(request, second ?? version), detail }]
}

function subprotocolFindings(request: Head): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const { text, offset } of elementsOf(request, 'Sec-WebSocket-Protocol')) {
    if (text === '') findings.push({ offset, detail: 'an empty element' })
    else if (!isToken(text)) findings.push({ offset, detail: `${quoted(text)} is no token` })
    // Two credentials of the same length are the same in a record that hides them.
    else if (seen.has(text) && !isCovered(text)) findings.push({ offset, detail: `${quoted(text)} again` })
    seen.add(text)
  }
  return findings
}

/** Query parameters that are named like a credential and have a value. */
function querySecrets(request: Head): Finding[] {
  const target = parseRequestLine(request.startLine)?.target ?? ''
  const question = target.indexOf('?')
  if (question < 0) return []
  const findings: Finding[] = []
  let offset = targetOffset(request, target) + question + 1
  for (const parameter of target.slice(question + 1).split('&')) {
    const [name = '', value = ''] = parameter.split('=', 2)
    if (value !== '' && isSecretName(name))
      findings.push({ offset, detail: `query parameter ${quoted(name)}` })
    offset += parameter.length + 1
  }
  return findings
}

/** Subprotocols that are credentials; the detail does not tell them. */
function subprotocolSecrets(request: Head): Finding[] {
  const findings: Finding[] = []
  let previous = ''
  for (const { text, offset } of elementsOf(request, 'Sec-WebSocket-Protocol')) {
    if (text === '') continue
    if (isCovered(text) || isSecretSubprotocol(text, previous)) {
      findings.push({ offset, detail: `a subprotocol of ${counted(text.length, 'octet')}` })
    }
    previous = text
  }
  return findings
}
