/** Who closed a connection and why, concluded from what both sides did, in words for a person (RFC 6455 §7.1). */
import { rules, type RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import type { Tally, Verdict } from './entry.ts'
import { codeText, shortTime, type SentClose, type SideRecord } from './pair-judge.ts'

/** How far a connection came. */
export type Stage =
  | { name: 'connecting' | 'requested' | 'open' }
  /** The upgrade was answered with another status. */
  | { name: 'refused'; status: string }
  /** Other HTTP, or what could not be followed. */
  | { name: 'other'; exchanges: number }

/** What one side is at fault for. */
export class Faults {
  readonly tally: Tally = { error: 0, warning: 0, notice: 0, info: 0 }
  /** How often each rule was broken, errors and warnings; null without one. */
  rules: Map<RuleId, number> | null = null
  /** The first error or warning, and where. */
  first: { rule: RuleId; offset: number; time: number } | null = null

  add(rule: RuleId, offset: number, time: number, count: number): void {
    const { severity } = rules[rule]
    this.tally[severity] += count
    if (severity !== 'error' && severity !== 'warning') return
    const broken = (this.rules ??= new Map<RuleId, number>())
    broken.set(rule, (broken.get(rule) ?? 0) + count)
    this.first ??= { rule, offset, time }
  }
}

/** What is known of a connection when it is over. */
export interface ConnectionRecord {
  opened: number
  now: number
  stage: Stage
  sides: Record<Side, SideRecord>
  faults: Record<Side, Faults>
  /** What a side left unfinished, in words; null when nothing. */
  unfinished: Record<Side, string | null>
  frames: number
  /** Who sent Close first, and who ended TCP first of itself. */
  by: Side | null
  tcpFirst: Side | null
  /** The second Close was sent before the first had arrived. */
  crossed: boolean
}

/** How many rules there are. */
const ruleCount = Object.keys(rules).length

/** Silence, in ms, that is worth a word. */
const longSilence = 5000

export function verdictOf(record: ConnectionRecord): Verdict {
  const { sides, faults, frames, stage, by, tcpFirst } = record
  const first = by === null ? null : sides[by].close
  const answered = by !== null && sides[peerOf(by)].close !== null
  const clean = answered && closedBefore(sides)
  return {
    type: 'verdict',
    by,
    code: first?.code ?? null,
    reason: first?.reason ?? null,
    answered,
    tcpFirst,
    clean,
    apiClient:
      isOver(sides) && stage.name !== 'other'
        ? stage.name === 'open'
          ? reported(sides.server.close)
          : 1006
        : null,
    apiServer: isOver(sides) && stage.name === 'open' ? reported(sides.client.close) : null,
    duration: record.now - record.opened,
    frames,
    rules: ruleCount,
    clientFaults: faults.client.tally,
    serverFaults: faults.server.tally,
    text: [course(record, clean), findings(record)].filter(part => part !== '').join('; '),
  }
}

/** What an API reports after `received` was the peer's Close: 1005 without a code, 1006 without a Close. */
function reported(received: SentClose | null): number {
  return received === null ? 1006 : (received.code ?? 1005)
}

function isOver({ client, server }: Record<Side, SideRecord>): boolean {
  return client.ended !== null && server.ended !== null
}

/** True when both Closes came before TCP ended on their sides. */
function closedBefore({ client, server }: Record<Side, SideRecord>): boolean {
  return [client, server].every(
    ({ close, ended }) => close !== null && ended !== null && close.time <= ended.time,
  )
}

/** What happened, in its order. */
function course(record: ConnectionRecord, clean: boolean): string {
  const { sides, stage } = record
  const tcp = tcpCourse(record)
  if (stage.name === 'other')
    return join([stage.exchanges > 0 ? `no WebSocket: HTTP only` : 'not decoded', tcp])
  if (stage.name === 'refused') return join([`the server refused the upgrade with ${stage.status}`, tcp])
  if (isUnconnected(sides.server)) return `no connection to the server: ${sides.server.ended?.state ?? ''}`
  if (stage.name !== 'open')
    return join([stage.name === 'requested' ? 'no response to the upgrade' : 'no complete request', tcp])
  const end = isOver(sides) ? (clean ? ': clean' : ': not clean') : ': still open when the record ends'
  return join([closeCourse(record), tcp]) + end + reports(record, clean)
}

/** TCP or TLS towards the server failed before anything was exchanged. */
function isUnconnected({ ended, lastOctets }: SideRecord): boolean {
  return ended !== null && lastOctets === 0 && !['fin', 'reset', 'closed'].includes(ended.state)
}

function closeCourse(record: ConnectionRecord): string {
  const { sides, unfinished, by } = record
  if (by === null)
    return join([`no Close from either side${dropCause(record)}`, silence(record), leftOver(unfinished)])
  const first = sides[by].close
  const answer = sides[peerOf(by)].close
  if (first === null) return ''
  const said = `closed by ${by} with ${closeText(first)}${cause(record, by, first)}`
  if (answer === null) return join([said, `the ${peerOf(by)} did not answer`, leftOver(unfinished)])
  const span = shortTime(answer.time - first.time)
  if (record.crossed) return `${said}, the ${peerOf(by)} with ${closeText(answer)} at the same time`
  const code = answer.code === first.code ? '' : ` with ${closeText(answer)}`
  return `${said}, answered by ${peerOf(by)}${code} after ${span}`
}

function closeText({ code, reason }: SentClose): string {
  return reason === '' ? codeText(code) : `${codeText(code)} "${reason}"`
}

/** Why a side may have sent its Close: what its peer did wrong before. */
function cause({ faults }: ConnectionRecord, by: Side, { code, time }: SentClose): string {
  const peer = peerOf(by)
  const first = faults[peer].first
  const isPlain = code === null || code === 1000 || code === 1001
  if (isPlain || first === null || first.time > time) return ''
  return offence(peer, first)
}

/** The same for a side that ended TCP without a Close. */
function dropCause({ faults, sides, tcpFirst }: ConnectionRecord): string {
  if (tcpFirst === null) return ''
  const peer = peerOf(tcpFirst)
  const { first } = faults[peer]
  return first === null || first.time > (sides[tcpFirst].ended?.time ?? 0) ? '' : offence(peer, first)
}

function offence(side: Side, { rule, offset }: { rule: RuleId; offset: number }): string {
  return ` after the ${side} broke ${rule} @${offset}`
}

function silence({ sides, now }: ConnectionRecord): string {
  const ends = [sides.client, sides.server].map(({ ended }) => ended?.time ?? now)
  const quiet = Math.min(...ends) - Math.max(sides.client.lastOctets, sides.server.lastOctets)
  return quiet >= longSilence ? `${shortTime(quiet)} of silence` : ''
}

function leftOver({ client, server }: Record<Side, string | null>): string {
  return join([
    client === null ? '' : `the client's ${client} is unfinished`,
    server === null ? '' : `the server's ${server} is unfinished`,
  ])
}

/** How TCP ended. */
function tcpCourse({ sides, tcpFirst: first }: ConnectionRecord): string {
  if (first === null) return isOver(sides) ? 'TCP ended by wsinspect' : ''
  const { ended } = sides[first]
  const peer = sides[peerOf(first)]
  if (ended === null) return ''
  const rest = peer.ended === null ? '' : after(peer.ended.state, peer.ended.time - ended.time, peerOf(first))
  const unread = ended.state === 'reset' && peer.lastOctets > (sides[first].close?.time ?? Infinity)
  const hint = unread ? ', perhaps with octets unread' : ''
  const lastClose = Math.max(sides.client.close?.time ?? 0, sides.server.close?.time ?? 0)
  const span = lastClose === 0 ? '' : ` ${shortTime(Math.max(0, ended.time - lastClose))} later`
  return `${first} ${tcpText(ended.state)}${span}${hint}${rest}`
}

function after(state: string, span: number, side: Side): string {
  if (state === 'closed') return ''
  return `, ${side} ${tcpText(state)} ${shortTime(span)} after`
}

function tcpText(state: string): string {
  if (state === 'fin') return 'ended TCP'
  return state === 'reset' ? 'reset TCP' : `failed (${state})`
}

/** What the APIs of both sides report, where that is not the code that was sent. */
function reports({ sides }: ConnectionRecord, clean: boolean): string {
  const client = reported(sides.server.close)
  const server = reported(sides.client.close)
  if (!isOver(sides) || (clean && client === server && sides.client.close?.code !== null)) return ''
  return client === server
    ? `, both report ${client}`
    : `, the client reports ${client}, the server ${server}`
}

/** What each side is at fault for, or that nothing was found. */
function findings({ faults, frames }: ConnectionRecord): string {
  const sides = (['client', 'server'] as const).filter(side => faults[side].first !== null)
  if (sides.length === 0)
    return frames === 0 ? '' : `${nothing(faults)} in ${counted(frames, 'frame')}, ${ruleCount} rules checked`
  const first = sides
    .map(side => ({ side, at: faults[side].first }))
    .sort((a, b) => (a.at?.time ?? 0) - (b.at?.time ?? 0))[0]
  const lists = sides.map(side => `${side}: ${faultList(faults[side])}`)
  return `${lists.join(', ')}; first at ${first?.side ?? ''} @${first?.at?.offset ?? 0}`
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
