/**
 * Facts into a file. It decodes nothing and never blocks: a chop is a line in a batch when the call returns, batches are
 * written behind it. When the file falls behind, chops are left out as counted gaps, or whoever reads the sockets is asked
 * to wait.
 */
import type { Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, Mark, TcpState } from '../wire/facts.ts'
import { Batches, type Batch } from './batches.ts'
import { causeOf } from './errors.ts'
import { RecordingFile, createFile, type Write } from './file.ts'
import { endLine, markText, openLine, sessionLine, tcpLine } from './format.ts'
import { octetsHead } from './octets-line.ts'

/** What a full queue does: leave chops out, or ask for a pause with `full` and `onDrain`. */
export type OnFull = 'gap' | 'wait'

export interface RecorderOptions {
  /** The moment from which all times count. */
  started: Date
  /** Who records, such as `wsinspect 0.1.0`. */
  tool: string
  /** What the header says about the facts that will come. */
  redacted: boolean
  /** Where the first frame in the last chop of a side begins, or null: a gap ends there. */
  nextFrame: (conn: number, from: Side) => number | null
  /** Told, in one line each, that recording stopped because the file cannot be written, or that the file is gone. */
  onError: (message: string) => void
  /** Overwrite a file that exists. */
  force?: boolean
  onFull?: OnFull
  /** Octets of lines that may wait for the file; 32 MiB. */
  queueLimit?: number
  /** Milliseconds after which a line is written at the latest; 100. */
  flushInterval?: number
  /** How octets reach the file; for tests of slow and full disks. */
  write?: Write
}

/** What a recording came to. */
export interface RecordCounts {
  /** Lines in the file. */
  lines: number
  /** Octets of the wire in lines, written or about to be. */
  octets: number
  /** Gaps because the file fell behind, and the octets they stand for. */
  gaps: number
  missing: number
}

/**
 * Opens `path` and begins the recording; a name that ends in `.gz` makes it compressed. Rejects with a
 * `RecordingError`: `exists`, or `unwritable`.
 */
export async function openRecorder(path: string, options: RecorderOptions): Promise<Recorder> {
  const file = await createFile(path, options.force ?? false)
  return new Recorder(path, new RecordingFile(file, path.endsWith('.gz'), options.write), options)
}

interface SideState {
  /** Octets that came. */
  offset: number
  /** Where the gap that is under way began; -1 without one. */
  gapFrom: number
  /** Why. */
  gapReason: 'queue' | 'off'
  ended: boolean
}

type ConnectionState = Record<Side, SideState>

/** The first octets of each side, which a full queue leaves out last. */
export const headReserve = 16 * 1024

/** In ms. */
const longestRest = 20

/** Octets of lines that may wait for the file, unless told otherwise. */
export const defaultQueueLimit = 32 * 1024 * 1024

/** Milliseconds after which a line is written at the latest, unless told otherwise. */
export const defaultFlushInterval = 100

export class Recorder implements Facts {
  readonly #path: string
  readonly #file: RecordingFile
  readonly #nextFrame: RecorderOptions['nextFrame']
  readonly #onError: (message: string) => void
  readonly #onFull: OnFull
  readonly #queueLimit: number
  /** Octets that may still wait when a full queue is open again: with few, gaps are long and few. */
  readonly #lowWater: number
  readonly #flushInterval: number
  readonly #connections = new Map<number, ConnectionState>()
  #batches = new Batches()
  #octets = 0
  #gaps = 0
  #missing = 0
  #timer: NodeJS.Timeout | null = null
  /** What there is of a batch is to be written too. */
  #due = false
  #writing = false
  #written: Promise<void> = Promise.resolve()
  #full = false
  /** Chops are left out, or were until a moment ago. */
  #isBehind = false
  #waiting: (() => void)[] = []
  #leavesOpen = false
  /** Nothing more is taken: it ended or failed. */
  #over = false
  #failed = false
  /** Whether the file is still there is to be looked up: not with every batch. */
  #isUnsure = false
  /** The file was removed, and that was told. */
  #gone = false
  #end: Promise<void> | null = null

