/** Connections to the target. */
import net from 'node:net'
import tls from 'node:tls'
import { SocketLeg, type Leg } from './leg.ts'
import { Reads } from './read-buffer.ts'
import type { Target } from './target.ts'
import { TlsTap } from './tls-tap.ts'

export interface DialOptions {
  /** Milliseconds until TCP, and TLS where asked for, must be up. */
  connectTimeout: number
  /** Take any certificate. */
  insecure: boolean
  /** PEM of authorities to trust beside the built-in ones. */
  ca: Buffer | null
}

/**
 * Connects to `target`. The leg may be written to at once. What goes wrong comes as the socket's `error`, a time-out with the
 * code `ETIMEDOUT`.
 */
export function dial(target: Target, options: DialOptions): Leg {
  const reads = target.tls ? null : new Reads()
  const transport = net.connect({
    host: target.host,
    port: target.port,
    allowHalfOpen: true,
    noDelay: true,
    ...(reads === null ? {} : { onread: reads.onread }),
  })
  const tap = target.tls ? new TlsTap(transport) : null
  const socket = tap === null ? transport : startTls(transport, tap, target, options)
  const connected = target.tls ? 'secureConnect' : 'connect'
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }))
    transport.destroy()
  }, options.connectTimeout)
  const stop = () => {
    clearTimeout(timer)
    // Lets go of the timer.
    socket.off(connected, stop).off('close', stop)
  }
  socket.on(connected, stop).on('close', stop)
  return new SocketLeg(socket, reads, transport, tap)
}

function startTls(
  transport: net.Socket,
  tap: TlsTap,
  target: Target,
  { insecure, ca }: DialOptions,
): tls.TLSSocket {
  const socket = tls.connect({
    socket: tap,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !insecure,
    ...(net.isIP(target.host) === 0 ? { servername: target.host } : { host: target.host }),
    ...(ca === null ? {} : { ca: [...tls.rootCertificates, ca] }),
  })
  socket.allowHalfOpen = true
  // Before TLS is up its transport speaks for itself.
  transport.on('error', error => socket.destroy(error))
  return socket
}
