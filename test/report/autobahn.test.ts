/** A recording of Autobahn's case 5.20 says what Autobahn's own report of that run says. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import { readRecording } from '../../src/recording/read.ts'
import { caseFileName, caseJson, connectionFileName, indexJson } from '../../src/report/autobahn.ts'
import { casePage } from '../../src/report/case-page.ts'
import { ConnectionReader } from '../../src/report/connection.ts'
import { fuzzerLines } from '../../src/report/fuzzer-log.ts'
import { recordedCase } from '../../src/report/recorded-case.ts'
import { Session } from '../../src/wire/session.ts'

const file = (name: string) => new URL(`../../${name}`, import.meta.url).pathname
const fixture = readFileSync(file('test/fixtures/autobahn-5.20.json'), 'utf8')
const autobahn = JSON.parse(fixture) as CaseReport

async function recordedRun() {
  const session = new Session()
  const reader = new ConnectionReader()
  session.attach(reader)
  await readRecording(file('recordings/autobahn-5.20.ndjson'), session, {
    onNote: note => expect.unreachable(note),
  })
  const connection = reader.connection()
  const as = { agent: 'autobahn-5.20', number: 1, started: '2026-11-25T01:55:53.020Z' }
  return { connection, report: recordedCase(connection, as) }
}

/** Octets of a table by chop size. */
function octetsOf(stats: Record<string, number>): number {
  return Object.entries(stats).reduce((sum, [size, count]) => sum + Number(size) * count, 0)
}

/** Text of a page without its elements, each cell after a space. */
function textOf(page: string): string {
  return page
    .slice(page.indexOf('<body>'), page.indexOf('<script'))
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}

describe('a report of case 5.20', () => {
  it('says of the connection what Autobahn says of its run', async () => {
    const { report } = await recordedRun()
    for (const key of [
      ...(['behavior', 'behaviorClose', 'isServer', 'closedByMe', 'failedByMe', 'droppedByMe'] as const),
      ...(['wasClean', 'wasNotCleanReason', 'wasServerConnectionDropTimeout'] as const),
      ...(['wasOpenHandshakeTimeout', 'wasCloseHandshakeTimeout'] as const),
      ...(['localCloseCode', 'localCloseReason', 'remoteCloseCode', 'remoteCloseReason'] as const),
      ...([
        'httpRequest',
        'httpResponse',
        'received',
        'rxFrameStats',
        'txFrameStats',
        'rxOctetStats',
      ] as const),
    ]) {
      expect(report[key], key).toEqual(autobahn[key])
    }
    // Autobahn counts its writes, a recording the reads of the proxy: some of them brought two or three.
    expect(octetsOf(report.txOctetStats)).toBe(octetsOf(autobahn.txOctetStats))
  })

  it('has the same frames in its wire log', async () => {
    const { report } = await recordedRun()
    const frames = ({ wirelog }: CaseReport, kind: 'TF' | 'RF') =>
      wirelog.filter(record => record[0] === kind)
    expect(frames(report, 'RF')).toEqual(frames(autobahn, 'RF'))
    // How the fuzzer cut its own writes is not on the wire.
    const sent = ([kind, payload, ...rest]: (typeof autobahn.wirelog)[number]) => [
      kind,
      payload,
      ...rest.slice(0, 4),
    ]
    expect(frames(report, 'TF').map(sent)).toEqual(frames(autobahn, 'TF').map(sent))
  })

  it('shows it on the page', async () => {
    const { connection, report } = await recordedRun()
    const text = textOf(casePage({ report, connection, title: 't', recorded: true, index: null }))
    expect(text).toContain('✓ Pass ✓ clean close, 1000')
    expect(text).toContain(
      'Frames sent by the client opcode frames 0 CONT 4 1 TEXT 1 8 CLOSE 1 9 PING 2 total 8',
    )
    expect(text).toContain('Frames sent by the server opcode frames 1 TEXT 1 8 CLOSE 1 10 PONG 2 total 4')
    expect(text).toContain('4 1 4 11 1 11 58 1 58 129 1 129 total 4 202')
    expect(text).toContain('total 5 356')
    expect(text).toContain('Close with 1000')
    expect(text).toContain('localCloseCode 1000')
    expect(text).toContain('remoteCloseCode 1000')
    expect(text).toContain('wasClean true')
    expect(text).toContain('GET / HTTP/1.1 User-Agent: AutobahnTestSuite/25.10.1-0.10.9')
    expect(text).toContain('fragment.interleaved RFC 6455 §5.4')
    expect(text).toContain('ping answered by the server 2 0.977')
  })

  it('shows all of a case that Autobahn shows, in its own words', () => {
    const page = casePage({ report: autobahn, connection: null, title: 't', recorded: false, index: null })
    const text = textOf(page)
    for (const part of [
      ...[
        'Case 5.20',
        'Same as Case 5.19, but send all frames with SYNC = True.',
        'octet stream is chopped up',
      ],
      ...['Actual events match at least one expected.', 'Connection was properly closed (OK)'],
      ...['pong &quot;pongme 1!&quot; pong &quot;pongme 2!&quot; text message &quot;fragment1fragment2'],
      ...[
        'The fuzzer sent the first Close.',
        'Octets received from wsinspect',
        'Frames transmitted by the fuzzer',
      ],
      ...['DELAY 1.000000 sec for TAG None', 'DELAY TIMEOUT on TAG None', 'TCP DROPPED BY PEER'],
      ...['OPCODE=0, FIN=False, RSV=0, PAYLOAD-LEN=9, MASK=674fd8b6'],
    ]) {
      expect(text).toContain(part)
    }
    expect(fuzzerLines(autobahn)).toHaveLength(autobahn.wirelog.length + 1)
  })
})

