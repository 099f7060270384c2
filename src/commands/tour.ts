/** The client of `--demo`: the client's side of a recorded tour of the wire, played against the proxy. */
import { fileURLToPath } from 'node:url'
import { isSwitch } from '../replay/agreement.ts'
import type { Performance, ReadFacts } from './performance.ts'
import { withIndex } from './replay.ts'
import { replayOnce } from './replay-once.ts'
import { endingText } from './replay-report.ts'
import { say } from './terminal.ts'

/** Part of the package, which has `src` and `dist` at the same depth. */
const recording = fileURLToPath(new URL('../../recordings/tour.ndjson', import.meta.url))

/** Milliseconds between chops: long enough that what answers the one comes before the next, most of the time. */
const chopDelay = 5

/** Seconds after which a server that does not answer ends a connection of the tour. */
const timeout = 5

/**
 * Plays the tour, one connection after the other, until it is `stopped`. What does not go as recorded is said; the tour ends where
 * no WebSocket comes to be. Returns false then.
 */
export async function playTour(url: string, stopped: Promise<unknown>): Promise<boolean> {
  const ending = new AbortController()
  const isOver = () => ending.signal.aborted
  let playing: Performance | null = null
  void stopped.then(() => {
    ending.abort()
    return playing?.abort('wsinspect was stopped')
  })
  return withIndex(recording, async index => {
    for (const { conn } of index.connections) {
      const read: ReadFacts = (facts, options) => index.read(conn, facts, options)
      // The key too is as recorded: there is nothing to protect. Of the certificate the proxy is sure by itself.
      playing = await replayOnce(read, url, { sameKey: true, insecure: true, timeout, chopDelay })
      if (isOver()) return true
      const outcome = await playing.play()
      const text = endingText(outcome.ending, 'client')
      if (text === null || isOver()) continue
      say(`connection ${conn} of the tour: ${text}`)
      if (!playing.live.server.some(isSwitch)) return false
    }
    return true
  })
}
