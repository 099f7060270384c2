/** Replays that the screen asks for: the client's side of a connection in the log, against a server. */
import { Command, CommanderError } from 'commander'
import { ExitCode, UserError } from '../errors.ts'
import type { Replay } from '../tui/host.ts'
import { keptFacts } from '../wire/log-facts.ts'
import type { WireLog } from '../wire/log.ts'
import type { Performance, ReadFacts } from './performance.ts'
import { ignoreOption, levelOption } from './options.ts'
import type { OnceOptions } from './replay-once.ts'
import type { PlayOptions } from './replay-client.ts'
import { slices } from './slices.ts'

/** Makes what replays connections of `log` as they are by then. */
export function replays(log: WireLog, options: OnceOptions): (conn: number, how: string) => Replay {
  return (conn, how) => {
    const stopping = new AbortController()
    let playing: Performance | null = null
    const play = async () => {
      // Most sessions on the screen have none.
      const { replayOnce } = await import('./replay-once.ts')
      const { outcomeLines } = await import('./replay-report.ts')
      const { url, ignore, level } = readHow(how)
      playing = await replayOnce(reading(log, conn), url, { ...options, ignore, level })
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

/** What is typed, read as the arguments of `replay client` are. Throws a usage error. */
function readHow(how: string): Pick<PlayOptions, 'ignore' | 'level'> & { url: string } {
  const command = new Command()
    .argument('<url>')
    .addOption(ignoreOption())
    .addOption(levelOption())
    .helpOption(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  try {
    command.parse(how.trim().split(/\s+/), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    throw new UserError(
      ExitCode.usage,
      `${error.message.replace(/^error: /, '')} (URL --ignore PATH --level LEVEL)`,
    )
  }
  return { url: command.args[0] ?? '', ...command.opts<Pick<PlayOptions, 'ignore' | 'level'>>() }
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
