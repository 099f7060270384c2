/** Connections to the target. */
import net from 'node:net'
import { SocketLeg, type Leg } from './leg.ts'
import { Reads } from './read-buffer.ts'
import type { Target } from './target.ts'
import type { connectTls } from './tls.ts'

export interface DialOptions {
  /** Milliseconds until TCP, and TLS where asked for, must be up. */
  connectTimeout: number
  /** Take any certificate. */
  insecure: boolean
  /** PEM of authorities to trust beside the built-in ones. */
  ca: Buffer | null
}

/** Makes what connects to `target`, each time it is called. */
export async function dialer(target: Target, options: DialOptions): Promise<() => Leg> {
  const tls = target.tls ? (await import('./tls.ts')).connectTls : null
  return () => dial(target, tls, options)
}

/**
 * Connects to `target`. The leg may be written to at once. What goes wrong comes as the socket's `error`, a time-out with the
 * code `ETIMEDOUT`.
 */
function dial(target: Target, tls: typeof connectTls | null, options: DialOptions): Leg {
  const reads = target.tls ? null : new Reads()
  const transport = net.connect({
    host: target.host,
    port: target.port,
    allowHalfOpen: true,
    noDelay: true,
    ...(reads === null ? {} : { onread: reads.onread }),
  })
  const { socket, tap } = tls?.(transport, target, options) ?? { socket: transport, tap: null }
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
