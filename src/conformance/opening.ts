/** The opening handshake as the fuzzer does it: its heads, and what it asks of those of the peer. */
import { extensionName, isDeflate, parameterFaults } from '../protocol/deflate-parameters.ts'
import { parseExtensions, type Extension, type ExtensionParameter } from '../protocol/extension-header.ts'
import { acceptFor, extensionsOf } from '../protocol/handshake.ts'
import {
  HeadReader,
  hasToken,
  listOf,
  parseRequestLine,
  parseStatusLine,
  valuesOf,
  type Head,
} from '../protocol/http-head.ts'
import {
  agreedDeflate,
  type DeflateAgreement,
  type DeflateParameters,
} from '../protocol/permessage-deflate.ts'
import type { Side } from '../protocol/side.ts'
import type { DeflateDemand, DeflatePlan, OpeningChange, OpeningOutcome } from './case.ts'

/** What the fuzzing client sends beside what the protocol needs. */
export interface RequestExtras {
  userAgent: string
  origin: string | null
  protocols: readonly string[]
  /** Header lines, as given. */
  headers: readonly string[]
}

/** The fuzzing client's request. `key`: 16 octets in base64. */
export function requestText(
  path: string,
  host: string,
  key: string,
  deflate: readonly DeflateDemand[] | null,
  { userAgent, origin, protocols, headers }: RequestExtras,
): string {
  return [
    `GET ${path} HTTP/1.1`,
    `User-Agent: ${userAgent}`,
    `Host: ${host}`,
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    `Sec-WebSocket-Key: ${key}`,
    ...(origin === null ? [] : [`Origin: ${origin}`]),
    ...(protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols.join(',')}`]),
    ...(deflate === null ? [] : [`Sec-WebSocket-Extensions: ${deflate.map(offerText).join(', ')}`]),
    'Sec-WebSocket-Version: 13',
    ...headers,
    '\r\n',
  ].join('\r\n')
}

/** An offer of the fuzzing client: what it can do itself, then what it demands of the server. */
function offerText({ noContextTakeover, windowBits }: DeflateDemand): string {
  return [
    extensionName,
    'client_no_context_takeover',
    'client_max_window_bits',
    ...(noContextTakeover ? ['server_no_context_takeover'] : []),
    ...(windowBits > 0 ? [`server_max_window_bits=${windowBits}`] : []),
  ].join('; ')
}

/** A head as the case wants it: `text` with other lines, and the path in its start line. */
export function changedHead(text: string, change: OpeningChange, path = ''): string {
  const [start = '', ...lines] = text.split('\r\n').slice(0, -2)
  let headers = lines
  for (const [name, values] of Object.entries(change.headers ?? {})) {
    const isNamed = (line: string) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)
    const at = headers.findIndex(isNamed)
    const ordinary = headers[at]?.slice(name.length + 2) ?? ''
    const others = headers.filter(line => !isNamed(line))
    const changed = values.map(value => `${name}: ${value.replace('{}', ordinary)}`)
    headers = others.toSpliced(at < 0 ? others.length : at, 0, ...changed)
  }
  const first = change.startLine?.replace('{path}', () => path) ?? start
  return [first, ...headers, change.unended === true ? '' : '\r\n'].join('\r\n')
}

/** A request that offers what the case needs of compression. */
export function withOffer(text: string, { own, peer }: DeflatePlan): string {
  const parameters = [...limitsOf('client', own), ...limitsOf('server', peer)]
  // Without it, a server cannot limit the window; with it, it need not.
  const asks = own.windowBits < 15 ? parameters : [...parameters, { name: windowName('client'), value: null }]
  const offer = parametersText({ name: extensionName, parameters: asks })
  return changedHead(text, { headers: { 'Sec-WebSocket-Extensions': [offer] } })
}

const windowName = (side: Side) => `${side}_max_window_bits`

/** What limits a side's compression, as parameters. */
function limitsOf(side: Side, { windowBits, contextTakeover }: DeflateParameters): ExtensionParameter[] {
  return [
    ...(contextTakeover ? [] : [{ name: `${side}_no_context_takeover`, value: null }]),
    ...(windowBits < 15 ? [{ name: windowName(side), value: String(windowBits) }] : []),
  ]
}

/** What a server may choose from. */
export interface Offers {
  /** Whether permessage-deflate is offered in a way that can be accepted. */
  offersDeflate: boolean
  protocols: readonly string[]
}

/** What a request offers, as it was written. */
export function offersOf(request: string): Offers {
  const head = new HeadReader().push(Buffer.from(request, 'latin1'))?.head ?? { headers: [] }
  const isGood = (offer: Extension) => isDeflate(offer) && parameterFaults(offer, 'client').length === 0
  return {
    offersDeflate: extensionsOf(head).some(isGood),
    protocols: listOf(head, 'Sec-WebSocket-Protocol'),
  }
}

/** What came of a head: a reason why the handshake failed, or what was agreed. */
export type Opened =
  { fault: string; outcome: OpeningOutcome } | { fault: null; deflate: DeflateAgreement | null }

/** Judges the response to a request with `key`. */
export function judgeResponse(head: Head, key: string, { offersDeflate, protocols }: Offers): Opened {
  const status = parseStatusLine(head.startLine)
  if (status !== null && status.status !== 101)
    return { fault: `the upgrade was refused with ${status.status}`, outcome: refusalOf(head) }
  if (status?.version !== 'HTTP/1.1') return faulty('the response is not HTTP/1.1')
  const [upgrade] = valuesOf(head, 'Upgrade')
  if (upgrade?.toLowerCase() !== 'websocket') return faulty('Upgrade is not websocket')
  if (!hasToken(head, 'Connection', 'upgrade')) return faulty('Connection has no Upgrade')
  const accepts = valuesOf(head, 'Sec-WebSocket-Accept')
  if (accepts.length !== 1 || accepts[0] !== acceptFor(key)) return faulty('Sec-WebSocket-Accept is wrong')
  const chosen = valuesOf(head, 'Sec-WebSocket-Protocol')
  if (chosen.length > 1 || chosen.some(protocol => !protocols.includes(protocol)))
    return faulty('a subprotocol that was not asked for')
  return judgeExtensions(valuesOf(head, 'Sec-WebSocket-Extensions'), offersDeflate)
}

function faulty(fault: string): Opened {
  return { fault, outcome: 'faulty' }
}

function refusalOf(head: Head): OpeningOutcome {
  return listOf(head, 'Sec-WebSocket-Version').includes('13') ? 'versions' : 'refused'
}

function judgeExtensions(values: readonly string[], offersDeflate: boolean): Opened {
  if (values.length > 1) return faulty('several Sec-WebSocket-Extensions')
  const [value] = values
  if (value === undefined) return { fault: null, deflate: null }
  const { extensions, faultAt } = parseExtensions(value)
  if (faultAt !== null) return faulty('Sec-WebSocket-Extensions cannot be read')
  const unknown = extensions.find(extension => !offersDeflate || !isDeflate(extension))
  if (unknown !== undefined) return faulty(`an extension that was not offered: ${unknown.name}`)
  if (extensions.length > 1) return faulty('permessage-deflate more than once')
  const [fault] = extensions.flatMap(extension => parameterFaults(extension, 'server'))
  if (fault !== undefined) return faulty(fault.detail)
  return { fault: null, deflate: agreedDeflate(extensions) }
}

/** A refusal of the fuzzing server: the reason stands in the status line. */
export interface Refusal {
  status: number
  reason: string
  headers: readonly string[]
}

function refusal(status: number, reason: string, headers: readonly string[] = []): Refusal {
  return { status, reason, headers }
}

/** What the fuzzing server has against a request to upgrade, or null. */
export function judgeRequest(head: Head): Refusal | null {
  const line = parseRequestLine(head.startLine)
  if (line === null) return refusal(400, 'Bad request line')
  if (line.method !== 'GET') return refusal(405, 'Method is not GET')
  if (line.version !== 'HTTP/1.1') return refusal(505, 'Version is not HTTP/1.1')
  if (line.target.includes('#')) return refusal(400, 'Fragment in the request target')
  if (valuesOf(head, 'Host').length !== 1) return refusal(400, 'Not exactly one Host')
  if (!hasToken(head, 'Upgrade', 'websocket')) return refusal(400, 'Upgrade is not websocket')
  if (!hasToken(head, 'Connection', 'upgrade')) return refusal(400, 'Connection has no Upgrade')
  return judgeWebSocketHeaders(head)
}

function judgeWebSocketHeaders(head: Head): Refusal | null {
  const versions = valuesOf(head, 'Sec-WebSocket-Version')
  if (versions.length !== 1 || !['13', '8'].includes(versions[0] ?? ''))
    return refusal(400, 'Version is not 13', ['Sec-WebSocket-Version: 13, 8'])
  const protocols = listOf(head, 'Sec-WebSocket-Protocol')
  if (new Set(protocols).size < protocols.length) return refusal(400, 'A subprotocol twice')
  if (valuesOf(head, 'Origin').length > 1) return refusal(400, 'Several Origin headers')
  const keys = valuesOf(head, 'Sec-WebSocket-Key')
  if (keys.length !== 1 || !isKey(keys[0] ?? '')) return refusal(400, 'Bad Sec-WebSocket-Key')
  const extensions = valuesOf(head, 'Sec-WebSocket-Extensions')
  if (extensions.length > 1) return refusal(400, 'Several Sec-WebSocket-Extensions')
  const [value = ''] = extensions
  if (value === '') return null
  const { extensions: offers, faultAt } = parseExtensions(value)
  if (faultAt !== null) return refusal(400, 'Bad Sec-WebSocket-Extensions')
  const [fault] = offers.filter(isDeflate).flatMap(offer => parameterFaults(offer, 'client'))
  return fault === undefined ? null : refusal(400, 'Bad parameter of permessage-deflate')
}

/** 24 characters of base64 that stand for 16 octets. */
function isKey(key: string): boolean {
  return key.length === 24 && Buffer.from(key, 'base64').toString('base64') === key
}

/** A refusal as octets to write. */
export function refusalText({ status, reason, headers }: Refusal): string {
  return [`HTTP/1.1 ${status} ${reason}`, ...headers, '\r\n'].join('\r\n')
}

/** The fuzzing server's answer to a request, and what it agrees to. */
export function acceptRequest(
  head: Head,
  server: string,
  deflate: readonly DeflateDemand[] | null,
  plan: DeflatePlan | null = null,
): { text: string; deflate: DeflateAgreement | null } {
  const offers = valuesOf(head, 'Sec-WebSocket-Extensions').flatMap(
    value => parseExtensions(value).extensions,
  )
  const good = offers.filter(isDeflate)
  const answer = plan !== null ? plannedAnswer(good, plan) : deflate === null ? null : answerTo(good, deflate)
  const [key = ''] = valuesOf(head, 'Sec-WebSocket-Key')
  const text = [
    'HTTP/1.1 101 Switching Protocols',
    `Server: ${server}`,
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
    ...(answer === null ? [] : [`Sec-WebSocket-Extensions: ${parametersText(answer)}`]),
    '\r\n',
  ].join('\r\n')
  return { text, deflate: answer === null ? null : agreedDeflate([answer]) }
}

function parametersText({ name, parameters }: Extension): string {
  return [name, ...parameters.map(({ name, value }) => (value === null ? name : `${name}=${value}`))].join(
    '; ',
  )
}

/** The answer that states what the case needs, to the first offer that allows for it. */
function plannedAnswer(offers: readonly Extension[], { own, peer }: DeflatePlan): Extension | null {
  const has = ({ parameters }: Extension, name: string) => parameters.some(p => p.name === name)
  const offer = offers.find(
    one =>
      (peer.windowBits === 15 || has(one, windowName('client'))) &&
      (own.windowBits < 15 || !has(one, windowName('server'))) &&
      (!own.contextTakeover || !has(one, 'server_no_context_takeover')),
  )
  if (offer === undefined) return null
  return { name: extensionName, parameters: [...limitsOf('server', own), ...limitsOf('client', peer)] }
}

/** The answer to the first offer that the first demand can be made of. */
function answerTo(offers: readonly Extension[], demands: readonly DeflateDemand[]): Extension | null {
  for (const demand of demands) {
    const offer = offers.find(
      ({ parameters }) =>
        demand.windowBits === 0 || parameters.some(p => p.name === 'client_max_window_bits'),
    )
    if (offer !== undefined) return { name: extensionName, parameters: answerParameters(offer, demand) }
  }
  return null
}

function answerParameters(offer: Extension, demand: DeflateDemand): readonly ExtensionParameter[] {
  const asked = (name: string) => offer.parameters.filter(parameter => parameter.name === name)
  return [
    ...asked('server_no_context_takeover'),
    ...asked('server_max_window_bits'),
    ...(demand.noContextTakeover ? [{ name: 'client_no_context_takeover', value: null }] : []),
    ...(demand.windowBits > 0 ? [{ name: 'client_max_window_bits', value: String(demand.windowBits) }] : []),
  ]
}
