/** How far a long command has come, on stderr where that is a terminal. */

/** Ms between two signs of life. */
const interval = 100

export interface Progress {
  /** So much of `all` is done. */
  at(done: number, all: number): void
  /** Takes it off the terminal. */
  clear(): void
}

/** Shows `what` and a percentage on one line that is written over. */
export function progressOf(what: string): Progress {
  const { stderr } = process
  if (!stderr.isTTY) return { at: () => undefined, clear: () => undefined }
  let last = performance.now()
  let isShown = false
  return {
    at(done, all) {
      const now = performance.now()
      if (now - last < interval || all === 0) return
      last = now
      isShown = true
      stderr.write(`\r${what} ${Math.floor((100 * done) / all)} %\x1b[K`)
    },
    clear() {
      if (isShown) stderr.write('\r\x1b[K')
      isShown = false
    },
  }
}
