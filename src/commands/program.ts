/** The tree of commands. They are imported when they run: `--help` loads none of them. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { HeaderEdit } from '../net/host-edit.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { version } from '../version.ts'
import type { EchoOptions } from './echo.ts'
import { failLevels } from './fail-on.ts'
import type { LimitsOptions } from './limits.ts'
import type { LogCommandOptions } from './log.ts'
import type { ProxyCommandOptions } from './proxy.ts'
import type { RulesOptions } from './rules.ts'
import type { StatsOptions } from './stats.ts'
import type { ViewCommandOptions } from './view.ts'

/** A parser for whole numbers from `least` to `most`. */
function integer(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

/** A parser for seconds. */
function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && value <= 86_400))
    throw new InvalidArgumentError('give seconds, up to 86400.')
  return value
}

/** Collects `-H "Name: value"`. */
function header(text: string, before: readonly HeaderEdit[]): HeaderEdit[] {
  const colon = text.indexOf(':')
  const name = text.slice(0, colon)
  const value = text.slice(colon + 1).trim()
  const isClean = Array.from(text).every(char => char >= ' ' && char <= 'ÿ' && char !== '\x7f')
  if (colon < 1 || name.includes(' ') || !isClean)
    throw new InvalidArgumentError('give "Name: value" without line breaks.')
  return [...before, { name, value, add: true }]
}

/** A parser for the name of a file that is written. */
function filePath(text: string): string {
  if (text === '' || text === '-')
    throw new InvalidArgumentError('give a file; rows and JSON go to stdout without it.')
  return text
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}

const port = integer(0, 65_535)

/** `-f`, of every command that can do with some of the rows. */
function filterOption(): Option {
  return new Option(
    '-f, --filter <expr>',
    'only rows that match, such as "op:text from:client" (docs/filter.md)',
  )
}

function failOption(): Option {
  return new Option(
    '--fail-on <severity>',
    'exit with 1 when such a violation, or a graver one, was seen',
  ).choices(failLevels)
}

/** How far messages are inflated, of every command that does. */
function withInflate(command: Command): Command {
  return command
    .option('--inflate-limit <MiB>', 'inflate messages up to this size', integer(1, 1024), 16)
    .option(
      '--inflate-ratio <times>',
      'and beyond 1 MiB up to so many times their octets on the wire',
      integer(1, 10_000),
      200,
    )
}

/** What may be kept and waited for in a live run. */
function withBounds(command: Command): Command {
  return withLog(withInflate(command))
    .option('--queue <MiB>', 'lines that may wait for the disk', integer(1, 4096), 32)
    .addOption(connectionsOption())
    .option('--connect-timeout <seconds>', 'time for the connection to the server', seconds, 10)
    .option('--linger <seconds>', 'time a half-closed connection may stay silent', seconds, 60)
}

function connectionsOption(): Option {
  return new Option(
    '--max-connections <count>',
    'connections at a time (default: what ulimit -n allows, at most 10,000)',
  ).argParser(integer(1, 1_000_000))
}

function payloadOption(): Option {
  return new Option(
    '--max-payload <octets>',
    'payload shown of each frame and message (default: 160, with --json 4096)',
  ).argParser(integer(0, 4096))
}

function messageOption(): Option {
  return new Option('--max-message <MiB>', 'longest message accepted').argParser(integer(1, 1024)).default(16)
}

/** When colours are used. */
function withColor(command: Command): Command {
  return command
    .addOption(
      new Option('--color [when]', 'use colours')
        .choices(['auto', 'always', 'never'])
        .default('auto')
        .preset('always'),
    )
    .addOption(new Option('--no-color', 'no colour'))
}

/** Options of every command that prints rows. */
function withView(command: Command): Command {
  return withColor(
    command
      .addOption(filterOption())
      .addOption(failOption())
      .option('--json', 'print JSON lines')
      .option('--octets', 'print every chop too; with --json the output is a recording')
      .option('-v, --verbose', 'print chops and what was redacted')
      .addOption(payloadOption()),
  )
}

/** How the screen is drawn. */
function withScreen(command: Command): Command {
  return command
    .option('--ascii', 'draw the screen in ASCII (default: where the locale is not UTF-8)')
    .addOption(
      new Option('--theme <name>', 'colours of the screen: the terminal’s own 16, or 256 for every eye')
        .choices(['ansi', 'okabe', 'mono'])
        .default('ansi'),
    )
}

/** How much of the wire log is kept. */
function withLog(command: Command): Command {
  return command
    .option('--memory <MiB>', 'octets kept for display', integer(1, 4096), 64)
    .option('--rows <count>', 'rows kept, rounded up to a power of two', integer(1024, 4_194_304), 131_072)
}

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
      '\nExit codes: 0 ok, 1 --fail-on, 2 usage, 3 invalid input or output, 4 network, 5 internal fault',
    )
  addProxy(program)
  addEcho(program)
  addView(program)
  addLog(program)
  addStats(program)
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
