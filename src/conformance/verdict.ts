/** What a case comes to: `behavior` and `behaviorClose`, by the logic of the Autobahn suite. */
import { codeText } from '../protocol/close-code.ts'
import type { Side } from '../protocol/side.ts'
import type { Behavior, BehaviorClose, Ending } from './case-report.ts'
import {
  endText,
  openingText,
  toleratedText,
  uncleanText,
  unexpectedText,
  factsText,
  type Course,
} from './reasons.ts'
import { samePayload, type CaseFact, type CloseRule, type ConformCase, type OpeningOutcome } from './case.ts'
import { normalClose } from './shorthand.ts'

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
export interface Outcome extends Course {
  /** The fuzzer's role. */
  role: Side
  /** What became of the opening handshake. */
  opening: OpeningOutcome
  /** Whether the peer agreed to the compression that the case needs. */
  agrees: boolean
  seen: readonly CaseFact[]
  exchange: ExchangeResult | null
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
  const refusal = openingVerdict(of, outcome)
  if (refusal !== null) return refusal
  const { behaviorClose, resultClose } = closeVerdict(of, outcome)
  if (of.informational) {
    const result = `Seen: ${factsText(outcome.seen)}. That is not judged.`
    return { behavior: 'INFORMATIONAL', behaviorClose: 'INFORMATIONAL', result, resultClose }
  }
  const { behavior, result } = overruled(of, outcome, behaviorClose, resultClose)
  return { behavior, behaviorClose, result, resultClose }
}

/** The verdict of a case that the answer to the request decides; null where the connection does. */
function openingVerdict({ opening }: ConformCase, outcome: Outcome): Verdict | null {
  if (opening?.expected === undefined) return null
  const right = opening.expected.OK ?? []
  const result = openingText(outcome.opening, right, outcome.ending.wasNotCleanReason)
  const found = Object.entries(opening.expected).find(([, some]) => some.includes(outcome.opening))
  if (found === undefined) return { behavior: 'FAILED', behaviorClose: 'FAILED', result, resultClose: result }
  const behavior = found[0] as Behavior
  if (outcome.opening === 'opened' && behavior === 'OK') return null
  return { behavior, behaviorClose: 'OK', result, resultClose: result }
}

/** The verdict on what was seen, unless the end of the connection or the fuzzer's own frames say otherwise. */
function overruled(
  of: ConformCase,
  outcome: Outcome,
  behaviorClose: BehaviorClose,
  resultClose: string,
): ExchangeResult {
  if (outcome.opening !== 'opened') return { behavior: 'FAILED', result: neverOpened(outcome.ending) }
  if (!outcome.agrees)
    return { behavior: 'UNIMPLEMENTED', result: 'The compression that the case needs was not agreed.' }
  const seen = outcome.exchange ?? eventVerdict(of, outcome)
  if (of.hardCodes && behaviorClose === 'WRONG CODE') return { behavior: 'FAILED', result: resultClose }
  if (of.close.wrongEndpointIsFatal && outcome.ending.closedByMe !== of.close.closedByMe)
    return { behavior: 'FAILED', result: resultClose }
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

function eventVerdict(of: ConformCase, outcome: Outcome): ExchangeResult {
  const { seen } = outcome
  const found = Object.entries(of.expected).find(([, facts]) => sameFacts(seen, facts))
  if (found === undefined) return { behavior: 'FAILED', result: unexpectedText(of, seen, outcome) }
  const behavior = found[0] as Behavior
  const result = behavior === 'OK' ? `Seen, as is due: ${factsText(seen)}.` : toleratedText(of, seen)
  return { behavior, result }
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

/** How the connection must end, after what was seen. */
function closeRule(of: ConformCase, outcome: Outcome): CloseRule {
  if (!outcome.agrees) return normalClose
  return of.closeIf?.[eventVerdict(of, outcome).behavior] ?? of.close
}

function closeVerdict(of: ConformCase, outcome: Outcome): CloseVerdict {
  const { role, opening, ending } = outcome
  const { closedByMe, wasClean, remoteCloseCode: code, droppedByMe } = ending
  const close = closeRule(of, outcome)
  if (opening !== 'opened') return { behaviorClose: 'FAILED', resultClose: neverOpened(ending) }
  if (closedByMe !== close.closedByMe) {
    const who = close.closedByMe ? 'The fuzzer' : 'The peer'
    return { behaviorClose: 'FAILED', resultClose: `${who} was to close, but ${endText(outcome)}.` }
  }
  if (close.requireClean && !wasClean)
    return {
      behaviorClose: 'UNCLEAN',
      resultClose: `The closing handshake was not completed: ${uncleanText(outcome)}.`,
    }
  if (code !== null && !close.closeCode.includes(code)) {
    const wanted = close.closeCode.join(', ')
    const isEcho = closedByMe && code === ending.localCloseCode
    return {
      behaviorClose: 'WRONG CODE',
      resultClose: `The peer ${isEcho ? 'answered' : 'closed'} with ${isEcho ? `the fuzzer's own ${codeText(code)}` : codeText(code)}; ${wanted} or no code would be right.`,
    }
  }
  if (role === 'client' && droppedByMe)
    return {
      behaviorClose: 'FAILED BY CLIENT',
      resultClose: 'The server should have been the one to end TCP.',
    }
  return { behaviorClose: 'OK', resultClose: closeOk }
}
