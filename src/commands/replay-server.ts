/** `wsinspect replay server FILE`: the server's side of a recording, played for whoever connects. */
import { ExitCode, UserError } from '../errors.ts'
import { readCertificate } from '../net/certificate.ts'
import { firstHead } from '../net/first-head.ts'
import type { Leg } from '../net/leg.ts'
import { connectionLimit, listen } from '../net/listen.ts'
import { hostPort } from '../net/target.ts'
import { refusalHead } from '../protocol/handshake.ts'
import type { Head } from '../protocol/http-head.ts'
import { counted } from '../protocol/words.ts'
import type { RecordingIndex } from '../recording/recording-index.ts'
import { answerFor } from '../replay/answer.ts'
import { Dialogue } from '../replay/dialogue.ts'
import { unchanged } from '../replay/head.ts'
import { Scenes, type Scene } from '../replay/scenes.ts'
import type { ConnectionOptions } from './bounds.ts'
import { chopRun, chopped, type ChopOptions, type ChopRun } from './chop.ts'
import { prepareComparison } from './comparing.ts'
import { refuseOverwriting } from './overwriting.ts'
import { Performance, type Take } from './performance.ts'
import { performanceOptions, withIndex, withTake, type ReplayOptions } from './replay.ts'
import { ReplayReport } from './replay-report.ts'
import { endWithStdout, say, stdoutFlushed, untilStopped } from './terminal.ts'

export interface ReplayServerOptions extends ReplayOptions, ConnectionOptions, ChopOptions {
  port: number
  host: string
  loop?: boolean
  once?: boolean
  cert?: string
  key?: string
}

/** Serves until it is stopped, or with `--once` until all is played or was asked for in vain. */
export async function replayServer(file: string, options: ReplayServerOptions): Promise<void> {
  await refuseOverwriting([file, options.cert, options.key], [options.junit, options.write])
  await prepareComparison(options, ['client'])
  endWithStdout()
  const stopped = untilStopped()
  await withIndex(file, async index => {
    const isAnew = options.level === 'messages'
    const scenes = new Scenes(await readScenes(index), { loop: options.loop ?? false, isAnew })
    const count = scenes.left
    if (count === 0)
      throw new UserError(ExitCode.input, `${file} has no connection that begins with a request`)
    const { exitCode, unplayed } = await withTake(options, async take => {
      const report = new ReplayReport('server', options)
      const stage = new Stage(index, scenes, take, report, options)
      const listener = await listen({
        host: options.host,
        port: options.port,
        certificate: readCertificate(options.cert, options.key),
        maxConnections: options.maxConnections ?? connectionLimit(),
        onProblem: say,
        accept(leg, client) {
          stage.serve(leg, client).catch((error: unknown) => {
            say(error instanceof Error ? error.message : String(error))
          })
        },
      })
      const scheme = options.cert === undefined ? 'ws' : 'wss'
      say(`playing the server of ${file} at ${scheme}://${hostPort(listener.host, listener.port)}/`)
      await Promise.race(options.once === true ? [stopped, stage.empty] : [stopped])
      listener.close()
      const unplayed = scenes.left + stage.running
      await stage.abort()
      return { exitCode: await report.end(), unplayed }
    })
    if (options.once !== true) return
    if (unplayed > 0)
      say(`${count - unplayed} of ${counted(count, 'connection')} ${count === 1 ? 'was' : 'were'} played`)
    process.exitCode = unplayed > 0 ? Math.max(exitCode, ExitCode.failed) : exitCode
  })
  await stdoutFlushed()
}

/** Where the connections of a recording are played, each for one client. */
class Stage {
  readonly #index: RecordingIndex
  readonly #scenes: Scenes
  readonly #take: Take
  readonly #report: ReplayReport
  readonly #options: ReplayServerOptions
  readonly #chops: ChopRun | null
  readonly #running = new Set<Performance>()
  #conn = 0
  #refused = 0
  #setEmpty: () => void = () => undefined
  /** Resolves when all is played, or as many were refused as are not, and nothing is on any more. */
  readonly empty = new Promise<void>(resolve => (this.#setEmpty = resolve))

  constructor(
    index: RecordingIndex,
    scenes: Scenes,
    take: Take,
    report: ReplayReport,
    options: ReplayServerOptions,
  ) {
    this.#report = report
    this.#index = index
    this.#scenes = scenes
    this.#take = take
    this.#options = options
    const { chop, chopDelay } = options
    this.#chops = chop === undefined ? null : chopRun(chop, chopDelay, ['server'])
  }

  /** How many are played now. */
  get running(): number {
    return this.#running.size
  }

  /** Plays for a client what fits its request. Resolves when it is gone. */
  async serve(accepted: Leg, client: string): Promise<void> {
    const first = await firstHead(accepted, this.#options.timeout * 1000)
    if (first === null) return
    const scene = this.#scenes.next(first.head)
    if (typeof scene === 'string') {
      say(`client ${client} is refused: ${scene}`)
      refuse(first.leg, scene)
      this.#refused++
      this.#checkEmpty()
      return
    }
    const conn = ++this.#conn
    const performance = this.#performance(first.leg, client, scene.conn, conn)
    this.#running.add(performance)
    const outcome = await performance.play()
    this.#running.delete(performance)
    this.#report.add({ recorded: scene.conn, conn, play: null }, outcome)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (this.#scenes.left <= this.#refused && this.#running.size === 0) this.#setEmpty()
  }

  /** Ends what is on. */
  async abort(): Promise<void> {
    await Promise.all([...this.#running].map(performance => performance.abort('wsinspect was stopped')))
    this.#chops?.sayDone()
  }

  #performance(leg: Leg, client: string, recorded: number, conn: number): Performance {
    const { host, port, cert, level } = this.#options
    const url = `${cert === undefined ? 'ws' : 'wss'}://${hostPort(host, port)}/`
    return new Performance(wrote => chopped(leg, this.#chops, 'server', wrote), {
      ...performanceOptions('server', this.#options),
      read: (facts, reading) => this.#index.read(recorded, facts, reading),
      conn,
      info: { client, server: 'replay', url, tls: cert !== undefined },
      take: this.#take,
      changeOf: ({ upgrade }, { recorded, live }) => {
        const [request, answer, now] = [recorded.client.at(-1), recorded.server.at(-1), live.client.at(-1)]
        return upgrade && request !== undefined && answer !== undefined && now !== undefined
          ? answerFor({ request, answer }, now, level === 'messages')
          : unchanged
      },
    })
  }
}

/** How each connection of the recording began, of those that began with a request. */
async function readScenes(index: RecordingIndex): Promise<Scene[]> {
  const scenes: Scene[] = []
  const known = new Error('known')
  for (const { conn } of index.connections) {
    const heads: Record<'client' | 'server', Head | null> = { client: null, server: null }
    const dialogue = new Dialogue(said => {
      if (said.type === 'head') heads[said.from] ??= said.head
    })
    const afterFact = () => (heads.server === null ? undefined : Promise.reject(known))
    await index.read(conn, dialogue, { afterFact }).catch((error: unknown) => {
      if (error !== known) throw error
    })
    if (heads.client !== null) scenes.push({ conn, request: heads.client, answer: heads.server })
  }
  return scenes
}

function refuse(leg: Leg, reason: string): void {
  leg.read(() => undefined)
  leg.socket.end(refusalHead(404, 'Not Found', `${reason}\n`), 'latin1', () => {
    leg.socket.destroy()
  })
}
