/** Servers and clients whose messages or Closes are broken, against a real peer, through the real proxy. */
import { againstClient, againstServer, outcomes } from '../support/broken-connection.ts'
import { upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { fromHex, octets } from '../support/octets.ts'
import { close, frame, goodClient, goodServer, masked } from '../support/scripted-peer.ts'

const noText = fromHex('48 65 ff 6c')
const deflate = 'Sec-WebSocket-Extensions: permessage-deflate'

outcomes('text', [
  [
    'a server that sends no UTF-8',
    () => againstServer({ ...goodServer, TEXT: [frame(1, noText)] }),
    [
      'server ERROR text.invalid-utf8: the text is not UTF-8 (octet 0xff at 2 of the message: octet that UTF-8 never uses)',
      'server NOTICE close.other-code: the answer to Close carries another code (1007 answered with 1000)',
    ],
    'closed by the client with 1007 after the server broke text.invalid-utf8 @133, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1007; server: 1 error (text.invalid-utf8)',
  ],
  [
    'a client that ends inside a code point',
    () => againstClient({ ...goodClient, open: [frame(1, fromHex('41 e2 82'), masked)] }),
    [
      'client ERROR text.truncated-utf8: the message ends inside a code point (after 3 octets)',
      'client NOTICE close.other-code: the answer to Close carries another code (1007 answered with 1000)',
    ],
    'closed by the server with 1007 after the client broke text.truncated-utf8 @156, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1007, the server reports 1006; client: 1 error (text.truncated-utf8)',
  ],
  [
    'a server whose close reason is no UTF-8',
    () => againstServer({ TEXT: [frame(8, octets(3, 0xe8, noText))], fin: ['fin'] }),
    [
      'server ERROR close.invalid-utf8: the close reason is not UTF-8 (octet 0xff at 2 of the reason: octet that UTF-8 never uses)',
    ],
    'closed by the server with 1000 "He�l", answered by the client with 1007 after the server broke close.invalid-utf8 @135, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1007; server: 1 error (close.invalid-utf8)',
  ],
])

outcomes('extensions and permessage-deflate', [
  [
    'a server that compresses without having agreed to it',
    () => againstServer({ ...goodServer, TEXT: [frame(1, 'Hello', { rsv: 4 })] }),
    [
      'server ERROR rsv.not-negotiated: RSV1 is set, but permessage-deflate was not agreed (RSV1 set on TEXT)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke rsv.not-negotiated @129, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (rsv.not-negotiated)',
  ],
  [
    'a server that sets RSV1 on a continuation',
    () =>
      againstServer({
        ...goodServer,
        head: upgradeResponse(deflate),
        TEXT: [frame(1, 'Hel', { fin: false }), frame(0, 'lo', { rsv: 4 })],
      }),
    [
      'server ERROR rsv.on-continuation: RSV1 belongs on the first frame of a message only (RSV1 set on CONT)',
      'server NOTICE close.other-code: the answer to Close carries another code (1002 answered with 1000)',
    ],
    'closed by the client with 1002 after the server broke rsv.on-continuation @180, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (rsv.on-continuation)',
  ],
  [
    'a server that takes a window of 16 bits',
    () => againstServer({ ...goodServer, head: upgradeResponse(`${deflate}; server_max_window_bits=16`) }),
    [
      'server ERROR deflate.window-bits: the window must be 8 to 15 bits, in decimal without a leading zero (server_max_window_bits has "16", needs 8 to 15)',
    ],
    'the client did not take the 101 after the server broke deflate.window-bits @153, TCP ended by the client, ended by the server: not clean, both report 1006; server: 1 error (deflate.window-bits)',
  ],
  [
    'a client whose compressed message is no DEFLATE data',
    () =>
      againstClient(
        {
          ...goodClient,
          head: upgradeRequest(deflate),
          open: [frame(1, fromHex('07 ff ff'), { ...masked, rsv: 4 })],
        },
        undefined,
        { perMessageDeflate: true },
      ),
    [
      'client ERROR deflate.corrupt: the compressed message is not valid DEFLATE data (invalid block type after 0 of 3 octets, which inflate to 0)',
      'client NOTICE close.other-code: the answer to Close carries another code (1007 answered with 1000)',
    ],
    'closed by the server with 1007 after the client broke deflate.corrupt @194, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1007, the server reports 1006; client: 1 error (deflate.corrupt)',
  ],
])

outcomes('closing', [
  [
    'a server whose Close has one octet',
    () => againstServer({ TEXT: [frame(8, 'x')], fin: ['fin'] }),
    [
      'server ERROR close.one-octet: the payload of a Close is a single octet: its code takes two (payload 0x78)',
    ],
    'closed by the server with no code, answered by the client with 1002 after the server broke close.one-octet @131, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (close.one-octet)',
  ],
  [
    'a server that closes with 999',
    () => againstServer({ TEXT: [close(999)], fin: ['fin'] }),
    ['server ERROR close.invalid-code: the close code must not be on the wire (code 999: unassigned)'],
    'closed by the server with 999, answered by the client with 1002 after the server broke close.invalid-code @131, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1002; server: 1 error (close.invalid-code)',
  ],
  [
    'a client that closes with 1005',
    () => againstClient({ open: [close(1005, '', masked)], fin: ['fin'] }),
    [
      'client ERROR close.invalid-code: the close code must not be on the wire (code 1005: no status received)',
    ],
    'closed by the client with 1005, answered by the server with 1002 after the client broke close.invalid-code @154, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1002, the server reports 1006; client: 1 error (close.invalid-code)',
  ],
  [
    'a server that sends a message after Close',
    () => againstServer({ TEXT: [close(1000), frame(1, 'more')], CLOSE: ['fin'] }),
    [
      'server ERROR close.data-after: no data may follow the Close frame (TEXT of 4 octets after Close)',
      'client INFO tcp.client-first: the client ended TCP first, which is the part of the server (FIN before the server ended TCP)',
    ],
    'closed by the server with 1000, answered by the client, TCP ended by the client, ended by the server: clean; server: 1 error (close.data-after); first at server @133',
  ],
  [
    'a client that ends TCP without Close',
    () => againstClient({ open: [frame(1, 'bye', masked)], TEXT: ['fin'] }),
    [
      'client WARNING close.missing: the client ended TCP without a Close frame: the server reports 1006 (FIN without Close)',
    ],
    'no Close from either side, TCP ended by the client, ended by the server: not clean, both report 1006; client: 1 warning (close.missing); first at client @157',
  ],
  [
    'a client that resets TCP',
    () => againstClient({ open: [frame(1, 'bye', masked)], TEXT: ['reset'] }),
    [
      'client WARNING tcp.reset: the client reset TCP: octets under way may be lost, and without a Close the server reports 1006 (RST without Close)',
    ],
    'no Close from either side, TCP reset by the client: not clean, both report 1006; client: 1 warning (tcp.reset); first at client @157',
  ],
  [
    'a client whose message is too big',
    () =>
      againstClient({ ...goodClient, open: [frame(2, 'x'.repeat(2000), masked)] }, undefined, {
        maxPayload: 1000,
      }),
    [
      'client INFO length.refused: the server refused what was sent as too big (1009 after BIN frame of 2000 octets @148)',
      'client NOTICE close.other-code: the answer to Close carries another code (1009 answered with 1000)',
    ],
    "closed by the server with 1009 after the client's BIN frame of 2000 octets @148, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1009, the server reports 1006; no errors or warnings in 3 frames, … rules checked",
  ],
])
