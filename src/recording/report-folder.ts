/** Where a report goes: a folder of files, or one page. */
import { chmod, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import { generatorMark } from '../report/shell.ts'
import { causeOf } from './errors.ts'

/** Readable by its owner alone, as recordings are: a report has payload in it. */
const mode = 0o600

/** Writes a file of a report, under a name that the caller has made. Rejects with a `UserError`. */
export type WriteFile = (name: string, text: string) => Promise<void>

/**
 * Prepares a folder, which is made when it is missing. One with other files in it is refused without `force`, one with a report
 * in it is written into: its files are overwritten, those of other cases stay. Rejects with a `UserError`.
 */
export async function reportFolder(path: string, force: boolean): Promise<WriteFile> {
  await attempt(path, async () => {
    await makeFolder(path)
  })
  if (!force && !(await isOurs(path))) {
    throw new UserError(
      ExitCode.usage,
      `${path} has files in it that are no report (give another folder, or --force)`,
    )
  }
  return async (name, text) => {
    await writePage(join(path, name), text, true)
  }
}

/**
 * Makes a folder and those it is in. Not by Node's `recursive`, which never ends where a folder is there in which none can
 * be made, such as /proc.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const isFolder = async (name: string) => (await stat(name).catch(() => null))?.isDirectory() === true
    if (await isFolder(path)) return
    const parent = dirname(path)
    if (errorCode(error) !== 'ENOENT' || parent === path || (await isFolder(parent))) throw error
    await makeFolder(parent)
    await mkdir(path)
  }
}

/** Writes one page. An existing file is refused without `force`. Rejects with a `UserError`. */
export async function writePage(path: string, text: string, force: boolean): Promise<void> {
  await attempt(path, async () => {
    await writeFile(path, text, { mode, flag: force ? 'w' : 'wx' })
    if (force) await chmod(path, mode)
  })
}

/** True for an empty folder, and one whose index is of a report. */
async function isOurs(path: string): Promise<boolean> {
  const names = await attempt(path, () => readdir(path))
  if (names.length === 0) return true
  if (!names.includes('index.html')) return false
  const file = await attempt(path, () => open(join(path, 'index.html'), 'r'))
  try {
    // The mark stands in the head, which is short.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return buffer.toString('latin1', 0, bytesRead).includes(generatorMark)
  } finally {
    await file.close()
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    // Of a folder that is to be made, its name is that of a file.
    if (errorCode(error) === 'EEXIST')
      throw new UserError(
        ExitCode.usage,
        `${path} exists (give another name, or --force to overwrite a page)`,
        { cause: error },
      )
    throw new UserError(ExitCode.input, `cannot write to ${path}: ${causeOf(error)}`, { cause: error })
  }
}
