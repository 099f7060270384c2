/** `wsinspect conform client`: the cases of the conformance suite against servers. */
import { performance } from 'node:perf_hooks'
import { ExitCode, UserError } from '../errors.ts'
import { defaultPatience } from '../conformance/surroundings.ts'
import { unknownAgent } from '../conformance/run.ts'
import type { ConformCase } from '../conformance/case.ts'
import { isExcluded, type SpecServer } from '../conformance/spec.ts'
import { readPem } from '../net/certificate.ts'
import { runCases } from '../net/conform-client.ts'
import { systemClock } from '../net/conform-transport.ts'
import type { HeaderEdit } from '../protocol/http-head.ts'
import { parseTarget } from '../net/target.ts'
import { version } from '../version.ts'
import { lineOutput, tableOutput, type ConformOutput } from './conform-output.ts'
import { ConformResults, prepareResults, type NotRun, type ResultOptions } from './conform-results.ts'
import {
  caseList,
  outputOf,
  selectionOf,
  type Selection,
  type SelectionOptions,
} from './conform-selection.ts'
import { ConformTally } from './conform-tally.ts'
import { endWithStdout, say, stdoutFlushed, untilStopped } from './terminal.ts'

export interface ConformClientOptions extends SelectionOptions, ResultOptions {
  agent?: string
  parallel: number
  /** Seconds. */
  timeout?: number
  connectTimeout: number
  header: readonly HeaderEdit[]
  insecure?: boolean
  cacert?: string
  json?: boolean
  tui: boolean
}

/** Runs the cases against URL, or against the servers of the spec. */
export async function conformClient(url: string | undefined, options: ConformClientOptions): Promise<void> {
  const selection = await selectionOf(options, 'client')
  endWithStdout()
  if (options.list) process.stdout.write(caseList(selection.cases, options.json ?? false))
  else await run(serversOf(url, selection, options), selection, outputOf(options, selection))
  await stdoutFlushed()
}

function serversOf(
  url: string | undefined,
  { spec }: Selection,
  { agent }: ConformClientOptions,
): readonly SpecServer[] {
  const servers =
    url === undefined ? (spec?.servers ?? []) : [{ url, agent: null, origin: null, protocols: [] }]
  if (servers.length === 0)
    throw new UserError(ExitCode.usage, 'no server is named (give a URL, or --spec FILE with servers)')
  if (agent !== undefined && servers.length > 1)
    throw new UserError(ExitCode.usage, '--agent names one server, and the spec has several')
  return servers.map(server => ({ ...server, agent: agent ?? server.agent }))
}

async function run(
  servers: readonly SpecServer[],
  selection: Selection,
  options: ConformClientOptions,
): Promise<void> {
  const targets = servers.map(({ url }) => parseTarget(url))
  const prepared = await prepareResults(options, [options.spec, options.cacert])
  const results = new ConformResults(options, prepared)
  const start = performance.now()
  const elapsed = () => performance.now() - start
  const tally = new ConformTally(
    servers.map(server => server.agent),
    agent => casesOf(selection, agent),
  )
  const isTable = options.tui && options.json !== true && process.stdout.isTTY && process.env.TERM !== 'dumb'
  const output = isTable
    ? tableOutput(tally, elapsed)
    : lineOutput(tally, options.json ?? false, elapsed, say)
  const stop = new AbortController()
  const cut: { code: number | null } = { code: null }
  void untilStopped().then(code => {
    cut.code = code
    stop.abort()
  })
  const failures: UserError[] = []
  const notRun: NotRun[] = []
  for (const [i, server] of servers.entries()) {
    const target = targets[i]
    if (target === undefined) break
    try {
      await runServer(server, target, selection, options, { results, output, notRun, signal: stop.signal })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      failures.push(error)
    }
  }
  // A signal that comes when all was run cuts nothing off.
  const cutWith = notRun.length > 0 ? cut.code : null
  output.end()
  const notes = cutWith !== null ? [`Stopped after ${tally.done} of ${tally.total} cases.`] : []
  const verdict = await results.write([...notes, ...failures.map(({ message }) => `${message}.`)], notRun)
  for (const { message } of failures) say(message)
  process.exitCode = cutWith ?? failures[0]?.exitCode ?? verdict
}

/** The cases that are asked of an agent; all, as long as it is not known. */
function casesOf({ cases, spec }: Selection, agent: string | null): readonly ConformCase[] {
  return cases.filter(({ id }) => agent === null || !isExcluded(spec?.excludeByAgent ?? [], agent, id))
}

interface Sinks {
  results: ConformResults
  output: ConformOutput
  /** Takes the cases that were not run. */
  notRun: NotRun[]
  signal: AbortSignal
}

async function runServer(
  server: SpecServer,
  target: ReturnType<typeof parseTarget>,
  { cases, spec }: Selection,
  options: ConformClientOptions,
  { results, output, notRun, signal }: Sinks,
): Promise<void> {
  const { agent, origin, protocols } = server
  const excluded = (name: string, id: string) => isExcluded(spec?.excludeByAgent ?? [], name, id)
  const wanted = casesOf({ cases, spec }, agent)
  const done = new Set<string>()
  let name = agent
  let conn = 0
  const running = runCases(signal.aborted ? [] : wanted, {
    target,
    agent,
    parallel: options.parallel,
    clock: systemClock(),
    patience: { ...defaultPatience, most: (options.timeout ?? Infinity) * 1000 },
    extras: {
      userAgent: `wsinspect/${version}`,
      origin,
      protocols,
      headers: options.header.map(({ name, value }) => `${name}: ${value}`),
    },
    connectTimeout: options.connectTimeout * 1000,
    insecure: options.insecure ?? false,
    ca: options.cacert === undefined ? null : readPem(options.cacert),
    nextConn: () => ++conn,
    begin(of) {
      output.begin(of)
      const { facts, add } = results.begin(of)
      return {
        facts,
        report(report) {
          done.add(report.id)
          name ??= report.agent
          if (excluded(report.agent, report.id)) return
          output.add(report)
          add(report)
        },
      }
    },
    signal,
  })
  await running.finally(() => {
    const missing = wanted.filter(({ id }) => !done.has(id))
    notRun.push(...missing.map(of => ({ agent: name ?? unknownAgent, of })))
  })
}
