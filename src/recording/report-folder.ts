/** Where a report goes: a folder of files, or one page. */
import { chmod, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import { generatorMark } from '../report/shell.ts'
import { causeOf } from './errors.ts'
import { readText } from './text-file.ts'

/** Readable by its owner alone, as recordings are: a report has payload in it. */
const mode = 0o600

/** Where the files of a report go. */
export interface ReportFolder {
  /** Writes a file, under a name that the caller has made. Rejects with a `UserError`. */
  write: (name: string, text: string) => Promise<void>
  /** All is written: what an earlier report left here, and this one has not, is removed. */
  done: () => Promise<void>
}

/**
 * Prepares a folder, which is made when it is missing. One with other files in it is refused without `force`, one with a report
 * in it gets this one instead. Rejects with a `UserError`.
 */
export async function reportFolder(path: string, force: boolean): Promise<ReportFolder> {
  await attempt(path, async () => {
    await makeFolder(path)
  })
  const has = await contentOf(path)
  if (has === 'other' && !force) {
    throw new UserError(
      ExitCode.usage,
      `${path} has files in it that are no report (give another folder, or --force)`,
    )
  }
  const stale = has === 'report' ? await pagesOf(path) : new Set<string>()
  return {
    async write(name, text) {
      stale.delete(name)
      await writePage(join(path, name), text, true)
    },
    async done() {
      for (const name of stale) await attempt(path, () => rm(join(path, name), { force: true }))
      stale.clear()
    },
  }
}

/** The files of a report, by its index: those of its cases, whose names are of letters, digits and joints alone. */
async function pagesOf(path: string): Promise<Set<string>> {
  const index = await readText(join(path, 'index.json')).catch(() => '')
  const names = index.matchAll(/"reportfile": "([a-z0-9_-]+)\.json"/g)
  return new Set([...names].flatMap(([, name]) => [`${name}.json`, `${name}.html`]))
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

/** Whether a folder has nothing in it, a report, by the mark in its index, or something else. */
async function contentOf(path: string): Promise<'nothing' | 'report' | 'other'> {
  const names = await attempt(path, () => readdir(path))
  if (names.length === 0) return 'nothing'
  if (!names.includes('index.html')) return 'other'
  const file = await attempt(path, () => open(join(path, 'index.html'), 'r'))
  try {
    // The mark stands in the head, which is short.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return buffer.toString('latin1', 0, bytesRead).includes(generatorMark) ? 'report' : 'other'
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
