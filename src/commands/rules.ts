/** `wsinspect rules [ID]`: what is diagnosed. */
import { ExitCode, UserError } from '../errors.ts'
import { rules, ruleOf, toleratedAs, type Fault, type RuleId, type Severity } from '../protocol/rules.ts'
import { endWithStdout, stdoutFlushed } from './terminal.ts'

export interface RulesOptions {
  json?: boolean
}

const allIds = Object.keys(rules) as RuleId[]

const severities: Record<Severity, string> = {
  error: 'a MUST is broken, most peers end the connection',
  warning: 'a SHOULD is broken, or real peers are known to break on it',
  notice: 'legal, but noteworthy',
  info: 'for information',
}

const faults: Record<Fault, string> = {
  client: 'client',
  server: 'server',
  sender: 'sender: the side that sent the octets',
  receiver: 'receiver: the side that should have reacted',
  network: 'network: nobody known',
}

/** Prints the catalogue, or all about one rule. Throws a `UserError` (usage) for an id that does not exist. */
export async function printRules(id: string | undefined, { json = false }: RulesOptions): Promise<void> {
  const ids = id === undefined ? allIds : [idOf(id)]
  const plain = () => (id === undefined ? [heading, ...ids.flatMap(row)] : ids.flatMap(details))
  const lines = json ? ids.map(one => JSON.stringify({ id: one, ...ruleOf(one) })) : plain()
  endWithStdout()
  process.stdout.write(lines.map(line => `${line}\n`).join(''))
  await stdoutFlushed()
}

/** The columns before the text, which has a line of its own: a line has 100 columns at most. */
function columns(id: string, severity: string, fault: string, section: string, code: string): string {
  const cells = [id.padEnd(32), severity.padEnd(8), fault.padEnd(8), section.padEnd(17), code]
  return cells.join('  ').trimEnd()
}

const heading = columns('rule', 'severity', 'fault', 'section', 'close code')

function row(id: RuleId): string[] {
  const { severity, fault, section, closeCode, text } = ruleOf(id)
  return [columns(id, severity, fault, section, String(closeCode ?? '')), ...wrapped(`    ${text}`, 4)]
}

function details(id: RuleId): string[] {
  const { severity, fault, section, closeCode, text } = ruleOf(id)
  const tolerated = toleratedAs(id)
  const code = closeCode === null ? 'none' : `${closeCode}, with which a conforming receiver closes`
  const lines = [
    `rule        ${id}`,
    `text        ${text}`,
    `severity    ${severity}: ${severities[severity]}`,
    `fault       ${faults[fault]}`,
    `section     ${section}`,
    `close code  ${code}`,
    ...(tolerated === null ? [] : [`tolerated   ${tolerated}, told of the peer when nothing follows`]),
  ]
  return lines.flatMap(line => wrapped(line, 12))
}

/** A line in lines of at most 100 columns; all but the first are indented. */
function wrapped(line: string, indent: number): string[] {
  if (line.length <= 100) return [line]
  const space = line.lastIndexOf(' ', 100)
  if (space <= indent) return [line]
  return [line.slice(0, space), ...wrapped(' '.repeat(indent) + line.slice(space + 1), indent)]
}

function idOf(text: string): RuleId {
  const id = allIds.find(one => one === text)
  if (id !== undefined) return id
  const near = nearest(text)
  const hint = near.length === 0 ? '`wsinspect rules` prints all' : `did you mean ${near.join(', ')}?`
  throw new UserError(ExitCode.usage, `there is no rule "${text}" (${hint})`)
}

/** Ids suggested at most. */
const suggestions = 6

/** Ids that hold `text`, or else those that differ from it in few characters, or else those of its chapter. */
function nearest(text: string): RuleId[] {
  const word = text.slice(0, 50).toLowerCase()
  const isNear = (id: RuleId) => editDistance(word, id) <= 3
  const inChapter = (id: RuleId) => id.startsWith(`${word.split('.', 1)[0] ?? ''}.`)
  for (const fits of [(id: RuleId) => word !== '' && id.includes(word), isNear, inChapter]) {
    const near = allIds.filter(fits)
    if (near.length > 0) return near.slice(0, suggestions)
  }
  return []
}

/** Characters to insert, delete or replace to make `b` of `a` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const line = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      line.push(Math.min(replaced, (before[j] ?? 0) + 1, (line[j - 1] ?? 0) + 1))
    }
    before = line
  }
  return before[b.length] ?? 0
}
