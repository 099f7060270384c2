/** A real terminal: tmux, with a server of its own for each. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, vi } from 'vitest'

const run = promisify(execFile)

/** True where tmux is installed. */
export const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V'])
    return true
  } catch {
    return false
  }
})()

export interface TmuxOptions {
  width?: number
  height?: number
}

/** A shell in a terminal of that size. It is gone after the test. */
export async function openTmux({ width = 80, height = 24 }: TmuxOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'wsinspect-tmux-'))
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args])).stdout
  onTestFinished(async () => {
    await tmux('kill-server').catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  })
  const variables = { LC_ALL: 'C.UTF-8', PS1: '$ ' }
  await tmux(
    ...['new-session', '-d', '-x', String(width), '-y', String(height)],
    ...Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    'sh',
  )
  const text = () => tmux('capture-pane', '-p')
  return {
    /** The screen as text. */
    text,
    /** Presses keys, by the names that tmux has for them. */
    keys: (...names: string[]) => tmux('send-keys', ...names),
    /** Types text as it is. */
    type: (line: string) => tmux('send-keys', '-l', line),
    resize: (columns: number, rows: number) =>
      tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    /** Resolves with the screen as soon as it holds what is looked for. */
    shows: async (...wanted: (string | RegExp)[]): Promise<string> => {
      let screen = ''
      await vi.waitFor(
        async () => {
          screen = await text()
          for (const part of wanted) {
            if (typeof part === 'string') expect(screen).toContain(part)
            else expect(screen).toMatch(part)
          }
        },
        { timeout: 20_000, interval: 50 },
      )
      return screen
    },
    /** The terminal is gone. */
    hangUp: () => tmux('kill-server'),
    /** What tmux says of the pane, such as `alternate_on`. */
    state: async (name: string) => (await tmux('display-message', '-p', `#{${name}}`)).trim(),
  }
}
