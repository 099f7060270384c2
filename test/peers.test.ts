import { readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ruleOf, type RuleId } from '../src/protocol/rules.ts'
import type { Side } from '../src/protocol/side.ts'
import { readRecording } from '../src/recording/read.ts'
import type { Entry, Verdict } from '../src/wire/entry.ts'
import { Session } from '../src/wire/session.ts'
import { provoked, type Provoked } from './peers/provoked.ts'

const folder = new URL('fixtures/peers/', import.meta.url)
const names = readdirSync(folder)
  .filter(file => file.endsWith('.ndjson.gz'))
  .map(file => basename(file, '.ndjson.gz'))

/** The code with which each case of the suite is to be refused or closed, third in its list. */
const expected = jsonOf('../../autobahn/expected.json') as Record<string, [string, string, number | null]>

/** The cases of the connections of autobahn-client, which all ask for the same path. */
const inOrder = jsonOf('autobahn-client.json') as string[]

interface Finding {
  from: Side
  rule: RuleId
  detail: string
}

interface Connection {
  /** The case: what its request asks for. Empty without an upgrade request. */
  name: string
  /** The status of the reply to the upgrade, null without one. */
  status: string | null
  findings: Finding[]
  verdict: Verdict | null
}

function jsonOf(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
}

async function connectionsOf(recording: string): Promise<Connection[]> {
  const session = new Session()
  const notes: string[] = []
  const path = new URL(`${recording}.ndjson.gz`, folder).pathname
  await readRecording(path, session, { onNote: note => notes.push(note) })
  const { log } = session
  expect(notes).toEqual([])
  expect(log.first).toBe(0)
  const connections = new Map<number, Connection>()
  for (let row = log.first; row < log.next; row++) {
    if (log.kind(row) === 'remark') take(connections, log.entry(row), recording)
  }
  return [...connections.values()]
}

function take(connections: Map<number, Connection>, entry: Entry, recording: string): void {
  if (entry.type === 'open')
    connections.set(entry.conn, { name: '', status: null, findings: [], verdict: null })
  const connection = connections.get(entry.conn)
  if (connection === undefined) throw new Error(`connection ${entry.conn} was not opened`)
  if (entry.type === 'verdict') connection.verdict = entry
  else if (entry.type === 'violation' && entry.from !== null)
    connection.findings.push({ from: entry.from, rule: entry.rule, detail: entry.detail })
  else if (entry.type === 'handshake' && entry.from === 'client')
    connection.name =
      recording === 'autobahn-client' ? (inOrder[entry.conn - 1] ?? '') : caseOf(entry.startLine)
  else if (entry.type === 'handshake') connection.status = entry.startLine.split(' ')[1] ?? null
}

/** `/name?…`, or that of the suite: `/runCase?casetuple=1.1.1&…`. */
function caseOf(startLine: string): string {
  const url = new URL(startLine.split(' ')[1] ?? '', 'ws://localhost')
  return url.searchParams.get('casetuple') ?? url.pathname.slice(1)
}

function isFault(rule: RuleId): boolean {
  return ['error', 'warning'].includes(ruleOf(rule).severity)
}

function isProvoked(by: Provoked, recording: string, name: string, { from, rule }: Finding): boolean {
  const side = by.from === 'suite' ? (recording === 'autobahn-client' ? 'client' : 'server') : by.from
  return (
    by.recordings.includes(recording) &&
    by.rules.includes(rule) &&
    side === from &&
    by.cases.some(pattern => matches(pattern, name)) &&
    (by.refusedWith?.includes(expected[name]?.[2] ?? 0) ?? true)
  )
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** What a review should see change: what there is, how it ended, and the notices and infos, each with its cases. */
function summaryOf(connections: readonly Connection[]): string {
  const frames = connections.reduce((sum, { verdict }) => sum + (verdict?.frames ?? 0), 0)
  const remarks = new Map<string, string[]>()
  for (const { name, findings } of connections)
    for (const { from, rule } of findings.filter(({ rule }) => !isFault(rule))) {
      const key = `${ruleOf(rule).severity} ${rule}, ${from}`
      remarks.set(key, [...(remarks.get(key) ?? []), name])
    }
  const lines = [
    `${connections.length} connections, ${frames} frames`,
    `clean: ${connections.filter(({ verdict }) => verdict?.clean === true).length}`,
    listed('not clean', namesOf(connections, isUnclean)),
    listed('refused', namesOf(connections, isRefused)),
    `no upgrade: ${connections.filter(({ status }) => status === null).length}`,
    ...[...remarks].sort().map(([key, cases]) => listed(key, cases)),
  ]
  return `${lines.join('\n')}\n`
}

/** A count, and at most as many cases as are worth reading. */
function listed(what: string, cases: readonly string[]): string {
  const more = cases.length > 12 ? ' …' : ''
  return `${what}: ${cases.length} ${cases.slice(0, 12).join(' ')}${more}`.trimEnd()
}

function namesOf(connections: readonly Connection[], is: (connection: Connection) => boolean): string[] {
  return connections.filter(is).map(({ name }) => name)
}

function isUnclean({ status, verdict }: Connection): boolean {
  return status === '101' && verdict?.clean !== true
}

function isRefused({ status }: Connection): boolean {
  return status !== null && status !== '101'
}

const recordings = new Map(
  await Promise.all(names.map(async name => [name, await connectionsOf(name)] as const)),
)

describe.each(names)('the recording %s', name => {
  const connections = recordings.get(name) ?? []

  it('has no error and no warning but those that a case provokes', () => {
    const unexpected = connections.flatMap(({ name: each, findings }) =>
      findings
        .filter(finding => isFault(finding.rule))
        .filter(finding => !provoked.some(by => isProvoked(by, name, each, finding)))
        .map(({ from, rule, detail }) => `${each}: ${from} ${rule} (${detail})`),
    )
    expect(unexpected).toEqual([])
  })

  it('calls a connection clean only where both sides sent Close, and always where nobody broke anything', () => {
    for (const { name: each, verdict, findings } of connections) {
      const isFaultless = findings.every(({ rule }) => !['error', 'warning'].includes(ruleOf(rule).severity))
      const isPlain = isFaultless && verdict?.code !== 1009
      const clean = verdict?.answered === true && (verdict.clean || isPlain)
      expect({ each, clean: verdict?.clean }).toEqual({ each, clean })
    }
  })

  it('has frames exactly where both sides agreed to the upgrade', () => {
    expect(connections.length).toBeGreaterThan(0)
    for (const { name: each, status, verdict, findings } of connections) {
      // `ws` wants one of the subprotocols that it offered.
      const isAgreed = status === '101' && findings.every(({ rule }) => rule !== 'response.subprotocol-none')
      expect({ each, frames: (verdict?.frames ?? 0) > 0 }).toEqual({ each, frames: isAgreed })
    }
  })

  it('says the same in its summary', async () => {
    await expect(summaryOf(connections)).toMatchFileSnapshot(new URL(`${name}.summary`, folder).pathname)
  })
})

describe('the list of what cases provoke', () => {
  it.each(provoked)('names nothing that is not there: $why', by => {
    const seen = new Set<RuleId>()
    for (const [recording, connections] of recordings)
      for (const { name, findings } of connections)
        for (const finding of findings) if (isProvoked(by, recording, name, finding)) seen.add(finding.rule)
    expect([...seen].sort()).toEqual([...by.rules].sort())
  })
})
