/** Searches for a row of the wire log, each a walk from row to row that whoever makes it does in slices. */
import { Opcode } from '../protocol/opcode.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { severities, severity } from '../wire/filter/row-values.ts'
import type { WireLog } from '../wire/log.ts'
import type { Find } from './find.ts'
import type { ShownRows } from './shown-rows.ts'

/** What a row is to a search: true what it looks for, null the end of it. */
export type RowTest = (log: WireLog, row: number) => boolean | null

export interface Search {
  /** The row that was looked at last. */
  row: number
  step: 1 | -1
  test: RowTest
  /** It goes on at the other end when it comes to one. */
  wraps: boolean
  /** What is said where it finds nothing. */
  failure: string
}

/** Looks for a row shown that matches, around the end. */
export function searchMatch(rows: ShownRows, { filter, reach }: Find, row: number, step: 1 | -1): Search {
  const failure = `not found in the rows shown (the first ${reach} of each are searched)`
  const test: RowTest = (log, at) => rows.indexOf(at) >= 0 && filter.matches(log, at)
  return { row, step, wraps: true, test, failure }
}

/** Looks for a row shown that is an error or a warning. */
export function searchErrors(rows: ShownRows, row: number, step: 1 | -1): Search {
  return {
    row,
    step,
    wraps: false,
    test: (log, at) => severity(log, at) >= severities.warning && rows.indexOf(at) >= 0,
    failure: `no error or warning is shown ${step === 1 ? 'below' : 'above'}`,
  }
}

const nothing: RowTest = () => null

/** Looks for another frame that belongs to the one at `row`: a fragment of its message, the pong of a ping and back. */
export function searchPart(log: WireLog, row: number, step: 1 | -1): Search {
  const test = log.kind(row) === 'frame' ? partTest(log, row, step) : nothing
  const failure = `no part of its message, and no ping or pong to it, is shown ${step === 1 ? 'below' : 'above'}`
  return { row, step, wraps: false, test, failure }
}

function partTest(log: WireLog, row: number, step: 1 | -1): RowTest {
  const { frames } = log
  const from = log.from(row)
  const opcode = frames.opcode(row)
  if (from === null) return nothing
  if (opcode === Opcode.ping && step === 1) return echoTest(log, row, Opcode.pong, peerOf(from))
  if (opcode === Opcode.pong && step === -1) return echoTest(log, row, Opcode.ping, peerOf(from))
  if (opcode > Opcode.binary) return nothing
  const hasPart = step === 1 ? !frames.fin(row) : opcode === Opcode.continuation
  return hasPart ? fragmentTest(log.conn(row), from, step) : nothing
}

/** The next data frame of the side is a fragment of the same message, or the message has no more. */
function fragmentTest(conn: number, from: Side, step: 1 | -1): RowTest {
  return (log, row) => {
    if (!isFrameOf(log, row, conn, from) || log.frames.opcode(row) > Opcode.binary) return false
    const isPart = step === 1 ? log.frames.opcode(row) === Opcode.continuation : !log.frames.fin(row)
    return isPart ? true : null
  }
}

/** Octets of a control frame that are compared; it may have no more (RFC 6455 §5.5). */
const controlLimit = 125

function echoTest(log: WireLog, row: number, opcode: number, from: Side): RowTest {
  const conn = log.conn(row)
  const { octets } = log.payload(row, controlLimit)
  if (octets === null) return nothing
  return (_, at) => {
    if (!isFrameOf(log, at, conn, from) || log.frames.opcode(at) !== opcode) return false
    const echo = log.payload(at, controlLimit).octets
    return echo !== null && Buffer.compare(echo, octets) === 0
  }
}

function isFrameOf(log: WireLog, row: number, conn: number, from: Side): boolean {
  return log.kind(row) === 'frame' && log.conn(row) === conn && log.from(row) === from
}
