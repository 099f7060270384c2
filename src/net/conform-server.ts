/** The fuzzing server: cases for clients that connect, and the control endpoints that lead them through. */
import type { Duplex } from 'node:stream'
import { browserPage, browserPolicy } from '../conformance/browser-page.ts'
import type { ConformCase } from '../conformance/case.ts'
import { controlOf, type Control } from '../conformance/control.ts'
import type { Clock, Patience } from '../conformance/surroundings.ts'
import { acceptRequest, judgeRequest, refusalText, type Refusal } from '../conformance/opening.ts'
import { ServerRun, type CaseSink } from '../conformance/run.ts'
import { Endpoint, type Application } from '../protocol/endpoint.ts'
import { HeadReader, headLimit, parseRequestLine, valuesOf, type Head } from '../protocol/http-head.ts'
import { Opcode } from '../protocol/opcode.ts'
import { LegTransport, leaveTime, type Run } from './conform-transport.ts'
import type { Leg } from './leg.ts'
import { listen, type Certificate, type Listener } from './listen.ts'
import { hostPort } from './target.ts'

export interface ConformServerOptions {
  host: string
  port: number
  certificate: Certificate | null
  maxConnections: number
  cases: readonly ConformCase[]
  /** What it calls itself. */
  server: string
  patience: Patience
  clock: Clock
  /** Whether a case is left out for an agent. */
  isExcluded: (agent: string, id: string) => boolean
  /** A case begins. */
  begin: (of: ConformCase) => CaseSink
  /** The verdict on a case that was run, or null. */
  behaviorOf: (agent: string, id: string) => string | null
  /** Milliseconds that a client waits for the verdict on a case that has not ended. */
  statusTime: number
  /** Reports are asked for. */
  onUpdate: () => Promise<void>
  /** The server is to end. */
  onStop: () => void
  onProblem: (message: string) => void
}

/** Milliseconds for the request head. */
export const headTime = 5000

/** Milliseconds that `/getCaseStatus` waits for its case. */
export const statusTime = 60_000

export interface ConformServer {
  readonly listener: Listener
  /** Accepts no more and cuts what is open. */
  close(): void
}

/** Where the clients that wait for a verdict are told: one for each agent and case, the newest. */
type Waiters = Map<string, (behavior: string) => void>

const keyOf = (agent: string, id: string) => `${id} ${agent}`

