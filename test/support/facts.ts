/** Facts as data, so that a test can chop them anew and feed them to a session. */
import type { Side } from '../../src/protocol/side.ts'
import type { Entry } from '../../src/wire/entry.ts'
import type { ConnectionInfo, Facts, Mark } from '../../src/wire/facts.ts'
import { cells, defaultPreview, formatLine } from '../../src/wire/format.ts'
import type { LogLimits, Reader, WireLog } from '../../src/wire/log.ts'
import { Session } from '../../src/wire/session.ts'
import { handshake } from './heads.ts'
import { chop } from './octets.ts'

export type Fact = { time: number; conn?: number } & (
  | { type: 'open'; info: ConnectionInfo }
  | { type: 'octets'; from: Side; bytes: Uint8Array }
  | { type: 'tcp'; from: Side; state: string }
  | { type: 'mark'; from: Side; mark: Mark }
  | { type: 'tick' }
)

export const connectionInfo: ConnectionInfo = {
  client: '127.0.0.1:50000',
  server: '127.0.0.1:9001',
  url: 'ws://127.0.0.1:9001/',
  tls: false,
}

/** Gives a fact to a consumer; it is of connection 1 unless it says otherwise. `tick` is time that passes in a session. */
export function push(facts: Facts, fact: Fact): void {
  const { time, conn = 1 } = fact
  switch (fact.type) {
    case 'open':
      facts.open(conn, time, fact.info)
      break
    case 'octets':
      facts.octets(conn, time, fact.from, fact.bytes)
      break
    case 'tcp':
      facts.tcp(conn, time, fact.from, fact.state)
      break
    case 'mark':
      facts.mark(conn, time, fact.from, fact.mark)
      break
    case 'tick':
      if (facts instanceof Session) facts.tick(time)
  }
}

/** The same facts, their octets in chops of other sizes. */
export function rechop<F extends Fact>(facts: readonly F[], sizes: readonly number[]): F[] {
  return facts.flatMap((fact): readonly F[] =>
    fact.type === 'octets' ? chop(fact.bytes, sizes).map(bytes => ({ ...fact, bytes })) : [fact],
  )
}

/** Stores that hold all the rows and octets of `facts`, in chops of one octet too. */
export function roomFor(facts: readonly Fact[]): LogLimits {
  const total = facts.reduce((sum, fact) => sum + (fact.type === 'octets' ? fact.bytes.length : 1), 0)
  return { memory: 4 * total + 65_536, rows: 2 ** Math.ceil(Math.log2(2 * total + 256)) }
}

/** Keeps every row as the entry it was and as the line it makes; the chops only when asked for. */
export class Collector implements Reader {
  readonly entries: Entry[] = []
  readonly lines: string[] = []
  readonly #octets: boolean
  #next = 0

  constructor(octets = false) {
    this.#octets = octets
  }

  advance(log: WireLog): boolean {
    for (; this.#next < log.next; this.#next++) {
      if (!this.#octets && log.kind(this.#next) === 'octets') continue
      const entry = log.entry(this.#next)
      this.entries.push(entry)
      this.lines.push(formatLine(cells(entry, log, defaultPreview), false))
    }
    return false
  }

  end(log: WireLog): Promise<void> {
    this.advance(log)
    return Promise.resolve()
  }
}

/** A session that was given `facts`, and all its rows. */
export function observe(
  facts: readonly Fact[],
  limits: LogLimits = roomFor(facts),
): { session: Session; log: WireLog; rows: Collector } {
  const session = new Session({ log: limits })
  const rows = new Collector()
  session.attach(rows)
  for (const fact of facts) push(session, fact)
  return { session, log: session.log, rows }
}

/** What does not depend on chops: the rows without their numbers and numbers of chops. */
export function derived(rows: Collector): unknown[] {
  return rows.entries.map(entry => ({ ...entry, seq: 0, ...('chops' in entry ? { chops: 0 } : {}) }))
}

/** Facts of a connection whose opening handshake agreed to `extensions`. */
export function opened(extensions = ''): Fact[] {
  const { request, response } = handshake(extensions)
  return [
    { type: 'open', time: 0, info: connectionInfo },
    { type: 'octets', time: 0, from: 'client', bytes: request },
    { type: 'octets', time: 0, from: 'server', bytes: response },
  ]
}

/** One chop of `from` at time 0. */
export function sent(from: Side, bytes: Uint8Array, time = 0): Fact {
  return { type: 'octets', time, from, bytes }
}

export function tcp(from: Side, state: string, time = 0): Fact {
  return { type: 'tcp', time, from, state }
}
