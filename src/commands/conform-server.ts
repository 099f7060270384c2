/** `wsinspect conform server`: the cases of the conformance suite for clients that connect. */
import { ExitCode } from '../errors.ts'
import type { ConformCase } from '../conformance/case.ts'
import { defaultPatience } from '../conformance/surroundings.ts'
import { isExcluded } from '../conformance/spec.ts'
import { readCertificate } from '../net/certificate.ts'
import { serveCases, statusTime } from '../net/conform-server.ts'
import { systemClock } from '../net/conform-transport.ts'
import { connectionLimit } from '../net/listen.ts'
import { hostPort } from '../net/target.ts'
import { version } from '../version.ts'
import type { ConnectionOptions } from './bounds.ts'
import { lineOutput } from './conform-output.ts'
import { ConformResults, prepareResults, type ResultOptions } from './conform-results.ts'
import { caseList, outputOf, selectionOf, type SelectionOptions } from './conform-selection.ts'
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
export async function conformServer(given: ConformServerOptions): Promise<void> {
  const selection = await selectionOf(given, 'server')
  const { cases, spec } = selection
  const options = outputOf(given, selection)
  endWithStdout()
  if (options.list) {
    process.stdout.write(caseList(cases, options.json ?? false))
    await stdoutFlushed()
    return
  }
  const prepared = await prepareResults(options, [options.spec, options.cert, options.key])
  const excluded = (agent: string, id: string) => isExcluded(spec?.excludeByAgent ?? [], agent, id)
  const casesOf = (agent: string | null) => cases.filter(({ id }) => agent === null || !excluded(agent, id))
  const tally = new ConformTally([null], casesOf)
  const output = lineOutput(tally, options.json ?? false, null, say)
  const results = new ConformResults(options, prepared)
  let written = -1
  let isOver = false
  let code: number = ExitCode.ok
  const write = async () => {
    written = tally.done
    const shortfalls = shortfallsOf(results, cases, excluded)
    const notRun = shortfalls.flatMap(({ agent, missing }) => missing.map(of => ({ agent, of })))
    code = await results.write(
      shortfalls.map(one => `${shortfallText(one)}.`),
      notRun,
    )
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
    isExcluded: excluded,
    begin(of) {
      output.begin(of)
      const { facts, add } = results.begin(of)
      return {
        facts,
        report(report) {
          // What is cut off at the end is nobody's fault.
          if (isOver) return
          output.add(report)
          add(report)
        },
      }
    },
    behaviorOf: (agent, id) => results.behaviorOf(agent, id),
    statusTime,
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
  isOver = true
  server.close()
  output.end()
  // What was asked for while it ran is not written again.
  if (tally.done !== written) await write()
  const shortfalls = shortfallsOf(results, cases, excluded)
  for (const one of shortfalls) say(shortfallText(one))
  process.exitCode = shortfalls.length > 0 ? Math.max(code, ExitCode.failed) : code
  await stdoutFlushed()
}

/** Who the cases are said to be of when no client came. */
const nobody = 'nobody'

/** What a client was to run, and did not. */
interface Shortfall {
  agent: string
  wanted: number
  missing: readonly ConformCase[]
}

/** The clients that came and did not run all of the cases that are served to them; nobody, where none came. */
function shortfallsOf(
  results: ConformResults,
  cases: readonly ConformCase[],
  isExcluded: (agent: string, id: string) => boolean,
): readonly Shortfall[] {
  const agents = results.agents.length === 0 ? [nobody] : results.agents
  return agents
    .map(agent => {
      const wanted = cases.filter(({ id }) => !isExcluded(agent, id))
      const missing = wanted.filter(({ id }) => results.behaviorOf(agent, id) === null)
      return { agent, wanted: wanted.length, missing }
    })
    .filter(({ missing }) => missing.length > 0)
}

function shortfallText({ agent, wanted, missing }: Shortfall): string {
  if (agent === nobody) return 'no case was run'
  return `${wanted - missing.length} of ${wanted} cases were run by ${agent}`
}
