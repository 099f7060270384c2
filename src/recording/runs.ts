/** Runs of lines of one connection each, a few numbers for every run: a recording of many connections has millions. */

/** Octets `start` to `end` of a file. */
export interface Run {
  start: number
  end: number
}

/** What is read at once: runs of one connection, and what lies between them. */
export interface Group extends Run {
  runs: readonly Run[]
}

const firstCapacity = 1024

/** No run follows. */
const none = 0xffff_ffff

export class Runs {
  readonly #longest: number
  #starts = new Float64Array(firstCapacity)
  #lengths = new Uint32Array(firstCapacity)
  /** The next run of the same connection. */
  #nexts = new Uint32Array(firstCapacity)
  #count = 0
  readonly #first = new Map<number, number>()
  readonly #last = new Map<number, number>()

  /** `longest`: octets that a run has at most, unless it is one line. */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** Adds a line of `conn`, which lies behind all others. */
  add(conn: number, start: number, end: number): void {
    const last = this.#last.get(conn) ?? none
    if (last !== none && last === this.#count - 1) {
      const runStart = this.#starts[last] ?? 0
      const isNext = runStart + (this.#lengths[last] ?? 0) === start
      if (isNext && end - runStart <= this.#longest) {
        this.#lengths[last] = end - runStart
        return
      }
    }
    const run = this.#count++
    if (run === this.#starts.length) this.#grow()
    this.#starts[run] = start
    this.#lengths[run] = end - start
    this.#nexts[run] = none
    if (last === none) this.#first.set(conn, run)
    else this.#nexts[last] = run
    this.#last.set(conn, run)
  }

  /** The runs of `conn` in order; those less than `way` octets apart together, up to `longest` octets. */
  *groups(conn: number, way: number, longest: number): Generator<Group> {
    let runs: Run[] = []
    let [start, end] = [0, 0]
    for (const run of this.#runsOf(conn)) {
      if (runs.length > 0 && (run.start - end > way || run.end - start > longest)) {
        yield { start, end, runs }
        runs = []
      }
      if (runs.length === 0) start = run.start
      end = run.end
      runs.push(run)
    }
    if (runs.length > 0) yield { start, end, runs }
  }

  *#runsOf(conn: number): Generator<Run> {
    for (let run = this.#first.get(conn) ?? none; run !== none; run = this.#nexts[run] ?? none) {
      const start = this.#starts[run] ?? 0
      yield { start, end: start + (this.#lengths[run] ?? 0) }
    }
  }

  #grow(): void {
    const capacity = 2 * this.#count
    this.#starts = grown(this.#starts, new Float64Array(capacity))
    this.#lengths = grown(this.#lengths, new Uint32Array(capacity))
    this.#nexts = grown(this.#nexts, new Uint32Array(capacity))
  }
}

function grown<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
