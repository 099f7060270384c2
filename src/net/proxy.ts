/** The proxy: every accepted client gets a connection to the target of its own, and a relay between the two. */
import type { HeaderEdit } from '../protocol/http-head.ts'
import type { Side } from '../protocol/side.ts'
import type { Facts } from '../wire/facts.ts'
import type { Chop } from './chopper.ts'
import { dialer, type DialOptions } from './dial.ts'
import { HostEdit } from './host-edit.ts'
import { listen, type Certificate, type Listener } from './listen.ts'
import { Relay, type Gate, type RelayOptions } from './relay.ts'
import { hostPort, type Target } from './target.ts'
import { tcpText } from './tcp-words.ts'

export interface ProxyOptions extends DialOptions {
  host: string
  port: number
  target: Target
  certificate: Certificate | null
  maxConnections: number
  /** Headers of requests to write otherwise; none leaves every octet as it is. */
  headers: readonly HeaderEdit[]
  facts: Facts
  now: () => number
  gate: Gate | null
  /** See `RelayOptions`. */
  linger: number
  /** Cuts what is written; null writes everything as it came. */
  chop: Chop | null
  /** What went wrong with one connection: one line. */
  onProblem: (message: string) => void
}

export interface Proxy {
  readonly listener: Listener
  /** Connections that are open. */
  readonly connections: number
  /** Octets that `from` of connection `conn` sent and its peer has not taken yet. */
  waiting(conn: number, from: Side): number
  /** Accepts no more and ends what is open. Resolves when the last connection has said so to the facts. */
  close(): Promise<void>
}

/** Starts a proxy. Throws a `UserError` (network) when it cannot listen. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { target, facts, now, gate, linger, chop, onProblem } = options
  const relays = new Map<number, Relay>()
  const server = hostPort(target.host, target.port)
  const dial = await dialer(target, options)
  let opened = 0
  let onEmpty: (() => void) | null = null
  const relayOptions: RelayOptions = {
    facts,
    now,
    gate,
    linger,
    onError(conn, from, error) {
      // A reset is a row of the log; what keeps a connection from coming up also goes to the user.
      if (from === 'server' && !hasStarted(error)) onProblem(`#${conn} ${server}: ${tcpText(error)}`)
    },
    onClose(conn) {
      relays.delete(conn)
      if (relays.size === 0) onEmpty?.()
    },
  }
  const listener = await listen({
    ...options,
    accept(client, address) {
      const conn = ++opened
      facts.open(conn, now(), { client: address, server, url: target.url, tls: target.tls })
      const edit = options.headers.length === 0 ? null : new HostEdit(options.headers)
      const upstream = dial()
      if (chop !== null) {
        chop(upstream.socket, 'client', () => relays.get(conn)?.wrote('client'))
        chop(client.socket, 'server', () => relays.get(conn)?.wrote('server'))
      }
      relays.set(conn, new Relay(conn, client, upstream, edit, relayOptions))
    },
  })
  return {
    listener,
    get connections() {
      return relays.size
    },
    waiting: (of, from) => relays.get(of)?.waiting(from) ?? 0,
    async close() {
      listener.close()
      if (relays.size === 0) return
      const empty = new Promise<void>(resolve => {
        onEmpty = resolve
      })
      for (const relay of relays.values()) relay.cut()
      await empty
    },
  }
}

/** True for what only happens to a connection that was up. */
function hasStarted(error: unknown): boolean {
  return tcpText(error) === tcpText(Object.assign(new Error(), { code: 'ECONNRESET' }))
}
