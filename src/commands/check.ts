/** `wsinspect check FILE…`: whether recordings are sound. */
import { ExitCode } from '../errors.ts'
import { counted } from '../protocol/words.ts'
import { checkRecording } from '../recording/check.ts'
import { RecordingError } from '../recording/errors.ts'
import type { Fault } from '../recording/recording-reader.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { progressOf } from './progress.ts'
import { endWithStdout, stdoutDrained, stdoutFlushed } from './terminal.ts'

export interface CheckOptions {
  json?: boolean
}

/** Prints every fault of every file, and what each is. The gravest of that is the exit code. */
export async function check(files: readonly string[], { json = false }: CheckOptions): Promise<void> {
  endWithStdout()
  let exitCode: number = ExitCode.ok
  for (const file of files) exitCode = Math.max(exitCode, await checkOne(file, json))
  await stdoutFlushed()
  process.exitCode = exitCode
}

async function checkOne(file: string, json: boolean): Promise<number> {
  const name = file === '-' ? 'stdin' : file
  const progress = progressOf(`checking ${name}`)
  const put = (line: object, text: string) => {
    progress.clear()
    process.stdout.write(`${json ? JSON.stringify(line) : escapeForTerminal(text)}\n`)
  }
  const onFault = ({ kind, line, offset, reason }: Fault) => {
    put({ type: 'damage', file, kind, line, offset, reason }, `${name}:${line} (octet ${offset}): ${reason}`)
  }
  try {
    const { lines, faults, unknown } = await checkRecording(file, onFault, stdoutDrained, progress.at)
    const isSound = faults === 0
    const result = isSound ? 'sound' : 'damaged'
    const about = isSound ? counted(lines, 'line') : `${counted(faults, 'fault')}, ${counted(lines, 'line')}`
    const more = unknown === 0 ? '' : `, ${unknown} of unknown types`
    put(
      { type: 'check', file, result, lines, unknown, faults, reason: null },
      `${name}: ${result} (${about}${more})`,
    )
    return isSound ? ExitCode.ok : ExitCode.failed
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
    const { message: reason, failure: result } = error
    put({ type: 'check', file, result, lines: 0, unknown: 0, faults: 0, reason }, reason)
    return error.exitCode
  }
}
