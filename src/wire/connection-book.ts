/** What rows told of each connection as a whole, for as long as it is open or rows of it are kept. */
import type { Handshake, Open, Remark } from './entry.ts'
import type { Side } from '../protocol/side.ts'

/** What a row told, the row and its time. */
export interface Told<R extends Remark> {
  row: number
  time: number
  remark: R
}

/** What tells of a connection as a whole; it stays here when the log has moved on. Null: none came. */
export interface ConnectionRows {
  open: Told<Open> | null
  /** The latest head of an upgrade attempt of each side. */
  client: Told<Handshake> | null
  server: Told<Handshake> | null
}

export class ConnectionBook {
  readonly #connections = new Map<number, ConnectionRows>()
  /** Connections that are over, with the last row of each, in the order in which they ended. */
  readonly #over = new Map<number, number>()

  add(conn: number, row: number, time: number, from: Side | null, remark: Remark): void {
    if (remark.type === 'open') this.#of(conn).open = { row, time, remark }
    if (remark.type === 'handshake') this.#of(conn)[from ?? 'client'] = { row, time, remark }
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

  #of(conn: number): ConnectionRows {
    const known = this.#connections.get(conn)
    if (known !== undefined) return known
    const rows: ConnectionRows = { open: null, client: null, server: null }
    this.#connections.set(conn, rows)
    return rows
  }
}
