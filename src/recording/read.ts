/** A recording becomes the facts it was made of, at the pace of whoever takes them, in a memory that does not grow. */
import { tee, type Facts } from '../wire/facts.ts'
import type { SessionLine } from './format.ts'
import { LineSplitter } from './lines.ts'
import { RecordingReader, headerOf, lineLimit, readLines, type Fault } from './recording-reader.ts'
import { nameOf, octetsOf, type OnProgress } from './source.ts'
import type { StoredFile } from './stored-file.ts'

export interface ReadOptions {
  /** Told in one line what was not used, and where it stands: `file:line (octet N): reason`. */
  onNote: (note: string) => void
  /** Told of the header, before the first fact. */
  onHeader?: (header: SessionLine) => void
  /** Called after every fact. Reading goes on when what it returns has resolved. */
  afterFact?: () => Promise<void> | undefined
  /** Reads on as the file grows, until this is aborted. */
  follow?: AbortSignal
  onProgress?: OnProgress
  /**
   * Told the time of its end, in ms, where it was not closed in order, before that end is given. What a torn last line tells of is
   * then given as a gap.
   */
  onOpenEnd?: (time: number) => void
}

/** Lines whose fault is told one by one. */
export const noteLimit = 10

/**
 * Reads the recording at `source`, `-` for standard input, and gives its facts to `facts`, `end` included. Lines that are
 * wrong are skipped and noted; a file that is cut anywhere is read up to there. Resolves with the time of its end, in ms.
 * Rejects with a `RecordingError`: `unreadable`, or `invalid` when it is no recording or of a version to come.
 */
export async function readRecording(
  source: string | StoredFile,
  facts: Facts,
  options: ReadOptions,
): Promise<number> {
  const name = typeof source === 'string' ? nameOf(source) : source.name
  const notes = new Notes(name, options.onNote)
  const { onHeader, afterFact, follow = null, onProgress, onOpenEnd = null } = options
  const onFault = (fault: Fault) => {
    notes.add(fault)
  }
  const reader = new RecordingReader(name, facts, onFault, onOpenEnd)
  const chunks = (onDamage: () => void) =>
    typeof source === 'string'
      ? octetsOf(source, onDamage, { follow, onProgress })
      : source.chunks(onDamage, onProgress)
  try {
    await readLines(reader, chunks, {
      onHeader: header => onHeader?.(header),
      afterFact: () => afterFact?.(),
    })
    return reader.time
  } finally {
    notes.end(reader.unknown)
  }
}

/** The header of a recording. Rejects as `readRecording` does. */
export async function readHeader(file: StoredFile): Promise<SessionLine> {
  const reader = new RecordingReader(file.name, tee([]), () => undefined)
  const splitter = new LineSplitter(lineLimit)
  for await (const chunk of file.chunks(() => undefined)) {
    for (const line of splitter.push(chunk)) {
      reader.take(line)
      return headerOf(reader)
    }
  }
  for (const line of splitter.end()) reader.take(line)
  await reader.end()
  return headerOf(reader)
}

/** Faults in words, the first of them one by one. */
export class Notes {
  readonly #name: string
  readonly #onNote: (note: string) => void
  #skipped = 0
  #held = 0

  /** `name`: what messages call the file. */
  constructor(name: string, onNote: (note: string) => void) {
    this.#name = name
    this.#onNote = onNote
  }

  add({ kind, line, offset, reason }: Fault): void {
    // A gap in the facts tells what is missing; a recording under way has no end.
    if (kind === 'missing' || kind === 'no end') return
    if (kind === 'held') this.#held++
    else if (kind !== 'skipped' || ++this.#skipped <= noteLimit)
      this.#tell(`:${line} (octet ${offset}): ${reason}`)
  }

  /** Nothing follows; there were so many lines of unknown types. */
  end(unknown: number): void {
    if (this.#skipped > noteLimit) this.#tell(`: ${this.#skipped - noteLimit} more lines skipped`)
    if (unknown > 0) this.#tell(`: ${unknown} lines of unknown types ignored`)
    if (this.#held > 0) this.#tell(`: ${this.#held} times went back and were held`)
  }

  #tell(note: string): void {
    this.#onNote(this.#name + note)
  }
}
