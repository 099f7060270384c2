/** JUnit XML: the subset that Jenkins, GitLab and GitHub Actions read. */
import { escapeForTerminal } from '../wire/escape.ts'

export interface JUnitCase {
  classname: string
  name: string
  /** Seconds. */
  time: number
  outcome:
    /** `text` is what there is to say of it all the same. */
    | { type: 'passed'; text?: string }
    | { type: 'skipped'; message: string }
    /** `kind` is a word such as `FAILED`; `text` the details. */
    | { type: 'failure' | 'error'; kind: string; message: string; text: string }
}

export interface JUnitSuite {
  name: string
  /** ISO 8601; empty where nothing was run. */
  timestamp: string
  cases: readonly JUnitCase[]
}

/** The document. Text may be anything: what XML cannot hold is shown as it is on a terminal, `\x00`. */
export function junitXml(name: string, suites: readonly JUnitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...totals(all) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n')
}

function suiteLines({ name, timestamp, cases }: JUnitSuite): string[] {
  // Its readers take no zone.
  const started = timestamp.slice(0, 'YYYY-MM-DDThh:mm:ss'.length)
  return [
    `  <testsuite${attributes({ name, ...totals(cases), ...(started === '' ? {} : { timestamp: started }) })}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ]
}

function totals(cases: readonly JUnitCase[]): Record<string, string> {
  const count = (type: JUnitCase['outcome']['type']) =>
    String(cases.filter(({ outcome }) => outcome.type === type).length)
  return {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(cases.reduce((sum, { time }) => sum + time, 0)),
  }
}

function caseLines({ classname, name, time, outcome }: JUnitCase): string[] {
  const start = `    <testcase${attributes({ classname, name, time: seconds(time) })}`
  switch (outcome.type) {
    case 'passed':
      if (outcome.text === undefined) return [`${start}/>`]
      return [`${start}>`, `      <system-out>${escapeText(outcome.text)}</system-out>`, '    </testcase>']
    case 'skipped':
      return [`${start}>`, `      <skipped${attributes({ message: outcome.message })}/>`, '    </testcase>']
    case 'failure':
    case 'error': {
      const { type, kind, message, text } = outcome
      const open = `      <${type}${attributes({ type: kind, message })}>`
      const lines = text.split('\n').map(escapeText).join('\n')
      return [`${start}>`, `${open}${lines}</${type}>`, '    </testcase>']
    }
  }
}

function seconds(time: number): string {
  return time.toFixed(3)
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeText(value)}"`)
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** One line of text. Control characters and lone surrogates stand nowhere in XML 1.0, escaped or not (§2.2). */
function escapeText(text: string): string {
  return escapeForTerminal(text)
    .replace(/[\ufffe\uffff]/g, char => `\\u{${char.charCodeAt(0).toString(16)}}`)
    .replace(/[&<>"]/g, char => entities[char] ?? char)
}