describe('JSON in the shape of Autobahn', () => {
  it('has the keys that Autobahn has, and each is described', async () => {
    const { report } = await recordedRun()
    expect(Object.keys(report).sort()).toEqual(Object.keys(autobahn).sort())
    const described = readFileSync(file('docs/json.md'), 'utf8').split('## Reports')[1]
    for (const key of Object.keys(report)) expect(described).toContain(`\`${key}\``)
  })

  it('is the same text', () => {
    expect(caseJson(autobahn)).toBe(fixture)
  })

  it('escapes what is not ASCII, sorts keys, and has nothing in empty lists', () => {
    const result = {
      ...({ behavior: 'OK', behaviorClose: 'OK', duration: 2, remoteCloseCode: null } as const),
      reportfile: 'a.json',
    }
    const agents = new Map([
      [
        'ü',
        new Map([
          ['2.1', result],
          ['10.1', result],
        ]),
      ],
      ['b', new Map()],
    ])
    expect(indexJson(agents)).toBe(
      [
        '{',
        '   "b": {},',
        '   "\\u00fc": {',
        ...['"2.1"', '"10.1"'].flatMap((id, i) => [
          `      ${id}: {`,
          '         "behavior": "OK",',
          '         "behaviorClose": "OK",',
          '         "duration": 2,',
          '         "remoteCloseCode": null,',
          '         "reportfile": "a.json"',
          i === 0 ? '      },' : '      }',
        ]),
        '   }',
        '}',
      ].join('\n'),
    )
  })

  it('names files by letters and digits alone', () => {
    expect(caseFileName('ws node', '5.20')).toBe('ws_node_case_5_20')
    expect(caseFileName('Foo/1.0--x', '1.1.1')).toBe('foo_1_0__x_case_1_1_1')
    expect(connectionFileName('../../etc/passwd', 'conn-3')).toBe('etc-passwd-conn-3')
    expect(connectionFileName('\u202e\0', 'conn-3')).toBe('agent-conn-3')
    expect(connectionFileName('x'.repeat(500), 'conn-3')).toMatch(/^x{64}-conn-3$/)
  })
})
