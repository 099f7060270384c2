/** Generated parts of the documentation are what the code says. `npm run docs` writes them anew. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { valueText, type Limit, type LimitsOptions } from '../src/commands/limit.ts'
import { limitsOf } from '../src/commands/limits.ts'
import { buildProgram } from '../src/commands/program.ts'
import { bindings, keyName } from '../src/tui/keys.ts'
import { rules } from '../src/protocol/rules.ts'
import { readRecording } from '../src/recording/read.ts'
import { Session } from '../src/wire/session.ts'
import { Statistics, type Summary } from '../src/wire/stats/statistics.ts'
import { statisticsText } from '../src/wire/stats/tables.ts'
import { fields } from '../src/wire/filter/fields.ts'
import { parseFilter } from '../src/wire/filter/filter.ts'

const path = (name: string) => new URL(`../${name}`, import.meta.url).pathname
const read = (name: string) => readFileSync(path(name), 'utf8')

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** A default as the table shows it: what is off by default is not worth a word. */
function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The commands that do something: those of a group, not the group. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

/** `wsinspect replay client`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function optionTable(command: Command): string {
  const usage =
    `### \`${pathOf(command)}\` ${command.registeredArguments.map(a => (a.required ? `${a.name()}${a.variadic ? '…' : ''}` : `[${a.name()}]`)).join(' ')}`.trimEnd()
  const rows = command.options.map(option => {
    const value = option.defaultValueDescription ?? (option.negate ? '' : shown(option.defaultValue))
    const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
    return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell(option.description)}${choices} | ${cell(value)} |`
  })
  const summary = command.description()
  return [
    usage,
    '',
    `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`,
    '',
    '| option | | default |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

function fieldTable(): string {
  const rows = Object.entries(fields).map(([name, { about, values, examples }]) => {
    const shown = examples.map(example => `\`${example}\``).join(' ')
    return `| \`${name}\` | ${[about, values, shown].map(text => text.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| field | what it is | values | examples |', '|---|---|---|---|', ...rows].join('\n')
}

/** The options of `wsinspect limits` when none is given, on a machine that allows many connections. */
const defaults = {
  ...buildProgram()
    .commands.find(command => command.name() === 'limits')
    ?.opts<LimitsOptions>(),
  maxConnections: 10_000,
} as LimitsOptions

function limitTable(limits: readonly Limit[]): string {
  const rows = limits.map(limit => {
    const flag = limit.flag === null ? '' : `, \`${limit.flag}\``
    return `| ${cell(limit.what)} | ${valueText(limit)}${flag} | ${cell(limit.then)} |`
  })
  return ['| what | limit | what happens beyond |', '|---|---|---|', ...rows].join('\n')
}

/** What every key of the screen does. */
function keyTable(): string {
  const rows = bindings.map(({ keys, panes, text }) => {
    const names = keys.map(key => `\`${keyName(key)}\``).join(' ')
    return `| ${names.replaceAll('|', '\\|')} | ${panes?.join(', ') ?? 'all'} | ${cell(text)} |`
  })
  return ['| keys | pane | what they do |', '|---|---|---|', ...rows].join('\n')
}

/** Lines of a golden log, by ranges as in `6-17,27-31`, without their times. */
function sample(name: string, ranges: string): string {
  const lines = read(`recordings/${name}.log`).trimEnd().split('\n')
  const blocks = ranges.split(',').map(range => {
    const [from = 1, to = from] = range.split('-').map(Number)
    return lines.slice(from - 1, to)
  })
  return ['```', ...blocks.flatMap((block, i) => (i === 0 ? block : ['   …', ...block])), '```'].join('\n')
}

/** The document with every `<!-- begin … -->` block filled in. */
function filled(document: string, fill: (name: string, args: string[]) => string): string {
  return document.replace(
    /<!-- begin (\w+)(.*?) -->\n[^]*?<!-- end \1 -->/g,
    (_all, name: string, rest: string) => {
      const args = rest.trim().split(' ')
      return `<!-- begin ${name}${rest} -->\n${fill(name, args)}\n<!-- end ${name} -->`
    },
  )
}

async function summaryOf(recording: string): Promise<Summary> {
  const session = new Session()
  const statistics = new Statistics()
  session.attach(statistics)
  await readRecording(path(`recordings/${recording}.ndjson`), session, {
    onNote: note => expect.unreachable(note),
  })
  return statistics.summary()
}

/** Objects whose keys are described once for all, or come from the wire. */
function isOneKey(key: string, value: object): boolean {
  return (
    Array.isArray(value) || 'p99' in value || 'buckets' in value || /(by\w+|ByOpcode|closeCodes)$/.test(key)
  )
}

