/** TLS over TCP sockets, as client and as server. Loaded where it is asked for: most runs do without. */
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { ExitCode, UserError, errorCode } from '../errors.ts'
import type { DialOptions } from './dial.ts'
import { SocketLeg } from './leg.ts'
import type { Accept, Certificate, ListenOptions } from './listen.ts'
import type { Target } from './target.ts'
import { TlsTap } from './tls-tap.ts'

/** A TLS stream, and what lies between it and TCP. */
export interface TlsStream {
  readonly socket: Duplex
  readonly tap: TlsTap
}

/** TLS to `target` over `transport`, which connects. */
export function connectTls(transport: net.Socket, target: Target, { insecure, ca }: DialOptions): TlsStream {
  const tap = new TlsTap(transport)
  const socket = tls.connect({
    socket: tap,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !insecure,
    ...(net.isIP(target.host) === 0 ? { servername: target.host } : { host: target.host }),
    ...(ca === null ? {} : { ca: [...tls.rootCertificates, ca] }),
  })
  socket.allowHalfOpen = true
  socket.once('secureConnect', () => {
    tap.secured = true
  })
  // Before TLS is up its transport speaks for itself.
  transport.on('error', error => socket.destroy(error))
  return { socket, tap }
}

/** A client that does not finish its TLS handshake in this many ms is given up. */
export const tlsTimeout = 10_000

/** Takes accepted clients into TLS. Throws a `UserError` (input) for a certificate that cannot be used. */
export function tlsAcceptor(certificate: Certificate, options: ListenOptions): Accept {
  const context = contextOf(certificate)
  return (transport, client) => {
    acceptTls(transport, client, context, options)
  }
}

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
  const giveUp = () => {
    if (!tap.secured) socket.destroy(new Error('TCP ended'))
  }
  const timer = setTimeout(() => socket.destroy(new Error('no handshake in time')), tlsTimeout)
  transport.on('error', error => socket.destroy(error))
  // What came before the end may be wrong in a way that says more.
  tap.once('end', () => setImmediate(giveUp))
  socket.once('error', fail)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  socket.once('secure', () => {
    clearTimeout(timer)
    socket.off('error', fail)
    tap.secured = true
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

function contextOf(certificate: Certificate): tls.SecureContext {
  try {
    return tls.createSecureContext({ cert: certificate.cert, key: certificate.key })
  } catch (error) {
    throw new UserError(
      ExitCode.input,
      `cannot use --cert and --key: ${error instanceof Error ? error.message : ''}`,
    )
  }
}
