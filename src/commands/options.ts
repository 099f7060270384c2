/** What options of several commands have in common: how their values are read, and groups of them. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { HeaderEdit } from '../protocol/http-head.ts'
import { ChopPatternError, parseChopPattern, type ChopPattern } from '../replay/chop-pattern.ts'
import { failLevels as caseFailLevels } from '../conformance/standing.ts'
import { parsePath, pathGrammar } from '../replay/json-paths.ts'
import { failLevels } from './fail-on.ts'

/** A parser for whole numbers from `least` to `most`. */
export function integer(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

/** A parser for seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && value <= 86_400))
    throw new InvalidArgumentError('give seconds, up to 86400.')
  return value
}

/** Collects `-H "Name: value"`. */
export function header(text: string, before: readonly HeaderEdit[]): HeaderEdit[] {
  const colon = text.indexOf(':')
  const name = text.slice(0, colon)
  const value = text.slice(colon + 1).trim()
  const isClean = Array.from(text).every(char => char >= ' ' && char <= 'ÿ' && char !== '\x7f')
  if (colon < 1 || name.includes(' ') || !isClean)
    throw new InvalidArgumentError('give "Name: value" without line breaks.')
  return [...before, { name, value, add: true }]
}

/** A parser for the name of a file that is written. */
export function filePath(text: string): string {
  if (text === '' || text === '-')
    throw new InvalidArgumentError('give a file; rows and JSON go to stdout without it.')
  return text
}

export function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}

/** Collects `--conn 1:2`. */
export function connPair(text: string, before: readonly (readonly [number, number])[]): [number, number][] {
  const [, a, b] = /^(\d{1,15}):(\d{1,15})$/.exec(text) ?? []
  if (a === undefined || b === undefined)
    throw new InvalidArgumentError('give two connection numbers as in 1:2.')
  return [...before.map(([left, right]): [number, number] => [left, right]), [Number(a), Number(b)]]
}

export const port = integer(0, 65_535)

export const count = integer(1, 100_000)

/** A parser for the number of a connection, or `all`. */
export function connection(text: string): number | 'all' {
  return text === 'all' ? text : integer(1, Number.MAX_SAFE_INTEGER)(text)
}

/** A parser for a factor. */
function factor(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && value <= 1000))
    throw new InvalidArgumentError('give a number, up to 1000.')
  return value
}

/** `-f`, of every command that can do with some of the rows. */
export function filterOption(): Option {
  return new Option(
    '-f, --filter <expr>',
    'only rows that match, such as "op:text from:client" (docs/filter.md)',
  )
}

export function failOption(): Option {
  return new Option(
    '--fail-on <severity>',
    'exit with 1 when such a violation, or a graver one, was seen',
  ).choices(failLevels)
}

