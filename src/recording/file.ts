/** The file under a recorder: made by nobody else, readable by nobody else, never left with half a line. */
import { constants, fstat } from 'node:fs'
import { lstat, open, stat, unlink, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants as zlib, createGzip } from 'node:zlib'
import type { Batch } from './batches.ts'
import { errorCode } from '../errors.ts'
import { RecordingError, causeOf } from './errors.ts'
import { ZlibStep } from './zlib-step.ts'

/** Writes octets at the end of the file; resolves with how many it wrote, which may be less than all. */
export type Write = (file: FileHandle, octets: Uint8Array) => Promise<number>

const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NONBLOCK, O_NOFOLLOW } = constants

/** Only for the user: recordings hold what people said to each other. */
const ownerOnly = 0o600

/**
 * Opens `path` for writing. A new file is made exclusively, with mode 0600. A regular file that exists is an error, with
 * `force` it is emptied; symbolic links are followed with `force` only. A FIFO or a character device is written to: there
 * is nothing to overwrite. Nothing of this waits: pipes are opened, and written, without blocking.
 */
export async function createFile(path: string, force: boolean): Promise<FileHandle> {
  try {
    return await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK, ownerOnly)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw unwritable(path, error)
  }
  try {
    return await openExisting(path, force)
  } catch (error) {
    throw error instanceof RecordingError ? error : unwritable(path, error)
  }
}

const statOpen = promisify(fstat)

/** True when what is read from `source`, `-` for standard input, is the file at `path`. */
export async function isSameFile(source: string, path: string): Promise<boolean> {
  const read = source === '-' ? statOpen(0) : stat(source)
  const [one, two] = await Promise.all([read, stat(path)].map(found => found.catch(() => null)))
  return one != null && two != null && one.ino === two.ino && one.dev === two.dev && one.isFile()
}

/** Removes what was recorded to `path`; a device, a pipe, or a file that is gone stays as it is. */
export async function removeFile(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found?.isFile() === true) await unlink(path).catch(() => undefined) // then it is left, empty
}

async function openExisting(path: string, force: boolean): Promise<FileHandle> {
  const found = await whatIsThere(path, force)
  if (found === 'pipe') {
    const file = await open(path, O_WRONLY | O_NONBLOCK | (force ? 0 : O_NOFOLLOW))
    // It may have been exchanged for a file in between.
    if (!(await file.stat()).isFile()) return file
    await file.close()
  } else if (found === 'other') {
    throw new RecordingError('unwritable', `cannot record to ${path}: it is not a file`)
  }
  if (!force) {
    throw new RecordingError('exists', `cannot record to ${path}: the file exists (use --force to overwrite)`)
  }
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, ownerOnly)
  await file.chmod(ownerOnly).catch(() => undefined) // not ours: it stays as readable as it was
  return file
}

/** `pipe` stands for all that has no content to lose; a symbolic link counts as a file unless it is to be followed. */
async function whatIsThere(path: string, follow: boolean): Promise<'file' | 'pipe' | 'other'> {
  const found = await (follow ? stat(path) : lstat(path)).catch(() => null)
  if (found === null || found.isFile() || found.isSymbolicLink()) return 'file'
  if (found.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' })
  return found.isFIFO() || found.isCharacterDevice() ? 'pipe' : 'other'
}

function unwritable(path: string, error: unknown): RecordingError {
  const cause =
    errorCode(error) === 'ENOENT' ? 'the directory does not exist (make it first)' : causeOf(error)
  return new RecordingError('unwritable', `cannot record to ${path}: ${cause}`, { cause: error })
}

const writeOnce: Write = async (file, octets) => (await file.write(octets)).bytesWritten

/** A full pipe is tried again after 1 ms, then twice that, up to this; at the end for so long altogether. */
const longestPause = 100
const lastPatience = 2000

const lineFeed = 0x0a

export class RecordingFile {
  readonly #file: FileHandle
  readonly #write: Write
  readonly #gzip: ZlibStep | null
  /** Octets and lines of the batches that are written. */
  #whole = 0
  #lines = 0
  /** Octets of the file behind those. */
  #beyond = 0
  /** Milliseconds to wait for a pipe that nobody empties. */
  #patience = Infinity

  constructor(file: FileHandle, gzip: boolean, write: Write = writeOnce) {
    this.#file = file
    this.#write = write
    // Fast rather than small: it has to keep up with the wire.
    this.#gzip = gzip ? new ZlibStep(createGzip({ level: zlib.Z_BEST_SPEED })) : null
  }

  /** Lines in the file. */
  get lines(): number {
    return this.#lines
  }

  /** Writes a batch whole. After an error, which it throws, `cut` is all that may follow. */
  async append(batch: Batch): Promise<void> {
    const octets = batch.octets.subarray(0, batch.length)
    if (this.#gzip === null) await this.#writeBatch(octets)
    else await this.#writeCompressed(this.#gzip, octets)
    this.#whole += this.#beyond
    this.#beyond = 0
    this.#lines += batch.lines
  }

  /** True when the file has no name any more: what is written goes when it is closed. */
  async isGone(): Promise<boolean> {
    const { nlink } = await this.#file.stat()
    return nlink === 0
  }

  /** From now on a pipe that nobody empties is given up after 2 s. */
  hurry(): void {
    this.#patience = lastPatience
  }

  /** Writes what belongs at the very end, and closes the file. */
  async finish(): Promise<void> {
    if (this.#gzip === null) return
    await this.#gzip.end()
    for (const octets of this.#gzip.take()) await this.#writeAll(octets)
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined) // it is written, or that it is not has been said
  }

  /** Shortens the file to the last line that is whole; a device or a pipe stays as it is. */
  async cut(): Promise<void> {
    await this.#file.truncate(this.#whole).catch(() => undefined)
    this.#beyond = 0
  }

  async #writeBatch(octets: Uint8Array): Promise<void> {
    try {
      await this.#writeAll(octets)
    } catch (error) {
      // Of an unfinished batch, the lines that reached the file stay.
      const written = Buffer.from(octets.buffer, octets.byteOffset, this.#beyond)
      this.#whole += written.lastIndexOf(lineFeed) + 1
      for (const octet of written) if (octet === lineFeed) this.#lines++
      throw error
    }
  }

  async #writeCompressed(gzip: ZlibStep, octets: Uint8Array): Promise<void> {
    await gzip.write(octets)
    await gzip.flush(zlib.Z_SYNC_FLUSH)
    for (const piece of gzip.take()) await this.#writeAll(piece)
  }

  async #writeAll(octets: Uint8Array): Promise<void> {
    for (let done = 0; done < octets.length;) {
      const written = await this.#writeSome(octets.subarray(done))
      done += written
      this.#beyond += written
    }
  }

  /** Less than all is fine; nothing is an error. */
  async #writeSome(octets: Uint8Array): Promise<number> {
    for (let pause = 1; ; pause = Math.min(2 * pause, longestPause)) {
      try {
        const written = await this.#write(this.#file, octets)
        if (written > 0) return written
        throw new Error('nothing can be written')
      } catch (error) {
        if (errorCode(error) !== 'EAGAIN') throw error
        if (this.#patience <= 0) throw new Error('nobody reads from it any more', { cause: error })
      }
      this.#patience -= pause
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
}
