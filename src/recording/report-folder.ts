/** Where a report goes: a folder of files, or one page. */
import { chmod, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
    await mkdir(path, { recursive: true })
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
