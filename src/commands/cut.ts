/** `wsinspect cut FILE -o OUT`: a part of a recording. */
import { ExitCode, UserError } from '../errors.ts'
import type { Side } from '../protocol/side.ts'
import { Cut, type Part } from '../recording/cut.ts'
import { readHeader, readRecording } from '../recording/read.ts'
import { storeFile, type StoredFile } from '../recording/stored-file.ts'
import { tee, type Facts } from '../wire/facts.ts'
import { durations, timeOfDay as timeOfDayIn } from '../wire/filter/range.ts'
import type { Filter } from '../wire/filter/filter.ts'
import type { LogLimits, Reader, WireLog } from '../wire/log.ts'
import { Session } from '../wire/session.ts'
import { filterOf, recordedClock, timeOfDay } from './filter.ts'
import { progressOf, readingWith } from './progress.ts'
import { beginRewriting, type RewriteOptions } from './rewriting.ts'

export interface CutOptions extends RewriteOptions {
  conn?: string
  from?: string
  to?: string
  filter?: string
}

/** Writes the connections, or the time, that the options ask for; nothing where there is nothing of them. */
export async function cut(source: string, options: CutOptions): Promise<void> {
  const isChosen = connectionsOf(options.conn)
  // Refused before anything is read.
  for (const time of [options.from, options.to]) timeOf(time, 0)
  await filterOf(options.filter, recordedClock().clock)
  const file = await storeFile(source)
  try {
    if (options.conn !== undefined) await refuseUnknown(file, source, options.conn, isChosen)
    const matching = await matchingConnections(file, options.filter)
    if (matching !== null && ![...matching].some(isChosen))
      throw new UserError(
        ExitCode.failed,
        `nothing is written: no row of ${source} matches ${options.filter ?? ''} (see wsinspect view ${source})`,
      )
    await write(file, source, options, conn => isChosen(conn) && (matching?.has(conn) ?? true))
  } finally {
    await file.close()
  }
}

async function write(
  file: StoredFile,
  source: string,
  options: CutOptions,
  keeps: Part['keeps'],
): Promise<void> {
  const header = await readHeader(file)
  const startOfDay = timeOfDay(new Date(header.started))
  const part: Part = {
    keeps,
    from: timeOf(options.from, startOfDay) ?? 0,
    to: timeOf(options.to, startOfDay) ?? Infinity,
  }
  if (part.from > part.to)
    throw usage(`--from ${options.from ?? ''} comes after --to ${options.to ?? ''} (change them)`)
  // What was sent before is followed: the record goes on where a frame begins.
  const session = part.from > 0 ? new Session({ log: fewRows }) : null
  const nextFrame = (conn: number, from: Side) => session?.nextFrame(conn, from) ?? null
  const rewriting = await beginRewriting([source], options, header, nextFrame)
  const kept = new Cut(rewriting.recorder, part)
  await readRecording(file, session === null ? kept : tee([session, kept]), {
    ...readingWith(rewriting.progress),
    afterFact: () => rewriting.pace(),
    onOpenEnd(time) {
      if (time < part.to) rewriting.recorder.leaveOpen()
    },
  })
  rewriting.done()
}

/** Rows are not looked at here. */
const fewRows: LogLimits = { memory: 1024 * 1024, rows: 1024 }

/** Throws a usage error that lists the connections where none is chosen. */
async function refuseUnknown(
  file: StoredFile,
  source: string,
  asked: string,
  isChosen: Part['keeps'],
): Promise<void> {
  const listed: string[] = []
  const found = new Set<number>()
  const list: Facts = {
    open(conn, _time, { client, url }) {
      if (isChosen(conn)) found.add(conn)
      if (listed.length < 20) listed.push(`#${conn} ${client} → ${url}`)
    },
    octets: () => undefined,
    tcp: () => undefined,
    mark: () => undefined,
    end: () => Promise.resolve(),
  }
  await readRecording(file, list, { onNote: () => undefined })
  if (found.size > 0) return
  const has = listed.length === 0 ? 'it has none' : listed.join('; ')
  throw usage(`${source} has no connection ${asked} (give --conn N): ${has}`)
}

/** Which numbers `1,3-5` means. */
function connectionsOf(text: string | undefined): Part['keeps'] {
  if (text === undefined) return () => true
  const ranges = text.split(',').map(part => {
    const [all, first, last = first] = /^ *(\d{1,15})(?:-(\d{1,15}))? *$/.exec(part) ?? []
    if (all === undefined || Number(first) > Number(last))
      throw usage(`--conn takes numbers, such as 1,3-5, not ${text}`)
    return { first: Number(first), last: Number(last) }
  })
  return conn => ranges.some(({ first, last }) => conn >= first && conn <= last)
}

const day = 86_400_000

/** A time in ms since the start; a time of day is the first such time from the start on. */
function timeOf(text: string | undefined, startOfDay: number): number | null {
  if (text === undefined) return null
  const since = durations(text)
  if (since !== null) return since.low
  const clock = timeOfDayIn(text)
  if (clock === null) throw usage(`a time is such as 1500, 1.5s or 12:00:01, not ${text}`)
  return (clock.low - startOfDay + day) % day
}

function usage(message: string): UserError {
  return new UserError(ExitCode.usage, message)
}

/** The connections that have a row which matches; null without a filter. */
async function matchingConnections(file: StoredFile, text: string | undefined): Promise<Set<number> | null> {
  const { clock, begin } = recordedClock()
  const filter = await filterOf(text, clock)
  if (filter === null) return null
  const session = new Session()
  const matches = new Matches(filter)
  session.attach(matches)
  // What is wrong is noted when it is read again.
  const progress = progressOf('looking for connections')
  await readRecording(file, session, { ...readingWith(progress), onNote: () => undefined, onHeader: begin })
  progress.clear()
  return matches.connections
}

/** Reads the rows of a log for a filter. */
class Matches implements Reader {
  readonly connections = new Set<number>()
  readonly #filter: Filter
  #next = 0

  constructor(filter: Filter) {
    this.#filter = filter
  }

  advance(log: WireLog): boolean {
    for (let row = Math.max(this.#next, log.first); row < log.next; row++) {
      const conn = log.conn(row)
      if (!this.connections.has(conn) && this.#filter.matches(log, row)) this.connections.add(conn)
    }
    this.#next = log.next
    return false
  }

  end(log: WireLog): Promise<void> {
    this.advance(log)
    return Promise.resolve()
  }
}
