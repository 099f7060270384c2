/** The tree of commands. They are imported when they run: `--help` loads none of them. */
import { Command, Option } from 'commander'
import { escapeForTerminal } from '../wire/escape.ts'
import { version } from '../version.ts'
import type { ConformClientOptions } from './conform-client.ts'
import type { ConformServerOptions } from './conform-server.ts'
import type { DiffOptions } from './diff.ts'
import type { EchoOptions } from './echo.ts'
import type { LimitsOptions } from './limits.ts'
import type { LogCommandOptions } from './log.ts'
import type { ProxyCommandOptions } from './proxy.ts'
import type { ReportOptions } from './report.ts'
import type { RulesOptions } from './rules.ts'
import type { StatsOptions } from './stats.ts'
import type { ViewCommandOptions } from './view.ts'
import {
  collect,
  connPair,
  connectionsOption,
  failOption,
  filePath,
  filterOption,
  header,
  integer,
  messageOption,
  payloadOption,
  port,
  seconds,
  withBounds,
  withCases,
  withColor,
  withComparison,
  withInflate,
  withLog,
  withScreen,
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
  addReport(program)
  addConform(program)
  addDiff(program)
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
    withScreen(withBounds(command))
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
  program
    .command('echo')
    .description('an echo server that passes the Autobahn suite')
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
    .action(async (options: EchoOptions) => {
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

function addLimits(program: Command): void {
  withBounds(
    program
      .command('limits')
      .description('print every bound, as the options given make it, and what happens beyond it'),
  )
    .addOption(payloadOption())
    .addOption(messageOption())
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
