/** Servers and clients that break the framing, against a real peer, through the real proxy. */
import { againstClient, againstEcho, againstServer, outcomes } from '../support/broken-connection.ts'
import { close, frame, goodClient, goodServer, masked } from '../support/scripted-peer.ts'

outcomes('frame header', [
  [
    'a server that sets RSV2',
    () => againstServer({ ...goodServer, TEXT: [frame(1, 'Hello', { rsv: 2 })] }),
    [
      'server ERROR rsv.reserved: a reserved bit is set that no agreed extension defines (RSV2 set on TEXT)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke rsv.reserved @129, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (rsv.reserved)',
  ],
  [
    'a server that announces 2^63 octets',
    () =>
      againstServer({ ...goodServer, TEXT: [frame(2, '', { payloadLength: 1n << 63n, lengthBits: 64 })] }),
    [
      'server ERROR length.top-bit: the most significant bit of a 64-bit length must be 0 (announces 9223372036854775808 octets, at most 9223372036854775807 are legal)',
      'server ERROR framing.lost: where the next frame begins cannot be known: decoding of this side ends (the frame has no end that could be found)',
      'server INFO length.refused: the client refused what was sent as too big (1009 after BIN frame of 9223372036854775808 octets @129)',
    ],
    'closed by the client with 1009 after the server broke length.top-bit @131, an answer of the server was not seen, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1009; server: 2 errors (length.top-bit, framing.lost)',
  ],
  [
    'a client that sends opcode 3',
    () => againstClient({ ...goodClient, open: [frame(3, 'a', masked)] }),
    [
      'client ERROR opcode.reserved-data: the opcode is reserved for further data frames (opcode 3)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 after the client broke opcode.reserved-data @148, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (opcode.reserved-data)',
  ],
  [
    'a client that writes 5 in 16 bits: the echo server minds',
    () => againstEcho({ ...goodClient, open: [frame(1, 'Hello', { ...masked, lengthBits: 16 })] }),
    [
      'client ERROR length.not-minimal: the length must be written in as few octets as it needs (length 5 in 16 bits, needs 7)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 "the length must be written in as few octets as it needs (length 5 in 16 bits, needs 7)" after the client broke length.not-minimal @150, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (length.not-minimal)',
  ],
  [
    'a client that writes 5 in 16 bits: ws does not mind',
    () =>
      againstClient({
        open: [frame(1, 'Hello', { ...masked, lengthBits: 16 })],
        TEXT: [close(1000, '', { key: 7 })],
        fin: ['fin'],
      }),
    [
      'client ERROR length.not-minimal: the length must be written in as few octets as it needs (length 5 in 16 bits, needs 7)',
      "server WARNING violation.tolerated: the client broke the protocol, and the server did not fail the connection (length.not-minimal: the server's Close only answers with 1000)",
    ],
    'closed by the client with 1000, answered by the server, TCP ended by the server, ended by the client: clean; client: 1 error (length.not-minimal), server: 1 warning (violation.tolerated); first at client @150',
  ],
])

outcomes('masking', [
  [
    'a server that masks',
    () => againstServer({ ...goodServer, TEXT: [frame(1, 'Hello', masked)] }),
    [
      'server ERROR mask.unexpected: a server must not mask (TEXT frame of 5 octets is masked with 01020304)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke mask.unexpected @130, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (mask.unexpected)',
  ],
  [
    'a client that does not: ws',
    () => againstClient({ ...goodClient, open: [frame(1, 'Hello')] }),
    [
      'client ERROR mask.missing: a client must mask every frame (TEXT frame of 5 octets is not masked)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 after the client broke mask.missing @149, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (mask.missing)',
  ],
  [
    'a client that does not: the echo server',
    () => againstEcho({ ...goodClient, open: [frame(1, 'Hello')] }),
    [
      'client ERROR mask.missing: a client must mask every frame (TEXT frame of 5 octets is not masked)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 "a client must mask every frame (TEXT frame of 5 octets is not masked)" after the client broke mask.missing @149, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (mask.missing)',
  ],
])

outcomes('fragmentation', [
  [
    'a server that continues no message',
    () => againstServer({ ...goodServer, TEXT: [frame(0, 'Hello')] }),
    [
      'server ERROR continuation.unexpected: a continuation frame, but no message is open (CONT of 5 octets)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke continuation.unexpected @129, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (continuation.unexpected)',
  ],
  [
    'a client that begins a message inside another',
    () =>
      againstClient({
        ...goodClient,
        open: [frame(1, 'Hel', { ...masked, fin: false }), frame(1, 'lo', { key: 7 })],
      }),
    [
      'client ERROR continuation.expected: a new message inside an unfinished one (TEXT inside a TEXT message: 3 octets in 1 frame, without FIN)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 after the client broke continuation.expected @157, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (continuation.expected)',
  ],
  [
    'a client that ends TCP inside a message',
    () => againstClient({ open: [frame(1, 'Hel', { ...masked, fin: false }), 'fin'] }),
    [
      'client WARNING message.unfinished: the last fragment of a message never came (TEXT message: 3 octets in 1 frame, without FIN)',
      'client WARNING close.missing: the client ended TCP without a Close frame: the server reports 1006 (FIN without Close)',
    ],
    "no Close from either side, the client's TEXT message is unfinished, TCP ended by the client, ended by the server: not clean, both report 1006; client: 2 warnings (message.unfinished, close.missing); first at client @157",
  ],
])

outcomes('control frames and liveness', [
  [
    'a server that sends a Ping of 126 octets',
    () => againstServer({ ...goodServer, TEXT: [frame(9, 'p'.repeat(126))] }),
    [
      'server ERROR control.too-long: a control frame carries at most 125 octets (PING of 126 octets)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke control.too-long @130, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (control.too-long)',
  ],
  [
    'a client that fragments a Ping',
    () => againstClient({ ...goodClient, open: [frame(9, 'p', { ...masked, fin: false })] }),
    [
      'client ERROR control.fragmented: a control frame must not be fragmented (PING with FIN 0)',
      'client NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the server with 1002 after the client broke control.fragmented @148, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (control.fragmented)',
  ],
  [
    'a server that sends no Pong',
    () =>
      againstServer(goodServer, async ({ ws, says, pass }) => {
        ws.ping('p')
        await says('PING')
        pass(20_000)
        ws.terminate()
      }),
    [
      'server ERROR ping.unanswered: a Ping must be answered with a Pong (1 open, the first for 20.0 s)',
      'client WARNING close.missing: the client ended TCP without a Close frame: the server reports 1006 (FIN without Close)',
    ],
    'no Close from either side, TCP ended by the client after the server broke ping.unanswered @129, ended by the server: not clean, both report 1006; client: 1 warning (close.missing), server: 1 error (ping.unanswered)',
  ],
  [
    'a client that sends no Pong',
    () =>
      againstClient(goodClient, async ({ ws, says, pass }) => {
        ws.ping('p')
        await says('PING')
        pass(20_000)
        ws.close(1011, 'no Pong')
      }),
    [
      'client ERROR ping.unanswered: a Ping must be answered with a Pong (1 open, the first for 20.0 s)',
      'client NOTICE close.other-code: the answer to Close carries another code (1011 answered with 1000)',
    ],
    'closed by the server with 1011 "no Pong" after the client broke ping.unanswered @148, answered by the client with 1000, TCP ended by the server, ended by the client: clean, the client reports 1011, the server reports 1000; client: 1 error (ping.unanswered)',
  ],
  [
    'a client that sends another Pong',
    () =>
      againstClient({ ...goodClient, PING: [frame(10, 'pong', masked)] }, async ({ ws, says }) => {
        ws.ping('ping')
        await says('PONG')
        ws.close(1000)
      }),
    [
      'client ERROR pong.altered: a Pong must carry the payload of its Ping (expected 70696e67 (4 octets), got 706f6e67 (4 octets))',
    ],
    'closed by the server with 1000, answered by the client, TCP ended by the server, ended by the client: clean; client: 1 error (pong.altered); first at client @148',
  ],
])
