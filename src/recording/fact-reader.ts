/** Lines of a recording, parsed, become the facts of its connections: what contradicts the lines before is not used. */
import type { Side } from '../protocol/side.ts'
import type { Facts, Mark } from '../wire/facts.ts'
import type { EndLine, MarkLine, OctetsLine, OpenLine, TcpLine } from './format.ts'

/** A line that is a fact, or says that no more follow. */
export type UsedLine = OpenLine | OctetsLine | TcpLine | MarkLine | EndLine

/**
 * What is wrong with a line: it is `skipped`, its time went back and was `held`, or octets before it are `missing` of which no
 * line tells.
 */
export type LineFault = 'skipped' | 'held' | 'missing'

/** Connections that may be open at a time: of each it is known where its sides stand. */
export const openLimit = 100_000

/** What is known of a connection: where each side stands. */
interface ConnectionState {
  time: number
  offset: Record<Side, number>
  ended: Record<Side, boolean>
}

export class FactReader {
  readonly #facts: Facts
  readonly #onFault: (kind: LineFault, reason: string) => void
  readonly #connections = new Map<number, ConnectionState>()
  /** The latest time of all. */
  #time = 0

  /** `onFault` hears what is wrong with the line that is used, during the call. */
  constructor(facts: Facts, onFault: (kind: LineFault, reason: string) => void) {
    this.#facts = facts
    this.#onFault = onFault
  }

  /** The latest time of all, in ms. */
  get time(): number {
    return this.#time
  }

  /** Returns true when the line was a fact. */
  use(line: UsedLine): boolean {
    switch (line.type) {
      case 'open':
        return this.#open(line)
      case 'octets':
        return this.#octets(line)
      case 'tcp':
        return this.#tcp(line)
      case 'gap':
      case 'edit':
      case 'redacted':
      case 'stalled':
      case 'cut':
        return this.#mark(line)
      case 'end':
        this.#time = Math.max(this.#time, line.time)
        return false
    }
  }

  #open({ conn, time, client, server, url, tls }: OpenLine): boolean {
    if (this.#connections.has(conn)) return this.#skip(`connection ${conn} is open already`)
    if (this.#connections.size >= openLimit) return this.#skip(`more than ${openLimit} connections are open`)
    const state = { time, offset: { client: 0, server: 0 }, ended: { client: false, server: false } }
    this.#connections.set(conn, state)
    this.#facts.open(conn, this.#clock(state, time), { client, server, url, tls })
    return true
  }

  #octets({ conn, time, from, offset, data }: OctetsLine): boolean {
    const state = this.#connections.get(conn)
    if (state === undefined) return this.#skip(`connection ${conn} is not open`)
    if (!this.#reach(state, conn, time, from, offset)) return false
    state.offset[from] = offset + data.length
    this.#facts.octets(conn, this.#clock(state, time), from, data)
    return true
  }

  #tcp({ conn, time, from, state: word }: TcpLine): boolean {
    const state = this.#connections.get(conn)
    if (state === undefined) {
      // What a socket says after its end belongs to no stream any more.
      this.#facts.tcp(conn, this.#latest(time), from, word)
      return true
    }
    state.ended[from] = true
    if (state.ended.client && state.ended.server) this.#connections.delete(conn)
    this.#facts.tcp(conn, this.#clock(state, time), from, word)
    return true
  }

  #mark(line: MarkLine): boolean {
    const { conn, time, from } = line
    const state = this.#connections.get(conn)
    if (state === undefined) return this.#skip(`connection ${conn} is not open`)
    if (line.type === 'gap') {
      if (!this.#reach(state, conn, time, from, line.offset)) return false
      state.offset[from] = line.offset + line.octets
    }
    this.#facts.mark(conn, this.#clock(state, time), from, markOf(line))
    return true
  }

  /** Brings a side to `offset`: what lies between is missing. False, and told, when it is there already. */
  #reach(state: ConnectionState, conn: number, time: number, from: Side, offset: number): boolean {
    const expected = state.offset[from]
    if (offset < expected) {
      return this.#skip(`"offset" is ${offset}, octets up to ${expected} came before`)
    }
    if (offset > expected) {
      const octets = offset - expected
      this.#onFault('missing', `${octets} octets of ${from} from ${expected} on are missing`)
      const gap: Mark = { type: 'gap', offset: expected, octets, reason: 'missing' }
      this.#facts.mark(conn, this.#clock(state, time), from, gap)
    }
    return true
  }

  /** Time never goes back within a connection. */
  #clock(state: ConnectionState, time: number): number {
    if (time < state.time) this.#onFault('held', `"time" is ${time}, after ${state.time}`)
    state.time = Math.max(state.time, time)
    return this.#latest(state.time)
  }

  #latest(time: number): number {
    this.#time = Math.max(this.#time, time)
    return time
  }

  /** Always false: the line was no fact. */
  #skip(reason: string): false {
    this.#onFault('skipped', reason)
    return false
  }
}

function markOf(line: MarkLine): Mark {
  const { type, offset, octets } = line
  switch (type) {
    case 'gap':
      return { type, offset, octets, reason: line.reason }
    case 'edit':
      return { type, offset, octets, written: line.written }
    case 'stalled':
      return { type, offset, octets, span: line.span }
    case 'cut':
      return { type, offset, octets: 0 }
    case 'redacted':
      return { type, offset, octets }
  }
}
