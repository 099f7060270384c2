/** How much came when: a fixed number of intervals that double their width whenever time outgrows them. */
import type { Side } from '../../protocol/side.ts'
import { milliseconds } from '../json.ts'

/** Octets and frames of a side, per interval. */
export interface Series {
  octets: number[]
  frames: number[]
}

export interface Rates extends Record<Side, Series> {
  /** When the first interval begins, and how long each is: ms. */
  start: number
  width: number
}

const intervals = 64

class Columns {
  readonly octets = new Float64Array(intervals)
  readonly frames = new Float64Array(intervals)
}

export class Timeline {
  readonly client = new Columns()
  readonly server = new Columns()
  #start: number | null = null
  #width = 1
  #used = 0

  /** The interval of `time`. What was an index before may be one no more. */
  indexOf(time: number): number {
    this.#start ??= time
    const elapsed = Math.max(0, time - this.#start)
    while (elapsed >= this.#width * intervals) this.#fold()
    const index = Math.floor(elapsed / this.#width)
    this.#used = Math.max(this.#used, index + 1)
    return index
  }

  summary(): Rates {
    const used = ({ octets, frames }: Columns): Series => ({
      octets: [...octets.subarray(0, this.#used)],
      frames: [...frames.subarray(0, this.#used)],
    })
    return {
      start: milliseconds(this.#start ?? 0),
      width: this.#width,
      client: used(this.client),
      server: used(this.server),
    }
  }

  /** Two intervals become one. */
  #fold(): void {
    const { client, server } = this
    for (const column of [client.octets, client.frames, server.octets, server.frames]) {
      for (let i = 0; i < intervals; i += 2) column[i / 2] = column[i]! + column[i + 1]!
      column.fill(0, intervals / 2)
    }
    this.#width *= 2
    this.#used = Math.ceil(this.#used / 2)
  }
}
