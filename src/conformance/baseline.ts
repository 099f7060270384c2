/** A baseline: the verdicts that are expected of agents, in a file. An `index.json` of the Autobahn suite is one too. */
import {
  asBehavior,
  asBehaviorClose,
  compareStandings,
  fails,
  standingText,
  type Standing,
} from './standing.ts'

/** Standings by case id, by agent. */
export type Baseline = ReadonlyMap<string, ReadonlyMap<string, Standing>>

/** Reads a baseline, or says what is wrong with the text. */
export function parseBaseline(text: string): Baseline | { fault: string } {
  const data = jsonObject(text)
  if (data === null) return { fault: 'it is no JSON object' }
  const baseline = new Map<string, Map<string, Standing>>()
  for (const [agent, cases] of Object.entries(data)) {
    if (typeof cases !== 'object' || cases === null) return { fault: `the cases of "${agent}" are no object` }
    const standings = new Map<string, Standing>()
    for (const [id, given] of Object.entries(cases as Record<string, unknown>)) {
      const standing = asStanding(given)
      if (standing === null)
        return { fault: `case ${id} of "${agent}" has no known behavior and behaviorClose` }
      standings.set(id, standing)
    }
    baseline.set(agent, standings)
  }
  return baseline
}

/** A JSON object's keys and values, or null where the text is something else. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null && !Array.isArray(data)
      ? (data as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function asStanding(given: unknown): Standing | null {
  const { behavior, behaviorClose } = (given ?? {}) as Record<string, unknown>
  const [one, other] = [asBehavior(behavior), asBehaviorClose(behaviorClose)]
  return one === null || other === null ? null : { behavior: one, behaviorClose: other }
}

/** A baseline as text, a line for each case. */
export function baselineText(baseline: Baseline): string {
  const agents = [...baseline].map(([agent, cases]) => {
    const lines = [...cases].map(
      ([id, { behavior, behaviorClose }]) =>
        `    ${JSON.stringify(id)}: { "behavior": ${JSON.stringify(behavior)}, "behaviorClose": ${JSON.stringify(behaviorClose)} }`,
    )
    return `  ${JSON.stringify(agent)}: {\n${lines.join(',\n')}\n  }`
  })
  return `{\n${agents.join(',\n')}\n}\n`
}

/** A change against a baseline. */
export interface Change {
  kind: 'better' | 'worse'
  id: string
  text: string
}

/** What changed of a case; a case that the baseline does not know is worse where it fails. Null where nothing did. */
export function changeOf(baseline: Baseline, agent: string, id: string, now: Standing): Change | null {
  const before = casesOf(baseline, agent)?.get(id)
  if (before === undefined) {
    if (!fails(now, 'failed')) return null
    return { kind: 'worse', id, text: `${id}: ${standingText(now)}, not in the baseline` }
  }
  const kind = compareStandings(before, now)
  return kind === 'same'
    ? null
    : { kind, id, text: `${id}: ${standingText(now)}, was ${standingText(before)}` }
}

/** The cases of an agent; of the only one there is, whatever it is called. */
function casesOf(baseline: Baseline, agent: string): ReadonlyMap<string, Standing> | undefined {
  const [only] = baseline.values()
  return baseline.get(agent) ?? (baseline.size === 1 ? only : undefined)
}
