/** A comparison for people, for programs and for CI: sentences and differences as lines, as JSON, as JUnit. */
import type { Counts, Difference, DifferenceKind, Ended, Result } from '../replay/difference.ts'
import type { Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import type { JUnitCase } from './junit.ts'

/** What the two that are compared are called: `A` and `B`, `recorded` and `replayed`. */
export interface Names {
  expected: string
  got: string
}

/** What is the same and what is not, in sentences. A reason in them is raw. */
export function summaryLines(result: Result, names: Names): string[] {
  return [
    countSentence(result.heads, 'head', names),
    countSentence(result.messages, 'message', names),
    countSentence(result.controls, 'ping or pong', names, 'pings and pongs'),
    ...carriageSentences(result, names),
    paceSentence(result),
    endSentence('The Close', result.ends.closes),
    endSentence('The end of TCP', result.ends.tcp),
  ].filter(line => line !== '')
}

/** `12 messages are the same, 1 differs, 2 stand in A alone.` */
function countSentence(counts: Counts, noun: string, names: Names, nouns = `${noun}s`): string {
  const { same, changed, missing, extra, moved, unknown } = counts
  const parts = [
    [changed, changed === 1 ? 'differs' : 'differ'],
    [missing, `in ${names.expected} alone`],
    [extra, `in ${names.got} alone`],
    [moved, 'in another place'],
    [unknown, 'not compared'],
  ] as const
  const rest = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  if (same === 0 && rest.length === 0) return ''
  const first =
    same === 0
      ? `No ${noun} is the same`
      : same === 1
        ? `1 ${noun} is the same`
        : `${same} ${nouns} are the same`
  return `${[first, ...rest].join(', ')}.`
}

function carriageSentences({ carriage }: Result, { expected, got }: Names): string[] {
  const { refragmented, compressed, decompressed, recompressed } = carriage
  const sentence = (count: number, what: string) =>
    count === 0
      ? ''
      : `${counted(count, 'message')} of the same content ${count === 1 ? 'is' : 'are'} ${what}.`
  return [
    sentence(refragmented, `in other frames in ${got}`),
    sentence(decompressed, `compressed in ${expected} alone`),
    sentence(compressed, `compressed in ${got} alone`),
    sentence(recompressed, 'compressed to another size'),
  ]
}

function paceSentence({ pace }: Result): string {
  const { compared, off, worst } = pace
  const isShown = Math.abs(worst) >= 0.05 || off > 0
  if (compared === 0 || !isShown) return ''
  const most = `${Math.abs(worst).toFixed(1)} ms ${worst < 0 ? 'earlier' : 'later'}`
  const beyond = off === 0 ? '' : `, ${counted(off, 'message')} beyond the tolerance`
  return `After what came before, messages came at most ${most}${beyond}.`
}

/** `The Close is the same: client 1000, server 1000 bye.` */
function endSentence(what: string, ends: readonly Ended[]): string {
  if (ends.length === 0) return ''
  return `${what} is the same: ${ends.map(({ from, text }) => `${from} ${text}`).join(', ')}.`
}

/** A difference for the terminal: what it is, what was expected, what came. */
export function differenceLines({ what, text, expected, got }: Difference, names: Names): string[] {
  if (what === 'rule') return [text, `  ${got ?? ''}`].map(escapeForTerminal)
  const width = Math.max(names.expected.length, names.got.length)
  const line = (name: string, value: string | null) => `  ${name.padEnd(width)}  ${value ?? '(nothing)'}`
  return [text, line(names.expected, expected), line(names.got, got)].map(escapeForTerminal)
}

/** The JSON line of a difference in connection `conn`; `other` is the connection that it was compared with. */
export function differenceJson(conn: number, other: number, difference: Difference): object {
  const { what, from, ordinal, expected, got, text } = difference
  return { type: 'difference', conn, other, what, from, ordinal, expected, got, text }
}

const titles: Record<DifferenceKind, string> = {
  handshake: 'handshake',
  message: 'messages',
  control: 'pings and pongs',
  frames: 'frames',
  time: 'times',
  close: 'Close',
  end: 'end of TCP',
  rule: 'rules',
}

/** A test for everything that was compared. `kinds` are those asked for, `classname` names the connection. */
export function junitCases(
  result: Result,
  classname: string,
  kinds: readonly DifferenceKind[],
  names: Names,
): JUnitCase[] {
  return kinds.map(kind => {
    const found = result.differences.filter(({ what }) => what === kind)
    return { classname, name: titles[kind], time: 0, outcome: outcomeOf(found, result.byKind[kind], names) }
  })
}

/** `found` are those of `total` that were kept. */
function outcomeOf(found: readonly Difference[], total: number, names: Names): JUnitCase['outcome'] {
  if (total === 0) return { type: 'passed' }
  const first = found[0]?.text ?? 'not kept, see --limit'
  const message = total === 1 ? first : `${counted(total, 'difference')}, the first: ${first}`
  const text = found.flatMap(difference => differenceLines(difference, names)).join('\n')
  return { type: 'failure', kind: 'DIFFERENT', message, text }
}

/** Chops of a connection, and the octets that came in them. */
export type ChopCounts = Record<Side, { chops: number; octets: number }>

/** In how many chops the octets of each side came. */
export function chopLines(expected: ChopCounts, got: ChopCounts, names: Names): string[] {
  return (['client', 'server'] as const).flatMap(side => {
    const [a, b] = [expected[side], got[side]]
    if (a.octets + b.octets === 0) return []
    const text = ({ chops, octets }: typeof a) => `${counted(octets, 'octet')} in ${counted(chops, 'chop')}`
    if (a.chops === b.chops && a.octets === b.octets) return [`The ${side} sent ${text(a)} in both.`]
    return [`The ${side} sent ${text(a)} in ${names.expected}, ${text(b)} in ${names.got}.`]
  })
}
