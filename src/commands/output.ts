/** Rows to a stream, as lines or as JSON (`json-output.ts`): readers of the wire log that never make anybody wait. */
import type { Writable } from 'node:stream'
import { cells, formatLine } from '../wire/format.ts'
import { quietTypes, type Entry } from '../wire/entry.ts'
import type { Filter } from '../wire/filter/filter.ts'
import { defaultLogLimits, type Reader, type WireLog } from '../wire/log.ts'

/** Which rows are shown, and how. */
export interface View {
  json: boolean
  /** Chops too; with `json` all fact lines, so that the output is a recording. */
  octets: boolean
  /** Chops and what was redacted. */
  verbose: boolean
  color: boolean
  /** Octets of each payload. */
  maxPayload: number
  /** Rows that do not match are left out; null: none. */
  filter: Filter | null
}

/** Rows written, and milliseconds spent, at one go, so that a long backlog does not hold up the event loop. */
const rowsAtOnce = 500
const timeAtOnce = 10

const factTypes = new Set<Entry['type']>([
  'open',
  'tcp',
  'octets',
  'gap',
  'edit',
  'redacted',
  'stalled',
  'cut',
])

/** True when a row belongs into the view. */
function isShown(entry: Entry, { json, octets, verbose }: View): boolean {
  if (json) return octets || !factTypes.has(entry.type)
  if (entry.type === 'octets') return octets || verbose
  return verbose || !quietTypes.has(entry.type)
}

/** Takes rows one by one and writes them to a stream. */
export interface Sink {
  readonly stream: Writable
  put(entry: Entry, log: WireLog): void
  /** Rows are gone for good. */
  missed(rows: number): void
  /** Hands over what `put` gathered, soon; false when the stream wants a pause. */
  flush(): boolean
  /** Nothing follows. Resolves when all of it has reached the output. */
  end(): Promise<void>
}

/** Characters handed to the output at one go; less waits for the end of the event-loop turn. A write per row is slow. */
const writeSize = 64 * 1024

function lineSink(stream: Writable, view: View): Sink {
  let lines = ''
  let isDue = false
  const handOver = () => {
    const text = lines
    lines = ''
    return text === '' || stream.write(text)
  }
  const handOverSoon = () => {
    if (isDue) return
    isDue = true
    setImmediate(() => {
      isDue = false
      handOver()
    })
  }
  return {
    stream,
    put(entry, log) {
      lines += `${formatLine(cells(entry, log, view.maxPayload), view.color)}\n`
    },
    missed(rows) {
      lines += `${' '.repeat(21)}MISSED  ${rows} rows: the output could not keep up\n`
    },
    flush() {
      if (lines.length >= writeSize) return handOver()
      handOverSoon()
      return !stream.writableNeedDrain
    },
    end() {
      handOver()
      return Promise.resolve()
    },
  }
}

/**
 * A reader that writes rows to `output`. `live`: long backlogs are handled in portions, and `poke` is called when the stream
 * can take more.
 */
export async function rowWriter(
  output: Writable,
  view: View,
  live: boolean,
  poke: () => void,
): Promise<RowWriter> {
  const sink = view.json ? (await import('./json-output.ts')).jsonSink(output, view) : lineSink(output, view)
  return new RowWriter(output, sink, view, live, poke)
}

export class RowWriter implements Reader {
  readonly #view: View
  readonly #sink: Sink
  readonly #output: Writable
  readonly #rowsAtOnce: number
  readonly #timeAtOnce: number
  #next = 0
  /** The stream takes no more for now; who waits for that to end. */
  #blocked = false
  #waiting: (() => void)[] = []

  constructor(output: Writable, sink: Sink, view: View, live: boolean, poke: () => void) {
    this.#view = view
    this.#output = output
    this.#sink = sink
    this.#rowsAtOnce = live ? rowsAtOnce : defaultLogLimits.rows
    this.#timeAtOnce = live ? timeAtOnce : Infinity
    const unblock = () => {
      this.#blocked = false
      for (const resolve of this.#waiting.splice(0)) resolve()
      poke()
    }
    this.#sink.stream.on('drain', unblock)
    output.once('close', unblock)
    output.once('error', unblock)
  }

  /** Writes one line that is no row; only with `json`. */
  putLine(line: object): void {
    if (this.#view.json) this.#sink.stream.write(line)
  }

  advance(log: WireLog): boolean {
    if (this.#blocked || this.#isGone) return false
    if (this.#next < log.first) {
      this.#sink.missed(log.first - this.#next)
      this.#next = log.first
    }
    const until = performance.now() + this.#timeAtOnce
    let left = this.#rowsAtOnce
    while (this.#next < log.next && left > 0 && performance.now() < until) {
      if (this.#put(log, this.#next++)) left--
    }
    this.#blocked = !this.#sink.flush()
    return this.#next < log.next && !this.#blocked
  }

  async end(log: WireLog): Promise<void> {
    while (this.#next < log.next && !this.#isGone) {
      this.advance(log)
      await this.drained()
    }
  }

  /** Resolves when the stream takes more; undefined when it does already. */
  drained(): Promise<void> | undefined {
    if (!this.#blocked || this.#isGone) return undefined
    return new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Nothing more is written. Resolves when everything has been handed over, or nobody reads it any more. */
  async close(): Promise<void> {
    if (!this.#isGone) await this.#sink.end()
  }

  get #isGone(): boolean {
    return this.#output.destroyed || this.#output.errored !== null
  }

  /** True when the row is written. */
  #put(log: WireLog, row: number): boolean {
    const { octets, verbose, filter } = this.#view
    // Chops are most of the rows of some streams: they are passed over without making an object.
    if (!octets && !verbose && log.kind(row) === 'octets') return false
    if (filter?.matches(log, row) === false) return false
    const entry = log.entry(row)
    if (!isShown(entry, this.#view)) return false
    this.#sink.put(entry, log)
    return true
  }
}
