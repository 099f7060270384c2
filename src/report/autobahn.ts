/** The JSON files of Autobahn's reports: names, keys and layout, so that scripts which read those read these. */
import type { Behavior, BehaviorClose, CaseReport } from '../conformance/case-report.ts'

/** What `index.json` says of one case. */
export interface CaseResult {
  behavior: Behavior
  behaviorClose: BehaviorClose
  /** Milliseconds. */
  duration: number
  remoteCloseCode: number | null
  /** The name of the case's own JSON file. */
  reportfile: string
  /** Why it is not simply OK: Autobahn has no such key. */
  reason?: string
}

/** `index.json`: agents by name, their cases by id. */
export function indexJson(agents: ReadonlyMap<string, ReadonlyMap<string, CaseResult>>): string {
  const cases = [...agents].map(([agent, results]) => [agent, Object.fromEntries(results)] as const)
  return jsonText(Object.fromEntries(cases))
}

/** The file of one case. */
export function caseJson(report: CaseReport): string {
  return jsonText(report)
}

/** How Autobahn names the files of a case, without their ending: `ws_node_case_5_20`. Only `a-z`, `0-9` and `_`. */
export function caseFileName(agent: string, id: string): string {
  return `${slug(agent, '_')}_case_${slug(id, '_')}`
}

/** How the files of a recorded connection are named, without their ending: `session-conn-1`. Only `a-z`, `0-9` and `-`. */
export function connectionFileName(agent: string, id: string): string {
  return `${slug(agent, '-')}-${slug(id, '-')}`
}

/** Characters of a name that are taken from an agent's. */
const slugLimit = 64

/** Text as part of a file name: whatever is none of `a-z0-9` becomes `joint`. Different texts may become the same. */
function slug(text: string, joint: string): string {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, ' ')
    .trim()
    .slice(0, slugLimit)
    .trim()
  return words === '' ? 'agent' : words.replaceAll(' ', joint)
}

/** As Python writes it: keys sorted, three spaces, ASCII. */
function jsonText(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return ascii(JSON.stringify(value))
  const inner = `${indent}   `
  const items = Array.isArray(value)
    ? value.map(item => jsonText(item, inner))
    : Object.entries(value)
        .toSorted(([a], [b]) => byNumberOrText(a, b))
        .map(([key, item]) => `${ascii(JSON.stringify(key))}: ${jsonText(item, inner)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (items.length === 0) return `${open}${close}`
  return `${open}\n${items.map(item => inner + item).join(',\n')}\n${indent}${close}`
}

function byNumberOrText(a: string, b: string): number {
  const difference = Number(a) - Number(b)
  return Number.isNaN(difference) ? (a < b ? -1 : 1) : difference
}

function ascii(json: string): string {
  return json.replace(/[^ -~]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
