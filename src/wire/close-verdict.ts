/** Who closed a connection and why, concluded from what both sides did, in words for a person (RFC 6455 §7.1). */
import { codeText } from '../protocol/close-code.ts'
import { rules } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { counted, shortTime } from '../protocol/words.ts'
import {
  hasFailed,
  isClean,
  isKnown,
  isOver,
  outcomeOf,
  reported,
  type ConnectionRecord,
  type Faults,
} from './connection-record.ts'
import type { Outcome, Verdict } from './entry.ts'
import type { Breach, SentClose, SentEnd, SideRecord } from './side-record.ts'

/** How many rules there are. */
const ruleCount = Object.keys(rules).length

const bothSides = ['client', 'server'] as const

/** Silence, in ms, that is worth a word. */
const longSilence = 5000

/** Outcomes in two words. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  clean: 'clean',
  unclean: 'not clean',
  unopened: 'never open',
  http: 'no WebSocket',
  open: 'still open',
  unknown: 'not known',
}

export function verdictOf(record: ConnectionRecord): Verdict {
  const { sides, faults, frames, by, tcpFirst } = record
  const first = by === null ? null : sides[by].close
  const answer = by === null ? null : sides[peerOf(by)].close
  const text = course(record)
  return {
    type: 'verdict',
    outcome: outcomeOf(record),
    by,
    code: first?.code ?? null,
    reason: first?.reason ?? null,
    answered: answer !== null,
    answerCode: answer?.code ?? null,
    tcpFirst,
    clientEnd: sides.client.ended?.state ?? null,
    serverEnd: sides.server.ended?.state ?? null,
    failedBy: bothSides.find(side => hasFailed(record, side)) ?? null,
    cause: causeOf(record),
    clean: isClean(record),
    apiClient: reported(record, 'client'),
    apiServer: reported(record, 'server'),
    duration: record.now - record.opened,
    frames,
    rules: ruleCount,
    clientFaults: faults.client.tally,
    serverFaults: faults.server.tally,
    text: [text, findings(record, text)].filter(part => part !== '').join('; '),
  }
}

/** The first of the breaches that `course` names. */
function causeOf(record: ConnectionRecord): Verdict['cause'] {
  const { sides, stage, by, tcpFirst, flaw } = record
  const reactions = by === null ? [] : [by, peerOf(by)]
  for (const side of reactions) {
    const cause = reasonOf(sides[side].close)
    if (cause !== null) return { from: peerOf(side), ...cause }
  }
  const { cause: breach } = sides.client
  if (stage.name === 'refused') return breach && { from: 'client', rule: breach.rule, offset: breach.offset }
  if (isUntaken(record) && flaw !== null) return { from: 'server', rule: flaw.rule, offset: flaw.offset }
  const cause = tcpFirst === null || sides[tcpFirst].close !== null ? null : sides[tcpFirst].ended?.cause
  return tcpFirst === null || !cause ? null : { from: peerOf(tcpFirst), ...cause }
}

/** What happened, in its order, and what came of it. */
function course(record: ConnectionRecord): string {
  const { server } = record.sides
  if (isUnreached(server)) return `the server was not reached: ${unreached(server)}`
  const told = openingCourse(record) ?? closeCourse(record)
  return join([told, tcpCourse(record, told)]) + outcome(record)
}

/** TCP or TLS towards the server failed before anything was exchanged. */
function isUnreached({ ended, lastOctets }: SideRecord): boolean {
  return ended !== null && lastOctets === -Infinity && !['fin', 'reset', 'closed'].includes(ended.state)
}

/** States of TCP in words. */
const failures: Record<string, string> = {
  refused: 'connection refused',
  timeout: 'no answer in time',
  'not-found': 'no such host',
  unreachable: 'no way to it',
  tls: 'TLS failed',
}

function unreached({ ended }: SideRecord): string {
  const state = ended?.state ?? ''
  // What a client would say that had spoken TLS itself: RFC 6455 §7.4.1 has 1015, browsers differ.
  const direct = state === 'tls' ? ' (1006 or 1015 without the proxy)' : ''
  return `${failures[state] ?? state}, the client reports 1006${direct}`
}

