/** What a case comes to: `behavior` and `behaviorClose`, by the logic of the Autobahn suite. */
import { codeText } from '../protocol/close-code.ts'
import type { Side } from '../protocol/side.ts'
import type { Behavior, BehaviorClose } from './case-report.ts'
import { samePayload, type CaseFact, type ConformCase } from './case.ts'

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

/** Before anything has happened. */
export function newEnding(): Ending {
  return {
    closedByMe: false,
    failedByMe: false,
    droppedByMe: false,
    wasClean: false,
    wasNotCleanReason: null,
    wasServerConnectionDropTimeout: false,
    wasOpenHandshakeTimeout: false,
    wasCloseHandshakeTimeout: false,
    localCloseCode: null,
    localCloseReason: null,
    remoteCloseCode: null,
    remoteCloseReason: null,
  }
}

/** What an exchange of messages came to by itself. */
export interface ExchangeResult {
  behavior: Behavior
  result: string
}

/** All that the verdict depends on. */
export interface Outcome {
  /** The fuzzer's role. */
  role: Side
  /** Whether the opening handshake was completed. */
  opened: boolean
  seen: readonly CaseFact[]
  exchange: ExchangeResult | null
  ending: Readonly<Ending>
  /** Frames sent, by opcode. */
  sentFrames: Readonly<Record<string, number>>
}

export interface Verdict {
  behavior: Behavior
  behaviorClose: BehaviorClose
  result: string
  resultClose: string
}

const closeOk = 'The connection was closed as it should be.'

function neverOpened({ wasNotCleanReason: reason }: Ending): string {
  return `The opening handshake was not completed${reason === null ? '' : `: ${reason}`}.`
}

/** Judges a case when TCP is over. */
export function judge(of: ConformCase, outcome: Outcome): Verdict {
  const { behaviorClose, resultClose } = closeVerdict(of, outcome)
  if (of.informational) {
    const { result } = eventVerdict(of, outcome)
    return { behavior: 'INFORMATIONAL', behaviorClose: 'INFORMATIONAL', result, resultClose }
  }
  const { behavior, result } = overruled(of, outcome, behaviorClose, resultClose)
  return { behavior, behaviorClose, result, resultClose }
}

/** The verdict on what was seen, unless the end of the connection or the fuzzer's own frames say otherwise. */
function overruled(
  of: ConformCase,
  outcome: Outcome,
  behaviorClose: BehaviorClose,
  resultClose: string,
): ExchangeResult {
  if (!outcome.opened) return { behavior: 'FAILED', result: neverOpened(outcome.ending) }
  const seen = outcome.exchange ?? eventVerdict(of, outcome)
  if (of.hardCodes && behaviorClose === 'WRONG CODE') return { behavior: 'FAILED', result: resultClose }
  if (of.close.wrongEndpointIsFatal && outcome.ending.closedByMe !== of.close.closedByMe)
    return { behavior: 'FAILED', result: seen.result }
  if (of.ownFrames !== null && !hasFrames(outcome.sentFrames, of.ownFrames))
    return { behavior: 'FAILED', result: 'The fuzzer did not send the frames it should.' }
  return seen
}

function hasFrames(
  sent: Readonly<Record<string, number>>,
  wanted: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(wanted).every(([opcode, count]) => sent[opcode] === count)
}

function eventVerdict(of: ConformCase, { seen }: Outcome): ExchangeResult {
  for (const [behavior, facts] of Object.entries(of.expected)) {
    if (sameFacts(seen, facts))
      return { behavior: behavior as Behavior, result: `What was seen is what ${behavior} asks for.` }
  }
  return { behavior: 'FAILED', result: 'What was seen is none of what may be seen.' }
}

/** True for the same events in the same order. */
export function sameFacts(a: readonly CaseFact[], b: readonly CaseFact[]): boolean {
  return a.length === b.length && a.every((fact, i) => sameFact(fact, b[i]))
}

function sameFact(a: CaseFact, b: CaseFact | undefined): boolean {
  if (a.event === 'timeout') return b?.event === 'timeout' && a.tag === b.tag
  if (b === undefined || b.event === 'timeout' || a.event !== b.event) return false
  if (a.event === 'message' && b.event === 'message' && a.binary !== b.binary) return false
  return samePayload(a.payload, b.payload)
}

interface CloseVerdict {
  behaviorClose: BehaviorClose
  resultClose: string
}

function closeVerdict({ close }: ConformCase, { role, opened, ending }: Outcome): CloseVerdict {
  const { closedByMe, wasClean, remoteCloseCode: code, droppedByMe } = ending
  if (!opened) return { behaviorClose: 'FAILED', resultClose: neverOpened(ending) }
  if (closedByMe !== close.closedByMe) {
    const who = close.closedByMe ? 'The fuzzer' : 'The peer'
    return { behaviorClose: 'FAILED', resultClose: `${who} should have been the one to close.` }
  }
  if (close.requireClean && !wasClean)
    return { behaviorClose: 'UNCLEAN', resultClose: 'The closing handshake was not completed in order.' }
  if (code !== null && !close.closeCode.includes(code)) {
    const wanted = close.closeCode.join(', ')
    return {
      behaviorClose: 'WRONG CODE',
      resultClose: `The peer closed with ${codeText(code)}; ${wanted} or no code would be right.`,
    }
  }
  if (role === 'client' && droppedByMe)
    return {
      behaviorClose: 'FAILED BY CLIENT',
      resultClose: 'The server should have been the one to end TCP.',
    }
  return { behaviorClose: 'OK', resultClose: closeOk }
}
