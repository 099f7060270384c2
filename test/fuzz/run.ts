/** One run: facts into a session, everything read out of it again. */
import { inspect, isDeepStrictEqual } from 'node:util'
import type { InflateLimit } from '../../src/protocol/inflater.ts'
import type { LogLimits } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { Statistics } from '../../src/wire/stats/statistics.ts'
import { statisticsText } from '../../src/wire/stats/tables.ts'
import { Collector, derived, push, rechop, roomFor, type Fact } from '../support/facts.ts'
import { sides } from './mutate.ts'
import { RowChecker, expectHarmless, expectJson } from './oracle.ts'
import { Streams } from './streams.ts'

/** Few octets: short streams reach these limits too. */
const inflate: InflateLimit = { octets: 2048, ratio: 10, ratioFrom: 256 }

/** A log that forgets nearly everything at once. */
const smallLog: LogLimits = { memory: 512, rows: 16 }

/** One that keeps all octets, and all rows that come of one fact. */
function largeLog(facts: readonly Fact[]): LogLimits {
  const sizes = facts.map(fact => (fact.type === 'octets' ? fact.bytes.length : 0))
  const octets = sizes.reduce((sum, size) => sum + size, 0)
  const rows = facts.length + 2 * Math.max(0, ...sizes) + 64
  return { memory: 2 * octets + 1024, rows: 2 ** Math.ceil(Math.log2(rows)) }
}

/** Rows that may come of a number of octets and facts: a frame of two octets can break many rules. */
function rowLimit(octets: number, facts: number): number {
  return 100 + 10 * octets + 30 * facts
}

/** How a run is made. */
export interface Way {
  /** The log keeps all of it. */
  keepsAll: boolean
  /** Statistics are made of it: that takes as long as all the rest. */
  counts: boolean
  /** The sizes of chops in which the same rows must come, null where that is not looked at. */
  chops: readonly number[] | null
}

/** What went wrong with these facts; null when nothing. */
export async function faultOf(facts: readonly Fact[], way: Way): Promise<string | null> {
  try {
    return (await faultOfRows(facts, way)) ?? (way.chops === null ? null : chopFault(facts, way.chops))
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

async function faultOfRows(facts: readonly Fact[], { keepsAll, counts }: Way): Promise<string | null> {
  const session = new Session({ log: keepsAll ? largeLog(facts) : smallLog, inflate })
  const streams = new Streams()
  const checker = new RowChecker(streams, keepsAll)
  const statistics = counts ? new Statistics() : null
  session.attach(checker)
  if (statistics !== null) session.attach(statistics)
  let time = 0
  for (const fact of facts) {
    streams.take(fact)
    push(session, fact)
    askForMore(session, fact, streams)
    time = Math.max(time, fact.time)
    if (checker.rows > rowLimit(streams.octets, facts.length))
      return `${checker.rows} rows of ${streams.octets} octets`
  }
  session.tick(time + 100_000)
  await session.end(time + 100_000)
  if (statistics !== null) expectFigures(statistics)
  return checker.fault
}

function expectFigures(statistics: Statistics): void {
  const summary = statistics.summary()
  expectJson(summary)
  statisticsText(summary).split('\n').forEach(expectHarmless)
}

/** What is asked of a session between facts. */
function askForMore(session: Session, { conn = 1 }: Fact, streams: Streams): void {
  for (const from of sides) {
    const open = session.log.open(conn, from)
    const next = session.nextFrame(conn, from)
    if (open === null && next === null) continue
    const came = streams.of(conn, from).length
    if ((next ?? 0) > came) throw new Error(`the next frame begins @${String(next)} of ${came}`)
    if (open === null) continue
    const end = open.header.offset + open.header.headerLength + open.received
    if (end > came) throw new Error(`the frame in flight ends @${end} of ${came}`)
  }
}

/** The first row that depends on how the octets are chopped. */
function chopFault(facts: readonly Fact[], chops: readonly number[]): string | null {
  const ordered = inOrder(facts)
  const [whole, pieces] = [rowsOf(rechop(ordered, [])), rowsOf(rechop(ordered, chops))]
  const at = [...whole.keys(), whole.length].find(i => !isDeepStrictEqual(whole[i], pieces[i]))
  if (at === undefined) return null
  return `other chops, other rows: ${inspect(whole[at])} became ${inspect(pieces[at])}`
}

/** Time that never goes back, as whoever gives facts promises. Where it does nothing may break, but rows may differ. */
function inOrder(facts: readonly Fact[]): Fact[] {
  let time = 0
  return facts.map(fact => ({ ...fact, time: (time = Math.max(time, fact.time)) }))
}

function rowsOf(facts: readonly Fact[]): unknown[] {
  const session = new Session({ log: roomFor(facts), inflate })
  const rows = new Collector()
  session.attach(rows)
  for (const fact of facts) push(session, fact)
  return derived(rows)
}
