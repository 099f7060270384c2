/**
 * The one table of everything wsinspect diagnoses. A new rule is a row here, a check in the judge of its chapter
 * (`handshake.ts`, `judge.ts`, `message.ts`) and a transcript under `test/transcripts`.
 */

/**
 * `error`: a MUST is broken, a conforming peer fails the connection. `warning`: a SHOULD is broken, or real peers are
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
  'request.early-octets': rule(
    'error',
    'client',
    'RFC 6455 §4.1',
    null,
    'the client must wait for the response before it sends more',
  ),
  // Opening handshake: response
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
  'framing.lost': rule(
    'error',
    'sender',
    'RFC 6455 §5.2',
    1002,
    'where the next frame begins cannot be known: decoding of this side ends',
  ),
  // Masking
  'mask.missing': rule('error', 'client', 'RFC 6455 §5.1', 1002, 'a client must mask every frame'),
  'mask.unexpected': rule('error', 'server', 'RFC 6455 §5.1', 1002, 'a server must not mask'),
  'mask.repeated': rule('error', 'client', 'RFC 6455 §5.3', null, 'every frame needs a fresh masking key'),
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
  // Text
  'text.invalid-utf8': rule('error', 'sender', 'RFC 6455 §8.1', 1007, 'the text is not UTF-8'),
  'text.truncated-utf8': rule(
    'error',
    'sender',
    'RFC 6455 §8.1',
    1007,
    'the message ends inside a code point',
  ),
  // Extensions
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
    'a Close payload is empty or begins with a 2-octet code',
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
} as const satisfies Record<string, Rule>

/** The readable id of a rule, as in output, filters and documentation. */
export type RuleId = keyof typeof rules

/** The rule behind an id. */
export function ruleOf(id: RuleId): Rule {
  return rules[id]
}
