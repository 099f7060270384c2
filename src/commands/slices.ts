/** Long work in the background, of which nobody notices anything. */

/** Milliseconds of work at a time; then keys and connections have their turn. */
const sliceTime = 8

/** Called again and again, lets other things happen now and then. Rejects once `ended`. */
export function slices(ended: AbortSignal): () => Promise<void> | undefined {
  let until = performance.now() + sliceTime
  return () => {
    if (!ended.aborted && performance.now() < until) return undefined
    if (ended.aborted) return Promise.reject(new Error('nobody waits for it any more'))
    return new Promise(resolve => {
      setImmediate(() => {
        until = performance.now() + sliceTime
        resolve()
      })
    })
  }
}
