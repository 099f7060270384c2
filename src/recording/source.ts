/** Where a recording is read from: a file, or standard input; compressed or not, as its first octets say. */
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { constants, createGunzip } from 'node:zlib'
import { errorCode } from '../errors.ts'
import { RecordingError, causeOf } from './errors.ts'
import { ZlibStep } from './zlib-step.ts'

const chunkSize = 256 * 1024

/** Compressed octets inflated at once: they may become a thousand times as many. */
const compressedStep = 16 * 1024

/** What messages call a source. */
export function nameOf(source: string): string {
  return source === '-' ? 'stdin' : source
}

/** How often, in ms, it is looked whether a file has grown. */
const growthInterval = 100

/** Told how many octets were read, and of how many. */
export type OnProgress = (read: number, all: number) => void

export interface SourceOptions {
  /** A file is read on as it grows, until this is aborted. */
  follow?: AbortSignal | null
  /** Told of a file that does not grow, as it is. */
  onProgress?: OnProgress | undefined
}

/**
 * The octets of `source`, `-` for standard input, inflated if need be. Throws a `RecordingError`, `unreadable`. A compressed
 * stream that is cut ends where it is cut; one that is damaged ends there, and `onDamage` is told.
 */
export async function* octetsOf(
  source: string,
  onDamage: () => void,
  options: SourceOptions = {},
): AsyncGenerator<Buffer> {
  const sniffed = beginWith(read(source, options), gzipMark.length)
  const first = await sniffed.next()
  if (first.done === true) return
  const all = prepend(first.value, sniffed)
  yield* first.value.indexOf(gzipMark) === 0 ? inflated(all, onDamage) : all
}

async function* read(source: string, { follow = null, onProgress }: SourceOptions): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer> =
    source === '-' ? process.stdin : follow === null ? still(source, onProgress) : growing(source, follow)
  try {
    yield* chunks
  } catch (error) {
    throw unreadable(nameOf(source), error)
  }
}

/** The system refuses to read a file, which messages call `name`. */
export function unreadable(name: string, error: unknown): RecordingError {
  const cause = errorCode(error) === 'ENOENT' ? 'there is no such file' : causeOf(error)
  return new RecordingError('unreadable', `cannot read ${name}: ${cause}`, { cause: error })
}

async function* still(path: string, onProgress: OnProgress | undefined): AsyncGenerator<Buffer> {
  const all = onProgress === undefined ? 0 : (await stat(path)).size
  let read = 0
  for await (const chunk of createReadStream(path, { highWaterMark: chunkSize }) as AsyncIterable<Buffer>) {
    yield chunk
    onProgress?.((read += chunk.length), Math.max(all, read))
  }
}

async function* growing(path: string, until: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    while (!until.aborted) {
      // A chunk is kept by whoever splits it into lines: each is new.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize)
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
      else await pause(growthInterval, undefined, { signal: until }).catch(() => undefined)
    }
  } finally {
    await file.close()
  }
}

const gzipMark = Buffer.from([0x1f, 0x8b])

/** True when a regular file begins as what gzip makes. */
export async function isCompressed(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(gzipMark.length)
  await file.read(start, 0, start.length, 0)
  return start.equals(gzipMark)
}

/** The same chunks, the first of at least `length` octets. */
async function* beginWith(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let held: Buffer | null = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const next: Buffer = held === null ? chunk : Buffer.concat([held, chunk])
    held = held === null || next.length >= length ? null : next
    if (held === null) yield next
  }
  if (held !== null && held.length > 0) yield held
}

async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

async function* inflated(chunks: AsyncIterable<Buffer>, onDamage: () => void): AsyncGenerator<Buffer> {
  const gunzip = new ZlibStep(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize }))
  for await (const chunk of chunks) {
    for (const step of stepsOf(chunk)) {
      const isSound = await succeeds(gunzip.write(step))
      yield* gunzip.take()
      if (isSound) continue
      onDamage()
      return
    }
  }
  const isSound = await succeeds(gunzip.end())
  yield* gunzip.take()
  if (!isSound) onDamage()
}

/**
 * What is inflated at once. A step that is damaged gives nothing, so a run of NUL, which is what a crash leaves at the end of
 * a file, is a step of its own.
 */
function* stepsOf(chunk: Buffer): Generator<Buffer> {
  for (let i = 0; i < chunk.length; i += compressedStep) {
    const step = chunk.subarray(i, i + compressedStep)
    const sound = step.findLastIndex(octet => octet !== 0) + 1
    if (sound > 0) yield step.subarray(0, sound)
    if (sound < step.length) yield step.subarray(sound)
  }
}

function succeeds(step: Promise<void>): Promise<boolean> {
  return step.then(
    () => true,
    () => false,
  )
}
