/** What came, compared with what was expected: fed as both are read, aligned for each side on its own. */
import type { Side } from '../protocol/side.ts'
import { milliseconds } from '../wire/json.ts'
import { ConnectionEnds } from './connection-ends.ts'
import { DifferenceList } from './difference-list.ts'
import { noCounts, type Measure, type Result } from './difference.ts'
import { PathSet, parsePath } from './json-paths.ts'
import type { Said } from './said.ts'
import type { Context } from './lane-comparison.ts'
import { SideComparison } from './side-comparison.ts'

export interface CompareOptions {
  /** Whose words are compared. Those of the other side are taken as well: they tell who was first, and how long it took. */
  sides: readonly Side[]
  /** Paths to values inside JSON that are not compared, as `parsePath` takes them. */
  ignore: readonly string[]
  /** Whether fragmentation, compression, pings and pongs make a difference; they are counted in any case. */
  frames: boolean
  /** By how many ms the time since the last message, head or Close of either side may differ; null: by any. */
  times: number | null
  /** Differences that are kept, 1000 unless told otherwise; all are counted. */
  limit?: number
}

/** One of the two sequences. */
class Told {
  readonly ends = new ConnectionEnds()
  #last: number | null = null

  /** Takes the next, and returns the ms since the one before; pings and pongs do not count. */
  since(said: Said): number {
    this.ends.add(said)
    const since = said.time - (this.#last ?? said.time)
    if (said.type !== 'ping' && said.type !== 'pong') this.#last = said.time
    return since
  }
}

/** Compares one connection with one that should be like it. */
export class Comparison implements Measure {
  readonly asRecorded = true
  readonly facts = null
  readonly #options: CompareOptions
  readonly #expected = new Told()
  readonly #got = new Told()
  readonly #context: Context
  readonly #sides: ReadonlyMap<Side, SideComparison>

  constructor(options: CompareOptions) {
    const { sides, ignore, frames, times, limit = 1000 } = options
    this.#options = options
    this.#context = {
      ignored: new PathSet(ignore.map(pathOf)),
      frames,
      times,
      differences: new DifferenceList(limit),
      heads: noCounts(),
      messages: noCounts(),
      controls: noCounts(),
      carriage: { refragmented: 0, decompressed: 0, compressed: 0, recompressed: 0 },
      pace: { compared: 0, off: 0, worst: 0 },
    }
    this.#sides = new Map(sides.map(side => [side, new SideComparison(side, this.#context)]))
  }

  /** Takes what was expected, in its order. */
  expected(said: Said): void {
    const since = this.#expected.since(said)
    this.#sides.get(said.from)?.expected(said, since)
  }

  /** Takes what came, in its order. */
  got(said: Said): void {
    const since = this.#got.since(said)
    this.#sides.get(said.from)?.got(said, since)
  }

  /** Octets held for a counterpart. */
  get waiting(): number {
    return this.held.expected + this.held.got
  }

  /** The same, of what was expected and of what came. */
  get held(): { expected: number; got: number } {
    const sum = { expected: 0, got: 0 }
    for (const side of this.#sides.values()) {
      const { expected, got } = side.waiting
      sum.expected += expected
      sum.got += got
    }
    return sum
  }

  /** Nothing follows: what has no counterpart now has none. */
  end(): Result {
    for (const side of this.#sides.values()) side.end()
    const { differences, heads, messages, controls, carriage, pace } = this.#context
    const [expected, got, { sides }] = [this.#expected.ends, this.#got.ends, this.#options]
    for (const found of expected.differences(got, sides)) differences.add(found)
    return {
      heads,
      messages,
      controls,
      carriage,
      pace: { ...pace, worst: milliseconds(pace.worst) },
      ends: expected.same(got, sides),
      differences: differences.kept,
      total: differences.total,
      byKind: differences.byKind,
    }
  }
}

function pathOf(text: string): ReturnType<typeof parsePath> & object {
  const path = parsePath(text)
  if (path === null) throw new TypeError(`not a path: ${text}`)
  return path
}