/** How far messages are inflated, of every command that does. */
export function withInflate(command: Command): Command {
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
export function withBounds(command: Command): Command {
  return withLog(withInflate(command))
    .option('--queue <MiB>', 'lines that may wait for the disk', integer(1, 4096), 32)
    .addOption(connectionsOption())
    .option('--connect-timeout <seconds>', 'time for the connection to the server', seconds, 10)
    .option('--linger <seconds>', 'time a half-closed connection may stay silent', seconds, 60)
}

export function connectionsOption(): Option {
  return new Option(
    '--max-connections <count>',
    'connections at a time (default: what ulimit -n allows, at most 10,000)',
  ).argParser(integer(1, 1_000_000))
}

export function payloadOption(): Option {
  return new Option(
    '--max-payload <octets>',
    'payload shown of each frame and message (default: 160, with --json 4096)',
  ).argParser(integer(0, 4096))
}

export function messageOption(): Option {
  return new Option('--max-message <MiB>', 'longest message accepted').argParser(integer(1, 1024)).default(16)
}

export function sweepLimitOption(): Option {
  return new Option('--sweep-limit <count>', 'cuts that a sweep tries, spread over their kinds')
    .argParser(count)
    .default(200)
}

/** How what is written is cut. `delayed`: what `--chop-delay` is for. */
export function withChop(
  command: Command,
  delayed = 'time between two writes of --chop, 0 is the next turn',
): Command {
  return command
    .addOption(
      new Option(
        '--chop <pattern>',
        'cut what is written: sizes as 1,1,* (* is the rest), every:N, at:header, at:mask, at:utf8 or random:SEED',
      ).argParser(chopPattern),
    )
    .option('--chop-delay <ms>', delayed, integer(0, 60_000), 2)
}

export function chopFromOption(): Option {
  return new Option('--chop-from <side>', 'chop only what this side sent').choices(['client', 'server'])
}

function chopPattern(text: string): ChopPattern {
  try {
    return parseChopPattern(text)
  } catch (error) {
    if (error instanceof ChopPatternError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

/** When colours are used. */
export function withColor(command: Command): Command {
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
export function withView(command: Command): Command {
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

/** Options of every command that writes a recording made of others. */
export function withOutput(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <file>', 'write to FILE (.ndjson or .ndjson.gz)')
        .argParser(filePath)
        .makeOptionMandatory(),
    )
    .option('--force', 'overwrite an existing FILE')
}

/** How the screen is drawn. */
export function withScreen(command: Command): Command {
  return command
    .option('--ascii', 'draw the screen in ASCII (default: where the locale is not UTF-8)')
    .addOption(
      new Option('--theme <name>', 'colours of the screen: the terminal’s own 16, or 256 for every eye')
        .choices(['ansi', 'okabe', 'mono'])
        .default('ansi'),
    )
}

/** How much of the wire log is kept. */
export function withLog(command: Command): Command {
  return command
    .option('--memory <MiB>', 'octets kept for display', integer(1, 4096), 64)
    .option('--rows <count>', 'rows kept, rounded up to a power of two', integer(1024, 4_194_304), 131_072)
}

/** Collects `--cases 1.*,5.20`. */
function patterns(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(',').map(pattern => pattern.trim())]
}

/** Which cases of the conformance suite are run, and where their results go. */
export function withCases(command: Command): Command {
  return command
    .addOption(
      new Option('--cases <patterns>', 'only these, such as "1.*,5.20"; * stands for anything (repeatable)')
        .argParser(patterns)
        .default(undefined, 'all'),
    )
    .addOption(
      new Option('--exclude <patterns>', 'not these, such as "9.*,12.*,13.*" (repeatable)').argParser(
        patterns,
      ),
    )
    .option('--extended', 'with the cases that Autobahn does not have: groups ws.frames, ws.close, …')
    .option('--spec <file>', 'cases, excludes and servers as in Autobahn’s fuzzingclient.json')
    .option('--list', 'print the cases and run none')
    .option('--timeout <seconds>', 'the most a case may take (default: as it says, up to 1000 s)', seconds)
    .option('-o, --output <dir>', 'write a report: HTML, and JSON as Autobahn’s', filePath)
    .option('--force', 'write into a folder that has other files in it')
    .option('--title <text>', 'title of the report', 'Conformance report')
    .addOption(junitOption())
    .option('--strict', 'exit with 1 for NON-STRICT too: short for --fail-on non-strict')
    .addOption(
      new Option(
        '--fail-on <verdict>',
        'exit with 1 for cases that failed or closed wrongly; or for these too',
      )
        .choices(caseFailLevels)
        .default('failed'),
    )
    .option(
      '--expect <file>',
      'exit with 1 only where a case is worse than in FILE, or than Autobahn’s index.json',
    )
    .option('--write-expect <file>', 'write the verdicts to FILE for --expect, over what is in it', filePath)
    .option('--json', 'print a JSON line for each case')
}

/** Where the result goes for CI. */
function junitOption(): Option {
  return new Option('--junit <file>', 'write the result to FILE as JUnit XML, over what is in it').argParser(
    filePath,
  )
}

/** What is compared beside messages, handshake and closes. */
export type CompareLevel = (typeof compareLevels)[number]

const compareLevels = ['messages', 'frames', 'times'] as const

/** Collects `--compare frames,times`. */
function levels(text: string, before: readonly CompareLevel[]): CompareLevel[] {
  const found = text.split(',').map(word => compareLevels.find(level => level === word.trim()))
  const known = found.filter(level => level !== undefined)
  if (known.length < found.length)
    throw new InvalidArgumentError(`give one or more of ${compareLevels.join(', ')}.`)
  return [...before, ...known]
}

function jsonPath(text: string, before: readonly string[]): string[] {
  if (parsePath(text) === null) throw new InvalidArgumentError(`give a path such as ${pathGrammar}.`)
  return [...before, text]
}

/** Differences told of each connection unless asked for more. */
export const differenceLimit = 20

export function ignoreOption(): Option {
  const what = 'leave out values in JSON messages: $.id, a.b[0].c, items[*].ts, **.time (repeatable)'
  return new Option('--ignore <path>', what).argParser(jsonPath).default([], 'none')
}

export function levelOption(): Option {
  const what = 'the recorded chops; the same frames with fresh masks; or the same messages'
  return new Option('--level <level>', what).choices(['chops', 'frames', 'messages']).default('chops')
}

/** What a comparison looks at, and how it is told. */
export function withComparison(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--compare <levels>',
        'compare handshake, messages and closes; also frames (fragments, compression, pings), times',
      )
        .argParser(levels)
        .default([], 'messages'),
    )
    .addOption(ignoreOption())
    .addOption(
      new Option(
        '--tolerance <ms>',
        'times may differ by so much, each from what came before it (default: 50)',
      ).argParser(integer(0, 86_400_000)),
    )
    .option('--limit <count>', 'differences told of each connection', integer(0, 1_000_000), differenceLimit)
    .addOption(junitOption())
    .option('--json', 'print a JSON line for each difference, and one for the result')
}

/** How a side of a recording is played. */
export function withReplay(command: Command): Command {
  const delayed =
    'time between writes of --chop, and between recorded chops with nothing from the peer in between'
  return withChop(withComparison(command), delayed)
    .addOption(levelOption())
    .addOption(
      new Option(
        '--timing <timing>',
        'go on when as much has come as had come then; after the same pauses; or at once',
      )
        .choices(['causal', 'recorded', 'fast'])
        .default('causal'),
    )
    .addOption(
      new Option(
        '--expect <what>',
        'the recorded answers; or sound ones, whatever they say: no rule broken, no failure, no reset',
      )
        .choices(['recorded', 'sound'])
        .default('recorded'),
    )
    .option('--speed <times>', 'with --timing recorded: so many times faster', factor, 1)
    .option('--max-delay <seconds>', 'with --timing recorded: longest pause', seconds, 60)
    .option('--timeout <seconds>', 'time without progress after which it is over', seconds, 10)
    .option('-w, --write <file>', 'record the replay to FILE (.ndjson or .ndjson.gz)', filePath)
    .option('--force', 'overwrite an existing FILE')
    .option('--no-redact', 'record credentials and HTTP bodies as they are')
}
