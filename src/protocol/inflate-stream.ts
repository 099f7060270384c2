/**
 * A zlib state that goes on from message to message: several times as fast as one for each, which `inflate-blocks.ts` makes.
 * It takes only what is beyond doubt; of all else that file says what it is.
 */
import { constants, createInflateRaw, type InflateRaw } from 'node:zlib'
import { tail, withDictionary } from './permessage-deflate.ts'

/** Node's own, which its synchronous functions use too. Without it there is no stream. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    from: number,
    length: number,
    output: Uint8Array,
    to: number,
    room: number,
  ): void
}

/** States that are alive at a time, each of some 80 KiB: of more directions than that each begins anew when its turn comes. */
export const streamLimit = 256

/** The longest payload that is taken, and the longest message that may come of it, in octets. */
export const streamedPayload = 16 * 1024
const outputLimit = 128 * 1024

const output = Buffer.allocUnsafeSlow(outputLimit)

/** An empty block of stored octets: three bits, filled up to an octet, and a length of 0. */
const emptyBlock = [0x00, 0x00, 0x00, 0xff, 0xff]

/**
 * What may follow any message: its tail, and empty blocks. Only where they begin between two blocks nothing comes of them: in the
 * middle of one they are symbols, lengths or octets, and there are more than the longest header of a block could swallow.
 */
const behind = Uint8Array.from([...tail, ...Array.from({ length: 64 }, () => emptyBlock).flat()])

/** The states, the one that was used longest ago first. */
const alive = new Set<InflateStream>()

export class InflateStream {
  readonly #engine: InflateRaw
  readonly #handle: Handle
  /** What zlib left of the room for its output, and of its input. */
  readonly #left: Uint32Array

  /** A state after `before`, the last octets of earlier messages, for a window of 15 bits; null without Node's handle. */
  static after(before: Uint8Array): InflateStream | null {
    const engine = createInflateRaw(withDictionary({}, before))
    const { _handle: handle, _writeState: left } = engine as unknown as {
      _handle?: Partial<Handle> | null
      _writeState?: unknown
    }
    if (typeof handle?.writeSync !== 'function' || !(left instanceof Uint32Array)) return null
    return new InflateStream(engine, handle as Handle, left)
  }

  private constructor(engine: InflateRaw, handle: Handle, left: Uint32Array) {
    this.#engine = engine
    this.#handle = handle
    this.#left = left
    // Told by the result already.
    engine.on('error', () => undefined)
  }

  /**
   * The octets of the next message, a copy; null where it is too long or anything is wrong with it. Then the state is of no use
   * any more, and closed.
   */
  inflate(payload: Uint8Array): Uint8Array | null {
    if (this.#engine.destroyed || payload.length > streamedPayload) return this.#refuse()
    const length = this.#write(payload)
    if (length < 0 || length === outputLimit) return this.#refuse()
    const octets = Buffer.from(output.subarray(0, length))
    if (this.#write(behind) !== 0) return this.#refuse()
    this.#keep()
    return octets
  }

  /** Forgets what came so far: the next message may refer to nothing. */
  reset(): void {
    this.#engine.reset()
  }

  /** Lets go of the memory. */
  close(): void {
    alive.delete(this)
    this.#engine.close()
  }

  /** How many octets came of `input`; -1 where zlib did not take all of it. */
  #write(input: Uint8Array): number {
    this.#handle.writeSync(constants.Z_SYNC_FLUSH, input, 0, input.length, output, 0, outputLimit)
    const [room = 0, untaken = 0] = this.#left
    return this.#engine.destroyed || untaken > 0 ? -1 : outputLimit - room
  }

  #refuse(): null {
    this.close()
    return null
  }

  #keep(): void {
    // As long as there is room their order does not matter.
    if (alive.size >= streamLimit) alive.delete(this)
    alive.add(this)
    if (alive.size <= streamLimit) return
    const [oldest] = alive
    oldest?.close()
  }
}
