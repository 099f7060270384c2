/** How far a run of cases is: counts by groups, and how long the rest will take. */
import type { ConformCase } from '../conformance/case.ts'
import type { CaseReport } from '../conformance/case-report.ts'
import { groupOf, groupTitles } from '../conformance/catalogue.ts'
import { fails } from '../conformance/standing.ts'

/** What became of a group. */
export interface GroupTally {
  title: string
  total: number
  ok: number
  nonStrict: number
  informational: number
  unimplemented: number
  /** Those that fail any run, whatever their behavior says; what fails a strict one has its own column. */
  failed: number
}

/** Groups by their names, in the order of their cases. */
export type GroupTallies = ReadonlyMap<string, GroupTally>

export class ConformTally {
  /** Those of all agents together, and of each that has a result. */
  readonly groups: GroupTallies
  readonly agents = new Map<string, GroupTallies>()
  /** Cases that run, in the order of their start. */
  readonly running = new Set<string>()
  done = 0
  readonly total: number
  readonly #casesOf: (agent: string | null) => readonly ConformCase[]
  readonly #weights = new Map<string, number>()
  #weightDone = 0
  #weight = 0

  /** `agents`: by their names, null for those that are not known yet; `casesOf`: what is asked of each. */
  constructor(agents: readonly (string | null)[], casesOf: (agent: string | null) => readonly ConformCase[]) {
    this.#casesOf = casesOf
    const all = agents.flatMap(casesOf)
    this.total = all.length
    for (const of of all) {
      const weight = weightOf(of)
      this.#weights.set(of.id, weight)
      this.#weight += weight
    }
    this.groups = emptyGroups(all)
  }

  add(report: CaseReport): void {
    const group = groupOf(report.id)
    const ofAgent = this.agents.get(report.agent) ?? emptyGroups(this.#casesOf(report.agent))
    this.agents.set(report.agent, ofAgent)
    const column = columnOf(report)
    for (const groups of [this.groups, ofAgent]) {
      const tally = groups.get(group)
      if (tally !== undefined) tally[column]++
    }
    this.running.delete(report.id)
    this.done++
    this.#weightDone += this.#weights.get(report.id) ?? 0
  }

  /** Milliseconds that the rest will take, going by what `elapsed` ms have brought; null while that says nothing. */
  remaining(elapsed: number): number | null {
    if (this.#weightDone === 0 || elapsed < 500) return null
    return (elapsed * (this.#weight - this.#weightDone)) / this.#weightDone
  }
}

/** About how long a case takes, in units that mean nothing by themselves. */
function weightOf({ exchange, steps }: ConformCase): number {
  if (exchange === null) return steps.some(step => step.do === 'wait') ? 50 : 1
  return 3 + (exchange.count * (200 + exchange.length)) / 400_000
}

const columns = ['ok', 'nonStrict', 'informational', 'unimplemented', 'failed'] as const

const headings = ['pass', 'non-strict', 'info', 'unimpl.', 'FAIL', 'done']

function columnOf(report: CaseReport): (typeof columns)[number] {
  if (fails(report, 'failed')) return 'failed'
  if (report.behavior === 'OK') return 'ok'
  if (report.behavior === 'NON-STRICT') return 'nonStrict'
  return report.behavior === 'UNIMPLEMENTED' ? 'unimplemented' : 'informational'
}

function emptyGroup(title: string): GroupTally {
  return { title, total: 0, ok: 0, nonStrict: 0, informational: 0, unimplemented: 0, failed: 0 }
}

function emptyGroups(cases: readonly ConformCase[]): GroupTallies {
  const groups = new Map<string, GroupTally>()
  for (const { id } of cases) {
    const name = groupOf(id)
    const group = groups.get(name) ?? emptyGroup(groupTitles[name] ?? '')
    groups.set(name, group)
    group.total++
  }
  return groups
}

/** The table of groups, a line each, and their sum: less than 80 columns. */
export function tallyTable(groups: GroupTallies): string[] {
  const sum = emptyGroup('')
  for (const group of groups.values())
    for (const key of ['total', ...columns] as const) sum[key] += group[key]
  const rows = [
    ['', ...headings],
    ...[...groups].map(([name, tally]) => [`${name} ${tally.title}`, ...numbers(tally)]),
    ['all', ...numbers(sum)],
  ]
  const widths = ['', ...headings].map((_, i) => Math.max(...rows.map(cells => cells[i]?.length ?? 0)))
  return rows.map(cells =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  )
}

/** The tables at the end: of all, or of each agent where there are several. */
export function tallyTables({ groups, agents }: ConformTally): string[] {
  if (agents.size < 2) return tallyTable(groups)
  return [...agents].flatMap(([agent, of], i) => [...(i === 0 ? [] : ['']), agent, ...tallyTable(of)])
}

function numbers(tally: GroupTally): string[] {
  const counts = columns.map(key => tally[key])
  const done = counts.reduce((sum, count) => sum + count, 0)
  return [...counts.map(count => (count === 0 ? '·' : String(count))), `${done}/${tally.total}`]
}

/** A time that is left, roughly: `40 s`, `3 min`. */
export function roughTime(ms: number): string {
  return ms < 100_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
