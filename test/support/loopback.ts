/** Servers, clients and the proxy on loopback, gone when their test is over. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { onTestFinished } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/net/proxy.ts'
import { serveEcho, type Server } from '../../src/net/serve.ts'
import { parseTarget } from '../../src/net/target.ts'
import { cells, formatLine } from '../../src/wire/format.ts'
import { Session } from '../../src/wire/session.ts'

export const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url))
export const certificate = { cert: fixture('cert.pem'), key: fixture('key.pem') }

export async function backend(onSocket: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    socket.on('error', () => undefined)
    onTestFinished(() => {
      socket.destroy()
    })
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
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
    allowsOrigin: () => true,
    onProblem: () => undefined,
    ...options,
  })
  onTestFinished(() => server.close(0))
  return server
}

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
