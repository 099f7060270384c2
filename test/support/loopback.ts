/** Servers, clients and the proxy on loopback, gone when their test is over. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { onTestFinished } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/net/proxy.ts'
import { serveEcho, type Server } from '../../src/net/serve.ts'
import { parseTarget } from '../../src/net/target.ts'
import { peerOf, type Side } from '../../src/protocol/side.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import { Session } from '../../src/wire/session.ts'

export const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url))
export const certificate = { cert: fixture('cert.pem'), key: fixture('key.pem') }

/** A server that hands each connection to `onSocket`; returns its port. */
export async function backend(onSocket: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    socket.on('error', () => undefined)
    sockets.add(socket)
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as net.AddressInfo).port
}

export async function echoServer(options: Partial<Parameters<typeof serveEcho>[0]> = {}): Promise<Server> {
  const server = await serveEcho({
    host: '127.0.0.1',
    port: 0,
    certificate: null,
    maxConnections: 100,
    compression: true,
    messageLimit: 16 * 1024 * 1024,
    timeout: 10_000,
    grace: 0,
    chop: null,
    allowsOrigin: () => true,
    onProblem: () => undefined,
    ...options,
  })
  onTestFinished(() => server.close())
  return server
}

/** A running proxy, what it told and what it showed. */
export interface Rig {
  proxy: Proxy
  session: Session
  problems: string[]
  rows: () => string[]
}

export async function proxyTo(target: string, options: Partial<ProxyOptions> = {}): Promise<Rig> {
  const session = new Session()
  const problems: string[] = []
  const proxy = await startProxy({
    host: '127.0.0.1',
    port: 0,
    target: parseTarget(target),
    certificate: null,
    maxConnections: 100,
    headers: [],
    facts: session,
    now: () => 0,
    gate: null,
    chop: null,
    linger: 60_000,
    connectTimeout: 5_000,
    insecure: false,
    ca: null,
    onProblem: message => problems.push(message),
    ...options,
  })
  onTestFinished(() => proxy.close())
  const rows = () => {
    const { log } = session
    const lines = []
    for (let row = log.first; row < log.next; row++) {
      if (log.kind(row) !== 'octets') lines.push(formatLine(cells(log.entry(row), log, 64), false).trim())
    }
    return lines
  }
  return { proxy, session, problems, rows }
}

export function connect(port: number): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  socket.on('error', () => undefined)
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Everything the socket reads until its end or error; the second value is the error's code. */
export async function drain(socket: net.Socket): Promise<[Buffer, string]> {
  const chunks: Buffer[] = []
  let code = ''
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.once('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''))
  await Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => undefined)
  return [Buffer.concat(chunks), code]
}

/** Both peers of one connection through a proxy, and all that each of them got. */
export interface Peers extends Rig {
  client: net.Socket
  server: net.Socket
  /** Sends octets; resolves when the other side has all that was ever sent to it. */
  send: (from: Side, bytes: Uint8Array) => Promise<void>
  sent: Record<Side, () => Buffer>
  /** What arrived from the other side. */
  got: Record<Side, () => Buffer>
}

/** A client that is connected to a server, and nothing said yet. */
export async function peers(options: Partial<ProxyOptions> = {}): Promise<Peers> {
  let accepted: (socket: net.Socket) => void = () => undefined
  const accept = new Promise<net.Socket>(resolve => (accepted = resolve))
  const rig = await proxyTo(String(await backend(accepted)), options)
  const ends = { client: connect(rig.proxy.listener.port), server: await accept }
  const sent: Record<Side, Uint8Array[]> = { client: [], server: [] }
  const got: Record<Side, Buffer[]> = { client: [], server: [] }
  for (const side of ['client', 'server'] as const)
    ends[side].on('data', (chunk: Buffer) => got[side].push(chunk))
  const total = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0)
  return {
    ...rig,
    ...ends,
    async send(from, bytes) {
      sent[from].push(bytes)
      ends[from].write(bytes)
      const to = peerOf(from)
      while (total(got[to]) < total(sent[from])) await once(ends[to], 'data')
    },
    sent: { client: () => Buffer.concat(sent.client), server: () => Buffer.concat(sent.server) },
    got: { client: () => Buffer.concat(got.client), server: () => Buffer.concat(got.server) },
  }
}
