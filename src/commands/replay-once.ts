/** A replay of a client's side that no command line describes: part of the tour, or asked for on the screen. */
import { dialer } from '../net/dial.ts'
import { parseTarget } from '../net/target.ts'
import type { Performance, ReadFacts } from './performance.ts'
import { openTake } from './replay.ts'
import { clientPerformance, type PlayOptions } from './replay-client.ts'

/** As `replay client` has it without options. */
const plain: PlayOptions = {
  level: 'chops',
  expect: 'recorded',
  timing: 'causal',
  speed: 1,
  maxDelay: 60,
  timeout: 10,
  chopDelay: 2,
  redact: true,
  compare: [],
  ignore: [],
  limit: 20,
  header: [],
  connectTimeout: 10,
}

/** How it differs from a replay without options. */
export interface OnceOptions extends Partial<
  Pick<
    PlayOptions,
    'chopDelay' | 'connectTimeout' | 'header' | 'ignore' | 'insecure' | 'level' | 'sameKey' | 'timeout'
  >
> {
  /** PEM of authorities to trust beside the built-in ones. */
  ca?: Buffer | null
}

/** The client's side of the connection that `read` gives, to be played against `url`. Rejects with a usage error for no URL. */
export async function replayOnce(read: ReadFacts, url: string, options: OnceOptions): Promise<Performance> {
  const { ca = null, ...changed } = options
  const all = { ...plain, ...changed }
  const target = parseTarget(url)
  const dial = await dialer(target, {
    connectTimeout: all.connectTimeout * 1000,
    insecure: all.insecure ?? false,
    ca,
  })
  return clientPerformance(read, 1, target, dial, await openTake(all), all)
}
