/** What came on each side of each connection, kept without care for memory: what rows say is held against it. */
import type { Side } from '../../src/protocol/side.ts'
import type { Fact } from '../support/facts.ts'

/** One side's octets, between which some are missing. */
class Stream {
  /** Octets that came, and those that gaps stand for. */
  length = 0
  readonly #pieces: { offset: number; bytes: Uint8Array }[] = []

  add(bytes: Uint8Array): void {
    this.#pieces.push({ offset: this.length, bytes })
    this.length += bytes.length
  }

  /** The octets of a span, null where not all of them came. */
  octets(offset: number, length: number): Uint8Array | null {
    const found = new Uint8Array(length)
    let filled = 0
    for (const piece of this.#pieces) {
      const from = Math.max(0, offset - piece.offset)
      const part = piece.bytes.subarray(from, Math.max(from, offset + length - piece.offset))
      if (part.length === 0) continue
      found.set(part, piece.offset + from - offset)
      filled += part.length
    }
    return filled === length ? found : null
  }
}

interface Connection extends Record<Side, Stream> {
  ended: Set<Side>
}

export class Streams {
  /** Octets of all of them. */
  octets = 0
  readonly #connections = new Map<number, Connection>()

  /** Octets of a connection that is not open, or over, belong to nothing. */
  take(fact: Fact): void {
    if (fact.type === 'tick') return
    const { conn = 1 } = fact
    if (fact.type === 'open') {
      this.#connections.set(conn, { client: new Stream(), server: new Stream(), ended: new Set() })
      return
    }
    const connection = this.#connections.get(conn)
    if (connection === undefined || connection.ended.size === 2) return
    const stream = connection[fact.from]
    if (fact.type === 'tcp') connection.ended.add(fact.from)
    else if (fact.type === 'octets') {
      stream.add(fact.bytes)
      this.octets += fact.bytes.length
    } else if (fact.mark.type === 'gap') {
      // A gap that lies may name any offset; a stream never goes back.
      stream.length = Math.max(stream.length, fact.mark.offset + fact.mark.octets)
    }
  }

  /** Octets of a side so far; 0 where there is no such connection. */
  lengthOf(conn: number, from: Side): number {
    return this.#connections.get(conn)?.[from].length ?? 0
  }

  of(conn: number, from: Side): Stream {
    const connection = this.#connections.get(conn)
    if (connection === undefined) throw new Error(`a row of connection ${conn}, which was never open`)
    return connection[from]
  }
}
