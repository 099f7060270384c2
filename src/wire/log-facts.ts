/** The facts of one connection, from the rows and octets that the log still keeps. */
import type { Entry } from './entry.ts'
import type { Facts, Mark } from './facts.ts'
import type { WireLog } from './log.ts'

/** One fact, to be told again. */
export type KeptFact = (facts: Facts) => void

/** All facts of `conn` so far, their octets copied; null when one of them is not kept any more. */
export function keptFacts(log: WireLog, conn: number): readonly KeptFact[] | null {
  const kept: KeptFact[] = []
  for (let row = log.first; row < log.next; row++) {
    if (log.conn(row) !== conn || log.kind(row) === 'frame') continue
    const fact = keptFact(log, row)
    if (fact === null) return null
    if (fact !== undefined) kept.push(fact)
  }
  const opened = log.connection(conn)?.open?.row ?? -1
  return opened < log.first ? null : kept
}

/** Undefined for a row that is no fact. */
function keptFact(log: WireLog, row: number): KeptFact | null | undefined {
  const entry = log.entry(row)
  const { conn, time } = entry
  const from = entry.from ?? 'client'
  if (entry.type === 'open') {
    const { client, server, url, tls } = entry
    return facts => {
      facts.open(conn, time, { client, server, url, tls })
    }
  }
  if (entry.type === 'octets') {
    const octets = log.octets({ conn, from, offset: entry.offset, length: entry.length })
    if (octets === null) return null
    return facts => {
      facts.octets(conn, time, from, octets)
    }
  }
  if (entry.type === 'tcp') {
    const { state } = entry
    return facts => {
      facts.tcp(conn, time, from, state)
    }
  }
  const mark = markOf(entry)
  if (mark === null) return undefined
  return facts => {
    facts.mark(conn, time, from, mark)
  }
}

/** What the row was made from; null where that was no mark. */
function markOf(entry: Entry): Mark | null {
  switch (entry.type) {
    case 'gap':
      return { type: 'gap', offset: entry.offset, octets: entry.octets, reason: entry.reason }
    case 'edit':
      return { type: 'edit', offset: entry.offset, octets: entry.octets, written: entry.written }
    case 'redacted':
      return { type: 'redacted', offset: entry.offset, octets: entry.octets }
    case 'stalled':
      return { type: 'stalled', offset: entry.offset, octets: entry.octets, span: entry.span }
    case 'cut':
      return { type: 'cut', offset: entry.offset, octets: 0 }
    default:
      return null
  }
}
