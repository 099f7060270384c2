/** What a row of the wire log says, as values. `null` rather than absent; offsets count in the stream of the side. */
import type { Close, InflateStatus } from '../protocol/message.ts'
import type { Field } from '../protocol/http-head.ts'
import type { RuleId, Severity } from '../protocol/rules.ts'
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Cut, Edit, Gap, Redacted, Stalled, TcpState } from './facts.ts'

/** What every row has. */
export interface Stamp {
  /** The row's number; numbers may jump. */
  seq: number
  /** Milliseconds since the start. */
  time: number
  conn: number
  /** The side that sent; null for what concerns both. */
  from: Side | null
}

/** A client was accepted. */
export interface Open extends ConnectionInfo {
  type: 'open'
}

/** A TCP stream ended. */
export interface Tcp {
  type: 'tcp'
  state: TcpState
}

/** One chop. */
export interface Octets {
  type: 'octets'
  offset: number
  length: number
}

/** A head of an upgrade attempt. */
export interface Handshake {
  type: 'handshake'
  offset: number
  length: number
  startLine: string
  headers: readonly Field[]
}

/** Any other HTTP exchange; or, with a `note`, why a side is not decoded. */
export interface Http {
  type: 'http'
  request: string | null
  status: number | null
  /** Octets of heads and bodies. */
  clientOctets: number
  serverOctets: number
  note: string | null
}

/** What a message is, on the row of its last frame. */
export interface MessageSummary {
  kind: 'text' | 'binary'
  frames: number
  /** Octets of payload on the wire. */
  wireLength: number
  /** Octets of the message, inflated where it was compressed; null where inflating failed. */
  length: number | null
  compressed: boolean
  inflate: InflateStatus | null
  /** Whether a compressed message refers to earlier ones; null where that is not known. */
  contextUsed: boolean | null
}

/** A frame, complete or cut short by the end of the stream. */
export interface Frame {
  type: 'frame'
  offset: number
  headerLength: number
  /** As announced; rounded above 2^53 - 1, where `exactLength` has the decimal. */
  payloadLength: number
  exactLength: string | null
  /** Payload octets that came. */
  received: number
  lengthBits: 7 | 16 | 64
  fin: boolean
  /** 0–7, RSV1 is 4. */
  rsv: number
  opcode: number
  maskingKey: number | null
  /** Reads that carried it. */
  chops: number
  /** Milliseconds, on a pong that answers a ping. */
  rtt: number | null
  message: MessageSummary | null
  close: Close | null
}

/** A broken rule. A run of the same rule is rolled up: `count` says how many this row stands for. */
export interface Violation {
  type: 'violation'
  /** The offending octet in the stream of the side at fault; where something is missing, the end of what came so far. */
  offset: number
  rule: RuleId
  detail: string
  count: number
  /** What the octet belongs to, null for the connection as a whole, and where that begins in the stream. */
  subject: 'head' | 'frame' | 'message' | null
  subjectOffset: number | null
  /** Where the octet lies in its message, null outside of one. */
  messageOffset: number | null
  /** Octets that show it, at most 32, as on the wire, and where they begin in the stream. */
  evidence: Uint8Array
  evidenceOffset: number | null
}

/** How many violations of each severity a side is at fault for. */
export type Tally = Record<Severity, number>

/** What became of a connection, when it is over or the record ends. */
export interface Verdict {
  type: 'verdict'
  /** Who sent the first Close, null without one, and what it said. */
  by: Side | null
  code: number | null
  reason: string | null
  /** The peer sent a Close too, and the code that it had; null without one. */
  answered: boolean
  answerCode: number | null
  /** Who ended TCP first, null while it is open or when wsinspect ended it. */
  tcpFirst: Side | null
  /** How TCP ended on each side, null while it is open. */
  clientEnd: TcpState | null
  serverEnd: TcpState | null
  /** Who gave the connection up over an error of its peer, null when nobody did. */
  failedBy: Side | null
  /** The rule that was broken before the first Close, its answer or the end of TCP, and may be the reason; null without. */
  cause: { from: Side; rule: RuleId; offset: number } | null
  /** TCP ended after both had sent Close, and neither had failed the connection (RFC 6455 §7.1.4): `wasClean` of an API. */
  clean: boolean
  /** The close code that each side's API reports; null where it was never open or is not known (RFC 6455 §7.1.5). */
  apiClient: number | null
  apiServer: number | null
  /** From the first row to the last octet or end of TCP, in ms. */
  duration: number
  /** Frames judged, and by how many rules. */
  frames: number
  rules: number
  clientFaults: Tally
  serverFaults: Tally
  /** All of it in words. */
  text: string
}

/** A consumer failed and was switched off. */
export interface Fault {
  type: 'fault'
  consumer: string
  detail: string
}

/** A row that is kept as an object: all but frames and chops, which are columns. */
export type Remark =
  Open | Tcp | Gap | Edit | Redacted | Stalled | Cut | Handshake | Http | Violation | Verdict | Fault

export type Entry = Stamp & (Remark | Octets | Frame)

/** Facts that say nothing by themselves: shown only to those who want everything. */
export const quietTypes: ReadonlySet<Entry['type']> = new Set<Entry['type']>(['redacted', 'stalled', 'cut'])
