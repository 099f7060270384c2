/** `wsinspect echo`: the echo server as a process of its own. */
import { isLocalOrigin } from '../protocol/server-handshake.ts'
import type { Chop } from '../net/chopper.ts'
import { connectionLimit } from '../net/listen.ts'
import { readCertificate } from '../net/certificate.ts'
import { serveEcho, type Server } from '../net/serve.ts'
import { hostPort } from '../net/target.ts'
import type { ConnectionOptions } from './bounds.ts'
import type { ChopOptions } from './chop.ts'
import { say, untilStopped } from './terminal.ts'

export interface EchoOptions extends ConnectionOptions {
  port: number
  host: string
  compression: boolean
  /** MiB. */
  maxMessage: number
  allowOrigin: readonly string[]
  cert?: string
  key?: string
}

export interface EchoCommandOptions extends EchoOptions, ChopOptions {}

/** Milliseconds for a request head, and for the client's FIN after ours. */
export const patience = 10_000

/** Milliseconds that clients have to close when the server stops. */
export const grace = 1_500

/** Starts the echo server that `options` describe. `chop` cuts what it sends. */
export async function startEcho(options: EchoOptions, chop: Chop | null = null): Promise<Server> {
  const { allowOrigin } = options
  return serveEcho({
    host: options.host,
    port: options.port,
    certificate: readCertificate(options.cert, options.key),
    maxConnections: options.maxConnections ?? connectionLimit(),
    compression: options.compression,
    messageLimit: Math.floor(options.maxMessage * 1024 * 1024),
    timeout: patience,
    grace,
    allowsOrigin: origin =>
      allowOrigin.includes('*') || isLocalOrigin(origin) || (origin !== null && allowOrigin.includes(origin)),
    chop,
    onProblem: say,
  })
}

/** Runs the command until it is stopped. */
export async function echo(options: EchoCommandOptions): Promise<void> {
  const { chop, chopDelay } = options
  const chops = chop === undefined ? null : (await import('./chop.ts')).chopRun(chop, chopDelay, ['server'])
  const server = await startEcho(options, chops?.chop)
  const scheme = options.cert === undefined ? 'ws' : 'wss'
  say(`echo server at ${scheme}://${hostPort(options.host, server.listener.port)}/`)
  await untilStopped()
  await server.close()
  chops?.sayDone()
}
