/** `wsinspect proxy`: relay, inspect, record. What only some options need is loaded when they are given. */
import { performance } from 'node:perf_hooks'
import { ExitCode, UserError } from '../errors.ts'
import type { Side } from '../protocol/side.ts'
import { readCertificate, readPem } from '../net/certificate.ts'
import type { HeaderEdit } from '../protocol/http-head.ts'
import { connectionLimit } from '../net/listen.ts'
import { startProxy, type Proxy } from '../net/proxy.ts'
import type { Server } from '../net/serve.ts'
import { hostPort, parseTarget, type Target } from '../net/target.ts'
import { version } from '../version.ts'
import { guard, tee, type Facts } from '../wire/facts.ts'
import type { Filter } from '../wire/filter/filter.ts'
import { milliseconds } from '../wire/json.ts'
import { Session } from '../wire/session.ts'
import { inflateLimitOf, logLimitsOf, type ProxyBounds } from './bounds.ts'
import type { ChopOptions, ChopRun } from './chop.ts'
import { failOn } from './fail-on.ts'
import type { LiveStatistics } from './live-statistics.ts'
import { timeOfDay } from './filter.ts'
import { rowWriter, type RowWriter, type View } from './output.ts'
import { viewOf, type ViewOptions } from './output-options.ts'
import type { Recording, RecordingOptions } from './recording.ts'
import type { OpenScreen, ScreenOptions } from './screen.ts'
import {
  onStatusSignal,
  say,
  stdoutEnd,
  stdoutFlushed,
  unblockStdout,
  untilStopped,
  wantsScreen,
} from './terminal.ts'

export interface ProxyCommandOptions
  extends ViewOptions, ProxyBounds, RecordingOptions, ScreenOptions, ChopOptions {
  port: number
  host: string
  header: readonly HeaderEdit[]
  hostHeader: 'target' | 'keep'
  originHeader: 'target' | 'keep'
  insecure?: boolean
  cacert?: string
  cert?: string
  key?: string
  quiet?: boolean
  tui: boolean
  stats?: boolean
  demo?: boolean
  chopFrom?: Side
}

/** How often, in ms, it is judged what should have happened and did not. */
const tickTime = 200

const toolName = `wsinspect ${version}`

/** Runs the command until it is stopped, or with `--demo` outside a terminal until the tour is over. */
export async function proxy(targetText: string | undefined, options: ProxyCommandOptions): Promise<void> {
  const stopped = Promise.race([untilStopped(), untilUnread()])
  const started = new Date()
  const origin = performance.now()
  // To the microsecond, as recordings have it: rows are then the same from the file.
  const now = () => milliseconds(performance.now() - origin)
  const view = await viewOf(options, { now, startOfDay: () => timeOfDay(started) })
  const backend = targetText === undefined ? await embeddedEcho() : null
  const target = parseTarget(targetText ?? String(backend?.listener.port))
  refuseOwnAddress(target, options)

  const session = new Session({
    log: logLimitsOf(options),
    inflate: inflateLimitOf(options),
    wake: read => setImmediate(read),
  })
  const hasScreen = wantsScreen(options)
  const seen = await inspection(options, session)
  const recording = await recordingOf(options, session, started, hasScreen)
  const facts = recording === null ? seen : tee([seen, recording.facts])
  const writer = options.quiet || hasScreen ? null : await startWriter(options, view, session, started)
  const statistics = await startStatistics(options, view.filter, session, writer)
  const chops = await chopOf(options)
  const running = await startProxy({
    ...options,
    insecure: options.insecure ?? false,
    target,
    certificate: readCertificate(options.cert, options.key),
    ca: options.cacert === undefined ? null : readPem(options.cacert),
    maxConnections: options.maxConnections ?? connectionLimit(),
    headers: headerEdits(target, options),
    connectTimeout: options.connectTimeout * 1000,
    linger: options.linger * 1000,
    facts,
    now,
    gate: recording?.gate ?? null,
    chop: chops?.chop ?? null,
    onProblem: say,
  })
  const announcement = announcementOf(running, target, options, backend !== null)
  if (!hasScreen) for (const line of announcement) say(line)
  const live = { session, running, recording, started, now }
  const screen = hasScreen ? await showLive(live, target, announcement, options) : null
  const ticking = setInterval(() => {
    session.tick(now())
  }, tickTime)
  await untilDone(running, options, screen === null ? stopped : Promise.race([stopped, screen.left]))
  clearInterval(ticking)
  screen?.close()
  await running.close()
  await facts.end(now())
  await backend?.close()
  statistics?.show()
  if (options.octets) writer?.putLine({ type: 'end', time: now() })
  recording?.sayDone()
  chops?.sayDone()
  await writer?.close()
  failOn(options.failOn, session.log.tally)
  await stdoutFlushed()
}

