/** A sweep for people, for programs and for CI: which cuts change what the server answers. */
import { counted } from '../protocol/words.ts'
import { cutKinds, cutText, cutTitles, type Cut, type CutKind } from '../replay/cut.ts'
import type { Difference } from '../replay/difference.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import type { JUnitCase } from './junit.ts'

/** What came of one cut. */
export interface CutOutcome {
  cut: Cut
  /** How the answer differs from the recorded one, in a line; null: it does not. */
  change: string | null
  /** False where the session was over before its place came. */
  made: boolean
  /** Milliseconds that the session took. */
  time: number
}

/** What came of all. */
export interface SweepResult {
  outcomes: readonly CutOutcome[]
  /** How many cuts there are of each kind, tried or not. */
  found: Readonly<Record<CutKind, number>>
  /** How many of them were to be tried. */
  planned: number
}

/** How an answer differs, in a line: by its first difference, rather by a Close, which says why; or how the session ended. */
export function changeText(differences: readonly Difference[], ending: string | null): string | null {
  const close = differences.find(({ what, got }) => what === 'close' && got !== null)
  const told = close ?? differences[0]
  if (told === undefined) return ending
  const { text, expected, got } = told
  if (told === close)
    return `the server answered Close ${got ?? ''}, recorded was ${expected === null ? 'none' : `Close ${expected}`}`
  return `${text}: expected ${expected ?? 'nothing'}, got ${got ?? 'nothing'}`
}

/** A cut that changes the answer. */
export function changedLine({ cut, change }: CutOutcome): string {
  return escapeForTerminal(`${cutText(cut)}: ${change ?? 'no change'}`)
}

/** How many cuts of each kind there are, were tried, and change the answer. */
export function sweepTable({ outcomes, found, planned }: SweepResult): string[] {
  const all = cutKinds.reduce((sum, kind) => sum + found[kind], 0)
  const changed = outcomes.filter(({ change }) => change !== null).length
  const rows = cutKinds
    .filter(kind => found[kind] > 0)
    .map(kind => {
      const tried = outcomes.filter(({ cut }) => cut.kind === kind)
      return [
        cutTitles[kind],
        found[kind],
        tried.length,
        tried.filter(({ change }) => change !== null).length,
      ]
    })
  const titles = ['cut', 'found', 'tried', 'change the answer']
  const lines = [titles, ...rows].map(([title, ...counts]) =>
    [String(title).padEnd(40), ...counts.map((text, i) => String(text).padStart(i === 2 ? 19 : 9))].join(''),
  )
  const stopped = outcomes.length < planned ? `, of ${planned} that were to be tried` : ''
  const left = all - outcomes.length
  const rest = left > 0 ? `; ${counted(left, 'cut')} not tried${stopped}` : ''
  const verdict =
    changed === 0 ? 'none changes the answer' : `${changed} change${changed === 1 ? 's' : ''} the answer`
  return [...lines, `${counted(outcomes.length, 'cut')} tried: ${verdict}${rest}`]
}

/** The JSON line of a cut in connection `conn`. */
export function cutJson(conn: number, { cut, change, made, time }: CutOutcome): object {
  const { kind, frame, opcode, at, part, of } = cut
  const place = { kind, frame, opcode, offset: at, part, of, text: cutText(cut) }
  return { type: 'cut', conn, ...place, made, changed: change !== null, change, time: Math.round(time) }
}

/** The JSON line of a whole sweep. */
export function sweepJson(conn: number, { outcomes, found, planned }: SweepResult): object {
  const changed = outcomes.filter(({ change }) => change !== null).length
  return { type: 'sweep', conn, found, planned, tried: outcomes.length, changed }
}

/** A test for each cut. */
export function sweepCases(classname: string, outcomes: readonly CutOutcome[]): JUnitCase[] {
  return outcomes.map(({ cut, change, made, time }) => ({
    classname,
    name: cutText(cut),
    time: time / 1000,
    outcome:
      change !== null
        ? { type: 'failure', kind: 'CHANGED', message: change, text: change }
        : made
          ? { type: 'passed' }
          : { type: 'skipped', message: 'the session was over before' },
  }))
}
