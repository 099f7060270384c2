/** Listening sockets, plain or TLS. */
import net from 'node:net'
import tls from 'node:tls'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import { SocketLeg, type Leg } from './leg.ts'
import { Reads, withReads } from './read-buffer.ts'
import { hostPort } from './target.ts'
import { tcpText } from './tcp-words.ts'
import { TlsTap } from './tls-tap.ts'

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
  const context = certificate === null ? null : secureContext(certificate)
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, acceptor(options, context))
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
function acceptor(options: ListenOptions, context: tls.SecureContext | null): (accepted: net.Socket) => void {
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
    } else if (context !== null) {
      count(accepted)
      acceptTls(accepted, client, context, options)
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

function secureContext(certificate: Certificate): tls.SecureContext {
  try {
    return tls.createSecureContext({ cert: certificate.cert, key: certificate.key })
  } catch (error) {
    throw new UserError(
      ExitCode.input,
      `cannot use --cert and --key: ${error instanceof Error ? error.message : ''}`,
    )
  }
}

/** A client that does not finish its TLS handshake in this many ms is given up. */
export const tlsTimeout = 10_000

/** TLS by hand over the accepted socket, so that a RST can still be sent through it. */
function acceptTls(
  transport: net.Socket,
  client: string,
  secureContext: tls.SecureContext,
  { accept, onProblem }: ListenOptions,
): void {
  const tap = new TlsTap(transport)
  const socket = new tls.TLSSocket(tap, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
  socket.allowHalfOpen = true
  // Once TLS is up, Node keeps its errors from `error` unless tls.Server made the socket.
  socket.on('_tlsError', (error: Error) => socket.destroy(error))
  const fail = (error: Error) => {
    onProblem(`client ${client}: ${tlsProblem(error)}`)
    transport.destroy()
  }
  const timer = setTimeout(() => socket.destroy(new Error('no handshake in time')), tlsTimeout)
  transport.on('error', error => socket.destroy(error))
  socket.once('error', fail)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  socket.once('secure', () => {
    clearTimeout(timer)
    socket.off('error', fail)
    accept(new SocketLeg(socket, null, transport, tap), client)
  })
}

/** What a client did wrong in its TLS handshake, in words. */
function tlsProblem(error: Error): string {
  const code = errorCode(error)
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'it speaks plain HTTP to a TLS port'
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'it does not speak TLS'
  if (code.includes('ALERT')) return `it refused TLS (${code}): does it trust the certificate?`
  return `TLS failed (${code === '' ? error.message : code})`
}
