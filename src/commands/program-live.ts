/** The tree of commands: those that stand in the traffic. */
import { Option, type Command } from 'commander'
import type { EchoCommandOptions } from './echo.ts'
import type { ProxyCommandOptions } from './proxy.ts'
import {
  chopFromOption,
  collect,
  connectionsOption,
  filePath,
  header,
  messageOption,
  port,
  withBounds,
  withChop,
  withScreen,
  withView,
} from './options.ts'

/** Adds `wsinspect proxy [TARGET]`. */
export function addProxy(program: Command): void {
  const command = withRelay(
    program
      .command('proxy')
      .description('relay to TARGET and print what is on the wire')
      .argument('[target]', 'ws://… wss://… HOST:PORT or PORT; none: an embedded echo server'),
  )
  withView(
    withScreen(withBounds(withChop(command).addOption(chopFromOption())))
      .option('--no-tui', 'print lines, also in a terminal')
      .option('-q, --quiet', 'print no rows')
      .option('--stats', 'print statistics at the end, and on SIGUSR2: to stderr, with --json to stdout')
      .option('--demo', 'send a tour of the wire through the proxy'),
  ).action(async (target: string | undefined, options: ProxyCommandOptions) => {
    const { proxy } = await import('./proxy.ts')
    await proxy(target, options)
  })
}

/** Where the proxy listens, what it records and what it changes. */
function withRelay(command: Command): Command {
  return command
    .option('-p, --port <port>', 'port to listen on, 0 picks a free one', port, 9000)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('-w, --write <file>', 'record to FILE (.ndjson or .ndjson.gz)', filePath)
    .option('--force', 'overwrite an existing FILE')
    .addOption(
      new Option(
        '--on-full <what>',
        'when the disk is too slow: leave a counted gap, or wait and slow the connections',
      )
        .choices(['gap', 'wait'])
        .default('gap'),
    )
    .option('--no-redact', 'record credentials and HTTP bodies as they are')
    .addOption(
      new Option('-H, --header <header>', 'set a header of the request to the server (repeatable)')
        .argParser(header)
        .default([], 'none'),
    )
    .addOption(
      new Option('--host-header <what>', 'Host sent to the server: its own, or the one received')
        .choices(['target', 'keep'])
        .default('target'),
    )
    .addOption(
      new Option('--origin-header <what>', 'Origin sent to the server: its own, or the one received')
        .choices(['target', 'keep'])
        .default('keep'),
    )
    .option('-k, --insecure', 'take any certificate of the server')
    .option('--cacert <file>', 'PEM of an authority to trust')
    .option('--cert <file>', 'PEM certificate: TLS towards the client')
    .option('--key <file>', 'PEM key of --cert')
}

/** Adds `wsinspect echo`. */
export function addEcho(program: Command): void {
  const command = program.command('echo').description('an echo server that passes the Autobahn suite')
  command
    .option('-p, --port <port>', 'port to listen on, 0 picks a free one', port, 9001)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--no-compression', 'decline permessage-deflate')
    .addOption(messageOption())
    .addOption(connectionsOption())
    .addOption(
      new Option('--allow-origin <origin>', 'serve pages of this Origin too, * for all (repeatable)')
        .argParser(collect)
        .default([], 'no Origin, and loopback ones'),
    )
    .option('--cert <file>', 'PEM certificate: TLS')
    .option('--key <file>', 'PEM key of --cert')
  withChop(command).action(async (options: EchoCommandOptions) => {
    const { echo } = await import('./echo.ts')
    await echo(options)
  })
}
