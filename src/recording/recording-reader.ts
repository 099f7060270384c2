/** A recording line by line: its header, its facts, and everything that is wrong with it, with line and octet. */
import type { Facts } from '../wire/facts.ts'
import { RecordingError } from './errors.ts'
import { FactReader, type LineFault } from './fact-reader.ts'
import { formatVersion, parseLine, type FactLine, type OtherLine, type SessionLine } from './format.ts'
import { readTornLine } from './octets-line.ts'
import { LineSplitter, type Line } from './lines.ts'

/** The longest line, in octets. */
export const lineLimit = 64 * 1024 * 1024

/**
 * What is wrong with a line, or the file: also that its last line is `torn`, that from here on its compression is `damaged`, that
 * `another` recording follows, or that it has no `end`.
 */
export type FaultKind = LineFault | 'torn' | 'damaged' | 'another' | 'no end'

export interface Fault {
  kind: FaultKind
  /** From 1. */
  line: number
  /** Where the line begins, in octets of the file as it is when it is not compressed. */
  offset: number
  reason: string
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Takes lines and gives facts. Throws a `RecordingError`, `invalid`, where the lines are no recording. */
export class RecordingReader {
  readonly #name: string
  readonly #facts: Facts
  readonly #lines: FactReader
  readonly #onFault: (fault: Fault) => void
  readonly #onOpenEnd: ((time: number) => void) | null
  #header: SessionLine | null = null
  /** Another recording follows: it is not used. */
  #over = false
  #hasEnd = false
  #line = 0
  #offset = 0
  /** Where the line after it begins. */
  #next = 0
  #unknown = 0

  /**
   * `name`: what messages call the file. `onOpenEnd` is told the time of its end where it was not closed in order, before that is
   * told to `facts`; what a torn line tells of is a gap for them then.
   */
  constructor(
    name: string,
    facts: Facts,
    onFault: (fault: Fault) => void,
    onOpenEnd: ((time: number) => void) | null = null,
  ) {
    this.#onOpenEnd = onOpenEnd
    this.#name = name
    this.#facts = facts
    this.#onFault = onFault
    this.#lines = new FactReader(facts, (kind, reason) => {
      this.#tell(kind, reason)
    })
  }

  /** Null until it is read. */
  get header(): SessionLine | null {
    return this.#header
  }

  /** Of the last fact, in ms; that of `end` at last. */
  get time(): number {
    return this.#lines.time
  }

  /** Lines so far. */
  get lines(): number {
    return this.#line
  }

  /** Lines of types that are not known. */
  get unknown(): number {
    return this.#unknown
  }

  /** Takes the next line. Returns true when it was a fact. */
  take(line: Line): boolean {
    const { octets } = line
    this.#line = line.number
    this.#offset = line.offset
    this.#next = line.offset + line.length + 1
    if (this.#over) return false
    if (this.#header === null) {
      this.#begin(octets ?? Buffer.alloc(0))
      return false
    }
    if (octets?.length === 0) return false
    const parsed: FactLine | OtherLine =
      octets === null ? { type: 'invalid', reason: 'longer than 64 MiB' } : parseLine(octets)
    if (parsed.type === 'invalid' && !line.whole) {
      this.#tell('torn', 'torn line ignored')
      const gap = this.#onOpenEnd === null || octets === null ? null : readTornLine(octets)
      return gap !== null && this.#use(gap)
    }
    return this.#use(parsed)
  }

  /** What follows cannot be inflated. */
  damage(): void {
    if (this.#header === null) throw this.#notARecording('its compression is damaged')
    this.#tellBehind('damaged', 'the compressed data is damaged from here on')
  }

  /** Nothing follows. Resolves when the consumer has put away what it was given. */
  async end(): Promise<void> {
    if (this.#header === null) throw this.#notARecording('it is empty')
    if (!this.#hasEnd && !this.#over) {
      this.#tellBehind('no end', 'it was not closed in order: more may have followed')
      this.#onOpenEnd?.(this.#lines.time)
    }
    await this.#facts.end(this.#lines.time)
  }

  #begin(octets: Buffer): void {
    const marked = octets.subarray(0, byteOrderMark.length).equals(byteOrderMark)
    const parsed = parseLine(marked ? octets.subarray(byteOrderMark.length) : octets)
    if (parsed.type !== 'session') {
      const reason = parsed.type === 'invalid' ? parsed.reason : '"type" is not "session"'
      throw this.#notARecording(`first line: ${reason}`)
    }
    if (parsed.version > formatVersion) {
      throw new RecordingError(
        'invalid',
        `cannot read ${this.#name}: it has version ${parsed.version}, version ${formatVersion} is the newest known here (use a newer wsinspect)`,
      )
    }
    this.#header = parsed
  }

  #notARecording(reason: string): RecordingError {
    return new RecordingError('invalid', `${this.#name} is not a recording: ${reason}`)
  }

  #use(parsed: FactLine | OtherLine): boolean {
    switch (parsed.type) {
      case 'session':
        this.#over = true
        this.#tell('another', 'another recording begins here; it is ignored')
        return false
      case 'invalid':
        this.#tell('skipped', parsed.reason)
        return false
      case 'unknown':
        this.#unknown++
        return false
      case 'derived':
        return false
      case 'end':
        this.#hasEnd = true
        return this.#lines.use(parsed)
      default:
        return this.#lines.use(parsed)
    }
  }

  #tell(kind: FaultKind, reason: string): void {
    this.#onFault({ kind, line: this.#line, offset: this.#offset, reason })
  }

  /** Of what should stand behind the line that was taken last. */
  #tellBehind(kind: FaultKind, reason: string): void {
    this.#onFault({ kind, line: this.#line + 1, offset: this.#next, reason })
  }
}

/** Who is told of what is read. */
export interface Pace {
  onHeader?: (header: SessionLine) => void
  /** Called after every line that was a fact. Reading goes on when what it returns has resolved. */
  afterFact?: (line: Line) => Promise<void> | undefined
}

/**
 * Gives a reader all lines of a file. `chunks` are its octets; they call back where its compression is damaged. Rejects with a
 * `RecordingError`: a file that cannot be read to its end is used up to there first.
 */
export async function readLines(
  reader: RecordingReader,
  chunks: (onDamage: () => void) => AsyncIterable<Buffer>,
  { onHeader, afterFact }: Pace,
): Promise<void> {
  const splitter = new LineSplitter(lineLimit)
  const take = async (lines: Iterable<Line>) => {
    for (const line of lines) {
      const isHeader = reader.header === null
      const pause = reader.take(line) ? afterFact?.(line) : undefined
      if (isHeader) onHeader?.(headerOf(reader))
      if (pause !== undefined) await pause
    }
  }
  const onDamage = () => {
    reader.damage()
  }
  let failure: RecordingError | null = null
  try {
    for await (const chunk of chunks(onDamage)) await take(splitter.push(chunk))
  } catch (error) {
    if (!(error instanceof RecordingError) || error.failure !== 'unreadable' || reader.header === null)
      throw error
    failure = error
  }
  await take(splitter.end())
  await reader.end()
  if (failure !== null) throw failure
}

/** The header of a reader that has taken its first line. */
export function headerOf({ header }: RecordingReader): SessionLine {
  if (header === null) throw new Error('no header was read')
  return header
}
