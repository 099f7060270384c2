/** Files that the user asked for, apart from recordings. */
import { constants } from 'node:fs'
import { access, open, stat, unlink } from 'node:fs/promises'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import { causeOf } from './errors.ts'

/**
 * Writes a new file, readable by its owner alone; with `overwrite` what was in it goes. Rejects with a `UserError` where it
 * exists or cannot be written.
 */
export async function saveFile(path: string, octets: Uint8Array | string, overwrite = false): Promise<void> {
  try {
    const file = await open(path, overwrite ? 'w' : 'wx', 0o600)
    try {
      await file.writeFile(octets)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unsavable(path, error)
  }
}

/** Finds out whether `saveFile` could overwrite or make the file, which stays as it is. Rejects with a `UserError`. */
export async function checkSavable(path: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => null)
    if (found === null) {
      await (await open(path, 'wx', 0o600)).close()
      await unlink(path)
    } else if (found.isDirectory()) {
      await open(path, 'w')
    } else {
      await access(path, constants.W_OK)
    }
  } catch (error) {
    throw unsavable(path, error)
  }
}

function unsavable(path: string, error: unknown): UserError {
  const cause = errorCode(error) === 'EEXIST' ? 'the file exists (give another name)' : causeOf(error)
  return new UserError(ExitCode.input, `cannot save to ${path}: ${cause}`, { cause: error })
}
