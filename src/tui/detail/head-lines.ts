/** The heads of an upgrade attempt, each line as it came, and below it what is wrong with it. */
import type { Handshake } from '../../wire/entry.ts'
import { listed, piece, type Line, type Lines } from './lines.ts'
import type { SideHead, ViolationRow } from './neighbours.ts'
import type { Subject } from './subject.ts'
import { prose } from './text-lines.ts'
import { violationLines } from './violation-lines.ts'

export function headLines({ heads, violations, entry }: Subject, columns: number): Lines {
  // A violation has told of itself already.
  const told = entry.type === 'violation' ? [] : violations
  return listed(
    heads.flatMap((head, index) => [
      ...(index === 0 ? [] : [[]]),
      ...oneHead(
        head,
        told.filter(({ from }) => from === head.from),
        columns,
      ),
    ]),
  )
}

function oneHead({ from, head }: SideHead, violations: readonly ViolationRow[], columns: number): Line[] {
  const { offset, length, startLine } = head
  const starts = [offset, ...head.headers.map(field => field.offset)]
  const under = (index: number) =>
    violationLines(
      violations.filter(violation => lineOf(starts, violation) === index),
      columns,
    )
  return [
    [
      piece(from === 'client' ? 'request' : 'response', 'strong'),
      piece(` @${offset}, ${length} octets`, 'quiet'),
    ],
    ...prose(startLine, columns, 'plain', 2),
    ...under(0),
    ...head.headers.flatMap((field, index) => [...fieldLines(field, columns), ...under(index + 1)]),
  ]
}

function fieldLines({ name, value }: Handshake['headers'][number], columns: number): Line[] {
  const [first, ...rest] = prose(`${name}: ${value}`, columns, 'plain', 2)
  const text = first?.[0]?.text ?? ''
  return [[piece(text.slice(0, name.length + 1), 'control'), piece(text.slice(name.length + 1))], ...rest]
}

/** The line of a head that a violation lies in; 0 where that is the head as a whole. */
function lineOf(starts: readonly number[], { offset }: ViolationRow): number {
  return Math.max(
    0,
    starts.findLastIndex(start => start <= offset),
  )
}
