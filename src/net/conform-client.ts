/** The fuzzing client: cases against one server, a connection each, several at a time. */
import { randomBytes, randomInt } from 'node:crypto'
import { ExitCode, UserError } from '../errors.ts'
import type { ConformCase } from '../conformance/case.ts'
import { positionOf } from '../conformance/catalogue.ts'
import type { Clock, Patience } from '../conformance/surroundings.ts'
import type { RequestExtras } from '../conformance/opening.ts'
import { ClientRun, type CaseSink } from '../conformance/run.ts'
import { LegTransport, localAddress, whenConnected } from './conform-transport.ts'
import { dialer, type DialOptions } from './dial.ts'
import type { Leg } from './leg.ts'
import { hostPort, type Target } from './target.ts'
import { tcpText } from './tcp-words.ts'

export interface ConformOptions extends DialOptions {
  target: Target
  /** The name of the server; null: what it calls itself. */
  agent: string | null
  extras: RequestExtras
  patience: Patience
  /** Cases at a time. */
  parallel: number
  clock: Clock
  /** Numbers the connections. */
  nextConn: () => number
  /** A case begins. */
  begin: (of: ConformCase) => CaseSink
  /** Once it is aborted no case begins, and those that run are cut and not reported. */
  signal: AbortSignal
}

/** A fresh masking key. */
export function randomKey(): number {
  return randomInt(2 ** 32) | 0
}

/** Seconds that a case has: with less, it runs alone, so that no other keeps it waiting. */
const shortTime = 240

/** Cases that compress run so many at a time: one works while the other waits for the server. */
const compressing = 2

/** How many cases may run while this one does: those that tell how long they take, or have little time, run alone. */
function roomFor({ exchange }: ConformCase, parallel: number): number {
  if (exchange === null) return parallel
  if (exchange.compare === 'length' || exchange.closeAfter < shortTime) return 1
  return Math.min(parallel, compressing)
}

/** Opening handshakes that fail, one after the other from the first case on, before the others are left out. */
export const openingTries = 10

/** How the opening handshakes of a run went, while none was completed. */
interface Openings {
  failed: number
  reason: string | null
}

/**
 * Runs the cases in their order, as many at a time as allowed. Resolves when all have been reported, or the signal came. Rejects
 * with a `UserError` (network) when the server cannot be connected to, or no opening handshake is completed: after the first of
 * them that fail no case begins.
 */
export async function runCases(cases: readonly ConformCase[], options: ConformOptions): Promise<void> {
  const dial = await dialer(options.target, options)
  const openings: Openings = { failed: 0, reason: null }
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  let started = 0
  for (const of of cases) {
    const room = roomFor(of, options.parallel)
    while (running.size >= room) await Promise.race(running)
    if (failures.length > 0 || options.signal.aborted) break
    if (openings.failed >= openingTries) break
    const run = runCase(of, dial, openings, options)
      .catch((error: unknown) => {
        failures.push(error)
      })
      .finally(() => running.delete(run))
    running.add(run)
    started++
    if (room === 1) await run
  }
  await Promise.all(running)
  // All of them tell the same: the server is not there.
  if (failures.length > 0) throw failures[0] as Error
  if (openings.failed > 0 && !options.signal.aborted)
    throw noServer(options.target, openings, started < cases.length)
}

async function runCase(
  of: ConformCase,
  dial: () => Leg,
  openings: Openings,
  options: ConformOptions,
): Promise<void> {
  const { target, clock, signal } = options
  const sink = options.begin(of)
  const leg = dial()
  const cut = () => {
    leg.reset()
  }
  signal.addEventListener('abort', cut, { once: true })
  const started = new Date().toISOString()
  try {
    await whenConnected(leg, target.tls)
    await new Promise<void>(resolve => {
      const transport = new LegTransport(leg)
      const run = new ClientRun(
        {
          ...options,
          case: of,
          facts: sink.facts,
          position: positionOf(of.id),
          clock,
          started,
          nextKey: randomKey,
          conn: options.nextConn(),
          info: {
            client: localAddress(leg),
            server: hostPort(target.host, target.port),
            url: target.url,
            tls: target.tls,
          },
          done: (report, opened) => {
            if (!signal.aborted) sink.report(report)
            // A request that may be refused tells nothing.
            if (opened) openings.failed = -Infinity
            else if (of.opening?.expected === undefined) openings.failed++
            openings.reason = report.wasNotCleanReason
            resolve()
          },
          path: target.path,
          host: hostPort(target.host, target.port),
          key: randomBytes(16).toString('base64'),
        },
        transport,
      )
      transport.attach(run)
      run.connected()
    })
  } catch (error) {
    if (!signal.aborted) throw notThere(target, of, error)
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

function noServer(target: Target, { reason }: Openings, leavesCases: boolean): UserError {
  const where = hostPort(target.host, target.port)
  return new UserError(
    ExitCode.network,
    `no opening handshake with ${where} was completed: ${reason ?? 'no reason'}${leavesCases ? ' (the other cases are not run)' : ''}`,
  )
}

function notThere(target: Target, of: ConformCase, error: unknown): UserError {
  const where = hostPort(target.host, target.port)
  return new UserError(ExitCode.network, `case ${of.id}: cannot connect to ${where}: ${tcpText(error)}`)
}
