/** Recordings, and replays of them in this process. */
import { onTestFinished, vi } from 'vitest'
import { clientPerformance, type PlayOptions } from '../../src/commands/replay-client.ts'
import type { Outcome, ReadFacts } from '../../src/commands/performance.ts'
import { dialer } from '../../src/net/dial.ts'
import { parseTarget } from '../../src/net/target.ts'
import type { HeaderEdit } from '../../src/protocol/http-head.ts'
import { indexRecording } from '../../src/recording/recording-index.ts'
import { redact } from '../../src/recording/redact.ts'
import type { Facts } from '../../src/wire/facts.ts'
import { record, temporary } from '../recording/support.ts'
import { push, type Fact } from './facts.ts'
import { proxyTo } from './loopback.ts'

/** A recording of these facts. */
export async function recordingOf(facts: readonly Fact[]): Promise<string> {
  const path = await temporary()
  const recorder = await record(path)
  for (const fact of facts) push(recorder, fact)
  await recorder.end(facts.at(-1)?.time ?? 0)
  return path
}

/** Records what `session` does through a proxy in front of `port`, until its connections are closed. */
export async function recordThrough(
  port: number,
  session: (proxyPort: number) => Promise<unknown>,
  options: { headers?: readonly HeaderEdit[]; redact?: boolean } = {},
): Promise<string> {
  const path = await temporary()
  const recorder = await record(path)
  const origin = performance.now()
  const now = () => performance.now() - origin
  const facts = options.redact === true ? redact(recorder) : recorder
  const { proxy } = await proxyTo(String(port), { facts, now, headers: options.headers ?? [] })
  await session(proxy.listener.port)
  await vi.waitFor(
    () => {
      if (proxy.connections > 0) throw new Error('connections are open')
    },
    { timeout: 10_000, interval: 5 },
  )
  await facts.end(now())
  return path
}

const defaults: PlayOptions = {
  level: 'chops',
  expect: 'recorded',
  timing: 'causal',
  speed: 1,
  maxDelay: 60,
  timeout: 5,
  chopDelay: 2,
  redact: true,
  compare: [],
  ignore: [],
  limit: 20,
  header: [],
  connectTimeout: 5,
}

/** Plays the client of a connection of `path` against `url`. */
export async function replayTo(
  path: string,
  url: string,
  options: Partial<PlayOptions> & { facts?: Facts; recorded?: number } = {},
): Promise<Outcome> {
  const index = await indexRecording(path, { onNote: () => undefined })
  onTestFinished(() => index.close())
  const target = parseTarget(url)
  const dial = await dialer(target, { connectTimeout: 5000, insecure: true, ca: null })
  const origin = performance.now()
  const take = {
    facts: options.facts ?? null,
    recordable: () => undefined,
    now: () => performance.now() - origin,
    end: () => Promise.resolve(),
  }
  const recorded = options.recorded ?? index.connections[0]?.conn ?? 1
  const read: ReadFacts = (facts, reading) => index.read(recorded, facts, reading)
  return clientPerformance(read, 1, target, dial, take, { ...defaults, ...options }).play()
}
