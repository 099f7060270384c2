/** A scripted peer and a real one, with the proxy between them, up to the verdict. */
import { once } from 'node:events'
import type net from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer, type ClientOptions, type CloseEvent, type ServerOptions } from 'ws'
import type { Proxy } from '../../src/net/proxy.ts'
import type { Side } from '../../src/protocol/side.ts'
import type { Entry } from '../../src/wire/entry.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import type { Reader, WireLog } from '../../src/wire/log.ts'
import { backend, connect, echoServer, proxyTo } from './loopback.ts'
import { playClient, playServer, type Script } from './scripted-peer.ts'

type VerdictEntry = Extract<Entry, { type: 'verdict' }>

/** Keeps the lines, and tells who waits for one. */
class Watcher implements Reader {
  readonly lines: string[] = []
  verdict: VerdictEntry | null = null
  #next = 0
  #waiting: { text: string; resolve: () => void }[] = []

  advance(log: WireLog): boolean {
    for (; this.#next < log.next; this.#next++) {
      const entry = log.entry(this.#next)
      if (entry.type === 'octets') continue
      if (entry.type === 'verdict') this.verdict = entry
      this.lines.push(formatLine(cells(entry, log, 64), false))
    }
    this.#waiting = this.#waiting.filter(({ text, resolve }) => {
      if (!this.#holds(text)) return true
      resolve()
      return false
    })
    return false
  }

  async end(): Promise<void> {
    // Rows are read as they come.
  }

  /** Resolves when a line holds `text`. */
  async says(text: string): Promise<void> {
    if (!this.#holds(text)) await new Promise<void>(resolve => this.#waiting.push({ text, resolve }))
  }

  #holds(text: string): boolean {
    return this.lines.some(line => line.includes(text))
  }
}

/** What a test may do while the connection is up. */
export interface Stand {
  /** The real peer, and the socket of the scripted one. */
  ws: WebSocket
  peer: net.Socket
  /** Resolves when a row of the log holds `text`. */
  says: (text: string) => Promise<void>
  /** Milliseconds pass in which nothing happens. */
  pass: (ms: number) => void
}

/** What an API says of the end of a connection. */
type Report = Pick<CloseEvent, 'code' | 'wasClean'> | null

/** What a connection came to. Of lengths of time, those below a second are left out. */
export interface Outcome {
  /** The rows of rules: `client ERROR mask.missing: a client must mask every frame (TEXT frame of …)`. */
  rules: string[]
  text: string
  /** What the API of the real peer reports, in the words of the verdict and in its own; null where it was never open. */
  told: Report
  event: Report
}

/** The proxy in front of `target`, with a clock that only moves by a millisecond with each reading, and when told to. */
async function watched(
  target: string,
): Promise<{ proxy: Proxy; watcher: Watcher; pass: (ms: number) => void }> {
  let clock = 0
  const { proxy, session } = await proxyTo(target, { now: () => ++clock })
  const watcher = new Watcher()
  session.attach(watcher)
  const pass = (ms: number) => {
    clock += ms
    session.tick(clock)
  }
  return { proxy, watcher, pass }
}

function outcomeOf({ lines, verdict }: Watcher, real: Side, event: CloseEvent | null): Outcome {
  if (verdict === null) throw new Error('no verdict')
  const code = real === 'client' ? verdict.apiClient : verdict.apiServer
  return {
    rules: lines.flatMap(ruleOf),
    text: timeless(verdict.text),
    told: code === null ? null : { code, wasClean: verdict.clean },
    event: event === null ? null : { code: event.code, wasClean: event.wasClean },
  }
}

const severities = new Set(['ERROR', 'WARNING', 'NOTICE', 'INFO'])

/** `client ERROR mask.missing: a client must …` of the line of a violation; none of other lines. */
function ruleOf(line: string): string[] {
  const [, , side = '', severity = '', , rule = ''] = line.trim().split(/ +/)
  if (!severities.has(severity)) return []
  const text = line.slice(line.indexOf(': ') + 2).split('  ', 1)[0] ?? ''
  return [`${side} ${severity} ${rule}: ${timeless(text)}`]
}

