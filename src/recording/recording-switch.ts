/**
 * Recording that can be switched on and off while traffic goes on: each time it is on makes a file of its own. How every open
 * connection began is kept meanwhile, so that a file begun in its middle can be read.
 */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from '../wire/facts.ts'
import { Beginnings } from './beginnings.ts'
import type { Recorder } from './recorder.ts'

export class RecordingSwitch implements Facts {
  readonly #make: () => Promise<Recorder>
  readonly #beginnings = new Beginnings()
  #recorder: Recorder | null
  #isMaking = false
  /** Resolves when the file that was ended last is whole. */
  #ending: Promise<void> = Promise.resolve()

  /** `recorder`: the one that is on at first; `make` begins a new file, and may reject with a `RecordingError`. */
  constructor(recorder: Recorder | null, make: () => Promise<Recorder>) {
    this.#recorder = recorder
    this.#make = make
  }

  /** The recorder at work; null while it is off. One whose file failed is none. */
  get recorder(): Recorder | null {
    return this.#recorder?.failed === true ? null : this.#recorder
  }

  /** See `Recorder`. */
  get full(): boolean {
    return this.#recorder?.full ?? false
  }

  onDrain(callback: () => void): void {
    if (this.#recorder === null) callback()
    else this.#recorder.onDrain(callback)
  }

  /** Begins a new file with the connections that are open. Rejects with a `RecordingError`; does nothing while it is on. */
  async on(): Promise<void> {
    if (this.recorder !== null || this.#isMaking) return
    this.#isMaking = true
    try {
      const recorder = await this.#make()
      this.#beginnings.join(recorder)
      this.#recorder = recorder
    } finally {
      this.#isMaking = false
    }
  }

  /** Ends the file. Resolves with its recorder once all is written; null when it was off. */
  async off(time: number): Promise<Recorder | null> {
    const { recorder } = this
    this.#recorder = null
    this.#ending = recorder?.end(time) ?? this.#ending
    await this.#ending
    return recorder
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.#beginnings.open(conn, time, info)
    this.#recorder?.open(conn, time, info)
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.#beginnings.octets(conn, time, from, bytes)
    this.#recorder?.octets(conn, time, from, bytes)
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#beginnings.tcp(conn, time, from, state)
    this.#recorder?.tcp(conn, time, from, state)
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    this.#beginnings.mark(conn, time, from, mark)
    this.#recorder?.mark(conn, time, from, mark)
  }

  async end(time: number): Promise<void> {
    await this.#ending
    await this.#recorder?.end(time)
  }
}