/** How a connection went that was never open; null for the others. */
function openingCourse(record: ConnectionRecord): string | null {
  const { stage, sides } = record
  switch (stage.name) {
    case 'other':
      return stage.exchanges > 0 ? 'no WebSocket: HTTP only' : 'not decoded'
    case 'refused':
      return `the server ${stage.how}${offence('client', sides.client.cause)}`
    case 'requested':
      return 'no response to the upgrade'
    case 'connecting':
      return sides.client.lastOctets === -Infinity ? 'no request' : 'no complete request'
    case 'open':
      return isUntaken(record) ? `the client did not take the 101${offence('server', record.flaw)}` : null
  }
}

/** The client left at a 101 that had a flaw. */
function isUntaken({ stage, flaw, frames, by, tcpFirst }: ConnectionRecord): boolean {
  return stage.name === 'open' && flaw !== null && frames === 0 && by === null && tcpFirst === 'client'
}

function closeCourse(record: ConnectionRecord): string {
  const { sides, by, crossed, wellKnown } = record
  if (by === null)
    return join([isKnown(record) ? 'no Close from either side' : 'no Close was seen', leftOver(record)])
  const peer = peerOf(by)
  const first = sides[by].close
  const answer = sides[peer].close
  if (first === null) return ''
  const said = `closed by the ${by} with ${closeText(first)}${reason(peer, first)}`
  if (answer === null) {
    const silent = wellKnown[peer] ? `not answered by the ${peer}` : `an answer of the ${peer} was not seen`
    return join([said, silent, leftOver(record)])
  }
  if (crossed) return `${said} and by the ${peer} with ${closeText(answer)} at the same time`
  const code = answer.code === first.code ? '' : ` with ${closeText(answer)}${reason(by, answer)}`
  return `${said}, answered by the ${peer} ${later(first, answer)}${code}`
}

function closeText({ code, reason }: SentClose): string {
  return reason === '' ? codeText(code) : `${codeText(code)} "${reason}"`
}

/** What `peer` did before a Close, where that may be its reason. */
function reason(peer: Side, close: SentClose): string {
  const cause = reasonOf(close)
  return cause === null && close.refused !== null
    ? ` after the ${peer}'s ${close.refused}`
    : offence(peer, cause)
}

/** The breach for which a Close may have been sent. Codes of an end in order need no reason. */
function reasonOf(close: SentClose | null): Breach | null {
  const isInOrder = close === null || close.code === null || close.code === 1000 || close.code === 1001
  return isInOrder ? null : close.cause
}

function offence(side: Side, cause: Breach | null): string {
  return cause === null ? '' : ` after the ${side} broke ${cause.rule} @${cause.offset}`
}

/** What a side has not finished, perhaps since its peer had stopped reading. */
function leftOver({ sides, unfinished }: ConnectionRecord): string {
  return join(
    bothSides.flatMap(side => [
      unfinished[side] === null ? '' : `the ${side}'s ${unfinished[side]} is unfinished`,
      sides[side].isHeldUp ? `the ${peerOf(side)} had stopped reading` : '',
    ]),
  )
}

/** How TCP ended, behind what was `told` before. */
function tcpCourse(record: ConnectionRecord, told: string): string {
  const { sides, tcpFirst: first } = record
  if (first === null) return isOver(record) ? `TCP ended by wsinspect${silence(record)}` : ''
  const { ended, isCut } = sides[first]
  const peer = sides[peerOf(first)]
  if (ended === null) return ''
  const cause = endReason(record, first, ended)
  const end = `TCP ${endText(ended, first, isCut)}${endSpan(record, ended)}${told.includes(cause) ? '' : cause}`
  if (peer.ended === null || peer.ended.state === 'closed') return end
  return `${end}, ${endText(peer.ended, peerOf(first), peer.isCut)} ${later(ended, peer.ended)}`
}

function endText({ state }: SentEnd, side: Side, isCut: boolean): string {
  if (state === 'fin') return `ended by the ${side}${isCut ? ' without close_notify of TLS' : ''}`
  return state === 'reset' ? `reset by the ${side}` : `failed at the ${side} (${failures[state] ?? state})`
}

