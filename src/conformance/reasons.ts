/** Why a verdict is what it is, in words: what was seen, what was due, and what ended the wait for it. */
import { codeText } from '../protocol/close-code.ts'
import type { CaseReport, Ending } from './case-report.ts'
import { octetsOf, type CaseFact, type ConformCase, type OpeningOutcome, type Payload } from './case.ts'
import { shownText } from './notes.ts'

/** Octets of a payload, and events, that a sentence tells. */
const toldOctets = 24
const toldEvents = 3

/** What became of a connection, as far as a reason tells it. */
export interface Course {
  ending: Readonly<Ending>
  /** Seconds after which the time of the case was up; null where the connection was over before. */
  timeUp: number | null
  /** Why the fuzzer failed the connection; null where it did not, or because time was up. */
  failure: string | null
}

/** Events in words, `nothing` where there are none. */
export function factsText(facts: readonly CaseFact[]): string {
  if (facts.length === 0) return 'nothing'
  const told = facts.slice(0, toldEvents).map(factText).join(', ')
  return facts.length > toldEvents ? `${told} and ${facts.length - toldEvents} more` : told
}

function factText(fact: CaseFact): string {
  if (fact.event === 'timeout') return `timeout ${fact.tag}`
  const kind = fact.event === 'pong' ? 'pong' : fact.binary ? 'binary' : 'text'
  return `${kind} ${payloadText(fact.payload)}`
}

function payloadText(payload: Payload): string {
  const { length } = payload
  if (length <= toldOctets) return quoted(shownText(octetsOf(payload)))
  const start = { ...payload, length: toldOctets }
  return `${quoted(`${shownText(octetsOf(start))}…`)} (${length} octets)`
}

function quoted(text: string): string {
  return text.startsWith('0x') ? text : `"${text}"`
}

/** What ended the connection, or the wait for the peer. */
export function endText({ ending, timeUp, failure }: Course): string {
  const { closedByMe, wasClean, remoteCloseCode } = ending
  if (timeUp !== null) return `time was up after ${timeUp} s`
  if (failure !== null) return `the fuzzer failed the connection (${failure})`
  if (closedByMe) return 'the fuzzer closed'
  return wasClean || remoteCloseCode !== null
    ? `the peer closed with ${codeText(remoteCloseCode)}`
    : 'the peer ended TCP'
}

/** Until when nothing else came, as the end of a sentence. */
export function untilText(course: Course): string {
  return course.timeUp === null ? ` before ${endText(course)}` : ` in ${course.timeUp} s`
}

/** Events that make no verdict of a case. */
export function unexpectedText({ expected }: ConformCase, seen: readonly CaseFact[], course: Course): string {
  const due = Object.entries(expected).map(([behavior, facts]) =>
    behavior === 'OK' ? factsText(facts) : `${factsText(facts)} (${behavior})`,
  )
  // What came behind the fuzzer's own Close was seen too.
  const { ending, timeUp, failure } = course
  const isOwnEnd = ending.closedByMe && timeUp === null && failure === null
  return `Seen${isOwnEnd ? '' : untilText(course)}: ${factsText(seen)}. Due: ${due.join('; or ')}.`
}

/** Events that are tolerated, though others are better. */
export function toleratedText({ close, expected }: ConformCase, seen: readonly CaseFact[]): string {
  const best = expected.OK ?? []
  const codes = close.closeCode.join(' or ')
  const better = best.length > 0 || close.closedByMe ? factsText(best) : `nothing but a Close with ${codes}`
  return `Seen: ${factsText(seen)}. That is tolerated; better: ${better}.`
}

/** Why the closing handshake was not completed. */
export function uncleanText({ ending, failure }: Course): string {
  const reason = ending.wasNotCleanReason
  if (reason !== null) return reason
  return failure === null ? 'time was up before' : `the fuzzer failed the connection (${failure})`
}

/** What a server made of a request. */
const openingTexts: Readonly<Record<OpeningOutcome, string>> = {
  opened: 'The server accepted the request',
  refused: 'The server refused the request',
  versions: 'The server refused the request, and named the versions that it speaks',
  faulty: 'The response is not what completes an opening handshake',
  dropped: 'The server ended TCP without a response',
  silent: 'The server did not respond in time',
}

/** What it should make of it. */
const openingAims: Readonly<Partial<Record<OpeningOutcome, string>>> = {
  opened: 'acceptance',
  refused: 'a refusal with a status',
  versions: 'a refusal that names the versions it speaks',
}

/** What a server made of a request that it may refuse, and what it should have where that is not `right`. */
export function openingText(
  outcome: OpeningOutcome,
  right: readonly OpeningOutcome[],
  reason: string | null,
): string {
  const why = outcome === 'faulty' && reason !== null ? `: ${reason}` : ''
  const text = `${openingTexts[outcome]}${why}.`
  if (right.includes(outcome)) return text
  const wanted = right.includes('refused') ? right.filter(one => one !== 'versions') : right
  return `${text} Due: ${wanted.map(one => openingAims[one] ?? one).join(', or ')}.`
}

/** Why a case is not simply OK, in a sentence or two; empty where it is. */
export function reasonOf({
  behavior,
  behaviorClose,
  result,
  resultClose,
}: Pick<CaseReport, 'behavior' | 'behaviorClose' | 'result' | 'resultClose'>): string {
  const isJudged = behaviorClose !== 'OK' && behaviorClose !== 'INFORMATIONAL'
  const reasons = [...(behavior === 'OK' ? [] : [result]), ...(isJudged ? [resultClose] : [])]
  return [...new Set(reasons)].join(' ')
}
