/** The adapter to `recording/recorder.js`: the one place that knows how a recorder is made, fed and ended. */
export async function recorderFeed(dist, { chop, count }) {
  const { Recorder } = await import(new URL('recording/recorder.js', dist))
  throw new Error(`not adapted yet: ${Recorder} ${chop} ${count}`)
}
