/**
 * Group ws.handshake: requests to servers (ws.handshake.1) and responses to clients (ws.handshake.2), good ones that look
 * odd, and bad ones.
 */
import type { CloseRule, ConformCase, OpeningChange, OpeningOutcome } from '../../case.ts'
import type { Behavior } from '../../case-report.ts'
import { gotText, killAfter, normalClose, ping, text } from '../../shorthand.ts'
import { numbered, type Unnumbered } from './numbered.ts'

const hello = 'Hello, world!'

type Outcomes = Partial<Record<Behavior, readonly OpeningOutcome[]>>
type Headers = NonNullable<OpeningChange['headers']>

/** RFC 6455 §4.2.1: a server answers what is no good request with an error. */
const refusal: Outcomes = { OK: ['refused', 'versions'], 'NON-STRICT': ['dropped'] }

/** What RFC 6455 forbids the client, but does not tell the server to refuse. */
const lenient: Outcomes = { OK: ['refused', 'versions'], 'NON-STRICT': ['dropped', 'opened'] }

/** A server may have limits of its own, and then says so. */
const acceptance: Outcomes = { OK: ['opened'], 'NON-STRICT': ['refused', 'versions', 'dropped'] }

const limited: Outcomes = { OK: ['opened', 'refused', 'versions'], 'NON-STRICT': ['dropped'] }

const accepted = 'The server accepts the request, and a message comes back.'

const words: ReadonlyMap<Outcomes, string> = new Map([
  [refusal, 'The server refuses with a status. NON-STRICT where it just ends TCP.'],
  [lenient, 'The server refuses with a status. NON-STRICT where it ends TCP or accepts.'],
  [acceptance, `${accepted} NON-STRICT where it refuses, or ends TCP.`],
  [
    limited,
    'The server refuses with a status, or accepts, in bounded time. NON-STRICT where it just ends TCP.',
  ],
])

function request(description: string, expected: Outcomes | null, change: OpeningChange): Unnumbered {
  const mayOpen = expected === null || (expected.OK ?? []).includes('opened')
  return {
    role: 'client',
    description,
    expectation: expected === null ? accepted : (words.get(expected) ?? versionNamed),
    steps: mayOpen ? [text(hello), killAfter(1)] : [],
    expected: { OK: mayOpen ? [gotText(hello)] : [] },
    close: normalClose,
    opening: expected === null ? change : { ...change, expected },
  }
}

const refused = (description: string, headers: Headers) => request(description, refusal, { headers })

const versionNamed = 'The server refuses with a status and names 13 in Sec-WebSocket-Version (RFC 6455 §4.4).'
const versionAnswer: Outcomes = { OK: ['versions'] }

const needed: readonly Unnumbered[] = [
  request('A request of version 12.', versionAnswer, { headers: { 'Sec-WebSocket-Version': ['12'] } }),
  request('A request of version 14.', versionAnswer, { headers: { 'Sec-WebSocket-Version': ['14'] } }),
  refused('A request without a version.', { 'Sec-WebSocket-Version': [] }),
  request('A request with the versions 13 and 8, in two lines.', lenient, {
    headers: { 'Sec-WebSocket-Version': ['13', '8'] },
  }),
  refused('A request without a key.', { 'Sec-WebSocket-Key': [] }),
  refused('A request with an empty key.', { 'Sec-WebSocket-Key': [''] }),
  refused('A request with a key of 8 octets.', { 'Sec-WebSocket-Key': ['AQIDBAUGBwg='] }),
  refused('A request with a key that is no base64.', { 'Sec-WebSocket-Key': ['!!!!!!!!!!!!!!!!!!!!!!=='] }),
  request('A request with its key twice.', lenient, { headers: { 'Sec-WebSocket-Key': ['{}', '{}'] } }),
  refused('A request without Upgrade.', { Upgrade: [] }),
  refused('A request with Upgrade: h2c.', { Upgrade: ['h2c'] }),
  refused('A request without Connection.', { Connection: [] }),
  refused('A request with Connection: keep-alive alone.', { Connection: ['keep-alive'] }),
  request('The upgrade asked for with POST.', refusal, { startLine: 'POST {path} HTTP/1.1' }),
  request('The upgrade asked for with HTTP/1.0.', refusal, { startLine: 'GET {path} HTTP/1.0' }),
  refused('A request without Host.', { Host: [] }),
  refused('A request with Host twice.', { Host: ['{}', '{}'] }),
  request('A target with a fragment.', lenient, { startLine: 'GET {path}#part HTTP/1.1' }),
  request('The beginning of a TLS handshake instead of a request line.', limited, {
    startLine: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  }),
]

