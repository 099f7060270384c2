/** Replays that the screen asks for: the client's side of a connection in the log, against a server. */
import { ExitCode, UserError } from '../errors.ts'
import type { Replay } from '../tui/host.ts'
import { keptFacts } from '../wire/log-facts.ts'
import type { WireLog } from '../wire/log.ts'
import type { Performance, ReadFacts } from './performance.ts'
import type { OnceOptions } from './replay-once.ts'
import { slices } from './slices.ts'

/** Makes what replays connections of `log` as they are by then. */
export function replays(log: WireLog, options: OnceOptions): (conn: number, url: string) => Replay {
  return (conn, url) => {
    const stopping = new AbortController()
    let playing: Performance | null = null
    const play = async () => {
      // Most sessions on the screen have none.
      const { replayOnce } = await import('./replay-once.ts')
      const { outcomeLines } = await import('./replay-report.ts')
      playing = await replayOnce(reading(log, conn), url, options)
      if (stopping.signal.aborted) await playing.abort('it was stopped')
      return outcomeLines(`connection ${conn}`, 'client', await playing.play())
    }
    return {
      over: play(),
      stop() {
        stopping.abort()
        void playing?.abort('it was stopped')
      },
    }
  }
}

/** Throws where the connection is not kept as a whole. */
function reading(log: WireLog, conn: number): ReadFacts {
  const kept = keptFacts(log, conn)
  if (kept === null) {
    const hint = 'raise --memory and --rows, or record it and use wsinspect replay client'
    throw new UserError(ExitCode.input, `#${conn} cannot be replayed: its beginning is not kept (${hint})`)
  }
  return async (facts, { afterFact }) => {
    const breathe = slices(new AbortController().signal)
    for (const tell of kept) {
      tell(facts)
      const pause = afterFact() ?? breathe()
      if (pause !== undefined) await pause
    }
    await facts.end(log.time(log.next - 1))
  }
}
