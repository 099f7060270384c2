/** How far a long command has come, on stderr where that is a terminal. */
import type { Side } from '../protocol/side.ts'
import type { Facts } from '../wire/facts.ts'
import { say } from './terminal.ts'

/** Ms between two signs of life. */
const interval = 100

export interface Progress {
  /** So much of `all` is done. */
  readonly at: (done: number, all: number) => void
  /** Says something else in between. */
  readonly say: (message: string) => void
  /** Takes it off the terminal. */
  readonly clear: () => void
}

/** What a recording is read with, so that `progress` shows how far. */
export function readingWith(progress: Progress): {
  onNote: (note: string) => void
  onProgress: (read: number, all: number) => void
} {
  return { onNote: progress.say, onProgress: progress.at }
}

/** Facts that show how far connections of these sizes have been read. */
export function shownAs(progress: Progress, sizes: readonly Readonly<Record<Side, number>>[]): Facts {
  const all = sizes.reduce((sum, { client, server }) => sum + client + server, 0)
  let done = 0
  return {
    open: () => undefined,
    octets(_conn, _time, _from, bytes) {
      done += bytes.length
      progress.at(done, all)
    },
    tcp: () => undefined,
    mark: () => undefined,
    end: () => Promise.resolve(),
  }
}

/** Shows `what` and a percentage on one line that is written over. */
export function progressOf(what: string): Progress {
  const { stderr } = process
  if (!stderr.isTTY) return { at: () => undefined, say, clear: () => undefined }
  let last = performance.now()
  let isShown = false
  const clear = () => {
    if (isShown) stderr.write('\r\x1b[K')
    isShown = false
  }
  return {
    at(done, all) {
      const now = performance.now()
      if (now - last < interval || all === 0) return
      last = now
      isShown = true
      stderr.write(`\r${what} ${Math.floor((100 * done) / all)} %\x1b[K`)
    },
    say(message) {
      clear()
      say(message)
    },
    clear,
  }
}
