/** A reader that knows the connections. What they sent is counted by the session; here no object is made of a frame or a chop. */
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseRequestLine, parseStatusLine } from '../protocol/http-head.ts'
import { agreedDeflate, deflateText } from '../protocol/permessage-deflate.ts'
import type { Side } from '../protocol/side.ts'
import type { Handshake, Http, Verdict } from '../wire/entry.ts'
import type { ConnectionRows } from '../wire/connection-book.ts'
import type { TcpState } from '../wire/facts.ts'
import type { Reader, WireLog } from '../wire/log.ts'
import { Connection, marksKept, type Direction } from './connection.ts'

/** Connections listed. */
export const listLimit = 10_000

/** Characters kept of a text of a head. */
export const headTextLimit = 1024

/** What a rate looks back on, in ms. */
const rateSpan = 1000

export class ConnectionList implements Reader {
  /** Rows that the log had dropped before they were read. */
  missed = 0
  /** Connections that are listed no more, or never were, for want of room. */
  forgotten = 0
  /** Changes with what an order of the list may depend on. */
  version = 0
  readonly #rowsAtOnce: number
  readonly #limit: number
  #next = 0
  /** By number, in the order in which they came. */
  readonly #connections = new Map<number, Connection>()
  /** Those that are over, in the order in which they ended. */
  readonly #over = new Set<number>()
  /** The connection of the last row, null for one that is not listed: rows of one come together. */
  #memo: Connection | null = null
  #memoConn = -1
  /** When the last ticks were. */
  readonly #ticks = new Float64Array(marksKept).fill(NaN)
  #tick = 0

  /** `rowsAtOnce`: after how many rows `advance` stops early. `limit`: connections listed. */
  constructor(rowsAtOnce = Infinity, limit = listLimit) {
    this.#rowsAtOnce = rowsAtOnce
    this.#limit = limit
  }

  get size(): number {
    return this.#connections.size
  }

  /** How many of them are not over. */
  get open(): number {
    return this.#connections.size - this.#over.size
  }

  get(conn: number): Connection | null {
    return this.#connections.get(conn) ?? null
  }

  /** All of them, in the order in which they came. */
  all(): Connection[] {
    return [...this.#connections.values()]
  }

  advance(log: WireLog): boolean {
    if (this.#next < log.first) this.#miss(log)
    const stop = Math.min(log.next, this.#next + this.#rowsAtOnce)
    while (this.#next < stop) {
      // Of frames without more than columns nothing is left to tell.
      const end = log.anyPlainFrames(this.#next, stop)
      if (end === this.#next) this.#take(log, this.#next)
      this.#next = Math.max(end, this.#next + 1)
    }
    return stop < log.next
  }

  end(log: WireLog): Promise<void> {
    let more = true
    while (more) more = this.advance(log)
    return Promise.resolve()
  }

  /** Works out the rates at `now`, in ms; a few times a second is enough, and what comes too often does nothing. */
  tick(now: number): void {
    const last = this.#ticks[(this.#tick + marksKept - 1) % marksKept] ?? NaN
    if (now - last < rateSpan / (marksKept - 1)) return
    const base = this.#baseOf(now)
    const span = now - (this.#ticks[base] ?? NaN)
    for (const connection of this.#connections.values()) {
      if (connection.isOver) continue
      mark(connection.client, this.#tick, base, span)
      mark(connection.server, this.#tick, base, span)
    }
    this.#ticks[this.#tick] = now
    this.#tick = (this.#tick + 1) % marksKept
    this.version++
  }

  /** The latest tick that lies a whole second back; as long as there is none, the first. */
  #baseOf(now: number): number {
    let base = this.#tick
    for (let i = 0; i < marksKept; i++) {
      const at = (this.#tick + i) % marksKept
      const time = this.#ticks[at] ?? NaN
      const isUnset = Number.isNaN(this.#ticks[base] ?? NaN)
      if (isUnset || now - time >= rateSpan) base = at
    }
    return base
  }

  #take(log: WireLog, row: number): void {
    const kind = log.kind(row)
    if (kind === 'remark') {
      this.#remark(log, row)
      return
    }
    const connection = this.#of(log, row)
    if (connection === null) return
    if (kind === 'frame') connection.rtt = log.extra(row)?.rtt ?? connection.rtt
    else connection.active = log.time(row)
  }

  #of(log: WireLog, row: number): Connection | null {
    const conn = log.conn(row)
    if (conn === this.#memoConn) return this.#memo
    this.#memo = this.#connections.get(conn) ?? this.#recover(log, conn, row)
    this.#memoConn = conn
    return this.#memo
  }

  #remark(log: WireLog, row: number): void {
    const remark = log.entry(row)
    const { conn, time } = remark
    const known = remark.type === 'open' ? log.connection(conn) : null
    const connection = known === null ? this.#of(log, row) : this.#open(conn, time, known)
    if (connection === null) return
    const from = remark.from ?? 'client'
    switch (remark.type) {
      case 'open':
        connection.info = remark
        break
      case 'handshake':
        readHead(connection, from, remark, time)
        this.version++
        break
      case 'http':
        this.#http(connection, remark)
        break
      case 'violation':
        this.version++
        break
      case 'tcp':
        this.#ended(connection, from, remark.state, time)
        break
      case 'verdict':
        this.#verdict(connection, remark)
        break
      default:
        // Frames and chops are counted as columns; marks and faults are none of this.
        break
    }
  }

  /** Lists a connection; the oldest that is over makes room for it. Null where all are open. */
  #open(conn: number, time: number, { sent }: ConnectionRows): Connection | null {
    this.#memoConn = -1
    if (this.#connections.size >= this.#limit) {
      this.forgotten++
      const [oldest] = this.#over
      if (oldest === undefined) return null
      this.#over.delete(oldest)
      this.#connections.delete(oldest)
    }
    const connection = new Connection(conn, time, sent)
    this.#connections.set(conn, connection)
    this.version++
    return connection
  }

  /** A connection whose first rows were missed: the log may know it still. */
  #recover(log: WireLog, conn: number, row: number): Connection | null {
    const known = this.missed > 0 && this.#connections.size < this.#limit ? log.connection(conn) : null
    if (known === null) return null
    const connection = this.#open(conn, known.open?.time ?? log.time(row), known)
    if (connection !== null) readRows(connection, known)
    return connection
  }

  #http(connection: Connection, { note }: Http): void {
    if (note === null) connection.hasExchanges = true
    else connection.isOpaque = true
    this.version++
  }

  #ended(connection: Connection, from: Side, state: TcpState, time: number): void {
    connection.active = time
    connection[from].ended ??= state
    if (connection.client.ended !== null && connection.server.ended !== null) this.#close(connection)
  }

  /** One may come of what is open, where a record ends. */
  #verdict(connection: Connection, verdict: Verdict): void {
    connection.verdict = verdict
    if (this.missed > 0) this.#close(connection)
    this.version++
  }

  #close(connection: Connection): void {
    connection.isOver = true
    connection.client.rate = 0
    connection.server.rate = 0
    this.#over.add(connection.conn)
    this.version++
  }

  /** Rows are gone unread; what the log knows no more is over. */
  #miss(log: WireLog): void {
    this.missed += log.first - this.#next
    this.#next = log.first
    this.#memoConn = -1
    for (const connection of this.#connections.values()) {
      const known = connection.isOver ? null : log.connection(connection.conn)
      if (known !== null) readRows(connection, known)
      else if (!connection.isOver) this.#close(connection)
    }
  }
}

