/** What the suite reads and writes beside cases: specs, baselines, control requests, JUnit. */
import { describe, expect, it } from 'vitest'
import { baselineText, changeOf, parseBaseline, type Baseline } from '../../src/conformance/baseline.ts'
import { allCases, casesFor, startsLike } from '../../src/conformance/catalogue.ts'
import { controlOf } from '../../src/conformance/control.ts'
import { isExcluded, parseSpec } from '../../src/conformance/spec.ts'
import { fails, type Standing } from '../../src/conformance/standing.ts'
import { junitCase } from '../../src/report/case-junit.ts'
import { caseLines } from '../../src/commands/conform-output.ts'
import { ConformTally, tallyTable, tallyTables } from '../../src/commands/conform-tally.ts'
import { echo, play } from '../support/fuzzer-rig.ts'

describe('a spec of Autobahn’s', () => {
  it('is read, and what has no effect is named', () => {
    const spec = parseSpec(
      JSON.stringify({
        options: { failByDrop: false },
        outdir: './reports/servers',
        servers: [{ agent: 'a', url: 'ws://127.0.0.1:9001', options: { version: 18 } }, { url: 'ws://b/' }],
        cases: ['1.*'],
        'exclude-cases': ['1.2.*'],
        'exclude-agent-cases': { 'a*': ['1.1.3'] },
      }),
    )
    expect(spec).toEqual({
      servers: [
        { url: 'ws://127.0.0.1:9001', agent: 'a', origin: null, protocols: [] },
        { url: 'ws://b/', agent: null, origin: null, protocols: [] },
      ],
      outdir: './reports/servers',
      cases: ['1.*'],
      exclude: ['1.2.*'],
      excludeByAgent: [['a*', ['1.1.3']]],
      ignored: ['options', 'servers.options'],
    })
  })

  it.each([
    ['[]', 'it is no JSON object'],
    ['{', 'it is no JSON object'],
    ['{"servers":{}}', '"servers" is no list'],
    ['{"servers":[{}]}', 'server 1 has no "url", or a key of the wrong type'],
    ['{"servers":[3]}', 'server 1 has no "url", or a key of the wrong type'],
    ['{"cases":"*"}', '"cases" is no list of patterns'],
    ['{"exclude-cases":[1]}', '"exclude-cases" is no list of patterns'],
    ['{"exclude-agent-cases":{"a":1}}', '"exclude-agent-cases" has no lists of patterns by agents'],
    ['{"outdir":1}', '"outdir" is no text'],
  ])('is refused when it is %s', (text, fault) => {
    expect(parseSpec(text)).toEqual({ fault })
  })

  it('leaves out cases of agents by whole patterns', () => {
    const byAgent = [['ws*', ['5.*', '1.1.1']]] as const
    expect(isExcluded(byAgent, 'ws node', '5.20')).toBe(true)
    expect(isExcluded(byAgent, 'other ws', '5.20')).toBe(false)
    expect(isExcluded(byAgent, 'ws', '1.1.10')).toBe(false)
    expect(['a*b', '*b', 'a*', '*', 'axxb'].map(pattern => startsLike('axxb', pattern, true))).not.toContain(
      false,
    )
    expect(
      ['a*x', '*a', 'x*', 'axx', 'axxb*b'].map(pattern => startsLike('axxb', pattern, true)),
    ).not.toContain(true)
  })
})

describe('a baseline', () => {
  const ok: Standing = { behavior: 'OK', behaviorClose: 'OK' }
  const nonStrict: Standing = { behavior: 'NON-STRICT', behaviorClose: 'OK' }
  const unclean: Standing = { behavior: 'OK', behaviorClose: 'UNCLEAN' }
  const baseline: Baseline = new Map([
    [
      'ws',
      new Map([
        ['1.1.1', ok],
        ['6.4.1', nonStrict],
      ]),
    ],
  ])

  it('comes back as it was written, and an index of Autobahn’s is one', () => {
    expect(parseBaseline(baselineText(baseline))).toEqual(baseline)
    const index = { ws: { '1.1.1': { ...ok, duration: 3, remoteCloseCode: 1000, reportfile: 'x.json' } } }
    expect(parseBaseline(JSON.stringify(index))).toEqual(new Map([['ws', new Map([['1.1.1', ok]])]]))
  })

  it.each([
    '3',
    '[]',
    '{"a":1}',
    '{"a":{"1.1.1":{}}}',
    '{"a":{"1.1.1":{"behavior":"GOOD","behaviorClose":"OK"}}}',
  ])('is refused when it is %s', text => {
    expect(parseBaseline(text)).toHaveProperty('fault')
  })

  it('tells what is worse and what is better', () => {
    expect(changeOf(baseline, 'ws', '1.1.1', ok)).toBeNull()
    expect(changeOf(baseline, 'ws', '1.1.1', unclean)).toMatchObject({ kind: 'worse' })
    expect(changeOf(baseline, 'ws', '1.1.1', nonStrict)?.text).toBe('1.1.1: NON-STRICT / OK, was OK')
    expect(changeOf(baseline, 'ws', '6.4.1', ok)).toMatchObject({ kind: 'better' })
    expect(changeOf(baseline, 'ws', '6.4.1', unclean)).toMatchObject({ kind: 'worse' })
    expect(changeOf(baseline, 'ws', '2.1', ok)).toBeNull()
    expect(changeOf(baseline, 'ws', '2.1', unclean)).toMatchObject({ kind: 'worse' })
    expect(changeOf(baseline, 'another name', '6.4.1', ok)).toMatchObject({ kind: 'better' })
  })

  it('says what fails a run', () => {
    const all = [ok, nonStrict, unclean, { behavior: 'UNIMPLEMENTED', behaviorClose: 'OK' } as const]
    expect(all.map(of => fails(of, 'failed'))).toEqual([false, false, true, false])
    expect(all.map(of => fails(of, 'non-strict'))).toEqual([false, true, true, false])
    expect(all.map(of => fails(of, 'unimplemented'))).toEqual([false, true, true, true])
  })
})

