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

export class ConformTally {
  readonly groups = new Map<string, GroupTally>()
  /** Cases that run, in the order of their start. */
  readonly running = new Set<string>()
  done = 0
  readonly total: number
  readonly #weights: Map<string, number>
  #weightDone = 0
  #weight = 0

  constructor(cases: readonly ConformCase[], servers: number) {
    this.total = cases.length * servers
    this.#weights = new Map(cases.map(of => [of.id, weightOf(of)]))
    for (const weight of this.#weights.values()) this.#weight += weight * servers
    for (const { id } of cases) this.#group(id).total += servers
  }

  #group(id: string): GroupTally {
    const group = groupOf(id)
    let tally = this.groups.get(group)
    if (tally === undefined) {
      const title = groupTitles[group] ?? ''
      tally = { title, total: 0, ok: 0, nonStrict: 0, informational: 0, unimplemented: 0, failed: 0 }
      this.groups.set(group, tally)
    }
    return tally
  }

  add(report: CaseReport): void {
    const group = this.#group(report.id)
    this.running.delete(report.id)
    this.done++
    this.#weightDone += this.#weights.get(report.id) ?? 0
    if (fails(report, 'failed')) group.failed++
    else if (report.behavior === 'OK') group.ok++
    else if (report.behavior === 'NON-STRICT') group.nonStrict++
    else if (report.behavior === 'UNIMPLEMENTED') group.unimplemented++
    else group.informational++
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

const headings = ['pass', 'non-strict', 'info', 'unimpl.', 'FAIL']

/** The table of groups, a line each, and their sum. */
export function tallyTable({ groups }: ConformTally): string[] {
  const rows = [...groups].map(([group, tally]) => [`${group} ${tally.title}`, ...numbers(tally)])
  const sum = [...groups.values()].reduce(
    (all, tally) => {
      for (const key of ['total', ...columns] as const) all[key] += tally[key]
      return all
    },
    { title: '', total: 0, ok: 0, nonStrict: 0, informational: 0, unimplemented: 0, failed: 0 },
  )
  const lines = [['', ...headings, 'done'], ...rows, ['all', ...numbers(sum)]]
  const first = Math.max(...lines.map(([name = '']) => name.length))
  return lines.map(([name = '', ...cells]) =>
    [name.padEnd(first), ...cells.map((cell, i) => cell.padStart(i === columns.length ? 9 : 10))]
      .join(' ')
      .trimEnd(),
  )
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