/** Works out a rate from the count at tick `base`, `span` ms ago, and keeps the count of now as that of tick `at`. */
function mark(direction: Direction, at: number, base: number, span: number): void {
  const { octets } = direction.sent
  const before = direction.marks[base] ?? 0
  direction.rate = span > 0 ? ((octets - before) / span) * 1000 : 0
  direction.marks[at] = octets
}

/** What the log keeps of a connection as a whole. */
function readRows(connection: Connection, { open, client, server }: ConnectionRows): void {
  if (open !== null) connection.info = open.remark
  if (client !== null) readHead(connection, 'client', client.remark, client.time)
  const isAnswer = server !== null && server.row > (client?.row ?? -1)
  if (isAnswer) readHead(connection, 'server', server.remark, server.time)
}

/** A head of an upgrade attempt; the latest counts. */
function readHead(connection: Connection, from: Side, head: Handshake, time: number): void {
  if (from === 'client') {
    const line = parseRequestLine(head.startLine)
    connection.method = kept(line?.method ?? null)
    connection.path = kept(line?.target ?? head.startLine)
    connection.requested = time
    connection.status = null
    return
  }
  connection.status = parseStatusLine(head.startLine)?.status ?? null
  if (connection.requested !== null) connection.responseTime = time - connection.requested
  connection.subprotocol = kept(listOf(head, 'Sec-WebSocket-Protocol')[0] ?? null)
  connection.extensions = kept(extensionText(head))
}

/** The extensions of a response; null without one. */
function extensionText(response: Handshake): string | null {
  const extensions = extensionsOf(response)
  const agreed = agreedDeflate(extensions)
  if (extensions.length === 0) return null
  const names = extensions.map(({ name }) => name).join(', ')
  if (agreed === null) return names
  const [client, server] = [deflateText(agreed.client), deflateText(agreed.server)]
  return client === server ? `${names}: both ${client}` : `${names}: client ${client}, server ${server}`
}

/** A copy, cut: a part of a text would keep all of it in memory. */
function kept(text: string | null): string | null {
  return text === null ? null : Buffer.from(text.slice(0, headTextLimit), 'utf16le').toString('utf16le')
}
