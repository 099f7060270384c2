/** Long work in the background, of which nobody notices anything. */

/** Milliseconds of work at a time; then keys and connections have their turn. */
const sliceTime = 8

/** Called again and again, lets other things happen now and then; once `ended`, nothing goes on. */
export function slices(ended: AbortSignal): () => Promise<void> | undefined {
  let until = performance.now() + sliceTime
  return () => {
    if (!ended.aborted && performance.now() < until) return undefined
    return new Promise(resolve => {
      if (ended.aborted) return
      setImmediate(() => {
        until = performance.now() + sliceTime
        resolve()
      })
    })
  }
}
