/** What is known of one case that was run against one agent, in the shape of Autobahn's own case files. */

export type Behavior = 'OK' | 'NON-STRICT' | 'INFORMATIONAL' | 'UNIMPLEMENTED' | 'FAILED'
export type BehaviorClose = 'OK' | 'INFORMATIONAL' | 'FAILED' | 'WRONG CODE' | 'UNCLEAN' | 'FAILED BY CLIENT'

/** What the fuzzer noted of the agent: `["message", text, isBinary]`, `["pong", text]`, `["timeout", tag]`. */
export type CaseEvent = ['message', string, boolean] | ['pong' | 'ping' | 'timeout', string]

/** One record of the wire log; the first element is the kind. Octets and text are `[length, shown]`. */
export type WireRecord =
  | ['TO', [number, string], boolean]
  | ['RO', [number, string]]
  | ['TF', [number, string], number, boolean, number, string | null, number | null, number | null, boolean]
  | ['RF', [number, string], number, boolean, number, boolean, string | null]
  | ['CT', number, string | null]
  | ['CTE', string | null]
  | ['KL' | 'TI', number]
  | ['KLE' | 'TIE']
  | ['WLM', boolean]

/** How the connection ended; the names are those of Autobahn's reports. */
export interface Ending {
  closedByMe: boolean
  failedByMe: boolean
  droppedByMe: boolean
  wasClean: boolean
  wasNotCleanReason: string | null
  wasServerConnectionDropTimeout: boolean
  wasOpenHandshakeTimeout: boolean
  wasCloseHandshakeTimeout: boolean
  localCloseCode: number | null
  localCloseReason: string | null
  remoteCloseCode: number | null
  remoteCloseReason: string | null
}

export interface CaseReport extends Ending {
  agent: string
  id: string
  /** Position in the list, from 1. */
  case: number
  description: string
  expectation: string
  /** ISO 8601. */
  started: string
  /** Milliseconds from the end of the opening handshake to the end of TCP. */
  duration: number
  reportTime: boolean
  reportCompressionRatio: boolean
  behavior: Behavior
  behaviorClose: BehaviorClose
  expected: Record<string, readonly CaseEvent[]>
  received: readonly CaseEvent[]
  expectedClose: {
    closedByMe?: boolean
    closeCode?: readonly number[]
    requireClean?: boolean
    closedByWrongEndpointIsFatal?: boolean
  }
  result: string
  resultClose: string
  /** True when the fuzzer was the server. */
  isServer: boolean
  httpRequest: string
  httpResponse: string
  createWirelog: boolean
  createStats: boolean
  wirelog: readonly WireRecord[]
  /** How many reads and writes had so many octets. */
  rxOctetStats: Record<string, number>
  txOctetStats: Record<string, number>
  /** How many frames had this opcode. */
  rxFrameStats: Record<string, number>
  txFrameStats: Record<string, number>
  trafficStats: Record<string, number | null> | null
}
