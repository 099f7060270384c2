/** `npm run fuzz -- [--runs N] [--seconds S] [--seed S] [--failures N] [--output FOLDER]` */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createViteServer } from 'vitest/node'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500000' },
    seconds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    failures: { type: 'string', default: '10' },
    output: { type: 'string', default: '.fuzz' },
  },
})
const number = name => {
  const value = Number(values[name])
  if (value >= 0) return value
  console.error(`fuzz: --${name} wants a number`)
  process.exit(2)
}

const options = {
  seed: number('seed'),
  runs: number('runs'),
  seconds: number('seconds'),
  failures: number('failures'),
}
console.log(`seed ${options.seed}`)

/** A run that never ends cannot tell so itself: a worker looks whether runs go on. */
const current = new BigInt64Array(new SharedArrayBuffer(8))
const watchdog = new Worker(new URL('watchdog.mjs', import.meta.url), { workerData: current })

/** The same loader as the tests have, since the sources are TypeScript. */
const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
})
const { fuzz } = await vite.ssrLoadModule('/test/fuzz/fuzz.ts')
const { recordingOf } = await vite.ssrLoadModule('/test/fuzz/record.ts')
const report = await fuzz({ ...options, onRun: seed => Atomics.store(current, 0, BigInt(seed)) })
await watchdog.terminate()
await vite.close()

for (const { seed, fault, facts } of report.failures) {
  const file = join(values.output, `${seed}.ndjson`)
  mkdirSync(values.output, { recursive: true })
  writeFileSync(file, recordingOf(facts))
  console.log(`\nFAILED --seed ${seed} --runs 1 (${facts.length} facts in ${file}):\n${fault}`)
}
const { runs, seconds, slowest, failures } = report
const rate = Math.round(runs / seconds)
console.log(
  `${runs} runs in ${seconds.toFixed(0)} s, ${rate} a second; the longest took ${slowest.time.toFixed(0)} ms (seed ${slowest.seed})`,
)
console.log(`${failures.length} failures`)
process.exitCode = failures.length > 0 ? 1 : 0
