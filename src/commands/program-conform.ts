/** The tree of commands: those of the conformance suite. */
import { Option, type Command } from 'commander'
import type { ConformClientOptions } from './conform-client.ts'
import type { ConformServerOptions } from './conform-server.ts'
import { connectionsOption, header, integer, port, seconds, withCases } from './options.ts'

/** Adds `wsinspect conform client [URL]` and `wsinspect conform server`. */
export function addConform(program: Command): void {
  const conform = program
    .command('conform')
    .description('run the conformance suite: Autobahn’s cases and verdicts')
  withCases(
    conform
      .command('client')
      .description('run the cases against the server at URL, or without one those of --spec')
      .argument('[url]', 'ws://… wss://… HOST:PORT or PORT; in place of the servers of --spec')
      .option('--agent <name>', 'name of the server in the report (default: what its Server header says)')
      .option(
        '--parallel <count>',
        'cases at a time; those that tell how long they take run alone',
        integer(1, 64),
        4,
      ),
  )
    .addOption(
      new Option('-H, --header <header>', 'add a header to every request (repeatable)')
        .argParser(header)
        .default([], 'none'),
    )
    .option('-k, --insecure', 'take any certificate of the server')
    .option('--cacert <file>', 'PEM of an authority to trust')
    .option('--connect-timeout <seconds>', 'time for the connection to the server', seconds, 10)
    .option('--no-tui', 'print lines, also in a terminal')
    .action(async (url: string | undefined, options: ConformClientOptions) => {
      const { conformClient } = await import('./conform-client.ts')
      await conformClient(url, options)
    })
  withCases(
    conform
      .command('server')
      .description('serve the cases to clients: Autobahn’s control endpoints, and a page for browsers')
      .option('-p, --port <port>', 'port to listen on, 0 picks a free one', port, 9001)
      .option('--host <host>', 'address to listen on', '127.0.0.1')
      .addOption(connectionsOption())
      .option('--cert <file>', 'PEM certificate: TLS')
      .option('--key <file>', 'PEM key of --cert'),
  ).action(async (options: ConformServerOptions) => {
    const { conformServer } = await import('./conform-server.ts')
    await conformServer(options)
  })
}