const odd = (description: string, headers: Headers) => request(description, null, { headers })

const lowerCase = ['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version']

const good: readonly Unnumbered[] = [
  odd('Tokens in lower case: upgrade, websocket.', { Upgrade: ['websocket'], Connection: ['upgrade'] }),
  odd('Tokens in mixed case.', { Upgrade: ['wEbSoCkEt'], Connection: ['UPgrade'] }),
  odd(
    'Names of headers in lower case.',
    Object.fromEntries(lowerCase.map(name => [name.toLowerCase(), ['{}']])),
  ),
  odd('Connection as a list: keep-alive, Upgrade.', { Connection: ['keep-alive, Upgrade'] }),
  odd('Connection in two lines.', { Connection: ['keep-alive', 'Upgrade'] }),
  request('Upgrade as a list: h2c, websocket.', acceptance, { headers: { Upgrade: ['h2c, websocket'] } }),
  odd('White space around values.', { 'Sec-WebSocket-Key': ['  {}\t '], Upgrade: ['\twebsocket '] }),
  odd('An unknown header, in two lines, and one without a value.', {
    'X-Unknown': ['a', 'b'],
    'X-Empty': [''],
  }),
  request('A hundred headers more.', acceptance, {
    headers: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-Header-${i}`, ['value']])),
  }),
  request('The request octet by octet.', null, { chop: 1 }),
  {
    ...request(
      'A text message behind the request, in the same write: too early (RFC 6455 §4.1).',
      acceptance,
      { early: [text(hello)] },
    ),
    steps: [text('later'), killAfter(1)],
    expected: { OK: [gotText(hello), gotText('later')] },
  },
]

const huge: readonly Unnumbered[] = [
  request('A head of more than 64 KiB, in one header.', limited, {
    headers: { 'X-Long': ['x'.repeat(66_000)] },
  }),
  request('A head of more than 64 KiB, in 1,000 headers.', limited, {
    headers: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`X-${i}`, ['x'.repeat(64)]])),
  }),
  request('A head of 1 MiB that does not end.', refusal, {
    headers: { 'X-Long': ['x'.repeat(2 ** 20)] },
    unended: true,
  }),
]

const offering = (value: string) => ({ headers: { 'Sec-WebSocket-Extensions': [value] } })
const asking = (...values: string[]) => ({ headers: { 'Sec-WebSocket-Protocol': values } })

/** RFC 7692 §7.1: such an offer is declined, the connection is not. `why`: what makes it invalid. */
const declined = (what: string, parameters: string, why: string) =>
  request(
    `An offer of permessage-deflate ${what}: ${parameters}. It is invalid, as ${why}.`,
    acceptance,
    offering(`permessage-deflate; ${parameters}`),
  )

const windowValue = 'a window is a decimal number from 8 to 15 without leading zeros (RFC 7692 §7.1.2)'

const negotiation: readonly Unnumbered[] = [
  request('Subprotocols that no server knows: it may choose one of them, or none.', acceptance, {
    ...asking('wsinspect.unknown.1, wsinspect.unknown.2'),
  }),
  request('Subprotocols in two lines.', acceptance, asking('wsinspect.unknown.1', 'wsinspect.unknown.2')),
  request('The same subprotocol twice.', lenient, asking('wsinspect.unknown, wsinspect.unknown')),
  request('A subprotocol that is no token.', lenient, asking('wsinspect unknown')),
  request(
    'An extension that no server knows: it must not accept it.',
    null,
    offering('x-wsinspect-unknown; a=1'),
  ),
  request('Extensions that break their grammar: permessage-deflate; =; (RFC 6455 §9.1).', refusal, {
    ...offering('permessage-deflate; =;'),
  }),
  declined('with an unknown parameter', 'unknown_parameter', 'no such parameter is defined (RFC 7692 §7.1)'),
  declined('with a window of 7 bits', 'server_max_window_bits=7', windowValue),
  declined('with a window of 16 bits', 'server_max_window_bits=16', windowValue),
  declined('with a leading zero', 'server_max_window_bits=010', windowValue),
  declined(
    'with a parameter twice',
    'server_max_window_bits=10; server_max_window_bits=10',
    'a parameter stands once (RFC 7692 §7.1)',
  ),
  declined(
    'with a value where there is none',
    'server_no_context_takeover=1',
    'that parameter has no value (RFC 7692 §7.1.1.1)',
  ),
]

/** The client fails the connection: it ends TCP, whether it says so or not. */
const failed: CloseRule = { closedByMe: false, closeCode: [1002, 1010], requireClean: false }

function badResponse(description: string, change: OpeningChange): Unnumbered {
  return {
    role: 'server',
    description: `${description} Behind it a text message and a ping.`,
    expectation: 'The client fails the connection within 1 s: nothing is answered, and TCP ends.',
    steps: [text(hello), ping(hello), killAfter(1)],
    expected: { OK: [] },
    close: failed,
    opening: change,
  }
}

const bad = (description: string, headers: Headers) => badResponse(description, { headers })

function goodResponse(description: string, change: OpeningChange): Unnumbered {
  return {
    role: 'server',
    description,
    expectation: 'The client goes on, and a message comes back. Then the fuzzer closes with 1000.',
    steps: [text(hello), killAfter(1)],
    expected: { OK: [gotText(hello)] },
    close: normalClose,
    opening: change,
  }
}

const responses: readonly Unnumbered[] = [
  bad('A 101 with the accept of another key.', { 'Sec-WebSocket-Accept': ['s3pPLMBiTxaQ9kYGzzhZRbK+xOo='] }),
  bad('A 101 without Sec-WebSocket-Accept.', { 'Sec-WebSocket-Accept': [] }),
  bad('A 101 without Upgrade.', { Upgrade: [] }),
  bad('A 101 with Upgrade: h2c.', { Upgrade: ['h2c'] }),
  bad('A 101 without Connection.', { Connection: [] }),
  bad('A 101 with Connection: keep-alive alone.', { Connection: ['keep-alive'] }),
  badResponse('The status 200 instead of 101.', { startLine: 'HTTP/1.1 200 OK' }),
  badResponse('The status 400 instead of 101.', { startLine: 'HTTP/1.1 400 Bad Request' }),
  badResponse('A status line that is none.', { startLine: 'ICY 101 Switching Protocols' }),
  bad('A 101 with a subprotocol that was not offered.', { 'Sec-WebSocket-Protocol': ['wsinspect.never'] }),
  bad('A 101 with an extension that was not offered.', { 'Sec-WebSocket-Extensions': ['x-wsinspect-never'] }),
  bad('A 101 that accepts permessage-deflate twice.', {
    'Sec-WebSocket-Extensions': ['permessage-deflate, permessage-deflate'],
  }),
  bad('A 101 that accepts permessage-deflate with an unknown parameter.', {
    'Sec-WebSocket-Extensions': ['permessage-deflate; unknown_parameter'],
  }),
  bad('A 101 that accepts permessage-deflate with a window of 7 bits.', {
    'Sec-WebSocket-Extensions': ['permessage-deflate; server_max_window_bits=7'],
  }),
  bad('A 101 whose extensions break their grammar.', {
    'Sec-WebSocket-Extensions': ['permessage-deflate; =;'],
  }),
  goodResponse('Tokens in other cases: WEBSOCKET, upgrade.', {
    headers: { Upgrade: ['WEBSOCKET'], Connection: ['upgrade'] },
  }),
  goodResponse('Names of headers in lower case.', {
    headers: { upgrade: ['{}'], connection: ['{}'], 'sec-websocket-accept': ['{}'] },
  }),
  goodResponse('Connection as a list: keep-alive, Upgrade.', {
    headers: { Connection: ['keep-alive, Upgrade'] },
  }),
  goodResponse('A status line without a phrase.', { startLine: 'HTTP/1.1 101 ' }),
  goodResponse('A hundred headers more.', {
    headers: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-Header-${i}`, ['value']])),
  }),
  goodResponse('The response octet by octet.', { chop: 1 }),
]

/** Cases ws.handshake.1.1 and up, and ws.handshake.2.1 and up. */
export const extendedHandshake: readonly ConformCase[] = [
  ...numbered('ws.handshake.1', [...needed, ...good, ...huge, ...negotiation]),
  ...numbered('ws.handshake.2', responses),
]
