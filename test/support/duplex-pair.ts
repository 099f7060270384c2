import { Duplex } from 'node:stream'

/** One end of an in-memory connection. */
export class PipeEnd extends Duplex {
  peer: PipeEnd | null = null
  /** Set to make every write fail with this code, as a socket does whose peer is gone. */
  failWritesWith: string | null = null
  wasReset = false
  #release: (() => void) | null = null

  constructor() {
    super({ allowHalfOpen: true, emitClose: true })
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.failWritesWith !== null) callback(failure(this.failWritesWith))
    else if (this.peer?.push(chunk) === true || chunk.length === 0) callback()
    else if (this.peer !== null) this.peer.#release = callback
  }

  override _read(): void {
    const release = this.#release
    this.#release = null
    release?.()
  }

  override _final(callback: () => void): void {
    this.peer?.push(null)
    callback()
  }

  /** Ends the connection the way a RST does: the peer reads an error. */
  reset(): void {
    this.wasReset = true
    this.peer?.destroy(failure('ECONNRESET'))
    this.destroy()
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Two connected ends. */
export function duplexPair(): [PipeEnd, PipeEnd] {
  const [near, far] = [new PipeEnd(), new PipeEnd()]
  near.peer = far
  far.peer = near
  far.on('error', () => undefined)
  return [near, far]
}