/** The keys of plain data, those inside others as in `outer.inner`. */
function keysOf(data: object, prefix = ''): string[] {
  return Object.entries(data).flatMap(([name, value]: [string, unknown]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    return typeof value === 'object' && value !== null && !isOneKey(key, value) ? keysOf(value, key) : [key]
  })
}

describe('documentation', () => {
  it('README: options, keys, limits and samples', async () => {
    const flagged = Object.values(limitsOf(defaults))
      .flat()
      .filter(({ flag }) => flag !== null)
    const text = filled(read('README.md'), (name, [first = '', second = '']) => {
      if (name === 'options') return leavesOf(buildProgram()).map(optionTable).join('\n\n')
      if (name === 'keys') return keyTable()
      return name === 'limits' ? limitTable(flagged) : sample(first, second)
    })
    await expect(text).toMatchFileSnapshot(path('README.md'))
  })

  it('docs/limits.md: every bound', async () => {
    const head = [
      '# Limits',
      '',
      'Everything is bounded, and where a bound cuts something a row, a line or a mark says so. Traffic itself is never cut. What',
      'options make of the bounds is printed by `wsinspect limits`, with the same options. Generated from `src/commands/limits.ts`.',
    ]
    const chapters = Object.entries(limitsOf(defaults)).flatMap(([title, of]) => [
      '',
      `## ${title}`,
      '',
      limitTable(of),
    ])
    await expect([...head, ...chapters, ''].join('\n')).toMatchFileSnapshot(path('docs/limits.md'))
  })

  it('docs/rules.md: the table of rules', async () => {
    const rows = Object.entries(rules).map(
      ([id, { severity, fault, section, closeCode, text }]) =>
        `| \`${id}\` | ${severity} | ${fault} | ${section} | ${closeCode ?? ''} | ${cell(text)} |`,
    )
    const head = [
      '# Rules',
      '',
      'What is diagnosed, as the wire log names it. `error`: a MUST is broken, most peers end the connection; `warning`:',
      'a SHOULD is broken, or real peers are known to break on it. The code is the one with which a conforming receiver closes.',
      'Generated from `src/protocol/rules.ts`; each has an example in `test/transcripts/`.',
      '',
      '| rule | severity | fault | section | code | what is wrong |',
      '|---|---|---|---|---|---|',
    ]
    await expect([...head, ...rows, ''].join('\n')).toMatchFileSnapshot(path('docs/rules.md'))
  })

  it('docs/stats.md: the tables of a recording', async () => {
    const summaries = new Map([['autobahn-5.20', await summaryOf('autobahn-5.20')]])
    const text = filled(read('docs/stats.md'), (_name, [recording = '']) =>
      ['```', `${statisticsText(summaries.get(recording)!)}\`\`\``].join('\n'),
    )
    await expect(text).toMatchFileSnapshot(path('docs/stats.md'))
  })

  it('docs/stats.md: every key of the JSON line, and no other', async () => {
    const described = [...read('docs/stats.md').matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key = '']) => key)
    const { client, server, rates, ...rest } = await summaryOf('autobahn-5.20')
    expect(keysOf(server, 'side')).toEqual(keysOf(client, 'side'))
    const series = keysOf(rates.client, 'rates.side')
    const keys = [...keysOf(rest), ...keysOf(client, 'side'), 'rates.start', 'rates.width', ...series]
    expect(described.toSorted()).toEqual(keys.toSorted())
  })

  it('docs/filter.md: the table of fields', async () => {
    await expect(filled(read('docs/filter.md'), fieldTable)).toMatchFileSnapshot(path('docs/filter.md'))
  })

  it('docs/filter.md: examples are filters', () => {
    const examples = [...read('docs/filter.md').matchAll(/-f '(.+?)'/g)].map(([, text = '']) => text)
    expect(examples.length).toBeGreaterThan(3)
    for (const text of examples) expect(() => parseFilter(text), text).not.toThrow()
  })

  it('names only files that exist', () => {
    for (const name of [
      'README.md',
      'CONTRIBUTING.md',
      'docs/architecture.md',
      'docs/json.md',
      'docs/stats.md',
      'docs/filter.md',
      'recordings/README.md',
    ]) {
      const base = new URL(`../${name}`, import.meta.url)
      for (const [, link = ''] of read(name).matchAll(/\]\(([^)#]+)\)/g)) {
        if (!link.includes('://'))
          expect(() => readFileSync(new URL(link, base)), `${name}: ${link}`).not.toThrow()
      }
    }
  })
})
