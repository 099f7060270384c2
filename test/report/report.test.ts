/** A whole report: its pages, what its index says of them, and what both are for programs. */
import { describe, expect, it } from 'vitest'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import { CaseSuites } from '../../src/report/case-junit.ts'
import { recordedCase } from '../../src/report/recorded-case.ts'
import { Report } from '../../src/report/report.ts'
import { parseScript } from '../support/wire-script.ts'
import { echo, play } from '../support/fuzzer-rig.ts'
import { connectionOf } from '../support/recorded.ts'
import { parseXml } from '../support/xml.ts'

const started = '2026-11-22T18:00:00.000Z'

async function reportOf(recorded: boolean, add: (report: Report, suites: CaseSuites) => Promise<void>) {
  const files = new Map<string, string>()
  const write = (name: string, text: string) => {
    expect([...files.keys()]).not.toContain(name)
    files.set(name, text)
    return Promise.resolve()
  }
  const report = new Report({ title: 'a report', recorded, write })
  const suites = new CaseSuites()
  await add(report, suites)
  await report.end('All of it.', ['One is left out.'], suites.xml('a report'))
  const file = (name: string) => files.get(name) ?? expect.unreachable(`no ${name}`)
  return { file, names: [...files.keys()], index: file('index.html') }
}

/** The cells of the rows of a table, without their elements. */
function rowsOf(page: string): string[][] {
  return [...page.matchAll(/<tr class="case"[^]*?<\/tr>/g)].map(([row]) =>
    [...row.matchAll(/<t[hd][^>]*>([^]*?)<\/t[hd]>/g)].map(([, cell = '']) =>
      cell.replace(/<[^>]*>/g, ' ').trim(),
    ),
  )
}

const closed = 'client CLOSE key=01020304 code=1000\nserver CLOSE code=1000\ntcp server fin\ntcp client fin'

describe('a report of recordings', () => {
  const scripts = [
    `handshake\nclient PING key=01020304 "a"\nserver PONG "a"\n${closed}`,
    `handshake\nserver TEXT key=01020304 "masked"\n${closed}`,
    'open',
  ]
  const made = () =>
    reportOf(true, async (report, suites) => {
      for (const [i, script] of scripts.entries()) {
        const connection = await connectionOf(parseScript(script))
        const of = recordedCase(connection, { agent: 'a/b', number: i + 1, started })
        await report.add({ report: { ...of, id: `conn-${i + 1}` }, connection })
        suites.add(of)
      }
    })

  it('has a row for each connection, with what it broke first', async () => {
    const { index } = await made()
    expect(index).toContain('One is left out.')
    expect(rowsOf(index).map(([, , outcome, , rule, frames]) => [outcome, rule, frames])).toEqual([
      [expect.stringContaining('Pass'), '–', '4'],
      [expect.stringContaining('Fail'), 'mask.unexpected', '3'],
      [expect.stringContaining('Fail'), '–', '0'],
    ])
    expect(index).toContain('3, 2 failed')
  })

  it('has all files that it names, and says in JSON and JUnit the same', async () => {
    const { file, names, index } = await made()
    const links = [...index.matchAll(/href="([^"]+)"/g)].map(([, name = '']) => name)
    expect(links.toSorted()).toEqual(names.filter(name => !/\d\.json$|^index.html/.test(name)).toSorted())
    const json = JSON.parse(file('index.json')) as Record<string, Record<string, { reportfile: string }>>
    for (const { reportfile } of Object.values(json['a/b'] ?? {}))
      expect(JSON.parse(file(reportfile))).toMatchObject({ agent: 'a/b' })
    expect(parseXml(file('junit.xml')).attributes).toMatchObject({ tests: '3', failures: '2' })
  })
})

describe('a report of cases', () => {
  it('is a matrix of cases and agents, whose names may come to the same file', async () => {
    const run = (id: string, agent: string): CaseReport => ({ ...play(id, echo).report(), agent })
    const { index, names, file } = await reportOf(false, async report => {
      for (const of of [run('1.1.1', 'A b'), run('1.2.1', 'A b'), run('1.1.1', 'a_b')])
        await report.add({ report: of, connection: null, group: '1 Framing' })
    })
    expect(rowsOf(index).map(([id, ...cells]) => [id, ...cells.slice(0, 2)])).toEqual([
      ['1.1.1', expect.stringContaining('Pass'), expect.stringContaining('Pass')],
      ['1.2.1', expect.stringContaining('Pass'), 'missing'],
    ])
    expect(names).toContain('a_b_case_1_1_1-2.html')
    expect(JSON.parse(file('index.json'))).toMatchObject({
      a_b: { '1.1.1': { reportfile: 'a_b_case_1_1_1-2.json' } },
    })
  })
})