/** Without what differs from run to run, times below a second and the accept value of a random key, or grows with the rules. */
function timeless(text: string): string {
  return text
    .replaceAll(/ (?:\d+\.\d ms later|before the \w+'s answer)/g, '')
    .replaceAll(/ at \d+\.\d{3} ms/g, '')
    .replaceAll(/"[\w+/]{27}="/g, '"…"')
    .replace(/\d+ rules checked/, '… rules checked')
}

/** Nothing but the script's own. */
const idle = () => Promise.resolve()

/** Says "Hello", and closes with 1000 when something comes back. */
const greet = ({ ws }: Stand): Promise<void> => {
  ws.on('message', () => {
    ws.close(1000)
  })
  ws.send('Hello')
  return Promise.resolve()
}

/** A scripted server, and the client of `ws` in front of it. */
export async function againstServer(
  script: Script,
  drive: (stand: Stand) => Promise<void> = greet,
  options: ClientOptions = {},
): Promise<Outcome> {
  let peer: net.Socket | null = null
  const port = await backend(socket => {
    peer = socket
    playServer(socket, script)
  })
  return againstTarget(String(port), ({ ws, says, pass }) => drive({ ws, peer: peer!, says, pass }), options)
}

/** Whatever the target is, and the client of `ws` in front of it. */
export async function againstTarget(
  target: string,
  drive: (stand: Omit<Stand, 'peer'>) => Promise<void> = idle,
  options: ClientOptions = {},
): Promise<Outcome> {
  const { proxy, watcher, pass } = await watched(target)
  const ws = new WebSocket(`ws://127.0.0.1:${proxy.listener.port}/`, options)
  const closed = closeOf(ws)
  ws.on('open', () => void drive({ ws, says: text => watcher.says(text), pass }))
  const event = await closed
  await watcher.says(' VERDICT ')
  return outcomeOf(watcher, 'client', event)
}

/** A scripted client, and the server of `ws` behind it: it echoes. */
export async function againstClient(
  script: Script,
  drive: (stand: Stand) => Promise<void> = idle,
  options: ServerOptions = {},
): Promise<Outcome> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const { proxy, watcher, pass } = await watched(String((server.address() as net.AddressInfo).port))
  const peer = connect(proxy.listener.port)
  let closed: Promise<CloseEvent | null> = Promise.resolve(null)
  server.on('connection', ws => {
    closed = closeOf(ws)
    ws.on('message', (data: Buffer, isBinary) => {
      ws.send(data, { binary: isBinary })
    })
    void drive({ ws, peer, says: text => watcher.says(text), pass })
  })
  playClient(peer, script)
  await watcher.says(' VERDICT ')
  return outcomeOf(watcher, 'server', await closed)
}

/** A scripted client in front of the bundled echo server. */
export async function againstEcho(script: Script): Promise<Outcome> {
  const { listener } = await echoServer()
  const { proxy, watcher } = await watched(String(listener.port))
  playClient(connect(proxy.listener.port), script)
  await watcher.says(' VERDICT ')
  // It has no API that could be asked.
  return { ...outcomeOf(watcher, 'server', null), told: null }
}

async function closeOf(ws: WebSocket): Promise<CloseEvent> {
  ws.on('error', () => undefined)
  return new Promise<CloseEvent>(resolve => {
    ws.addEventListener('close', resolve)
  })
}

/** Sends octets that `ws` itself would not. */
export function inject({ ws }: Stand, octets: Uint8Array): void {
  ;(ws as unknown as { _socket: net.Socket })._socket.write(octets)
}

/** A title, a connection, the rows of rules in the order of the log, and the verdict. */
export type Case = [title: string, run: () => Promise<Outcome>, rules: string[], text: string]

/** Tests that each connection is told as its case says, and its end as the real peer has seen it. */
export function outcomes(name: string, cases: readonly Case[]): void {
  describe(name, () => {
    it.each(cases)('%s', async (_title, run, rules, text) => {
      const outcome = await run()
      expect.soft(outcome.rules).toEqual(rules)
      expect.soft(outcome.text).toBe(text)
      expect.soft(outcome.told).toEqual(outcome.event)
    })
  })
}