async function embeddedEcho(): Promise<Server> {
  const { startEcho } = await import('./echo.ts')
  return startEcho({
    port: 0,
    host: '127.0.0.1',
    compression: true,
    maxMessage: 16,
    allowOrigin: ['*'],
  })
}

function refuseOwnAddress(target: Target, { host, port }: ProxyCommandOptions): void {
  const isLocal = target.host === host || ['localhost', '127.0.0.1', '::1'].includes(target.host)
  if (isLocal && target.port === port) {
    const hint = 'give the server its own port, or the proxy another with --port'
    throw new UserError(ExitCode.usage, `the target ${target.url} is the proxy itself: ${hint}`)
  }
}

async function startWriter(
  options: ProxyCommandOptions,
  view: View,
  session: Session,
  started: Date,
): Promise<RowWriter> {
  unblockStdout()
  const writer = await rowWriter(process.stdout, view, true, () => {
    session.poke()
  })
  if (options.octets) {
    const { sessionHeader } = await import('../recording/format.ts')
    writer.putLine(sessionHeader(started, toolName, options.redact))
  }
  session.attach(writer)
  return writer
}

/** Counts only when asked to, since it costs time on every frame. On SIGUSR2 the rows that are kept can be counted always. */
async function startStatistics(
  options: ProxyCommandOptions,
  filter: Filter | null,
  session: Session,
  writer: RowWriter | null,
): Promise<LiveStatistics | null> {
  const load = async () => {
    const { LiveStatistics } = await import('./live-statistics.ts')
    return new LiveStatistics(session, filter, options.json === true ? writer : null, options.json === true)
  }
  const statistics = options.stats ? await load() : null
  statistics?.start()
  onStatusSignal(() => {
    if (statistics === null) say('statistics of the rows still kept (--stats counts from the start)')
    void (async () => {
      const shown = statistics ?? (await load())
      shown.show()
    })()
  })
  return statistics
}

/** What a run is made of. */
interface Live {
  session: Session
  running: Proxy
  recording: Recording | null
  started: Date
  now: () => number
}

/** Opens the screen on the run; it is loaded when there is one. */
async function showLive(
  { session, running, recording, started, now }: Live,
  target: Target,
  announcement: readonly string[],
  options: ProxyCommandOptions,
): Promise<OpenScreen> {
  const { openScreen } = await import('./screen.ts')
  const { saveFile } = await import('../recording/save.ts')
  const { replays } = await import('./screen-replay.ts')
  const tour = options.demo ? [] : ['or see a tour of the wire: wsinspect proxy --demo']
  const host = {
    log: session.log,
    title: `${hostPort(running.listener.host, running.listener.port)} → ${target.url}`,
    welcome: [...announcement, ...tour],
    isLive: true,
    started: started.getTime(),
    now,
    isRecording: () => recording?.isOn() ?? null,
    toggleRecording() {
      recording?.toggle(now()).catch((error: unknown) => {
        say(error instanceof Error ? error.message : String(error))
      })
    },
    waiting: (conn: number, from: Side) => running.waiting(conn, from),
    save: saveFile,
    replay: replays(session.log, {
      header: options.header,
      insecure: options.insecure ?? false,
      ca: options.cacert === undefined ? null : readPem(options.cacert),
      connectTimeout: options.connectTimeout,
    }),
    openRecording: null,
  }
  return openScreen(session, host, options)
}

