/** Facts kept as they came. */
import type { Side } from '../../src/protocol/side.ts'
import type { ConnectionInfo, Facts, Mark } from '../../src/wire/facts.ts'
import type { Fact } from './facts.ts'

/** Keeps what it is given. */
export class FactList implements Facts {
  readonly facts: Required<Fact>[] = []
  ended: number | null = null

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.facts.push({ type: 'open', conn, time, info })
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.facts.push({ type: 'octets', conn, time, from, bytes: Uint8Array.from(bytes) })
  }

  tcp(conn: number, time: number, from: Side, state: string): void {
    this.facts.push({ type: 'tcp', conn, time, from, state })
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    const copy = mark.type === 'edit' ? { ...mark, written: Uint8Array.from(mark.written) } : mark
    this.facts.push({ type: 'mark', conn, time, from, mark: copy })
  }

  end(time: number): Promise<void> {
    this.ended = time
    return Promise.resolve()
  }

  /** The octets of a side; what gaps stand for is left out. */
  stream(from: Side, conn = 1): Buffer {
    return Buffer.concat(
      this.facts.flatMap(fact =>
        fact.type === 'octets' && fact.from === from && fact.conn === conn ? [fact.bytes] : [],
      ),
    )
  }

  marks(): Mark[] {
    return this.facts.flatMap(fact => (fact.type === 'mark' ? [fact.mark] : []))
  }
}