/** Starts the server. Throws a `UserError` (network) when it cannot listen. */
export async function serveCases(options: ConformServerOptions): Promise<ConformServer> {
  const sockets = new Set<Duplex>()
  const waiters: Waiters = new Map()
  const state = { conn: 0, waiters }
  const listener = await listen({
    ...options,
    accept(leg, client) {
      sockets.add(leg.socket)
      leg.socket.once('close', () => sockets.delete(leg.socket))
      new Visitor(leg, client, options, state).begin()
    },
  })
  return {
    listener,
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A client that connected: its head is read, then it is what it asks for. */
class Visitor implements Run {
  readonly #transport: LegTransport
  readonly #client: string
  readonly #options: ConformServerOptions
  readonly #state: { conn: number; waiters: Waiters }
  readonly #reader = new HeadReader()
  #head: Uint8Array = new Uint8Array(0)
  /** What it became. */
  #run: Run | null = null
  #stopTimer: () => void = () => undefined
  /** Waits for a verdict no more. */
  #forget: () => void = () => undefined

  constructor(
    leg: Leg,
    client: string,
    options: ConformServerOptions,
    state: { conn: number; waiters: Waiters },
  ) {
    this.#transport = new LegTransport(leg)
    this.#client = client
    this.#options = options
    this.#state = state
  }

  begin(): void {
    this.#stopTimer = this.#options.clock.after(headTime, () => {
      this.#transport.abort()
    })
    this.#transport.attach(this)
  }

  receive(octets: Uint8Array): void {
    if (this.#run !== null) {
      this.#run.receive(octets)
      return
    }
    const before = this.#head.length
    this.#head = Buffer.concat([this.#head, octets])
    const read = this.#reader.push(octets)
    if (this.#reader.length > headLimit) this.#refuse({ status: 431, reason: 'Head too long', headers: [] })
    else if (read !== null) this.#opened(read.head, before + read.next)
  }

  lost(state: string | null): void {
    this.#stopTimer()
    this.#forget()
    this.#run?.lost(state)
  }

  #opened(head: Head, next: number): void {
    this.#stopTimer()
    const line = parseRequestLine(head.startLine)
    if (line?.method === 'GET' && valuesOf(head, 'Upgrade').length === 0) {
      this.#page(line.target)
      return
    }
    const refusal = judgeRequest(head)
    if (refusal !== null) this.#refuse(refusal)
    else this.#control(controlOf(line?.target ?? '', this.#options.cases), head, next)
  }

  #refuse(refusal: Refusal): void {
    this.#run = deaf
    this.#transport.write(Buffer.from(refusalText(refusal), 'latin1'))
    this.#transport.end()
  }

  #page(target: string): void {
    this.#run = deaf
    const found = target === '/' || target.startsWith('/?')
    const body = Buffer.from(found ? browserPage : 'The page is at /.\n')
    const head = [
      found ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 404 Not Found',
      `Content-Type: text/${found ? 'html' : 'plain'}; charset=utf-8`,
      `Content-Length: ${body.length}`,
      `Content-Security-Policy: ${browserPolicy}`,
      'X-Content-Type-Options: nosniff',
      'Connection: close',
      '\r\n',
    ].join('\r\n')
    this.#transport.write(Buffer.concat([Buffer.from(head), body]))
    this.#transport.end()
  }

  #control(control: Control, head: Head, next: number): void {
    switch (control.do) {
      case 'refuse':
        this.#refuse({ ...control, headers: [] })
        return
      case 'run': {
        const agent = control.agent ?? valuesOf(head, 'User-Agent')[0] ?? 'unknown'
        if (this.#options.isExcluded(agent, control.of.id))
          this.#talk(head, next, close => {
            close()
          })
        else this.#runCase(control.of, agent, head, next)
        return
      }
      default:
        this.#talk(head, next, (close, say) => {
          this.#answer(control, close, say)
        })
    }
  }

  #runCase(of: ConformCase, agent: string, head: Head, next: number): void {
    const { cases, clock, patience, server, host, certificate } = this.#options
    const sink = this.#options.begin(of)
    const run = new ServerRun(
      {
        case: of,
        position: cases.indexOf(of) + 1,
        agent,
        clock,
        started: new Date().toISOString(),
        patience,
        nextKey: () => 0,
        facts: sink.facts,
        conn: ++this.#state.conn,
        info: {
          client: this.#client,
          server: hostPort(host, this.#options.port),
          url: `${certificate === null ? 'ws' : 'wss'}://${hostPort(host, this.#options.port)}/runCase`,
          tls: certificate !== null,
        },
        done: report => {
          sink.report(report)
          this.#state.waiters.get(keyOf(agent, of.id))?.(report.behavior)
        },
      },
      this.#transport,
      { head, octets: this.#head, next, server },
    )
    this.#run = run
    run.begin()
  }

  /** A well-behaved connection that says something and closes. */
  #talk(head: Head, next: number, talk: (close: () => void, say: (text: string) => void) => void): void {
    const { server, clock } = this.#options
    this.#transport.write(Buffer.from(acceptRequest(head, server, null).text, 'latin1'))
    const endpoint = new Endpoint(
      { role: 'server', deflate: null, messageLimit: 65_536, nextKey: () => 0 },
      this.#transport,
      () => silent,
    )
    this.#run = {
      receive: octets => {
        endpoint.receive(Buffer.from(octets))
      },
      lost: () => undefined,
    }
    const close = () => {
      endpoint.close(null)
      this.#stopTimer = clock.after(leaveTime, () => {
        this.#transport.abort()
      })
    }
    talk(close, text => {
      endpoint.send(Opcode.text, Buffer.from(text))
    })
    if (next < this.#head.length) endpoint.receive(Buffer.from(this.#head.subarray(next)))
  }

  #answer(
    control: Exclude<Control, { do: 'run' | 'refuse' }>,
    close: () => void,
    say: (text: string) => void,
  ): void {
    const { cases, onUpdate, onStop } = this.#options
    switch (control.do) {
      case 'count':
        say(String(cases.length))
        close()
        break
      case 'info':
        say(JSON.stringify({ id: control.of.id, description: control.of.description }))
        close()
        break
      case 'status':
        this.#tellVerdict(control, close, say)
        break
      case 'update':
        void onUpdate().then(() => {
          close()
          if (control.stop) onStop()
        })
        break
      case 'stop':
        close()
        onStop()
    }
  }

  /** Tells the verdict on a case: now, or when there is one, unless that takes too long. */
  #tellVerdict(
    { agent, of }: Extract<Control, { do: 'status' }>,
    close: () => void,
    say: (text: string) => void,
  ): void {
    const { behaviorOf, clock, statusTime } = this.#options
    const { waiters } = this.#state
    const key = keyOf(agent, of.id)
    const tell = (behavior: string) => {
      this.#forget()
      say(JSON.stringify({ behavior }))
      close()
    }
    const known = behaviorOf(agent, of.id)
    if (known !== null) {
      tell(known)
      return
    }
    const stop = clock.after(statusTime, () => {
      this.#forget()
      close()
    })
    this.#forget = () => {
      stop()
      if (waiters.get(key) === tell) waiters.delete(key)
    }
    waiters.set(key, tell)
  }
}

/** Whoever is refused is not listened to. */
const deaf: Run = { receive: () => undefined, lost: () => undefined }

const silent: Application = { data: () => undefined, frameEnd: () => undefined, message: () => undefined }
