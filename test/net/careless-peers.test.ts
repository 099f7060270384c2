/** The peers by whose outcomes the Autobahn suite tells its verdicts apart, through the real proxy. */
import {
  againstClient,
  againstServer,
  againstTarget,
  inject,
  outcomes,
  type Stand,
} from '../support/broken-connection.ts'
import { head, sampleKey } from '../support/heads.ts'
import { certificate, echoServer } from '../support/loopback.ts'
import { fromHex } from '../support/octets.ts'
import { close, frame, goodClient, goodServer, masked } from '../support/scripted-peer.ts'

const noText = fromHex('48 65 ff 6c')

const closes = ({ ws }: Stand): Promise<void> => {
  ws.close(1000, 'done')
  return Promise.resolve()
}

/** Closes, and gives up when the answer is overdue. */
async function closesInVain({ ws, says, pass }: Stand): Promise<void> {
  ws.close(1000)
  await says('CLOSE')
  pass(5000)
  ws.terminate()
}

outcomes('careless peers', [
  [
    'a server that drops TCP instead of a Close',
    () => againstServer({ ...goodServer, CLOSE: ['fin'] }, closes),
    [
      'server WARNING close.missing: the server ended TCP without a Close frame: the client reports 1006 (FIN instead of an answer to Close)',
    ],
    'closed by the client with 1000 "done", not answered by the server, TCP ended by the server, ended by the client: not clean, the client reports 1006, the server reports 1000; server: 1 warning (close.missing); first at server @129',
  ],
  [
    'a client that drops TCP instead of a Close',
    () => againstClient({ ...goodClient, CLOSE: ['fin'] }, closes),
    [
      'client WARNING close.missing: the client ended TCP without a Close frame: the server reports 1006 (FIN instead of an answer to Close)',
    ],
    'closed by the server with 1000 "done", not answered by the client, TCP ended by the client, ended by the server: not clean, the client reports 1000, the server reports 1006; client: 1 warning (close.missing); first at client @148',
  ],
  [
    'a client that drops TCP on what is wrong',
    () =>
      againstClient({ ...goodClient, OP3: ['fin'] }, stand => {
        inject(stand, frame(3, 'x'))
        return Promise.resolve()
      }),
    [
      'server ERROR opcode.reserved-data: the opcode is reserved for further data frames (opcode 3)',
      'client WARNING close.missing: the client ended TCP without a Close frame: the server reports 1006 (FIN without Close)',
    ],
    'no Close from either side, TCP ended by the client after the server broke opcode.reserved-data @129, ended by the server: not clean, both report 1006; client: 1 warning (close.missing), server: 1 error (opcode.reserved-data)',
  ],
  [
    'a server that answers with an empty Close',
    () => againstServer({ ...goodServer, CLOSE: [frame(8, ''), 'fin'] }, closes),
    [
      'server INFO close.empty: a Close frame without a code (reported as 1005)',
      'server NOTICE close.other-code: the answer to Close carries another code (1000 answered with no code)',
    ],
    'closed by the client with 1000 "done", answered by the server with no code, TCP ended by the server, ended by the client: clean, the client reports 1005, the server reports 1000; no errors or warnings in 2 frames, … rules checked',
  ],
  [
    'a client that answers with an empty Close',
    () => againstClient({ ...goodClient, CLOSE: [frame(8, '', masked)] }, closes),
    [
      'client INFO close.empty: a Close frame without a code (reported as 1005)',
      'client NOTICE close.other-code: the answer to Close carries another code (1000 answered with no code)',
    ],
    'closed by the server with 1000 "done", answered by the client with no code, TCP ended by the server, ended by the client: clean, the client reports 1000, the server reports 1005; no errors or warnings in 2 frames, … rules checked',
  ],
  [
    'a server that answers with 1001',
    () => againstServer({ ...goodServer, CLOSE: [close(1001), 'fin'] }, closes),
    ['server NOTICE close.other-code: the answer to Close carries another code (1000 answered with 1001)'],
    'closed by the client with 1000 "done", answered by the server with 1001, TCP ended by the server, ended by the client: clean, the client reports 1001, the server reports 1000; no errors or warnings in 2 frames, … rules checked',
  ],
  [
    'a client that answers with 1001',
    () => againstClient({ ...goodClient, CLOSE: [close(1001, '', masked)] }, closes),
    ['client NOTICE close.other-code: the answer to Close carries another code (1000 answered with 1001)'],
    'closed by the server with 1000 "done", answered by the client with 1001, TCP ended by the server, ended by the client: clean, the client reports 1000, the server reports 1001; no errors or warnings in 2 frames, … rules checked',
  ],
  [
    'a server that closes with 1001 over what is wrong',
    () =>
      againstServer({ OP3: [close(1001)], CLOSE: ['fin'] }, stand => {
        inject(stand, frame(3, 'x', masked))
        return Promise.resolve()
      }),
    [
      'client ERROR opcode.reserved-data: the opcode is reserved for further data frames (opcode 3)',
      'client INFO tcp.client-first: the client ended TCP first, which is the part of the server (FIN before the server ended TCP)',
    ],
    'closed by the server with 1001, answered by the client, TCP ended by the client, ended by the server: clean; client: 1 error (opcode.reserved-data); first at client @224',
  ],
  [
    'a server that never answers Close',
    () => againstServer({ fin: ['fin'] }, closesInVain),
    [
      'server ERROR close.unanswered: a Close must be answered with a Close (neither Close nor the end of TCP within 5 s)',
    ],
    'closed by the client with 1000, not answered by the server, TCP ended by the client 5.0 s later, ended by the server: not clean, the client reports 1006, the server reports 1000; server: 1 error (close.unanswered); first at server @129',
  ],
  [
    'a client that never answers Close',
    () => againstClient({ fin: ['fin'] }, closesInVain),
    [
      'client ERROR close.unanswered: a Close must be answered with a Close (neither Close nor the end of TCP within 5 s)',
    ],
    'closed by the server with 1000, not answered by the client, TCP ended by the server 5.0 s later, ended by the client: not clean, the client reports 1000, the server reports 1006; client: 1 error (close.unanswered); first at client @148',
  ],
  [
    'a server that keeps TCP open',
    () =>
      againstServer({ CLOSE: [close(1000)] }, async ({ ws, peer, says, pass }) => {
        ws.close(1000)
        await says('server FRAME')
        pass(2000)
        peer.end()
      }),
    [
      'server WARNING tcp.server-late: the server kept TCP open after both sides had sent Close (still open 2 s after the second Close)',
    ],
    'closed by the client with 1000, answered by the server, TCP ended by the server 2.0 s later, ended by the client: clean; server: 1 warning (tcp.server-late); first at server @133',
  ],
  [
    'a server that ignores everything',
    () =>
      againstServer({}, async stand => {
        inject(stand, frame(3, 'x', masked))
        await stand.says('OP3')
        stand.pass(5000)
        await closesInVain(stand)
        stand.peer.end()
      }),
    [
      'client ERROR opcode.reserved-data: the opcode is reserved for further data frames (opcode 3)',
      'server WARNING violation.tolerated: the client broke the protocol, and the server did not fail the connection (opcode.reserved-data: nothing followed within 5 s)',
      'server ERROR close.unanswered: a Close must be answered with a Close (neither Close nor the end of TCP within 5 s)',
    ],
    'closed by the client with 1000, not answered by the server, TCP ended by the client 5.0 s later, ended by the server: not clean, the client reports 1006, the server reports 1000; client: 1 error (opcode.reserved-data), server: 1 error and 1 warning (violation.tolerated, close.unanswered); first at client @224',
  ],
  [
    'a client that ignores everything',
    () =>
      againstClient({}, async stand => {
        inject(stand, frame(3, 'x'))
        await stand.says('OP3')
        stand.pass(5000)
        await closesInVain(stand)
        stand.peer.end()
      }),
    [
      'server ERROR opcode.reserved-data: the opcode is reserved for further data frames (opcode 3)',
      'client WARNING violation.tolerated: the server broke the protocol, and the client did not fail the connection (opcode.reserved-data: nothing followed within 5 s)',
      'client ERROR close.unanswered: a Close must be answered with a Close (neither Close nor the end of TCP within 5 s)',
    ],
    'closed by the server with 1000, not answered by the client, TCP ended by the server 5.0 s later, ended by the client: not clean, the client reports 1000, the server reports 1006; client: 1 error and 1 warning (violation.tolerated, close.unanswered), server: 1 error (opcode.reserved-data); first at server @129',
  ],
  [
    'a server that echoes what is wrong',
    () =>
      againstServer({ ...goodServer, TEXT: [frame(1, noText)] }, stand => {
        inject(stand, frame(1, noText, masked))
        return Promise.resolve()
      }),
    [
      'client ERROR text.invalid-utf8: the text is not UTF-8 (octet 0xff at 2 of the message: octet that UTF-8 never uses)',
      'server ERROR text.invalid-utf8: the text is not UTF-8 (octet 0xff at 2 of the message: octet that UTF-8 never uses)',
      'server NOTICE close.other-code: the answer to Close carries another code (1007 answered with 1000)',
    ],
    'closed by the client with 1007 after the server broke text.invalid-utf8 @133, answered by the server with 1000, TCP ended by the client, ended by the server: not clean, the client failed the connection, the client reports 1006, the server reports 1007; client: 1 error (text.invalid-utf8), server: 1 error (text.invalid-utf8); first at client @232',
  ],
  [
    'a client that echoes what is wrong',
    () =>
      againstClient({ ...goodClient, TEXT: [frame(1, noText, masked)] }, stand => {
        inject(stand, frame(1, noText))
        return Promise.resolve()
      }),
    [
      'server ERROR text.invalid-utf8: the text is not UTF-8 (octet 0xff at 2 of the message: octet that UTF-8 never uses)',
      'client ERROR text.invalid-utf8: the text is not UTF-8 (octet 0xff at 2 of the message: octet that UTF-8 never uses)',
      'client NOTICE close.other-code: the answer to Close carries another code (1007 answered with 1000)',
    ],
    'closed by the server with 1007 after the client broke text.invalid-utf8 @156, answered by the client with 1000, TCP ended by the server, ended by the client: not clean, the server failed the connection, the client reports 1007, the server reports 1006; client: 1 error (text.invalid-utf8), server: 1 error (text.invalid-utf8); first at server @133',
  ],
  [
    'a server that echoes nothing and is fine',
    () =>
      againstServer(goodServer, async ({ ws, says }) => {
        ws.send('Hello')
        await says('Hello')
        ws.close(1000)
      }),
    [],
    'closed by the client with 1000, answered by the server, TCP ended by the server, ended by the client: clean; no violations in 3 frames, … rules checked',
  ],
  [
    'a client that echoes nothing and is fine',
    () =>
      againstClient(goodClient, async ({ ws, says }) => {
        ws.send('Hello')
        await says('Hello')
        ws.close(1000)
      }),
    [],
    'closed by the server with 1000, answered by the client, TCP ended by the server, ended by the client: clean; no violations in 3 frames, … rules checked',
  ],
  [
    'a server that refuses the handshake',
    () => againstServer({ head: head('HTTP/1.1 403 Forbidden', 'Content-Length: 0'), open: ['fin'] }),
    ['server NOTICE response.status: the server did not agree to the upgrade (403 "Forbidden")'],
    'the server refused the upgrade with 403 Forbidden, TCP ended by the server, ended by the client: never open, the client reports 1006',
  ],
  [
    'a client whose Connection header was stripped',
    () =>
      againstClient({
        ...goodClient,
        head: head(
          'GET / HTTP/1.1',
          'Host: localhost',
          'Upgrade: websocket',
          'Connection: keep-alive',
          `Sec-WebSocket-Key: ${sampleKey}`,
          'Sec-WebSocket-Version: 13',
        ),
      }),
    [
      'client ERROR request.connection: the request lacks a Connection header with the token "Upgrade" (Connection has "keep-alive", needs "Upgrade")',
      'server NOTICE response.status: the server did not agree to the upgrade (426 "Upgrade Required")',
    ],
    'the server refused the upgrade with 426 Upgrade Required after the client broke request.connection @65, TCP ended by the server, ended by the client: never open, the client reports 1006; client: 1 error (request.connection)',
  ],
  [
    'a server whose certificate is not trusted',
    async () => {
      const server = await echoServer({ certificate })
      return againstTarget(`wss://localhost:${server.listener.port}/`)
    },
    [],
    'the server was not reached: TLS failed, the client reports 1006 (1006 or 1015 without the proxy)',
  ],
])
