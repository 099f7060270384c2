/** The tree of commands. They are imported when they run: `--help` loads none of them. */
import { Command, Option } from 'commander'
import { escapeForTerminal } from '../wire/escape.ts'
import { version } from '../version.ts'
import type { ConformClientOptions } from './conform-client.ts'
import type { ConformServerOptions } from './conform-server.ts'
import type { DiffOptions } from './diff.ts'
import type { EchoCommandOptions } from './echo.ts'
import type { LimitsOptions } from './limits.ts'
import type { LogCommandOptions } from './log.ts'
import type { ProxyCommandOptions } from './proxy.ts'
import type { ReplayClientOptions } from './replay-client.ts'
import type { ReplayServerOptions } from './replay-server.ts'
import type { AnonymizeOptions } from './anonymize.ts'
import type { CheckOptions } from './check.ts'
import type { CutOptions } from './cut.ts'
import type { RewriteOptions } from './rewriting.ts'
import type { ReportOptions } from './report.ts'
import type { RulesOptions } from './rules.ts'
import type { StatsOptions } from './stats.ts'
import type { ViewCommandOptions } from './view.ts'
import {
  chopFromOption,
  collect,
  connection,
  connPair,
  connectionsOption,
  count,
  failOption,
  filePath,
  filterOption,
  header,
  integer,
  messageOption,
  payloadOption,
  port,
  seconds,
  sweepLimitOption,
  withBounds,
  withChop,
  withCases,
  withColor,
  withComparison,
  withInflate,
  withLog,
  withReplay,
  withScreen,
  withOutput,
  withView,
} from './options.ts'

/** The whole tree of commands; help, README and tests derive from it. */
export function buildProgram(): Command {
  const program = new Command('wsinspect')
    .description('WebSocket debugging proxy and wire inspector')
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError(text, write) {
        const line = text.trimEnd().split('\n').map(escapeForTerminal).join(' ')
        write(`${line.replace('error: ', 'wsinspect: ')}\n`)
      },
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 differences or --fail-on, 2 usage, 3 invalid input or output, 4 network, 5 internal fault',
    )
  addProxy(program)
  addEcho(program)
  addView(program)
  addLog(program)
  addStats(program)
  addReplay(program)
  addReport(program)
  addConform(program)
  addDiff(program)
  addCut(program)
  addMerge(program)
  addAnonymize(program)
  addCheck(program)
  addRules(program)
  addLimits(program)
  return program
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

