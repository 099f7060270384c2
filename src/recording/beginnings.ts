/** How every open connection began, so that a recording begun in its middle can be read. */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from '../wire/facts.ts'
import type { Recorder } from './recorder.ts'

/** Octets kept of the beginning of each side: enough for the heads of an opening handshake. */
export const keptOfSide = 8 * 1024

/** Octets kept of all connections; those that begin beyond it are not in files that are begun later. */
export const keptOfAll = 16 * 1024 * 1024

/** Of an open connection: its first facts, as calls to make, and what came since. */
interface Beginning {
  facts: ((next: Facts) => void)[]
  /** How far those go on each side, and how far it has sent. */
  kept: Record<Side, number>
  sent: Record<Side, number>
  ended: Record<Side, { time: number; state: TcpState } | null>
  /** Octets held for it. */
  octets: number
}

export class Beginnings implements Facts {
  readonly #beginnings = new Map<number, Beginning>()
  #kept = 0

  /** Gives a recorder what it needs of the connections that are open: what they sent since is missing in it. */
  join(recorder: Recorder): void {
    for (const [conn, beginning] of this.#beginnings) join(recorder, conn, beginning)
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    const none = () => ({ client: 0, server: 0 })
    const beginning: Beginning = {
      facts: [],
      kept: none(),
      sent: none(),
      ended: { client: null, server: null },
      octets: 0,
    }
    beginning.facts.push(next => {
      next.open(conn, time, info)
    })
    if (this.#kept < keptOfAll) this.#beginnings.set(conn, beginning)
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    const beginning = this.#beginnings.get(conn)
    if (beginning !== undefined) this.#keepOctets(beginning, conn, time, from, bytes)
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    const beginning = this.#beginnings.get(conn)
    if (beginning !== undefined) {
      beginning.ended[from] = { time, state }
      if (beginning.ended.client !== null && beginning.ended.server !== null) {
        this.#beginnings.delete(conn)
        this.#kept -= beginning.octets
      }
    }
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    const beginning = this.#beginnings.get(conn)
    if (beginning !== undefined) {
      const isEarly = beginning.sent[from] === beginning.kept[from] && mark.type !== 'stalled'
      if (mark.type === 'gap') beginning.sent[from] = mark.offset + mark.octets
      if (isEarly && beginning.kept[from] < keptOfSide) {
        if (mark.type === 'gap') beginning.kept[from] = beginning.sent[from]
        beginning.facts.push(next => {
          next.mark(conn, time, from, mark)
        })
      }
    }
  }

  end(): Promise<void> {
    return Promise.resolve()
  }

  #keepOctets(beginning: Beginning, conn: number, time: number, from: Side, bytes: Uint8Array): void {
    const { kept, sent } = beginning
    const isEarly = sent[from] === kept[from] && kept[from] < keptOfSide
    sent[from] += bytes.length
    if (!isEarly) return
    // A Buffer's own slice would share what is read into again.
    const copy = new Uint8Array(bytes.subarray(0, keptOfSide - kept[from]))
    kept[from] += copy.length
    beginning.octets += copy.length
    this.#kept += copy.length
    beginning.facts.push(next => {
      next.octets(conn, time, from, copy)
    })
  }
}

/** Gives a recorder what it needs of a connection that began before it. */
function join(recorder: Recorder, conn: number, { facts, kept, sent, ended }: Beginning): void {
  for (const fact of facts) fact(recorder)
  for (const from of ['client', 'server'] as const) {
    recorder.missed(conn, from, sent[from] - kept[from])
    const end = ended[from]
    if (end !== null) recorder.tcp(conn, end.time, from, end.state)
  }
}
