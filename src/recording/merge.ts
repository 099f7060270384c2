/** Recordings become one: facts in the order of their times, on one axis, and connections with numbers of their own. */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from '../wire/facts.ts'
import { RecordingError } from './errors.ts'
import type { SessionLine } from './format.ts'
import { readRecording, type ReadOptions } from './read.ts'
import { nameOf } from './source.ts'

/** Times further apart do not fit into one recording: 278 years. */
const longestTime = 2 ** 43

/**
 * Begins to merge the recordings at `sources`. `onNote` is told in one line what is not used, and where it stands; `onProgress` of
 * all of them together. Rejects with a `RecordingError`.
 */
export async function openMerger(
  sources: readonly string[],
  { onNote, onProgress }: Pick<ReadOptions, 'onNote' | 'onProgress'>,
): Promise<Merger> {
  let count = 0
  const progress = sources.map(() => ({ read: 0, all: 0 }))
  const lanes = sources.map((source, i) => {
    const tell = (read: number, all: number) => {
      progress[i] = { read, all }
      onProgress?.(sum(progress.map(each => each.read)), sum(progress.map(each => each.all)))
    }
    return new Lane(source, () => ++count, { onNote, onProgress: tell })
  })
  for (const lane of lanes) await lane.next()
  return new Merger(lanes)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

export class Merger {
  /** The earliest start; redacted if all are. */
  readonly header: Pick<SessionLine, 'started' | 'redacted'>
  readonly #lanes: readonly Lane[]

  /** For `openMerger`. */
  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes
    this.header = oneHeader(lanes)
  }

  /**
   * Gives all facts in the order of their times, `end` included: of each recording, one is held. Connections are numbered anew, in
   * the order in which they open. `afterFact`, and `onOpenEnd` for any of them: see `readRecording`. Rejects with a
   * `RecordingError`.
   */
  async give(
    facts: Facts,
    { afterFact, onOpenEnd }: { afterFact: () => Promise<void> | undefined; onOpenEnd: () => void },
  ): Promise<void> {
    let time = 0
    for (let lane = earliest(this.#lanes); lane !== null; lane = earliest(this.#lanes)) {
      time = Math.max(time, lane.time)
      lane.give(facts)
      const pause = afterFact()
      if (pause !== undefined) await pause
      await lane.next()
    }
    if (this.#lanes.some(({ isOpenEnded }) => isOpenEnded)) onOpenEnd()
    await facts.end(Math.max(time, ...this.#lanes.map(({ ended }) => ended)))
  }
}

/** Few recordings are merged: they are looked through. The first of those at the same time comes first. */
function earliest(lanes: readonly Lane[]): Lane | null {
  let found: Lane | null = null
  for (const lane of lanes) if (lane.time < (found?.time ?? Infinity)) found = lane
  return found
}

/** Brings the lanes onto one axis. */
function oneHeader(lanes: readonly Lane[]): Pick<SessionLine, 'started' | 'redacted'> {
  const starts = lanes.map(({ header }) => Date.parse(header.started))
  const started = Math.min(...starts)
  for (const [i, lane] of lanes.entries()) {
    lane.shift = (starts[i] ?? started) - started
    if (lane.shift > longestTime)
      throw new RecordingError(
        'invalid',
        `cannot merge ${lane.name}: it began more than 278 years after another`,
      )
  }
  return { started: new Date(started).toISOString(), redacted: lanes.every(({ header }) => header.redacted) }
}

/** One of the recordings: it is read up to its next fact, which waits until it is the earliest of all. */
class Lane implements Facts {
  readonly name: string
  /** Added to its times. */
  shift = 0
  /** It was not closed in order. */
  isOpenEnded = false
  readonly #number: () => number
  readonly #numbers = new Map<number, number>()
  /** The facts of a line, which are one or two. */
  #held: ((next: Facts) => void)[] = []
  #header: SessionLine | null = null
  #time = 0
  #end = 0
  #isOver = false
  #failure: unknown = null
  #arrived: Promise<void>
  #arrive: () => void = () => undefined
  #resume: () => void = () => undefined

  constructor(source: string, number: () => number, options: Pick<ReadOptions, 'onNote' | 'onProgress'>) {
    this.name = nameOf(source)
    this.#number = number
    this.#arrived = this.#nextArrival()
    const afterFact = () => {
      this.#arrive()
      return new Promise<void>(resolve => (this.#resume = resolve))
    }
    const onHeader = (header: SessionLine) => (this.#header = header)
    const onOpenEnd = () => (this.isOpenEnded = true)
    readRecording(source, this, { ...options, onHeader, afterFact, onOpenEnd })
      .catch((error: unknown) => (this.#failure = error))
      .finally(() => {
        this.#isOver = true
        this.#arrive()
      })
  }

  get header(): SessionLine {
    if (this.#header === null) throw new Error('no header was read')
    return this.#header
  }

  /** Of the fact that waits, on the common axis; Infinity at the end. */
  get time(): number {
    return this.#isOver ? Infinity : this.#time + this.shift
  }

  /** When it ended; 0 before. */
  get ended(): number {
    return this.#isOver ? this.#end + this.shift : 0
  }

  /** Resolves when a fact waits, or none follows. Rejects with a `RecordingError`. */
  async next(): Promise<void> {
    await this.#arrived
    if (this.#failure !== null) throw this.#failure as Error
  }

  /** Gives what waits to `facts`, and reads on. */
  give(facts: Facts): void {
    for (const fact of this.#held) fact(facts)
    this.#held = []
    this.#arrived = this.#nextArrival()
    this.#resume()
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    this.#hold(time, next => {
      const number = this.#number()
      this.#numbers.set(conn, number)
      next.open(number, time + this.shift, info)
    })
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes)
    this.#hold(time, next => {
      next.octets(this.#numberOf(conn), time + this.shift, from, copy)
    })
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#hold(time, next => {
      // Of a connection that is not in it, there is nothing to say.
      if (this.#numbers.has(conn)) next.tcp(this.#numberOf(conn), time + this.shift, from, state)
    })
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    this.#hold(time, next => {
      next.mark(this.#numberOf(conn), time + this.shift, from, mark)
    })
  }

  end(time: number): Promise<void> {
    this.#end = time
    return Promise.resolve()
  }

  #hold(time: number, fact: (next: Facts) => void): void {
    this.#time = time
    this.#held.push(fact)
  }

  #numberOf(conn: number): number {
    return this.#numbers.get(conn) ?? 0
  }

  #nextArrival(): Promise<void> {
    return new Promise(resolve => (this.#arrive = resolve))
  }
}
