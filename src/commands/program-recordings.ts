/** The tree of commands: those that read recordings, to look at, count, show and compare, or to write others. */
import { Option, type Command } from 'commander'
import type { AnonymizeOptions } from './anonymize.ts'
import type { CheckOptions } from './check.ts'
import type { CutOptions } from './cut.ts'
import type { DiffOptions } from './diff.ts'
import type { LogCommandOptions } from './log.ts'
import type { ReportOptions } from './report.ts'
import type { RewriteOptions } from './rewriting.ts'
import type { StatsOptions } from './stats.ts'
import type { ViewCommandOptions } from './view.ts'
import {
  connPair,
  failOption,
  filePath,
  filterOption,
  withColor,
  withComparison,
  withInflate,
  withLog,
  withScreen,
  withOutput,
  withView,
} from './options.ts'

/** Adds `wsinspect view FILE…`. */
export function addView(program: Command): void {
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

/** Adds `wsinspect log FILE…`. */
export function addLog(program: Command): void {
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

/** Adds `wsinspect stats FILE…`. */
export function addStats(program: Command): void {
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

/** Adds `wsinspect report FILE…`. */
export function addReport(program: Command): void {
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

/** Adds `wsinspect diff A B`. */
export function addDiff(program: Command): void {
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

/** Adds `wsinspect cut FILE`. */
export function addCut(program: Command): void {
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

/** Adds `wsinspect merge FILE…`. */
export function addMerge(program: Command): void {
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

/** Adds `wsinspect anonymize FILE`. */
export function addAnonymize(program: Command): void {
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

/** Adds `wsinspect check FILE…`. */
export function addCheck(program: Command): void {
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