/** What the session is told: what a record would be where its own output may become one. */
async function inspection(
  { json, octets, redact: isRedacted }: ProxyCommandOptions,
  session: Session,
): Promise<Facts> {
  const inspected = guard(session, error => {
    say(`inspection failed and was switched off, forwarding goes on: ${String(error)}`)
  })
  if (json !== true || !octets || !isRedacted) return inspected
  const { redact } = await import('../recording/redact.ts')
  return redact(inspected)
}

/** What is recorded, now or later; null: nothing. */
async function recordingOf(
  options: ProxyCommandOptions,
  session: Session,
  started: Date,
  hasScreen: boolean,
): Promise<Recording | null> {
  if (options.write === undefined && !hasScreen) return null
  const { openRecording } = await import('./recording.ts')
  return openRecording(options, session, { started, tool: toolName })
}

/** The chops of both sides, or of one; null: none. */
async function chopOf(options: ProxyCommandOptions): Promise<ChopRun | null> {
  const { chop, chopFrom } = options
  if (chop === undefined) {
    if (chopFrom === undefined) return null
    throw new UserError(ExitCode.usage, '--chop-from says whose octets --chop cuts: give --chop too')
  }
  const { chopRun } = await import('./chop.ts')
  return chopRun(chop, options.chopDelay, chopFrom === undefined ? ['client', 'server'] : [chopFrom])
}

function headerEdits(target: Target, options: ProxyCommandOptions): HeaderEdit[] {
  const scheme = target.tls ? 'https' : 'http'
  const edits: HeaderEdit[] = [...options.header]
  const given = new Set(edits.map(edit => edit.name.toLowerCase()))
  if (options.hostHeader === 'target' && !given.has('host')) {
    edits.push({ name: 'Host', value: target.authority, add: false })
  }
  if (options.originHeader === 'target' && !given.has('origin')) {
    edits.push({ name: 'Origin', value: `${scheme}://${target.authority}`, add: false })
  }
  return edits
}

/** What is said at the start: first of all where to connect to. */
function announcementOf(
  running: Proxy,
  target: Target,
  options: ProxyCommandOptions,
  isEcho: boolean,
): string[] {
  const url = ownOrigin(running, options) + target.path
  const lines = [`connect to ${url}  →  ${isEcho ? `the embedded echo server at ${target.url}` : target.url}`]
  if (isEverywhere(running.listener.host))
    lines.push('listening on all interfaces: anyone who reaches this machine can use the proxy')
  if (options.insecure && target.tls) lines.push('the certificate of the server is not checked (-k)')
  if (options.write !== undefined && !options.redact)
    lines.push('credentials are recorded as they are (--no-redact)')
  return lines
}

/** Where clients of this machine find the proxy: the URL up to its path. */
function ownOrigin({ listener: { host, port } }: Proxy, { cert }: ProxyCommandOptions): string {
  const scheme = cert === undefined ? 'ws' : 'wss'
  return `${scheme}://${hostPort(isEverywhere(host) ? '127.0.0.1' : host, port)}`
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** Resolves when nobody reads the rows any more; when they cannot be written, that is said and traffic goes on. */
async function untilUnread(): Promise<void> {
  const reason = await stdoutEnd()
  if (reason === 'gone') return
  say(`rows cannot be written any more, forwarding goes on: ${reason instanceof Error ? reason.message : ''}`)
  await new Promise<never>(() => undefined)
}

/** With `--demo` the tour; after it a terminal stays open, anything else is done. */
async function untilDone(
  running: Proxy,
  options: ProxyCommandOptions,
  stopped: Promise<unknown>,
): Promise<void> {
  if (!options.demo) {
    await stopped
    return
  }
  const { playTour } = await import('./tour.ts')
  const isWhole = await playTour(`${ownOrigin(running, options)}/`, stopped)
  if (!process.stdout.isTTY) {
    if (!isWhole) process.exitCode = ExitCode.network
    return
  }
  if (isWhole) say('end of the tour; connect a client of your own, or press Ctrl-C')
  await stopped
}
