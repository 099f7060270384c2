/** Small files that a user names, such as a spec: read whole. */
import { open } from 'node:fs/promises'
import { RecordingError } from './errors.ts'
import { unreadable } from './source.ts'

/** The longest such file, in octets. */
export const textLimit = 16 * 1024 * 1024

/** The text of a file. Rejects with a `UserError` where it cannot be read, or is too long. */
export async function readText(path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > textLimit)
        throw new RecordingError('unreadable', `cannot read ${path}: it is over ${textLimit} octets`)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof RecordingError ? error : unreadable(path, error)
  }
}
