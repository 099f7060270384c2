/** `wsinspect replay client FILE URL`: the client's side of a recording, played against a server. */
import { randomBytes } from 'node:crypto'
import { ExitCode, UserError } from '../errors.ts'
import { readPem } from '../net/certificate.ts'
import { dialer } from '../net/dial.ts'
import type { Leg } from '../net/leg.ts'
import { hostPort, parseTarget, type Target } from '../net/target.ts'
import { valuesOf, type HeaderEdit } from '../protocol/http-head.ts'
import type { RecordingIndex } from '../recording/recording-index.ts'
import type { HeadChange, HeadSpan } from '../replay/head.ts'
import { tee, type Facts } from '../wire/facts.ts'
import { chopRun, chopped, type ChopOptions } from './chop.ts'
import { prepareComparison } from './comparing.ts'
import { refuseOverwriting } from './overwriting.ts'
import { Performance, type Connect, type ReadFacts, type Take } from './performance.ts'
import { progressOf, shownAs } from './progress.ts'
import { connectionText, performanceOptions, withIndex, withTake, type ReplayOptions } from './replay.ts'
import { ReplayReport } from './replay-report.ts'
import type { SweepOptions } from './sweep.ts'
import { endWithStdout, stdoutFlushed, untilStopped } from './terminal.ts'

export interface ReplayClientOptions extends ReplayOptions, ChopOptions, SweepOptions {
  conn?: number | 'all'
  times: number
  parallel: number
  sweep?: boolean
  header: readonly HeaderEdit[]
  origin?: string
  sameKey?: boolean
  insecure?: boolean
  cacert?: string
  /** Seconds. */
  connectTimeout: number
}

/** Of these, what one performance depends on. */
export type PlayOptions = Omit<ReplayClientOptions, 'conn' | 'parallel' | 'sweep' | 'sweepLimit' | 'times'>

/** Plays and compares; the exit code is that of the gravest result. */
export async function replayClient(file: string, url: string, options: ReplayClientOptions): Promise<void> {
  refuseSweepOf(options)
  const target = parseTarget(url)
  await refuseOverwriting([file, options.cacert], [options.junit, options.write])
  await prepareComparison(options, ['server'])
  endWithStdout()
  const dial = await dialer(target, {
    connectTimeout: options.connectTimeout * 1000,
    insecure: options.insecure ?? false,
    ca: options.cacert === undefined ? null : readPem(options.cacert),
  })
  await withIndex(file, async index => {
    const chosen = chosenOf(index, file, options.conn)
    process.exitCode = await withTake(options, async take => {
      const perform: Perform = (recorded, conn, connect, shown = null) => {
        const read: ReadFacts = (facts, reading) =>
          index.read(recorded, shown === null ? facts : tee([shown, facts]), reading)
        return clientPerformance(read, conn, target, connect, take, options)
      }
      if (options.sweep !== true) return await playAll(index, chosen, dial, perform, options)
      const { sweep } = await import('./sweep.ts')
      return await sweep({ index, dial, perform, options, stopped: untilStopped() }, chosen)
    })
  })
  await stdoutFlushed()
}

/** The client's side of connection `recorded`, to be played; `shown` gets what is read of it. */
type Perform = (recorded: number, conn: number, connect: Connect, shown?: Facts | null) => Performance

