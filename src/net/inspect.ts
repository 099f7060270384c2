/** Relay and inspect two streams of a program of one's own. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Facts } from '../wire/facts.ts'
import { SocketLeg } from './leg.ts'
import { Relay } from './relay.ts'

/** How long, in ms, a connection may stay half closed without an octet before it is cut. */
const linger = 60_000

/**
 * Relays between `client`, the stream to a client that was accepted, and `server`, one to a server: octets, back-pressure, FIN and
 * RST pass as the proxy passes them. `facts` gets it all as connection `conn`, from `open` on; `facts.end` is called by whoever
 * knows that nothing follows. Times are milliseconds since `performance.timeOrigin`. What goes wrong with a stream is a fact: its
 * errors are handled here.
 */
export function inspect(client: Duplex, server: Duplex, facts: Facts, conn: number): void {
  const now = () => performance.now()
  const target = addressOf(server, 'server')
  facts.open(conn, now(), {
    client: addressOf(client, 'client'),
    server: target,
    url: target,
    tls: server instanceof TLSSocket,
  })
  const ignore = () => undefined
  const options = { facts, now, gate: null, linger, onError: ignore, onClose: ignore }
  new Relay(conn, new SocketLeg(client, null), new SocketLeg(server, null), null, options)
}

/** `host:port` of the other end of a socket, `otherwise` for any other stream. */
function addressOf(stream: Duplex, otherwise: string): string {
  if (!(stream instanceof Socket)) return otherwise
  const { remoteAddress = otherwise, remotePort = 0 } = stream
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
}
