/** Connections from open to end, and how long the opening handshakes took. */
import { parseStatusLine } from '../../protocol/http-head.ts'
import type { Side } from '../../protocol/side.ts'
import { outcomes, type Outcome, type Verdict } from '../entry.ts'
import { Sample, type Spread } from './sample.ts'

export interface ConnectionsSummary {
  opened: number
  /** Those of which both sides ended. */
  closed: number
  durations: Spread
  /** Verdicts, by how the connection ended. */
  outcomes: Record<Outcome, number>
  /** Who ended TCP first of itself. */
  endedFirst: Record<Side, number>
}

export interface HandshakesSummary {
  requests: number
  /** Answered by 101. */
  accepted: number
  /** Answered otherwise. */
  refused: number
  /** From the request's head to the response's. */
  responseTimes: Spread
}

interface Connection {
  opened: number
  requested: number | null
  ended: Record<Side, boolean>
}

/** Connections followed at once; of older ones the end is not awaited. */
export const followLimit = 65_536

export class Connections {
  readonly #open = new Map<number, Connection>()
  #opened = 0
  #closed = 0
  readonly #outcomes = Object.fromEntries(outcomes.map(outcome => [outcome, 0])) as Record<Outcome, number>
  readonly #endedFirst: Record<Side, number> = { client: 0, server: 0 }
  #requests = 0
  #accepted = 0
  #refused = 0
  readonly #durations = new Sample()
  readonly #responseTimes = new Sample()

  open(conn: number, time: number): void {
    this.#opened++
    this.#open.set(conn, { opened: time, requested: null, ended: { client: false, server: false } })
    const [oldest] = this.#open.keys()
    if (this.#open.size > followLimit && oldest !== undefined) this.#open.delete(oldest)
  }

  request(conn: number, time: number): void {
    this.#requests++
    const connection = this.#open.get(conn)
    if (connection !== undefined) connection.requested = time
  }

  response(conn: number, time: number, startLine: string): void {
    if (parseStatusLine(startLine)?.status === 101) this.#accepted++
    else this.#refused++
    const requested = this.#open.get(conn)?.requested ?? null
    if (requested !== null) this.#responseTimes.add(time - requested)
  }

  /** The stream of `from` ended. */
  end(conn: number, time: number, from: Side): void {
    const connection = this.#open.get(conn)
    if (connection === undefined) return
    connection.ended[from] = true
    if (!connection.ended.client || !connection.ended.server) return
    this.#open.delete(conn)
    this.#closed++
    this.#durations.add(time - connection.opened)
  }

  verdict({ outcome, tcpFirst }: Verdict): void {
    this.#outcomes[outcome]++
    if (tcpFirst !== null) this.#endedFirst[tcpFirst]++
  }

  summary(): { connections: ConnectionsSummary; handshakes: HandshakesSummary } {
    return {
      connections: {
        opened: this.#opened,
        closed: this.#closed,
        durations: this.#durations.summary(),
        outcomes: { ...this.#outcomes },
        endedFirst: { ...this.#endedFirst },
      },
      handshakes: {
        requests: this.#requests,
        accepted: this.#accepted,
        refused: this.#refused,
        responseTimes: this.#responseTimes.summary(),
      },
    }
  }
}
