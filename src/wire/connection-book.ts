/** What rows told of each connection as a whole, for as long as it is open or rows of it are kept. */
import type { Handshake, Open, Remark, Tally } from './entry.ts'
import type { Side } from '../protocol/side.ts'

/** What a row told, the row and its time. */
export interface Told<R extends Remark> {
  row: number
  time: number
  remark: R
}

/** What a side has sent so far, counted as it came: it does not matter which rows are kept. It goes on while the side does. */
export interface Sent {
  octets: number
  /** Those of which the last frame came. */
  messages: number
  /** What the side is at fault for. */
  readonly faults: Readonly<Tally>
}

/** What tells of a connection as a whole; it stays here when the log has moved on. Null: none came. */
export interface ConnectionRows {
  open: Told<Open> | null
  /** The latest head of an upgrade attempt of each side. */
  client: Told<Handshake> | null
  server: Told<Handshake> | null
  readonly sent: Readonly<Record<Side, Readonly<Sent>>>
}

export class ConnectionBook {
  readonly #connections = new Map<number, ConnectionRows>()
  /** Connections that are over, with the last row of each, in the order in which they ended. */
  readonly #over = new Map<number, number>()

  /** Rows of a connection follow; `sent` is what its sides will have sent. */
  begin(conn: number, sent: ConnectionRows['sent']): void {
    this.#connections.set(conn, { open: null, client: null, server: null, sent })
  }

  add(conn: number, row: number, time: number, from: Side | null, remark: Remark): void {
    if (remark.type !== 'open' && remark.type !== 'handshake') return
    const rows = this.#connections.get(conn)
    if (rows === undefined) return
    if (remark.type === 'open') rows.open = { row, time, remark }
    else rows[from ?? 'client'] = { row, time, remark }
  }

  get(conn: number): ConnectionRows | null {
    return this.#connections.get(conn) ?? null
  }

  /** No row of `conn` follows after `last`. Connections whose last row lies before `first` are forgotten. */
  end(conn: number, last: number, first: number): void {
    this.#over.set(conn, last)
    for (const [ended, row] of this.#over) {
      if (row >= first) break
      this.#over.delete(ended)
      this.#connections.delete(ended)
    }
  }
}
