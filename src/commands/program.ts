/** The tree of commands. They are imported when they run: `--help` loads none of them. */
import { Command } from 'commander'
import { escapeForTerminal } from '../wire/escape.ts'
import { version } from '../version.ts'
import type { LimitsOptions } from './limit.ts'
import type { RulesOptions } from './rules.ts'
import { messageOption, payloadOption, sweepLimitOption, withBounds } from './options.ts'
import { addProxy, addEcho } from './program-live.ts'
import {
  addView,
  addLog,
  addStats,
  addReport,
  addDiff,
  addCut,
  addMerge,
  addAnonymize,
  addCheck,
} from './program-recordings.ts'
import { addReplay } from './program-replay.ts'
import { addConform } from './program-conform.ts'

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
