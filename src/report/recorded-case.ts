/**
 * A recorded connection as Autobahn would report a case: the client in the place of the fuzzer ("me", what it sent is
 * transmitted), the server in that of the agent.
 */
import type { Behavior, BehaviorClose, CaseReport } from '../conformance/case-report.ts'
import type { Frame, Stamp } from '../wire/entry.ts'
import type { Connection } from './connection.ts'

/** What a report calls the connection, and when it was. */
export interface RecordedAs {
  agent: string
  /** Its place in the report, from 1. */
  number: number
  /** ISO 8601: when the client was accepted. */
  started: string
}

/** Close codes with which an endpoint fails a connection (RFC 6455 §7.1.7, §7.4.1). */
const failing = new Set([1002, 1003, 1007, 1009, 1010])

export function recordedCase(connection: Connection, as: RecordedAs): CaseReport {
  const { verdict, closes, heads, statistics } = connection
  const clean = verdict?.clean ?? false
  const text = verdict?.text ?? 'the record ends before the connection does'
  return {
    agent: as.agent,
    id: `conn-${connection.conn}`,
    case: as.number,
    description: `Recorded connection ${connection.conn} of ${as.agent}, to ${connection.open?.url ?? 'a server'}.`,
    expectation: 'Closes cleanly, and no rule of severity error is broken.',
    started: as.started,
    duration: Math.round(verdict?.duration ?? statistics.duration),
    reportTime: true,
    reportCompressionRatio: connection.deflate !== null,
    behavior: behaviorOf(connection),
    behaviorClose: behaviorCloseOf(connection),
    expected: {},
    received: connection.events,
    expectedClose: {},
    result: text,
    resultClose: closeText(connection),
    isServer: false,
    closedByMe: verdict?.by === 'client',
    failedByMe: verdict?.by === 'client' && failing.has(closes.client?.close?.code ?? 0),
    droppedByMe: verdict?.tcpFirst === 'client',
    wasClean: clean,
    wasNotCleanReason: clean ? null : text,
    wasServerConnectionDropTimeout: breaks(connection, 'tcp.server-late'),
    wasOpenHandshakeTimeout: breaks(connection, 'handshake.slow') && heads.server === null,
    wasCloseHandshakeTimeout: breaks(connection, 'close.unanswered'),
    localCloseCode: closes.client?.close?.code ?? null,
    localCloseReason: reasonOf(closes.client),
    remoteCloseCode: closes.server?.close?.code ?? null,
    remoteCloseReason: reasonOf(closes.server),
    httpRequest: heads.client?.text ?? '?',
    httpResponse: heads.server?.text ?? '?',
    createWirelog: true,
    createStats: true,
    wirelog: connection.records,
    rxOctetStats: statistics.server.octets.bySize,
    txOctetStats: statistics.client.octets.bySize,
    rxFrameStats: statistics.server.frames.byOpcode,
    txFrameStats: statistics.client.frames.byOpcode,
    trafficStats: trafficOf(connection),
  }
}

function errorsOf({ verdict }: Connection): number {
  return (verdict?.clientFaults.error ?? 0) + (verdict?.serverFaults.error ?? 0)
}

function behaviorOf(connection: Connection): Behavior {
  return connection.verdict?.clean === true && errorsOf(connection) === 0 ? 'OK' : 'FAILED'
}

function behaviorCloseOf({ verdict, deflate, heads }: Connection): BehaviorClose {
  if (verdict?.clean === true) return 'OK'
  const wasOpen = deflate !== null || heads.server?.startLine.includes(' 101') === true
  return wasOpen ? 'UNCLEAN' : 'FAILED'
}

function closeText(connection: Connection): string {
  const errors = errorsOf(connection)
  const words =
    connection.verdict?.clean === true
      ? 'Both sent Close before TCP ended'
      : 'The connection did not close cleanly'
  return errors === 0 ? `${words}.` : `${words}; ${errors} ${errors === 1 ? 'error' : 'errors'}.`
}

function breaks({ violations }: Connection, rule: string): boolean {
  return violations.some(violation => violation.rule === rule)
}

function reasonOf(close: (Stamp & Frame) | null): string | null {
  const reason = close?.close?.reason ?? ''
  return reason === '' ? null : reason
}

/** Octets on three levels, where messages were compressed. */
function trafficOf({ deflate, statistics, heads }: Connection): Record<string, number | null> | null {
  if (deflate === null) return null
  const { client, server } = statistics
  const level = (name: string, sent: typeof client, preopen: number) => {
    const wire = sent.octets.total - preopen
    const payload = sent.overhead.payloadOctets
    const app = sent.messages.sizes.total
    return [
      [`${name}OctetsWireLevel`, wire],
      [`${name}OctetsWebSocketLevel`, payload],
      [`${name}OctetsAppLevel`, app],
      [`${name}WebSocketFrames`, sent.frames.total - sent.frames.control],
      [`${name}WebSocketMessages`, sent.messages.total],
      [`${name}CompressionRatio`, app === 0 ? null : payload / app],
      [`${name}WebSocketOverhead`, payload === 0 ? null : (wire - payload) / payload],
    ] as const
  }
  const [asked, answered] = [heads.client?.length ?? 0, heads.server?.length ?? 0]
  return Object.fromEntries([
    ...level('incoming', server, answered),
    ...level('outgoing', client, asked),
    ['preopenIncomingOctetsWireLevel', answered],
    ['preopenOutgoingOctetsWireLevel', asked],
  ])
}