function addProxy(program: Command): void {
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

function addEcho(program: Command): void {
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

function addLog(program: Command): void {
  withInflate(
    withView(
      program
        .command('log')
        .description('print the rows of recordings')
        .argument('<file...>', 'recordings (.ndjson, .ndjson.gz); - reads stdin'),
    ),
  ).action(async (files: string[], options: LogCommandOptions) => {
    const { log } = await import('./log.ts')
    await log(files, options)
  })
}

function addView(program: Command): void {
  const command = program
    .command('view')
    .description('look at recordings on the screen')
    .argument('<file...>', 'recordings (.ndjson, .ndjson.gz), one after the other')
    .addOption(filterOption())
    .option('--follow', 'read on as the file grows')
  withColor(withScreen(withLog(withInflate(command)))).action(
    async (files: string[], options: ViewCommandOptions) => {
      const { view } = await import('./view.ts')
      await view(files, options)
    },
  )
}

function addStats(program: Command): void {
  withInflate(
    program
      .command('stats')
      .description('print statistics of recordings')
      .argument('<file...>', 'recordings (.ndjson, .ndjson.gz); - reads stdin')
      .addOption(filterOption())
      .addOption(failOption())
      .option('--json', 'print a JSON line for each file'),
  ).action(async (files: string[], options: StatsOptions) => {
    const { stats } = await import('./stats.ts')
    await stats(files, options)
  })
}

function addReplay(program: Command): void {
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

function addReport(program: Command): void {
  withInflate(
    program
      .command('report')
      .description('draw recordings as pages: HTML, JSON as in Autobahn’s reports, JUnit')
      .argument('<file...>', 'recordings (.ndjson, .ndjson.gz); - reads stdin')
      .option('-o, --output <path>', 'folder, or FILE.html for one connection (default: stdout)', filePath)
      .option('--force', 'overwrite an existing FILE.html; write into a folder that has other files in it')
      .option('--title <text>', 'title of the report', 'wsinspect report')
      .addOption(failOption()),
  ).action(async (files: string[], options: ReportOptions) => {
    const { report } = await import('./report.ts')
    await report(files, options)
  })
}

function addConform(program: Command): void {
  const conform = program
    .command('conform')
    .description('run the conformance suite: Autobahn’s cases and verdicts')
  withCases(
    conform
      .command('client')
      .description('run the cases against the server at URL, or those of --spec')
      .argument('[url]', 'ws://… wss://… HOST:PORT or PORT')
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

function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('compare two recordings of what should be the same')
    .argument('<a>', 'recording (.ndjson, .ndjson.gz): what is expected; - reads stdin')
    .argument('<b>', 'recording that is compared with it')
    .addOption(
      new Option('--conn <a:b>', 'compare connection A of the one with B of the other (repeatable)')
        .argParser(connPair)
        .default([], 'by path, in their order'),
    )
  withInflate(withComparison(command)).action(async (a: string, b: string, options: DiffOptions) => {
    const { diff } = await import('./diff.ts')
    await diff(a, b, options)
  })
}

function addCut(program: Command): void {
  withOutput(
    program
      .command('cut')
      .description('write a part of a recording: connections, a time; both keep their numbers and times')
      .argument('<file>', 'recording (.ndjson, .ndjson.gz); - reads stdin')
      .option('--conn <numbers>', 'only these connections, such as 1,3-5')
      .option(
        '--from <time>',
        'from this time on: since the start, such as 1500 or 1.5s, or of the day, 12:00:01',
      )
      .option('--to <time>', 'up to this time')
      .option('-f, --filter <expr>', 'only connections with a row that matches (docs/filter.md)'),
  ).action(async (file: string, options: CutOptions) => {
    const { cut } = await import('./cut.ts')
    await cut(file, options)
  })
}

function addMerge(program: Command): void {
  withOutput(
    program
      .command('merge')
      .description('write several recordings as one, in the order of time')
      .argument('<file...>', 'recordings (.ndjson, .ndjson.gz); - reads stdin'),
  ).action(async (files: string[], options: RewriteOptions) => {
    const { merge } = await import('./merge.ts')
    await merge(files, options)
  })
}

function addAnonymize(program: Command): void {
  withOutput(
    program
      .command('anonymize')
      .description('write a recording with other text in place of what was said, octet for octet')
      .argument('<file>', 'recording (.ndjson, .ndjson.gz); - reads stdin')
      .option('--seed <text>', 'put the same in place of pings each time (default: differs)'),
  ).action(async (file: string, options: AnonymizeOptions) => {
    const { anonymize } = await import('./anonymize.ts')
    await anonymize(file, options)
  })
}

function addCheck(program: Command): void {
  program
    .command('check')
    .description('tell whether recordings are sound: exit 0, damaged but readable: 1, no recordings: 3')
    .argument('<file...>', 'recordings (.ndjson, .ndjson.gz); - reads stdin')
    .option('--json', 'print a JSON line for each fault and each file')
    .action(async (files: string[], options: CheckOptions) => {
      const { check } = await import('./check.ts')
      await check(files, options)
    })
}

function addLimits(program: Command): void {
  withBounds(
    program
      .command('limits')
      .description('print every bound, as the options given make it, and what happens beyond it'),
  )
    .addOption(payloadOption())
    .addOption(messageOption())
    .addOption(sweepLimitOption())
    .option('--json', 'print a JSON line for each')
    .action(async (options: LimitsOptions) => {
      const { limits } = await import('./limits.ts')
      limits(options)
    })
}

function addRules(program: Command): void {
  program
    .command('rules')
    .description('print what is diagnosed, with severity, side at fault, RFC section and close code')
    .argument('[id]', 'all about this rule')
    .option('--json', 'print a JSON line for each rule')
    .action(async (id: string | undefined, options: RulesOptions) => {
      const { printRules } = await import('./rules.ts')
      await printRules(id, options)
    })
}