  /** For `openRecorder`. */
  constructor(path: string, file: RecordingFile, options: RecorderOptions) {
    this.#path = path
    this.#file = file
    this.#nextFrame = options.nextFrame
    this.#onError = options.onError
    this.#onFull = options.onFull ?? 'gap'
    this.#queueLimit = options.queueLimit ?? defaultQueueLimit
    this.#lowWater = this.#queueLimit / (this.#onFull === 'gap' ? 8 : 2)
    this.#flushInterval = options.flushInterval ?? defaultFlushInterval
    this.#batches.add(sessionLine(options.started, options.tool, options.redacted))
    this.#flush()
  }

  get counts(): RecordCounts {
    return { lines: this.#file.lines, octets: this.#octets, gaps: this.#gaps, missing: this.#missing }
  }

  /** True when the file failed: nothing is recorded any more. */
  get failed(): boolean {
    return this.#failed
  }

  /** True when no octets should be read from sockets until `onDrain`. Always false with `gap`. */
  get full(): boolean {
    return this.#full
  }

  /** Calls back once, as soon as it is not full. */
  onDrain(callback: () => void): void {
    if (this.#full) this.#waiting.push(callback)
    else callback()
  }

  open(conn: number, time: number, info: ConnectionInfo): void {
    if (this.#over) return
    const side = (): SideState => ({ offset: 0, gapFrom: -1, gapReason: 'queue', ended: false })
    this.#connections.set(conn, { client: side(), server: side() })
    this.#add(openLine(conn, time, info))
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    const side = this.#over ? undefined : this.#connections.get(conn)?.[from]
    if (side === undefined) return
    const { offset } = side
    side.offset += bytes.length
    if (side.gapFrom >= 0) {
      this.#resume(conn, time, from, side, offset, bytes)
    } else if (this.#onFull === 'gap' && this.#batches.waiting >= this.#limitAt(offset)) {
      beginGap(side, offset, 'queue')
      this.#isBehind = true
    } else {
      this.#addOctets(conn, time, from, offset, bytes)
    }
  }

  /** `from` sent so many octets that are not given: they become a gap with reason `off`, up to where a frame begins. */
  missed(conn: number, from: Side, octets: number): void {
    const side = this.#over ? undefined : this.#connections.get(conn)?.[from]
    if (side === undefined || octets === 0) return
    if (side.gapFrom < 0) beginGap(side, side.offset, 'off')
    side.offset += octets
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    if (this.#over) return
    const connection = this.#connections.get(conn)
    if (connection !== undefined) {
      this.#endGap(conn, time, from, connection[from], connection[from].offset)
      connection[from].ended = true
      if (connection.client.ended && connection.server.ended) this.#connections.delete(conn)
    }
    this.#add(tcpLine(conn, time, from, state))
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    const side = this.#over ? undefined : this.#connections.get(conn)?.[from]
    if (side === undefined) return
    if (mark.type === 'gap') {
      side.offset = mark.offset + mark.octets
      if (side.gapFrom >= 0) return // it is part of the larger one
    }
    this.#add(markText(conn, time, from, mark))
  }

  /** The file is to have no `end`: more may have followed. */
  leaveOpen(): void {
    this.#leavesOpen = true
  }

  /** Writes what is left and closes the file. Always resolves; a failure has been told to `onError`. */
  end(time: number): Promise<void> {
    return (this.#end ??= this.#finish(time))
  }

  async #finish(time: number): Promise<void> {
    if (!this.#over) {
      for (const [conn, connection] of this.#connections) {
        for (const from of ['client', 'server'] as const)
          this.#endGap(conn, time, from, connection[from], connection[from].offset)
      }
      if (!this.#leavesOpen) this.#add(endLine(time))
      this.#over = true
    }
    this.#connections.clear()
    this.#file.hurry()
    this.#flush()
    await this.#written
    if (!this.#failed) await this.#file.finish().catch((error: unknown) => this.#fail(error))
    await this.#file.close()
  }

  /** How much may wait when octets at `offset` come: without its heads a connection could not be read at all. */
  #limitAt(offset: number): number {
    return offset < headReserve ? 2 * this.#queueLimit : this.#queueLimit
  }

  /** After a gap the record goes on where a frame begins, and when there is room for a while. */
  #resume(conn: number, time: number, from: Side, side: SideState, offset: number, bytes: Uint8Array): void {
    if (this.#batches.waiting >= this.#lowWater) return
    const frame = this.#nextFrame(conn, from)
    if (frame === null || frame < offset || frame >= offset + bytes.length) return
    this.#endGap(conn, time, from, side, frame)
    this.#addOctets(conn, time, from, frame, bytes.subarray(frame - offset))
  }

  #endGap(conn: number, time: number, from: Side, side: SideState, end: number): void {
    const offset = side.gapFrom
    if (offset < 0) return
    side.gapFrom = -1
    if (end === offset) return // the chop that was left out was empty
    const reason = side.gapReason
    if (reason === 'queue') {
      this.#gaps++
      this.#missing += end - offset
    }
    this.#add(markText(conn, time, from, { type: 'gap', offset, octets: end - offset, reason }))
  }

  #addOctets(conn: number, time: number, from: Side, offset: number, bytes: Uint8Array): void {
    this.#octets += bytes.length
    this.#batches.addOctets(octetsHead(conn, time, from, offset), bytes)
    this.#added()
  }

  #add(line: string): void {
    this.#batches.add(line)
    this.#added()
  }

  #added(): void {
    if (this.#onFull === 'wait' && this.#batches.waiting >= this.#queueLimit) this.#full = true
    if (this.#batches.hasFull) this.#write()
    this.#timer ??= setTimeout(() => {
      this.#flush()
    }, this.#flushInterval)
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#due = true
    this.#isUnsure = true
    this.#write()
  }

  #write(): void {
    if (this.#writing || this.#failed) return
    this.#writing = true
    this.#written = this.#writeAll()
  }

  /** One batch at a time, so that lines stand in order and the end of the file is known. */
  async #writeAll(): Promise<void> {
    try {
      for (let batch = this.#next(); batch !== null; batch = this.#next()) {
        const start = performance.now()
        await this.#file.append(batch)
        this.#batches.done(batch)
        if (this.#batches.waiting < this.#lowWater) this.#drained()
        if (this.#isUnsure && !this.#gone) await this.#lookUp()
        if (this.#isBehind && !this.#over) await this.#rest(performance.now() - start)
      }
    } catch (error) {
      await this.#fail(error)
    }
    this.#writing = false
  }

  /**
   * Traffic comes first: a record that cannot keep up anyway is written half of the time. Copying it into the file keeps
   * a core busy, and a disk that is slow goes on meanwhile with what it was given.
   */
  async #rest(time: number): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, Math.min(time, longestRest)))
  }

  async #lookUp(): Promise<void> {
    this.#isUnsure = false
    this.#gone = await this.#file.isGone()
    if (!this.#gone) return
    this.#onError(`${this.#path} was removed while it is recorded to: nothing of it will be left`)
  }

  /** Full batches first; when the timer has run out, what there is of the next. */
  #next(): Batch | null {
    const full = this.#batches.takeFull()
    if (full !== null || !this.#due) return full
    this.#due = false
    return this.#batches.takeOpen()
  }

  async #fail(error: unknown): Promise<void> {
    this.#over = true
    this.#failed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#batches = new Batches()
    this.#connections.clear()
    this.#drained()
    await this.#file.cut()
    this.#onError(`recording stopped: ${causeOf(error)} (${this.#path} holds ${this.#file.lines} lines)`)
  }

  #drained(): void {
    this.#isBehind = false
    if (!this.#full) return
    this.#full = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const callback of waiting) callback()
  }
}

function beginGap(side: SideState, offset: number, reason: SideState['gapReason']): void {
  side.gapFrom = offset
  side.gapReason = reason
}
