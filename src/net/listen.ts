/** Listening sockets, plain or TLS. */
import net from 'node:net'
import { ExitCode, UserError } from '../errors.ts'
import { SocketLeg, type Leg } from './leg.ts'
import { Reads, withReads } from './read-buffer.ts'
import { hostPort } from './target.ts'
import { tcpText } from './tcp-words.ts'

/** PEM of a certificate and its key. */
export interface Certificate {
  cert: Buffer
  key: Buffer
}

export interface ListenOptions {
  host: string
  /** 0 picks a free one. */
  port: number
  /** TLS towards the client. */
  certificate: Certificate | null
  /** Connections at a time; more are refused. */
  maxConnections: number
  accept: (leg: Leg, client: string) => void
  /** A connection came to nothing: one line. */
  onProblem: (message: string) => void
}

/** Takes a client from its TCP socket on. */
export type Accept = (accepted: net.Socket, client: string) => void

export interface Listener {
  readonly host: string
  readonly port: number
  /** Accepts no more. Connections go on. */
  close(): void
}

/** What this process may hold open at once: two descriptors a connection, 64 for everything else, at most 10,000. */
export function connectionLimit(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }
  const files = Number(report.userLimits?.open_files?.soft)
  return Math.max(1, Math.min(10_000, Math.floor(((Number.isFinite(files) ? files : Infinity) - 64) / 2)))
}

/** Listens. Throws a `UserError` (network) when that fails. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, certificate, onProblem } = options
  const acceptTls = certificate === null ? null : (await import('./tls.ts')).tlsAcceptor(certificate, options)
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, acceptor(options, acceptTls))
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => {
      reject(new UserError(ExitCode.network, `cannot listen on ${hostPort(host, port)}: ${tcpText(error)}`))
    })
    server.listen({ host, port }, resolve)
  })
  server.on('error', error => {
    onProblem(`listening failed: ${tcpText(error)}`)
  })
  const address = server.address() as net.AddressInfo
  return {
    host,
    port: address.port,
    close() {
      server.close()
    },
  }
}

/** Takes what is accepted, as long as there are not too many. */
function acceptor(options: ListenOptions, acceptTls: Accept | null): (accepted: net.Socket) => void {
  const { maxConnections, accept, onProblem } = options
  let open = 0
  const count = (socket: net.Socket) => {
    open++
    socket.on('close', () => open--)
  }
  return accepted => {
    const client = clientOf(accepted)
    if (open >= maxConnections) {
      const most = `${maxConnections} connections are open (see ulimit -n, --max-connections)`
      onProblem(`client ${client} refused: ${most}`)
      accepted.destroy()
    } else if (acceptTls !== null) {
      count(accepted)
      acceptTls(accepted, client)
    } else {
      const reads = new Reads()
      const socket = withReads(accepted, reads)
      count(socket ?? accepted)
      accept(socket === null ? new SocketLeg(accepted, null) : new SocketLeg(socket, reads), client)
    }
  }
}

function clientOf(socket: net.Socket): string {
  return hostPort(socket.remoteAddress ?? '?', socket.remotePort ?? 0)
}
