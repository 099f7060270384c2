/** A zlib stream as a step: octets in, and what has come out of them so far. */
import type { Gunzip, Gzip } from 'node:zlib'

export class ZlibStep {
  readonly #stream: Gzip | Gunzip
  #out: Buffer[] = []
  #failure: Error | null = null
  #onFailure: ((error: Error) => void) | null = null
  #ended = false
  #onEnd: (() => void) | null = null

  constructor(stream: Gzip | Gunzip) {
    this.#stream = stream
    stream.on('data', (octets: Buffer) => {
      this.#out.push(octets)
    })
    stream.on('error', error => {
      this.#failure = error
      this.#onFailure?.(error)
    })
    // NUL behind the end of what was compressed ends a stream before its time: what is written then is never called back.
    stream.on('end', () => {
      this.#ended = true
      this.#onEnd?.()
    })
  }

  /** Resolves when `octets` are worked up; rejects with the stream's error. They must not change until then. */
  async write(octets: Uint8Array): Promise<void> {
    await this.#until(done => {
      this.#stream.write(octets, done)
    })
  }

  /** What was written comes out, up to the last octet; `kind` as zlib has it. */
  async flush(kind: number): Promise<void> {
    await this.#until(done => {
      this.#stream.flush(kind, done)
    })
  }

  /** Nothing follows. */
  async end(): Promise<void> {
    await this.#until(() => {
      this.#stream.end()
    })
  }

  /** Takes what has come out, also after an error. */
  take(): Buffer[] {
    // The stream may hold back the last of it for its next turn; reading gives it to the listener now.
    while (this.#stream.read() !== null);
    const out = this.#out
    this.#out = []
    return out
  }

  #until(act: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure)
        return
      }
      if (this.#ended) {
        resolve()
        return
      }
      this.#onFailure = reject
      this.#onEnd = resolve
      act(resolve)
    })
  }
}
