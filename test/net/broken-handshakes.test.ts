/** Servers and clients that break the opening handshake, against a real peer, through the real proxy. */
import {
  againstClient,
  againstEcho,
  againstServer,
  outcomes,
  type Stand,
} from '../support/broken-connection.ts'
import { head, sampleAccept, sampleKey, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { octets } from '../support/octets.ts'
import { close, frame, goodClient, goodServer, masked } from '../support/scripted-peer.ts'

const closes = ({ ws }: Stand): Promise<void> => {
  ws.close(1000)
  return Promise.resolve()
}

outcomes('request', [
  [
    'a client of version 7',
    () =>
      againstClient({
        ...goodClient,
        head: head(
          'GET / HTTP/1.1',
          'Host: localhost',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Key: ${sampleKey}`,
          'Sec-WebSocket-Version: 7',
        ),
      }),
    [
      'client ERROR request.version: Sec-WebSocket-Version must be 13 (Sec-WebSocket-Version has "7", needs "13")',
      'server NOTICE response.status: the server did not agree to the upgrade (400 "Bad Request")',
    ],
    'the server refused the upgrade with 400 Bad Request after the client broke request.version @142, TCP ended by the server, ended by the client: never open, the client reports 1006; client: 1 error (request.version)',
  ],
  [
    'a client without a key',
    () =>
      againstEcho({
        ...goodClient,
        head: head(
          'GET / HTTP/1.1',
          'Host: localhost',
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Sec-WebSocket-Version: 13',
        ),
      }),
    [
      'client ERROR request.key-missing: the request must carry exactly one Sec-WebSocket-Key (0 Sec-WebSocket-Key headers, needs 1)',
      'server NOTICE response.status: the server did not agree to the upgrade (400 "Bad Request")',
    ],
    'the server refused the upgrade with 400 Bad Request after the client broke request.key-missing @0, TCP ended by the server, ended by the client: never open, the client reports 1006; client: 1 error (request.key-missing)',
  ],
  [
    'a client that does not wait for the response',
    () =>
      againstClient({
        head: octets(upgradeRequest(), frame(1, 'early', masked)),
        TEXT: [close(1000, '', { key: 7 })],
        fin: ['fin'],
      }),
    [
      'client ERROR request.early-octets: the client must wait for the response before it sends more (11 octets before the response)',
    ],
    'closed by the client with 1000, answered by the server, TCP ended by the server, ended by the client: clean; client: 1 error (request.early-octets); first at client @148',
  ],
  [
    'a server that speaks version 13 with whoever asks for 8',
    () => againstServer(goodServer, closes, { protocolVersion: 8 }),
    [
      'client ERROR request.version: Sec-WebSocket-Version must be 13 (Sec-WebSocket-Version has "8", needs "13")',
      'server WARNING handshake.invalid-but-accepted: the server accepted a request that it must refuse (101 although the request breaks request.version)',
    ],
    'closed by the client with 1000, answered by the server, TCP ended by the server, ended by the client: clean; client: 1 error (request.version), server: 1 warning (handshake.invalid-but-accepted); first at client @39',
  ],
])

outcomes('response', [
  [
    'a server that computes another accept value',
    () =>
      againstServer({
        ...goodServer,
        head: head(
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
        ),
      }),
    [
      'server ERROR response.accept: Sec-WebSocket-Accept does not prove that the key was read (Sec-WebSocket-Accept has "…", needs "…")',
    ],
    'the client did not take the 101 after the server broke response.accept @97, TCP ended by the client, ended by the server: not clean, both report 1006; server: 1 error (response.accept)',
  ],
  [
    'a server whose 101 lacks Upgrade',
    () =>
      againstServer({
        ...goodServer,
        head: head(
          'HTTP/1.1 101 Switching Protocols',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${sampleAccept}`,
        ),
      }),
    [
      'server ERROR response.upgrade: the 101 lacks "Upgrade: websocket" (Upgrade has nothing, needs "websocket")',
    ],
    'the client did not take the 101 after the server broke response.upgrade @0, TCP ended by the client, ended by the server: not clean, both report 1006; server: 1 error (response.upgrade)',
  ],
  [
    'a server that chooses a subprotocol of its own',
    () => againstServer({ ...goodServer, head: upgradeResponse('Sec-WebSocket-Protocol: chat') }),
    [
      'server ERROR response.subprotocol-not-offered: the server chose a subprotocol that the client did not offer ("chat" chosen, nothing offered)',
    ],
    'the client did not take the 101 after the server broke response.subprotocol-not-offered @151, TCP ended by the client, ended by the server: not clean, both report 1006; server: 1 error (response.subprotocol-not-offered)',
  ],
  [
    'a client that goes on with a subprotocol that it did not offer',
    () =>
      againstClient(
        {
          head: upgradeRequest('Sec-WebSocket-Protocol: superchat'),
          open: [frame(1, 'Hello', masked)],
          TEXT: [close(1000, '', { key: 7 })],
          fin: ['fin'],
        },
        undefined,
        { handleProtocols: () => 'chat' },
      ),
    [
      'server ERROR response.subprotocol-not-offered: the server chose a subprotocol that the client did not offer ("chat" chosen, "superchat" offered)',
      'client WARNING handshake.failed-but-used: the client went on after a response on which it must fail the connection (octets after a 101 that breaks response.subprotocol-not-offered)',
    ],
    'closed by the client with 1000, answered by the server, TCP ended by the server, ended by the client: clean; client: 1 warning (handshake.failed-but-used), server: 1 error (response.subprotocol-not-offered); first at server @151',
  ],
  [
    'a server that ends TCP instead',
    () => againstServer({ head: new Uint8Array(0), open: ['fin'] }),
    [
      'server WARNING response.missing: the server ended TCP without an answer to the upgrade: a refusal needs a status (FIN instead)',
    ],
    'no response to the upgrade, TCP ended by the server, ended by the client: never open, the client reports 1006; server: 1 warning (response.missing); first at server @0',
  ],
])
