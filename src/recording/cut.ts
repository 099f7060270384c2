/** A part of a recording: some connections, between two times. What is kept stays as it was, its numbers and times too. */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from '../wire/facts.ts'
import { Beginnings } from './beginnings.ts'
import type { Recorder } from './recorder.ts'

/** What is kept. Times in ms, both included. */
export interface Part {
  keeps: (conn: number) => boolean
  from: number
  to: number
}

/**
 * Gives to a recorder the facts that belong to a part. A connection that began before it comes with its first 8 KiB of each side, its heads above all; what it sent from
 * there up to the first frame that begins in the part is a gap with reason `off`.
 */
export class Cut implements Facts {
  readonly #recorder: Recorder
  readonly #part: Part
  /** Until the part begins. */
  #before: Beginnings | null = new Beginnings()

  constructor(recorder: Recorder, part: Part) {
    this.#recorder = recorder
    this.#part = part
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.#next(conn, time)?.open(conn, time, info)
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.#next(conn, time)?.octets(conn, time, from, bytes)
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#next(conn, time)?.tcp(conn, time, from, state)
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    this.#next(conn, time)?.mark(conn, time, from, mark)
  }

  async end(time: number): Promise<void> {
    this.#begin()
    await this.#recorder.end(Math.min(time, this.#part.to))
  }

  /** Who takes a fact. */
  #next(conn: number, time: number): Facts | null {
    const { keeps, from, to } = this.#part
    if (time > to || !keeps(conn)) return null
    if (time >= from) this.#begin()
    return this.#before ?? this.#recorder
  }

  #begin(): void {
    this.#before?.join(this.#recorder)
    this.#before = null
  }
}
