/** Files that the user asked for, apart from recordings. */
import { open } from 'node:fs/promises'
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
    const cause = errorCode(error) === 'EEXIST' ? 'the file exists (give another name)' : causeOf(error)
    throw new UserError(ExitCode.input, `cannot save to ${path}: ${cause}`, { cause: error })
  }
}