describe('control requests', () => {
  it.each([
    ['/getCaseCount', { do: 'count' }],
    ['/runCase?case=2&agent=a%20b', { do: 'run', of: allCases[1], agent: 'a b' }],
    ['/runCase?casetuple=5.20&agent=a', { do: 'run', of: allCases[63], agent: 'a' }],
    ['/runCase?case=1', { do: 'run', of: allCases[0], agent: null }],
    ['/getCaseInfo?case=3', { do: 'info', of: allCases[2] }],
    ['/getCaseStatus?case=3&agent=a', { do: 'status', of: allCases[2], agent: 'a' }],
    ['/updateReports?agent=a', { do: 'update', stop: false }],
    ['/updateReports?shutdownOnComplete=yes', { do: 'update', stop: true }],
    ['/stopServer', { do: 'stop' }],
  ])('reads %s', (target, control) => {
    expect(controlOf(target, allCases)).toEqual(control)
  })

  it.each([
    '/',
    '/runCase',
    '/runCase?case=0',
    '/runCase?case=518',
    '/runCase?case=01',
    '/getCaseStatus?case=1',
  ])('refuses %s', target => {
    expect(controlOf(target, allCases)).toMatchObject({ do: 'refuse' })
  })

  it('refuses a parameter given twice', () => {
    expect(controlOf('/runCase?case=1&case=2', allCases)).toMatchObject({ do: 'refuse', status: 500 })
  })
})

describe('JUnit', () => {
  it('has a case for each, with what failed in words', () => {
    const good = play('1.1.1', echo).report()
    const bad = play('3.1', echo)
    bad.pass(5000)
    const info = play('7.13.1', echo).report()
    const unimplemented = play('12.1.1', echo).report()
    const cases = [good, bad.report(), info, unimplemented].map(report => junitCase(report))
    expect(cases.map(({ classname, outcome }) => [classname, outcome.type])).toEqual([
      ['wsinspect.peer.1', 'passed'],
      ['wsinspect.peer.3', 'failure'],
      ['wsinspect.peer.7', 'passed'],
      ['wsinspect.peer.12', 'skipped'],
    ])
    expect(cases[1]?.outcome).toMatchObject({
      kind: 'FAILED',
      message: 'Seen in 1 s: text "Hello, world!". Due: nothing.',
    })
    expect(junitCase(unimplemented, of => fails(of, 'unimplemented')).outcome.type).toBe('failure')
  })
})

describe('the table of a run', () => {
  it('has a column for what fails a strict run alone', () => {
    const of = allCases.find(({ id }) => id === '6.4.1')!
    const tally = new ConformTally([null], () => [of])
    tally.add({ ...play('1.1.1', echo).report(), id: of.id, behavior: 'NON-STRICT' })
    expect(tallyTable(tally.groups).at(-1)).toMatch(/^all +· +1 +· +· +· +1\/1$/)
  })

  it('is a table for each agent, where there are several, in less than 80 columns', () => {
    const cases = casesFor('client', true)
    const tally = new ConformTally(['one', 'other'], () => cases)
    const report = play('1.1.1', echo).report()
    tally.add({ ...report, agent: 'one' })
    expect(tallyTables(tally).at(-1)).toMatch(/^all .* 1\/1256$/)
    tally.add({ ...report, agent: 'other', behavior: 'FAILED' })
    const lines = tallyTables(tally)
    expect(lines.filter(line => line.startsWith('all'))).toEqual([
      expect.stringMatching(/^all +1 +· +· +· +· +1\/628$/),
      expect.stringMatching(/^all +· +· +· +· +1 +1\/628$/),
    ])
    expect(lines[0]).toBe('one')
    expect(lines).toContain('other')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80)
  })

  it('has the reason of a case behind its line, or below it where the width is known', () => {
    const played = play('5.3', () => undefined)
    played.pass(5000)
    const report = { ...played.report(), agent: 'a\x1b[2Jb' }
    const [whole = '', ...none] = caseLines(report, null)
    expect(none).toEqual([])
    expect(whole).toMatch(/^5\.3 +FAILED +UNCLEAN +no code .* a\\x1b\[2Jb: Seen in 1 s: nothing\. Due: .*\.$/)
    const [first = '', ...reason] = caseLines(report, 79)
    expect(whole.startsWith(`${first}: `)).toBe(true)
    expect(reason.every(line => line.startsWith(' '.repeat(8)) && line.length < 80)).toBe(true)
    expect(whole).toBe(`${first}: ${reason.map(line => line.trim()).join(' ')}`)
  })
})