/** How long after the last Close TCP ended. */
function endSpan({ sides, by }: ConnectionRecord, ended: SentEnd): string {
  const closes = [sides.client.close, sides.server.close].filter(close => close !== null)
  const last = closes.toSorted((a, b) => b.time - a.time)[0]
  if (last === undefined || by === null) return ''
  return last.time > ended.time ? ` before the ${peerOf(by)}'s answer` : ` ${later(last, ended)}`
}

/** Why a side may have ended TCP: for want of a Close that says it. */
function endReason(record: ConnectionRecord, side: Side, ended: SentEnd): string {
  const { sides } = record
  const { close } = sides[side]
  const peer = peerOf(side)
  if (close === null) return ended.cause === null ? silence(record) : offence(peer, ended.cause)
  const { lastOctets } = sides[peer]
  const isUnread = ended.state === 'reset' && lastOctets > close.time && lastOctets <= ended.time
  return isUnread ? `, perhaps over octets of the ${peer} that it had not read` : ''
}

/** A silence before the end that no Close explains. */
function silence({ sides, now, stage, by }: ConnectionRecord): string {
  if (stage.name !== 'open' || by !== null) return ''
  const ends = [sides.client, sides.server].map(({ ended }) => ended?.time ?? now)
  const quiet = Math.min(...ends) - Math.max(sides.client.lastOctets, sides.server.lastOctets)
  return quiet >= longSilence ? ` after ${shortTime(quiet)} of silence` : ''
}

function later(first: { time: number }, second: { time: number }): string {
  return `${shortTime(second.time - first.time)} later`
}

/** What came of it, and what the APIs of both sides report where that is not the code that was sent. */
function outcome(record: ConnectionRecord): string {
  const client = reported(record, 'client')
  const isSame = client === reported(record, 'server') && client !== 1005
  switch (outcomeOf(record)) {
    case 'http':
      return ''
    case 'open':
      return ': still open when the record ends'
    case 'unopened':
      return ': never open, the client reports 1006'
    case 'clean':
      return isSame ? ': clean' : `: clean, ${reports(record)}`
    case 'unclean':
      return join([': not clean', reports(record)])
    case 'unknown':
      return join([': not known whether clean', reports(record)])
  }
}

function reports(record: ConnectionRecord): string {
  const codes = bothSides
    .map(side => ({ side, code: reported(record, side) }))
    .filter(({ code }) => code !== null)
  const [one, other] = codes
  if (one !== undefined && other?.code === one.code) return `both report ${one.code}`
  const failing = bothSides.find(side => hasFailed(record, side))
  const gaveUp = failing === undefined ? '' : `the ${failing} failed the connection`
  return join([gaveUp, ...codes.map(({ side, code }) => `the ${side} reports ${code}`)])
}

/** What each side is at fault for, or that nothing was found. Where it began, unless `told` says so. */
function findings({ faults, frames }: ConnectionRecord, told: string): string {
  const sides = bothSides.filter(side => faults[side].first !== null)
  if (sides.length === 0)
    return frames === 0 ? '' : `${nothing(faults)} in ${counted(frames, 'frame')}, ${ruleCount} rules checked`
  const lists = sides.map(side => `${side}: ${faultList(faults[side])}`).join(', ')
  const [first] = sides
    .map(side => ({ side, ...faults[side].first }))
    .toSorted((one, other) => (one.time ?? 0) - (other.time ?? 0))
  if (first === undefined || told.includes(`${first.side} broke ${first.rule} @${first.offset}`)) return lists
  return `${lists}; first at ${first.side} @${first.offset}`
}

function nothing({ client, server }: Record<Side, Faults>): string {
  const remarks = [client, server].some(({ tally }) => tally.notice + tally.info > 0)
  return remarks ? 'no errors or warnings' : 'no violations'
}

/** Rules named per side; more are counted. */
const namedRules = 6

function faultList({ tally, rules }: Faults): string {
  const broken = [...(rules ?? [])]
  const counts = (['error', 'warning'] as const)
    .filter(severity => tally[severity] > 0)
    .map(severity => counted(tally[severity], severity))
  const names = broken.slice(0, namedRules).map(([rule, count]) => (count === 1 ? rule : `${rule} ×${count}`))
  if (broken.length > namedRules) names.push(`${broken.length - namedRules} more`)
  return `${counts.join(' and ')} (${names.join(', ')})`
}

function join(parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(', ')
}
