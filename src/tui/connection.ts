/** What is known of one connection, as rows have told it so far, and how it stands. */
import type { ConnectionRows, Sent } from '../wire/connection-book.ts'
import type { Verdict } from '../wire/entry.ts'
import type { ConnectionInfo, TcpState } from '../wire/facts.ts'

/** Earlier counts of octets that are kept for each direction, to tell its rate. */
export const marksKept = 8

/** One side: what it has sent is counted by the session, so that it is all of it whichever rows were read. */
export class Direction {
  readonly sent: Readonly<Sent>
  /** Octets per second, over the last second. */
  rate = 0
  /** How its TCP stream ended; null while it is open. */
  ended: TcpState | null = null
  /** Octets sent at earlier ticks. */
  readonly marks = new Float64Array(marksKept)

  constructor(sent: Readonly<Sent>) {
    this.sent = sent
  }
}

/** Times are those of rows, in ms. Texts of heads are raw, and cut. */
export class Connection {
  readonly conn: number
  /** When the first of its rows came, and the last octets or change of TCP. */
  readonly opened: number
  active: number
  info: ConnectionInfo | null = null
  /** The method and the target of its upgrade request. */
  method: string | null = null
  path: string | null = null
  requested: number | null = null
  /** How the request was answered, and after how long. */
  status: number | null = null
  responseTime: number | null = null
  subprotocol: string | null = null
  /** The extensions that were agreed, in words. */
  extensions: string | null = null
  /** HTTP exchanges without an upgrade, and octets that are not decoded, came on it. */
  hasExchanges = false
  isOpaque = false
  /** The last round trip of a ping. */
  rtt: number | null = null
  isOver = false
  verdict: Verdict | null = null
  readonly client: Direction
  readonly server: Direction

  constructor(conn: number, opened: number, { client, server }: ConnectionRows['sent']) {
    this.conn = conn
    this.opened = opened
    this.active = opened
    this.client = new Direction(client)
    this.server = new Direction(server)
  }

  get errors(): number {
    return this.client.sent.faults.error + this.server.sent.faults.error
  }

  get warnings(): number {
    return this.client.sent.faults.warning + this.server.sent.faults.warning
  }
}

/**
 * How it stands in a word or two: `connecting`, `open`, `HTTP 401`, `http`, `opaque`; and when it is over, the first close
 * code, `RST`, why TCP failed, or `closed`.
 */
export function stateOf(connection: Connection): string {
  const { status, isOver, verdict } = connection
  if (status !== null && status !== 101) return `HTTP ${status}`
  if (status === 101) return isOver ? String(verdict?.code ?? endOf(connection)) : 'open'
  if (connection.isOpaque) return 'opaque'
  if (connection.hasExchanges) return 'http'
  return isOver ? endOf(connection) : 'connecting'
}

/** True for one that broke a rule, or was to be a WebSocket and did not end as one should. */
export function isBad(connection: Connection): boolean {
  if (connection.errors > 0) return true
  const { status, isOver, verdict, isOpaque, hasExchanges } = connection
  const isNone = status === null ? isOpaque || hasExchanges : status !== 101
  return isOver && !isNone && verdict?.clean === false
}

/** How TCP ended. */
function endOf({ client, server }: Connection): string {
  const ends = [client.ended, server.ended]
  if (ends.includes('reset')) return 'RST'
  return ends.find(end => end !== null && end !== 'fin' && end !== 'closed') ?? 'closed'
}
