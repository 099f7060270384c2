/** Good and bad verdicts: what fails a run, and what is worse than what. */
import type { Behavior, BehaviorClose } from './case-report.ts'

/** The two values that a case is judged by. */
export interface Standing {
  behavior: Behavior
  behaviorClose: BehaviorClose
}

/** What lets a run fail, the strictest last. */
export const failLevels = ['failed', 'non-strict', 'unimplemented'] as const

export type FailLevel = (typeof failLevels)[number]

/** Better first. INFORMATIONAL is not judged, and so as good as OK. */
const behaviorRank: Readonly<Record<Behavior, number>> = {
  OK: 0,
  INFORMATIONAL: 0,
  'NON-STRICT': 1,
  UNIMPLEMENTED: 2,
  FAILED: 3,
}

const closeRank: Readonly<Record<BehaviorClose, number>> = {
  OK: 0,
  INFORMATIONAL: 0,
  'FAILED BY CLIENT': 1,
  'WRONG CODE': 2,
  UNCLEAN: 3,
  FAILED: 4,
}

/** Whether a case fails a run: by its behavior, or by how it closed. */
export function fails({ behavior, behaviorClose }: Standing, level: FailLevel): boolean {
  const bad: readonly Behavior[] =
    level === 'unimplemented'
      ? ['FAILED', 'NON-STRICT', 'UNIMPLEMENTED']
      : level === 'non-strict'
        ? ['FAILED', 'NON-STRICT']
        : ['FAILED']
  return bad.includes(behavior) || closeRank[behaviorClose] > 0
}

/** A standing in words: `OK`, or both values where they differ. */
export function standingText({ behavior, behaviorClose }: Standing): string {
  return behavior === behaviorClose ? behavior : `${behavior} / ${behaviorClose}`
}

/** Whether `now` is better, worse or as good as `before`: worse where either value is. */
export function compareStandings(before: Standing, now: Standing): 'better' | 'worse' | 'same' {
  const behavior = behaviorRank[now.behavior] - behaviorRank[before.behavior]
  const close = closeRank[now.behaviorClose] - closeRank[before.behaviorClose]
  if (behavior > 0 || close > 0) return 'worse'
  return behavior < 0 || close < 0 ? 'better' : 'same'
}

/** The value as a behavior, or null where it is none. */
export function asBehavior(value: unknown): Behavior | null {
  return (Object.keys(behaviorRank).find(known => known === value) as Behavior | undefined) ?? null
}

export function asBehaviorClose(value: unknown): BehaviorClose | null {
  return (Object.keys(closeRank).find(known => known === value) as BehaviorClose | undefined) ?? null
}
