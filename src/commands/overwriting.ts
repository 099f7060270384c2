/** What is read is not written over. */
import { ExitCode, UserError } from '../errors.ts'
import { isSameFile } from '../recording/file.ts'

/**
 * Rejects with a usage error where one of `outputs` is one of the files at `inputs`, under whatever name; `-` is standard
 * input. Those that the user did not name are undefined.
 */
export async function refuseOverwriting(
  inputs: readonly (string | undefined)[],
  outputs: readonly (string | undefined)[],
): Promise<void> {
  for (const output of outputs) {
    for (const input of inputs) {
      if (input !== undefined && output !== undefined && (await isSameFile(input, output)))
        throw new UserError(ExitCode.usage, `cannot write to ${output}: it is read (give another name)`)
    }
  }
}
