/** The command line as a child process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** What is run as `wsinspect`. */
export const bin = fileURLToPath(new URL('../../bin/wsinspect.js', import.meta.url))

/** A running command: what it printed so far, and how it ended. */
export interface Run {
  child: ChildProcessWithoutNullStreams
  stdout: () => string
  stderr: () => string
  /** Resolves with the exit code, or the signal that ended it. */
  exit: Promise<number | string>
  /** Resolves when stderr holds `text`. */
  says: (text: string) => Promise<void>
  /** Resolves when stdout holds `text`. */
  prints: (text: string) => Promise<void>
}

/** Starts `wsinspect` with `args`; it is killed when the test is over. */
export function wsinspect(...args: string[]): Run {
  const env = { ...process.env, NO_COLOR: '', FORCE_COLOR: '' }
  const child = spawn(process.execPath, [bin, ...args], { env })
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const until = async (stream: NodeJS.ReadableStream, text: () => string, wanted: string) => {
    while (!text().includes(wanted)) await once(stream, 'data')
  }
  const stdout = () => out.join('')
  const stderr = () => err.join('')
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return {
    child,
    stdout,
    stderr,
    exit,
    says: text => until(child.stderr, stderr, text),
    prints: text => until(child.stdout, stdout, text),
  }
}

/** The port of the first URL that a server command prints. */
export async function portOf(run: Run): Promise<number> {
  await run.says('\n')
  const found = /wss?:\/\/[^:/]+:(\d+)/.exec(run.stderr())
  if (found === null) throw new Error(`no URL in: ${run.stderr()}`)
  return Number(found[1])
}

/** A folder of this test's own. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsinspect-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