/** Plays the `chosen` connections as often as asked for. Resolves with the exit code. */
async function playAll(
  { connections }: RecordingIndex,
  chosen: readonly number[],
  dial: () => Leg,
  perform: Perform,
  options: ReplayClientOptions,
): Promise<number> {
  const { times, chop, chopDelay, parallel } = options
  const chops = chop === undefined ? null : chopRun(chop, chopDelay, ['client'])
  const runs = chosen.flatMap(recorded =>
    Array.from({ length: times }, (_, i) => ({
      recorded,
      play: times === 1 ? null : `${i + 1} of ${times}`,
    })),
  )
  const report = new ReplayReport('client', options)
  const progress = progressOf('replaying')
  const sizes = new Map(connections.map(({ conn, octets }) => [conn, octets]))
  const shown = shownAs(
    progress,
    runs.flatMap(({ recorded }) => sizes.get(recorded) ?? []),
  )
  await inParallel(runs, parallel, async ({ recorded, play }, i) => {
    const conn = i + 1
    const connect: Connect = wrote => chopped(dial(), chops, 'client', wrote)
    const outcome = await perform(recorded, conn, connect, shown).play()
    progress.clear()
    report.add({ recorded, conn, play }, outcome)
  }).finally(progress.clear)
  chops?.sayDone()
  return await report.end()
}

/** A sweep cuts the recorded octets, at one place each time. */
function refuseSweepOf({ sweep, chop, level, times }: ReplayClientOptions): void {
  if (sweep !== true) return
  const wrong =
    chop !== undefined ? '--chop' : level !== 'chops' ? `--level ${level}` : times > 1 ? '--times' : null
  if (wrong === null) return
  const why = 'it plays the recorded chops with one cut each time'
  throw new UserError(ExitCode.usage, `--sweep does not go with ${wrong}: ${why} (leave out ${wrong})`)
}

/** The client's side of the connection that `read` gives, to be played; `conn` is the number of the replay. */
export function clientPerformance(
  read: ReadFacts,
  conn: number,
  target: Target,
  connect: Connect,
  take: Take,
  options: PlayOptions,
): Performance {
  const server = hostPort(target.host, target.port)
  return new Performance(connect, {
    ...performanceOptions('client', options),
    read,
    conn,
    info: { client: 'replay', server, url: target.url, tls: target.tls },
    take,
    changeOf: changes(target, options),
  })
}

/** The connections to play. Throws a usage error that lists them where that is not clear. */
function chosenOf({ connections }: RecordingIndex, file: string, conn: number | 'all' | undefined): number[] {
  const [only] = connections
  if (conn === 'all') return connections.map(connection => connection.conn)
  if (conn === undefined && connections.length === 1 && only !== undefined) return [only.conn]
  if (conn !== undefined && connections.some(connection => connection.conn === conn)) return [conn]
  const listed = connections.slice(0, 20).map(connectionText).join('; ')
  const what = conn === undefined ? `has ${connections.length} connections` : `has no connection ${conn}`
  throw new UserError(ExitCode.usage, `${file} ${what} (give --conn N or --conn all): ${listed}`)
}

/** What is another way in the heads of one run: one key for all of it. */
function changes(target: Target, options: PlayOptions): (head: HeadSpan, of: Performance) => HeadChange {
  const key = randomBytes(16).toString('base64')
  return ({ upgrade }, { recorded }) => {
    const headers = [...options.header]
    const given = new Set(headers.map(({ name }) => name.toLowerCase()))
    const put = (name: string, value: string, add: boolean) => {
      if (!given.has(name.toLowerCase())) headers.push({ name, value, add })
    }
    put('Host', target.authority, false)
    if (options.origin !== undefined) put('Origin', options.origin, true)
    const request = recorded.client.at(-1)
    const isWhole = request !== undefined && valuesOf(request, 'Sec-WebSocket-Key').every(isKey)
    if (upgrade && options.sameKey !== true && isWhole) put('Sec-WebSocket-Key', key, false)
    return { target: upgrade && target.path !== '/' ? target.path : null, headers, dropped: [] }
  }
}

/** 16 octets in base64: a key that is wrong stays as it is. */
function isKey(text: string): boolean {
  return text.length === 24 && Buffer.from(text, 'base64').length === 16
}

/** Calls `run` for all, at most `most` at a time. */
async function inParallel<T>(
  all: readonly T[],
  most: number,
  run: (one: T, i: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let i = next++; i < all.length; i = next++) {
      const one = all[i]
      if (one !== undefined) await run(one, i)
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker))
}
