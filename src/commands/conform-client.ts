/** `wsinspect conform client`: the cases against a server. */
import { allCases, selectCases } from '../conformance/catalogue.ts'
import { defaultPatience } from '../conformance/fuzzer.ts'
import { runCases } from '../net/conform-client.ts'
import { systemClock } from '../net/conform-transport.ts'
import { parseTarget } from '../net/target.ts'
import { version } from '../version.ts'

export interface ConformClientOptions {
  cases?: string
  parallel: number
}

export async function conformClient(url: string, options: ConformClientOptions): Promise<void> {
  const { cases } = selectCases(options.cases?.split(',') ?? ['*'], [])
  let conn = 0
  const counts: Record<string, number> = {}
  const t = performance.now()
  await runCases(cases, {
    target: parseTarget(url), agent: null, parallel: options.parallel, clock: systemClock(), facts: null,
    extras: { userAgent: `wsinspect/${version}`, origin: null, protocols: [], headers: [] },
    patience: defaultPatience, connectTimeout: 10_000, insecure: false, ca: null,
    nextConn: () => ++conn, onStart: () => undefined, signal: new AbortController().signal,
    onReport: r => {
      const k = `${r.behavior}/${r.behaviorClose}`
      counts[k] = (counts[k] ?? 0) + 1
      if (process.env.V) process.stdout.write(`${r.id} ${k} ${r.remoteCloseCode} ${r.duration} ${JSON.stringify(r.received)}\n`)
      else if (!['OK/OK'].includes(k)) process.stdout.write(`${r.id} ${k} ${r.remoteCloseCode} ${r.result} ${r.wasNotCleanReason}\n`)
      if (process.env.W) process.stdout.write(JSON.stringify(r, null, 1))
    },
  })
  process.stdout.write(`${JSON.stringify(counts)} ${allCases.length} ${((performance.now() - t) / 1000).toFixed(1)} s ${(process.resourceUsage().maxRSS/1024).toFixed(0)} MiB\n`)
}
