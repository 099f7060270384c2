/** `wsinspect conform server`: the cases of the conformance suite for clients that connect. */
import { performance } from 'node:perf_hooks'
import { ExitCode } from '../errors.ts'
import type { CaseReport } from '../conformance/case-report.ts'
import type { ConformCase } from '../conformance/case.ts'
import { defaultPatience } from '../conformance/fuzzer.ts'
import { isExcluded } from '../conformance/spec.ts'
import { readCertificate } from '../net/certificate.ts'
import { serveCases } from '../net/conform-server.ts'
import { systemClock } from '../net/conform-transport.ts'
import { connectionLimit } from '../net/listen.ts'
import { hostPort } from '../net/target.ts'
import { version } from '../version.ts'
import type { ConnectionOptions } from './bounds.ts'
import { lineOutput } from './conform-output.ts'
import {
  ConformResults,
  prepareResults,
  recorderOf,
  resultOf,
  type CaseRecorder,
  type Result,
  type ResultOptions,
} from './conform-results.ts'
import { caseList, selectionOf, type SelectionOptions } from './conform-selection.ts'
import { ConformTally } from './conform-tally.ts'
import { endWithStdout, say, stdoutFlushed, untilStopped } from './terminal.ts'

export interface ConformServerOptions extends SelectionOptions, ResultOptions, ConnectionOptions {
  port: number
  host: string
  cert?: string
  key?: string
  /** Seconds. */
  timeout?: number
  json?: boolean
}

/** Serves the cases until it is stopped. */
export async function conformServer(options: ConformServerOptions): Promise<void> {
  const { cases, spec } = await selectionOf(options)
  endWithStdout()
  if (options.list) {
    process.stdout.write(caseList(cases, options.json ?? false))
    await stdoutFlushed()
    return
  }
  const prepared = await prepareResults(options)
  const start = performance.now()
  const tally = new ConformTally(cases, 1, prepared.level)
  const output = lineOutput(tally, options.json ?? false, () => performance.now() - start, say)
  const store = new ResultStore()
  const write = async (): Promise<number> => {
    const results = new ConformResults(options, prepared)
    for (const result of await store.all(cases)) results.add(result)
    return results.end([])
  }
  const stopped = untilStopped()
  let stop: () => void = () => undefined
  const asked = new Promise<void>(resolve => {
    stop = resolve
  })
  const server = await serveCases({
    host: options.host,
    port: options.port,
    certificate: readCertificate(options.cert, options.key),
    maxConnections: options.maxConnections ?? connectionLimit(),
    cases,
    server: `wsinspect/${version}`,
    patience: { ...defaultPatience, most: (options.timeout ?? Infinity) * 1000 },
    clock: systemClock(),
    isExcluded: (agent, id) => isExcluded(spec?.excludeByAgent ?? [], agent, id),
    begin(of) {
      const recorder = options.output === undefined ? null : recorderOf(of)
      output.begin(of)
      return {
        facts: recorder?.facts ?? null,
        report(report) {
          output.add(report)
          store.add(report, recorder)
        },
      }
    },
    behaviorOf: (agent, id) => store.behaviorOf(agent, id),
    async onUpdate() {
      // A folder that cannot be written is told; the cases go on.
      await write().catch((error: unknown) => {
        say(error instanceof Error ? error.message : String(error))
      })
    },
    onStop: stop,
    onProblem: say,
  })
  const scheme = options.cert === undefined ? 'ws' : 'wss'
  say(`${cases.length} cases at ${scheme}://${hostPort(options.host, server.listener.port)}/`)
  await Promise.race([stopped, asked])
  server.close()
  output.end()
  process.exitCode = store.isEmpty ? ExitCode.ok : await write()
  await stdoutFlushed()
}

/** Rows of a connection that are kept until a report is asked for: a client that floods does not fill the memory. */
const keptRows = 2000

/** The last result of each agent and case. */
class ResultStore {
  readonly #results = new Map<string, Map<string, Promise<Result>>>()
  readonly #behaviors = new Map<string, string>()

  get isEmpty(): boolean {
    return this.#results.size === 0
  }

  add(report: CaseReport, recorder: CaseRecorder | null): void {
    const cases = this.#results.get(report.agent) ?? new Map<string, Promise<Result>>()
    this.#results.set(report.agent, cases.set(report.id, keptResult(report, recorder)))
    this.#behaviors.set(`${report.id} ${report.agent}`, report.behavior)
  }

  behaviorOf(agent: string, id: string): string | null {
    return this.#behaviors.get(`${id} ${agent}`) ?? null
  }

  /** By agent, in the order of the cases. */
  async all(cases: readonly ConformCase[]): Promise<readonly Result[]> {
    const results = [...this.#results.values()].flatMap(of => cases.flatMap(({ id }) => of.get(id) ?? []))
    return Promise.all(results)
  }
}

async function keptResult(report: CaseReport, recorder: CaseRecorder | null): Promise<Result> {
  const result = await resultOf(report, recorder)
  return (result.connection?.rows.length ?? 0) > keptRows ? { ...result, connection: null } : result
}
