/** The tree of commands: those that play a recording again. */
import { Option, type Command } from 'commander'
import type { ReplayClientOptions } from './replay-client.ts'
import type { ReplayServerOptions } from './replay-server.ts'
import {
  connection,
  connectionsOption,
  count,
  header,
  port,
  seconds,
  sweepLimitOption,
  withReplay,
} from './options.ts'

/** Adds `wsinspect replay client FILE URL` and `wsinspect replay server FILE`. */
export function addReplay(program: Command): void {
  const replay = program.command('replay').description('play one side of a recording again')
  const client = replay
    .command('client')
    .description('play the client’s side against a server, and compare the answers')
    .argument('<file>', 'recording (.ndjson, .ndjson.gz); - reads stdin')
    .argument('<url>', 'ws://… wss://… HOST:PORT or PORT; its path, other than /, replaces the recorded one')
  withReplayClient(withReplay(client)).action(
    async (file: string, url: string, options: ReplayClientOptions) => {
      const { replayClient } = await import('./replay-client.ts')
      await replayClient(file, url, options)
    },
  )
  const server = replay
    .command('server')
    .description('play the server’s side for whoever connects, and compare what they say')
    .argument('<file>', 'recording (.ndjson, .ndjson.gz); - reads stdin')
    .option('-p, --port <port>', 'port to listen on, 0 picks a free one', port, 9001)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option(
      '--once',
      'end when every connection of FILE was played, or a client refused instead; exit with 1 on a difference',
    )
    .option('--loop', 'play them again and again')
    .addOption(connectionsOption())
    .option('--cert <file>', 'PEM certificate: TLS')
    .option('--key <file>', 'PEM key of --cert')
  withReplay(server).action(async (file: string, options: ReplayServerOptions) => {
    const { replayServer } = await import('./replay-server.ts')
    await replayServer(file, options)
  })
}

function withReplayClient(command: Command): Command {
  return command
    .addOption(new Option('--conn <which>', 'connection to play: its number, or all').argParser(connection))
    .option('--times <count>', 'play so many times', count, 1)
    .option('--parallel <count>', 'so many at a time', count, 1)
    .option(
      '--sweep',
      'play once for each cut that a sound server must not notice, and say which change its answer',
    )
    .addOption(sweepLimitOption())
    .addOption(
      new Option('-H, --header <header>', 'set a header of the requests (repeatable)')
        .argParser(header)
        .default([], 'none'),
    )
    .option('--origin <origin>', 'set the Origin of the requests')
    .option('--same-key', 'send the recorded Sec-WebSocket-Key, not a fresh one')
    .option('-k, --insecure', 'take any certificate of the server')
    .option('--cacert <file>', 'PEM of an authority to trust')
    .option('--connect-timeout <seconds>', 'time for the connection to the server', seconds, 10)
}
