/** What is known of a connection when it is over, and what follows from it (RFC 6455 §7.1). */
import { rules, type RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import type { Tally } from './entry.ts'
import type { Breach, SideRecord } from './side-record.ts'

/** How far a connection came. */
export type Stage =
  | { name: 'connecting' | 'requested' | 'open' }
  /** The upgrade was answered, and not with a 101: the server did so, in words. */
  | { name: 'refused'; how: string }
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
  /** What is wrong with the 101, null when nothing. */
  flaw: Breach | null
  /** All that a side sent after the upgrade was seen and decoded. */
  wellKnown: Record<Side, boolean>
}

/**
 * What the API of `side` reports: the code of its peer's Close, 1005 where that has none. 1006 without a Close, and where
 * the side has failed the connection or its socket was gone: then it reads no Close any more (RFC 6455 §7.1.5, §7.1.7). Null where it was never
 * open or is not over, and where a Close may have come that was not seen.
 */
export function reported(record: ConnectionRecord, side: Side): number | null {
  const { sides, stage, wellKnown } = record
  if (!isOver(record) || stage.name === 'other') return null
  if (stage.name !== 'open') return side === 'client' ? 1006 : null
  const received = sides[peerOf(side)].close
  if (hasFailed(record, side) || wasGone(record, side)) return 1006
  if (received !== null) return received.code ?? 1005
  return wellKnown[peerOf(side)] ? 1006 : null
}

/** True where `side` gave the connection up over an error of its peer: by a Close that says so, or without one. */
export function hasFailed({ sides }: ConnectionRecord, side: Side): boolean {
  const { close, ended } = sides[side]
  return close === null ? (ended?.cause?.rule.startsWith('close.') ?? false) : close.fails
}

/** True where TCP of `side` was reset, or failed, before its peer's Close came: half-closed, it would have read on. */
function wasGone({ sides }: ConnectionRecord, side: Side): boolean {
  const { ended } = sides[side]
  const received = sides[peerOf(side)].close
  return ended !== null && ended.state !== 'fin' && received !== null && received.time > ended.time
}

export function isOver({ sides: { client, server } }: ConnectionRecord): boolean {
  return client.ended !== null && server.ended !== null
}

/** True when both Closes came before TCP ended, and neither side had given up (RFC 6455 §7.1.4). */
export function isClean(record: ConnectionRecord): boolean {
  return (['client', 'server'] as const).every(side => {
    const { close, ended } = record.sides[side]
    if (close === null || ended === null || close.fails) return false
    return close.time <= ended.time && !wasGone(record, side)
  })
}

/** False where a Close that was not seen may have come, and would matter. */
export function isKnown(record: ConnectionRecord): boolean {
  const { sides, wellKnown } = record
  return (['client', 'server'] as const).every(
    side => sides[side].close !== null || wellKnown[side] || hasFailed(record, peerOf(side)),
  )
}
