/** A recording that can be read from anywhere, and again: a plain file, or a copy of what was inflated or came from a pipe. */
import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordingError, causeOf } from './errors.ts'
import { isCompressed, nameOf, octetsOf, unreadable, type OnProgress } from './source.ts'

const chunkSize = 256 * 1024

export class StoredFile {
  /** What messages call it. */
  readonly name: string
  readonly #file: FileHandle
  /** The compression of what it is a copy of was damaged at its end. */
  readonly #damaged: boolean

  /** For `storeFile`. */
  constructor(name: string, file: FileHandle, damaged: boolean) {
    this.name = name
    this.#file = file
    this.#damaged = damaged
  }

  /** All its octets. `onDamage`: they should have been more. Each chunk is its own. */
  async *chunks(onDamage: () => void, onProgress?: OnProgress): AsyncGenerator<Buffer> {
    const all = await this.#size()
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafe(chunkSize)
      const length = await this.#read(chunk, position)
      if (length === 0) break
      position += length
      yield chunk.subarray(0, length)
      onProgress?.(position, Math.max(all, position))
    }
    if (this.#damaged) onDamage()
  }

  /** Fills `octets` with what stands at `position`. */
  async fill(octets: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < octets.length;) {
      const length = await this.#read(octets.subarray(done), position + done)
      if (length === 0) throw new RecordingError('unreadable', `cannot read ${this.name}: it became shorter`)
      done += length
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #size(): Promise<number> {
    return (await this.#file.stat()).size
  }

  async #read(octets: Uint8Array, position: number): Promise<number> {
    try {
      return (await this.#file.read(octets, 0, octets.length, position)).bytesRead
    } catch (error) {
      throw unreadable(this.name, error)
    }
  }
}

/**
 * Opens `source`, `-` for standard input. What is compressed, or no regular file, is copied first: to a file that only this
 * process has, and that is gone with it. Rejects with a `RecordingError`.
 */
export async function storeFile(source: string): Promise<StoredFile> {
  const name = nameOf(source)
  const plain = source === '-' ? null : await openPlain(source)
  if (plain !== null) return new StoredFile(name, plain, false)
  const file = await openNameless().catch((error: unknown) => {
    throw uncopied(name, error)
  })
  try {
    let damaged = false
    const onDamage = () => (damaged = true)
    for await (const chunk of octetsOf(source, onDamage)) await file.writeFile(chunk)
    return new StoredFile(name, file, damaged)
  } catch (error) {
    await file.close()
    throw error instanceof RecordingError ? error : uncopied(name, error)
  }
}

/** Null where it has to be copied. A pipe is not opened: that would take it from who reads it then. */
async function openPlain(path: string): Promise<FileHandle | null> {
  try {
    if (!(await stat(path)).isFile()) return null
    const file = await open(path, 'r')
    if (!(await isCompressed(file))) return file
    await file.close()
    return null
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** A file without a name: nobody else can open it, and nothing of it is left however the process ends. */
async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'wsinspect-'))
  try {
    return await open(join(folder, 'recording'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function uncopied(name: string, error: unknown): RecordingError {
  return new RecordingError(
    'unreadable',
    `cannot unpack ${name} to ${tmpdir()}: ${causeOf(error)} (TMPDIR names another folder)`,
    { cause: error },
  )
}
