/**
 * The one table of everything wsinspect diagnoses. A new rule is a row here, a check in the judge of its chapter
 * (`request-rules.ts`, `judge.ts`, `message.ts` …) and a transcript under `test/transcripts`.
 */
import { peerOf, type Side } from './side.ts'

/**
 * `error`: a MUST is broken, most peers end the connection. `warning`: a SHOULD is broken, or real peers are
 * known to break on it. `notice`: legal but noteworthy. `info`: for information.
 */
export type Severity = 'error' | 'warning' | 'notice' | 'info'

/** Whose mistake it is: a given side, the sender of the octets, the one who should have reacted, or nobody known. */
export type Fault = 'client' | 'server' | 'sender' | 'receiver' | 'network'

export interface Rule {
  severity: Severity
  fault: Fault
  /** RFC and section. */
  section: string
  /** The close code with which a conforming receiver answers; null where it does not close with a code. */
  closeCode: number | null
  /** What is wrong, in words that need no RFC beside them. */
  text: string
}

function rule(
  severity: Severity,
  fault: Fault,
  section: string,
  closeCode: number | null,
  text: string,
): Rule {
  return { severity, fault, section, closeCode, text }
}

export const rules = {
  // Opening handshake: request
  'request.method': rule('error', 'client', 'RFC 6455 §4.1', null, 'the opening handshake must be a GET'),
  'request.http-version': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the opening handshake needs HTTP/1.1 at least',
  ),
  'request.not-http': rule(
    'warning',
    'client',
    'RFC 6455 §4.1',
    null,
    'what the client begins with is no HTTP request',
  ),
  'request.target': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the request target must be a path or an absolute URI, without a fragment',
  ),
  'request.host': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the request must carry exactly one Host, with a value',
  ),
  'request.upgrade': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the request lacks an Upgrade header with the token "websocket"',
  ),
  'request.connection': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the request lacks a Connection header with the token "Upgrade"',
  ),
  'request.key-missing': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the request must carry exactly one Sec-WebSocket-Key',
  ),
  'request.key-invalid': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'Sec-WebSocket-Key must be 16 octets in base64',
  ),
  'request.version': rule('error', 'client', 'RFC 6455 §4.1', null, 'Sec-WebSocket-Version must be 13'),
  'request.subprotocol': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the subprotocols must be tokens, each of them once',
  ),
  'request.extension-syntax': rule(
    'error',
    'client',
    'RFC 6455 §9.1',
    null,
    'Sec-WebSocket-Extensions breaks its grammar',
  ),
  'request.body': rule(
    'warning',
    'client',
    'RFC 9110 §9.3.1',
    null,
    'the request announces a body: peers may disagree on where frames begin',
  ),
  'request.credentials': rule(
    'notice',
    'client',
    'RFC 6455 §10.5',
    null,
    'the request carries a credential where it is logged and cached',
  ),
  'request.early-octets': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the client must wait for the response before it sends more',
  ),
  'handshake.slow': rule(
    'warning',
    'network',
    'RFC 6455 §4.1',
    null,
    'the opening handshake takes more than 5 s',
  ),
  'handshake.http2': rule(
    'notice',
    'client',
    'RFC 8441 §4',
    null,
    'the client speaks HTTP/2: WebSocket over it is not followed',
  ),
  // Opening handshake: both heads
  'head.syntax': rule(
    'warning',
    'sender',
    'RFC 9112 §5',
    null,
    'the head has lines that HTTP does not allow',
  ),
  'handshake.invalid-but-accepted': rule(
    'warning',
    'server',
    'RFC 6455 §4.2.1',
    null,
    'the server accepted a request that it must refuse',
  ),
  'handshake.failed-but-used': rule(
    'warning',
    'client',
    'RFC 6455 §4.1',
    null,
    'the client went on after a response on which it must fail the connection',
  ),
  // Opening handshake: response
  'response.status': rule(
    'notice',
    'server',
    'RFC 6455 §4.1',
    null,
    'the server did not agree to the upgrade',
  ),
  'response.redirect': rule(
    'notice',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'the server asks the client to go elsewhere or to identify itself: clients need not follow',
  ),
  'response.missing': rule(
    'warning',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'the server ended TCP without an answer to the upgrade: a refusal needs a status',
  ),
  'response.not-http': rule(
    'error',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'what answers the upgrade is no HTTP/1.1 response',
  ),
  'response.http-version': rule(
    'error',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'the 101 must be of HTTP/1.1: older versions know no upgrade',
  ),
  'response.version-missing': rule(
    'error',
    'server',
    'RFC 6455 §4.4',
    null,
    'who refuses a version must name those that it speaks',
  ),
  'response.unasked-upgrade': rule(
    'error',
    'server',
    'RFC 9110 §7.8',
    null,
    'a 101 to a protocol that the client did not ask for',
  ),
  'response.upgrade': rule('error', 'server', 'RFC 6455 §4.1', null, 'the 101 lacks "Upgrade: websocket"'),
  'response.connection': rule(
    'error',
    'server',
    'RFC 6455 §4.1',
    null,
    'the 101 lacks "Connection: Upgrade"',
  ),
  'response.accept': rule(
    'error',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'Sec-WebSocket-Accept does not prove that the key was read',
  ),
  'response.extension-syntax': rule(
    'error',
    'server',
    'RFC 6455 §9.1',
    null,
    'Sec-WebSocket-Extensions breaks its grammar',
  ),
  'response.extension-not-offered': rule(
    'error',
    'server',
    'RFC 6455 §9.1',
    null,
    'the server accepted an extension that the client did not offer',
  ),
  'response.subprotocol-not-offered': rule(
    'error',
    'server',
    'RFC 6455 §4.1',
    null,
    'the server chose a subprotocol that the client did not offer',
  ),
  'response.subprotocol-none': rule(
    'notice',
    'server',
    'RFC 6455 §4.2.2',
    null,
    'the server chose none of the subprotocols offered: some clients fail then',
  ),
  'response.body': rule(
    'warning',
    'server',
    'RFC 9112 §6.3',
    null,
    'a 101 has no body: frames begin right behind its head',
  ),
  // Frame header
  'rsv.reserved': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'a reserved bit is set that no agreed extension defines',
  ),
  'rsv.not-negotiated': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'RSV1 is set, but permessage-deflate was not agreed',
  ),
  'rsv.on-continuation': rule(
    'error',
    'sender',
    'RFC 7692 §6',
    1002,
    'RSV1 belongs on the first frame of a message only',
  ),
  'opcode.reserved-data': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'the opcode is reserved for further data frames',
  ),
  'opcode.reserved-control': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'the opcode is reserved for further control frames',
  ),
  'length.top-bit': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'the most significant bit of a 64-bit length must be 0',
  ),
  'length.not-minimal': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'the length must be written in as few octets as it needs',
  ),
  'length.unsafe': rule(
    'notice',
    'sender',
    'RFC 6455 §10.4',
    1009,
    'the length is legal, but larger than many peers can hold',
  ),
  'length.refused': rule(
    'info',
    'sender',
    'RFC 6455 §7.4.1',
    1009,
    'the peer refused what was sent as too big',
  ),
  'framing.lost': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'where the next frame begins cannot be known: decoding of this side ends',
  ),
  'stream.after-close': rule(
    'warning',
    'sender',
    'RFC 6455 §5.5.1',
    null,
    'octets follow after both sides have sent Close',
  ),
  // Masking
  'mask.missing': rule('error', 'client', 'RFC 6455 §5.1', 1002, 'a client must mask every frame'),
  'mask.unexpected': rule('error', 'server', 'RFC 6455 §5.1', 1002, 'a server must not mask'),
  'mask.repeated': rule('error', 'client', 'RFC 6455 §5.3', null, 'every frame needs a fresh masking key'),
  'mask.zero': rule(
    'warning',
    'client',
    'RFC 6455 §10.3',
    null,
    'the masking key is zero: the payload is not masked at all',
  ),
  'mask.tolerated': rule(
    'warning',
    'receiver',
    'RFC 6455 §5.1',
    null,
    'the peer broke the masking rules, and the side went on',
  ),
  // Fragmentation
  'continuation.unexpected': rule(
    'error',
    'sender',
    'RFC 6455 §5.4',
    1002,
    'a continuation frame, but no message is open',
  ),
  'continuation.expected': rule(
    'error',
    'sender',
    'RFC 6455 §5.4',
    1002,
    'a new message inside an unfinished one',
  ),
  'fragment.interleaved': rule(
    'info',
    'sender',
    'RFC 6455 §5.4',
    null,
    'a control frame between the fragments of a message: legal, but some peers break on it',
  ),
  'message.unfinished': rule(
    'warning',
    'sender',
    'RFC 6455 §5.4',
    null,
    'the last fragment of a message never came',
  ),
  'fragment.tiny': rule(
    'notice',
    'sender',
    'RFC 6455 §10.4',
    null,
    'a message in very many, very short or empty fragments',
  ),
  'message.stalled': rule(
    'warning',
    'sender',
    'RFC 6455 §10.4',
    null,
    'a message is open, and nothing of it came for 30 s',
  ),
  // Control frames
  'control.too-long': rule(
    'error',
    'sender',
    'RFC 6455 §5.5',
    1002,
    'a control frame carries at most 125 octets',
  ),
  'control.fragmented': rule(
    'error',
    'sender',
    'RFC 6455 §5.5',
    1002,
    'a control frame must not be fragmented',
  ),
  'control.compressed': rule(
    'error',
    'sender',
    'RFC 7692 §6',
    1002,
    'a control frame must not be compressed',
  ),
  'ping.unanswered': rule(
    'error',
    'receiver',
    'RFC 6455 §5.5.2',
    null,
    'a Ping must be answered with a Pong',
  ),
  'pong.slow': rule(
    'warning',
    'receiver',
    'RFC 6455 §5.5.2',
    null,
    'a Pong should follow as soon as is practical',
  ),
  'pong.unsolicited': rule(
    'notice',
    'sender',
    'RFC 6455 §5.5.3',
    null,
    'a Pong that no Ping asked for: legal',
  ),
  'pong.altered': rule(
    'error',
    'receiver',
    'RFC 6455 §5.5.3',
    null,
    'a Pong must carry the payload of its Ping',
  ),
  'ping.after-close': rule('notice', 'sender', 'RFC 6455 §5.5.1', null, 'a control frame after Close'),
  'keepalive.missing': rule(
    'notice',
    'network',
    'RFC 6455 §5.5.2',
    null,
    '30 s without an octet, and no Ping so far: middleboxes cut idle connections',
  ),
  'reader.stalled': rule(
    'warning',
    'receiver',
    'RFC 6455 §10.4',
    null,
    'the side does not read: octets wait for it',
  ),
  // Text
  'text.invalid-utf8': rule('error', 'sender', 'RFC 6455 §8.1', 1007, 'the text is not UTF-8'),
  'text.truncated-utf8': rule(
    'error',
    'sender',
    'RFC 6455 §8.1',
    1007,
    'the message ends inside a code point',
  ),
  'text.tolerated': rule(
    'warning',
    'receiver',
    'RFC 6455 §8.1',
    null,
    'the peer sent text that is not UTF-8, and the side went on',
  ),
  'text.control-characters': rule(
    'notice',
    'sender',
    'RFC 6455 §5.6',
    null,
    'NUL, a byte order mark or a noncharacter in text: legal, but some peers break on it',
  ),
  // Extensions
  'extension.unknown': rule(
    'info',
    'network',
    'RFC 6455 §9',
    null,
    'an extension was agreed that is not known here: what payloads mean is not known',
  ),
  'extension.repeated': rule(
    'error',
    'server',
    'RFC 7692 §5',
    null,
    'permessage-deflate was accepted more than once',
  ),
  'extension.parameter': rule(
    'error',
    'sender',
    'RFC 7692 §7',
    null,
    'permessage-deflate has a parameter that it must not have',
  ),
  'deflate.window-bits': rule(
    'error',
    'sender',
    'RFC 7692 §7.1.2',
    null,
    'the window must be 8 to 15 bits, in decimal without a leading zero',
  ),
  'deflate.client-window-unasked': rule(
    'error',
    'server',
    'RFC 7692 §7.1.2.2',
    null,
    'the server limits the window of a client that did not offer it',
  ),
  'deflate.server-window': rule(
    'error',
    'server',
    'RFC 7692 §7.1.2.1',
    null,
    'the window of the server is larger than the client asked for',
  ),
  'deflate.server-takeover': rule(
    'error',
    'server',
    'RFC 7692 §7.1.1.1',
    null,
    'the server may take over its context although the client asked it not to',
  ),
  'deflate.too-far-back': rule(
    'error',
    'sender',
    'RFC 7692 §7.1.2',
    1007,
    'the compressed message refers further back than the window',
  ),
  'deflate.context-used': rule(
    'error',
    'sender',
    'RFC 7692 §7.1.1',
    1007,
    'the compressed message refers to earlier ones, but no context takeover was agreed',
  ),
  'deflate.corrupt': rule(
    'error',
    'sender',
    'RFC 7692 §7.2.2',
    1007,
    'the compressed message is not valid DEFLATE data',
  ),
  'deflate.incomplete': rule(
    'error',
    'sender',
    'RFC 7692 §7.2.2',
    1007,
    'the compressed message ends inside a DEFLATE block',
  ),
  'deflate.trailing-octets': rule(
    'warning',
    'sender',
    'RFC 7692 §7.2.3.4',
    null,
    'the octets behind a block with BFINAL set are no DEFLATE block',
  ),
  'deflate.final-block': rule(
    'notice',
    'sender',
    'RFC 7692 §7.2.3.4',
    null,
    'a DEFLATE block has BFINAL set: many receivers stop there',
  ),
  'deflate.tail-kept': rule(
    'warning',
    'sender',
    'RFC 7692 §7.2.1',
    null,
    'the sender must remove 00 00 ff ff from the end of a compressed message',
  ),
  'deflate.bomb': rule(
    'warning',
    'sender',
    'RFC 7692 §8',
    null,
    'the message inflates to so much that a receiver needs a limit',
  ),
  'deflate.empty': rule(
    'notice',
    'sender',
    'RFC 7692 §7.2.3.6',
    null,
    'a compressed message without any octet: an empty one is the octet 00',
  ),
  // Closing
  'close.invalid-utf8': rule('error', 'sender', 'RFC 6455 §5.5.1', 1007, 'the close reason is not UTF-8'),
  'close.data-after': rule('error', 'sender', 'RFC 6455 §5.5.1', null, 'no data may follow the Close frame'),
  'close.repeated': rule('warning', 'sender', 'RFC 6455 §5.5.1', null, 'a second Close frame'),
  'close.one-octet': rule(
    'error',
    'sender',
    'RFC 6455 §5.5.1',
    1002,
    'the payload of a Close is a single octet: its code takes two',
  ),
  'close.invalid-code': rule(
    'error',
    'sender',
    'RFC 6455 §7.4',
    1002,
    'the close code must not be on the wire',
  ),
  'close.undefined-code': rule(
    'warning',
    'sender',
    'RFC 6455 §7.4.2',
    null,
    'the close code lies outside the ranges that RFC 6455 defines',
  ),
  'close.missing': rule(
    'warning',
    'sender',
    'RFC 6455 §7.1.5',
    null,
    'the side ended TCP without a Close frame: its peer reports 1006',
  ),
  'frame.truncated': rule('warning', 'sender', 'RFC 6455 §7.1.7', null, 'the stream ended inside a frame'),
  'tcp.reset': rule(
    'warning',
    'sender',
    'RFC 6455 §7.1.1',
    null,
    'the side reset TCP: octets under way may be lost, and without a Close its peer reports 1006',
  ),
  'close.unanswered': rule(
    'error',
    'receiver',
    'RFC 6455 §5.5.1',
    null,
    'a Close must be answered with a Close',
  ),
  'close.unfit-code': rule(
    'notice',
    'sender',
    'RFC 6455 §7.4.1',
    null,
    'the close code does not fit the side or what happened',
  ),
  'close.other-code': rule(
    'notice',
    'receiver',
    'RFC 6455 §5.5.1',
    null,
    'the answer to Close carries another code',
  ),
  'close.empty': rule('info', 'sender', 'RFC 6455 §7.1.5', null, 'a Close frame without a code'),
  'tcp.client-first': rule(
    'info',
    'client',
    'RFC 6455 §7.1.1',
    null,
    'the client ended TCP first, which is the part of the server',
  ),
  'tcp.server-late': rule(
    'warning',
    'server',
    'RFC 6455 §5.5.1',
    null,
    'the server kept TCP open after both sides had sent Close',
  ),
  'tls.no-close-notify': rule(
    'notice',
    'sender',
    'RFC 8446 §6.1',
    null,
    'TLS ended without close_notify: somebody may have cut it short',
  ),
  'violation.tolerated': rule(
    'warning',
    'receiver',
    'RFC 6455 §7.1.7',
    null,
    'the peer broke the protocol, and the side did not fail the connection',
  ),
} as const satisfies Record<string, Rule>

/** The readable id of a rule, as in output, filters and documentation. */
export type RuleId = keyof typeof rules

/** The rule behind an id. */
export function ruleOf(id: RuleId): Rule {
  return rules[id]
}

/** The sentence of a rule that `from` broke: the sides are called by their names. */
export function ruleText(id: RuleId, from: Side): string {
  return ruleOf(id)
    .text.replaceAll('the side', `the ${from}`)
    .replaceAll('the sender', `the ${from}`)
    .replaceAll('its peer', `the ${peerOf(from)}`)
    .replaceAll('the peer', `the ${peerOf(from)}`)
}

/**
 * The rule that the receiver breaks when nothing follows from a violation of `id`: null where no conforming receiver would
 * fail the connection over it.
 */
export function toleratedAs(id: RuleId): RuleId | null {
  const { severity, closeCode } = ruleOf(id)
  if (severity !== 'error' || closeCode === null) return null
  if (id.startsWith('mask.')) return 'mask.tolerated'
  return id.startsWith('text.') ? 'text.tolerated' : 'violation.tolerated'
}
