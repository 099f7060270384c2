import { describe, expect, it } from 'vitest'
import { headRows, tailRows } from '../../src/report/connection.ts'
import { casePage } from '../../src/report/case-page.ts'
import type { LogData } from '../../src/report/log-data.ts'
import { recordedCase } from '../../src/report/recorded-case.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { echo, reportOn, silent, type React } from '../support/fuzzer-rig.ts'
import { connectionInfo, opened, sent, tcp, type Fact } from '../support/facts.ts'
import { join, octets } from '../support/octets.ts'
import { connectionOf, recorded, recordedAs } from '../support/recorded.ts'

const closing = `
client CLOSE key=01020304 code=1000
server CLOSE code=1000
tcp server fin
tcp client fin
`

/** What the script of a page reads. */
function dataOf(page: string): LogData {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(page) ?? []
  return JSON.parse(json) as LogData
}

function pageOf(connection: Awaited<ReturnType<typeof connectionOf>>): string {
  const report = recordedCase(connection, recordedAs)
  return casePage({ report, connection, title: 'a report', recorded: true, index: null })
}

describe('the verdict of a recorded connection', () => {
  it.each([
    ['OK', 'OK', `handshake\nclient TEXT key=01020304 "a"${closing}`],
    // A broken rule of severity error, and closed in order all the same.
    ['FAILED', 'OK', `handshake\nserver TEXT key=01020304 "a"${closing}`],
    ['FAILED', 'UNCLEAN', 'handshake\nclient TEXT key=01020304 "a"\ntcp server reset\ntcp client reset'],
    ['FAILED', 'UNCLEAN', 'handshake\nclient TEXT key=01020304 "a"'],
    ['FAILED', 'FAILED', 'client head\n  GET / HTTP/1.1\n  Host: a\ntcp client fin\ntcp server fin'],
    ['FAILED', 'FAILED', 'open'],
  ])('is %s, close %s', async (behavior, behaviorClose, script) => {
    const { report } = await recorded(script)
    expect({ behavior: report.behavior, behaviorClose: report.behaviorClose }).toEqual({
      behavior,
      behaviorClose,
    })
  })

  it('tells who closed with what, and what was not clean', async () => {
    const { report } = await recorded(
      'handshake\nclient TEXT key=01020304 "\\xff"\nserver CLOSE code=1007 "no UTF-8"\ntcp server fin\ntcp client fin',
    )
    expect(report).toMatchObject({
      ...{ closedByMe: false, failedByMe: false, droppedByMe: false, wasClean: false },
      ...{ localCloseCode: null, remoteCloseCode: 1007, remoteCloseReason: 'no UTF-8' },
    })
    expect(report.wasNotCleanReason).toContain('not clean')
  })
})

describe('the page of a case', () => {
  const pageOn = (id: string, react: React) =>
    casePage({ report: reportOn(id, react), connection: null, title: '', recorded: false, index: null })

  it('tells how much came of a peer that said nothing that is an event of the case', () => {
    const observed = (react: React) =>
      /<h3>Observed<\/h3><p class="note">(.*?)<\/p>/.exec(pageOn('1.1.2', react))?.[1]
    expect(observed(silent)).toBe('nothing')
    // At the message, and at Close.
    const torn: React = (_frame, peer) => {
      peer.octets(octets(0x81, 3))
    }
    expect(observed(torn)).toBe('no event of the case; 4 octets came, see the wire log')
  })

  it('says why an offer is invalid', () => {
    expect(pageOn('ws.handshake.1.43', echo)).toContain(
      'server_max_window_bits=010. It is invalid, as a window is a decimal number from 8 to 15 without leading zeros',
    )
  })
})

describe('a page', () => {
  it('of the same connection is the same octets', async () => {
    const script = `handshake\nclient PING key=01020304 "a"\ntime 5\nserver PONG "a"${closing}`
    expect((await recorded(script)).page).toBe((await recorded(script)).page)
  })

  it('holds nothing of the wire as HTML or script', async () => {
    const hostile = `</script><script>document.title='trap'</script><img src=x onerror=alert(1)>'"&`
    const close = join([octets(0x03, 0xe8), octets(hostile.slice(0, 100))])
    const facts: Fact[] = [
      { type: 'open', time: 0, info: { ...connectionInfo, url: `ws://x/${hostile}`, client: hostile } },
      ...opened(hostile).slice(1),
      sent('client', encodeFrame({ opcode: 1, key: 1 }, octets(`${hostile}\u2028\u202e\0`)), 1),
      sent('server', encodeFrame({ opcode: 8 }, close), 2),
      tcp('server', hostile, 3),
    ]
    const page = pageOf(await connectionOf(facts))
    const plain = pageOf(await connectionOf(opened()))
    const elements = (text: string, name: RegExp) => [...text.matchAll(name)].length
    expect(elements(page, /<script/gi)).toBe(elements(plain, /<script/gi))
    expect(elements(page, /<\/script/gi)).toBe(elements(plain, /<\/script/gi))
    expect(page).not.toMatch(/<img/i)
    expect(page).not.toMatch(/[\u2028\u202e\0]/)
    expect(page).toContain('&lt;/script&gt;&lt;script&gt;document.title=&#39;trap&#39;')
    const payload = dataOf(page).rows.find(([, , , label]) => label === 'FRAME')?.[7]
    expect(payload).toBe(`"${hostile}\\u{2028}\\u{202e}\\x00"`)
  })

  it('allows its own script and style, and nothing else', async () => {
    const { page } = await recorded('handshake')
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    const digest = /&#39;sha256-[\w+/]+=*&#39;/
    expect(policy.replaceAll(new RegExp(digest, 'g'), 'DIGEST')).toBe(
      'default-src &#39;none&#39;; style-src DIGEST; script-src DIGEST; base-uri &#39;none&#39;; form-action &#39;none&#39;',
    )
    expect(page).not.toMatch(/ (style|on\w+)=|https?:\/\/|@import|url\(/)
  })

  it('links violations, the gravest first, and what ended the connection to their rows', async () => {
    const { page, connection } = await recorded(
      `handshake\nclient TEXT fin=0 key=01020304 "a"\nclient PING key=01020304\nclient CONT "b"${closing}`,
    )
    const table = page.slice(page.indexOf('id="violations"'), page.indexOf('id="timeline"'))
    const found = [...table.matchAll(/class="mono">([a-z]+\.[a-z-]+)<\/span>/g)].map(([, rule]) => rule)
    expect(found[0]).toBe('mask.missing')
    expect(found).toContain('fragment.interleaved')
    expect(table).toContain('RFC 6455 §5.1')
    expect(table).toContain('a conforming peer closes with 1002')
    const rows = new Set(connection.rows.map(({ entry }) => entry.seq))
    const links = [...page.matchAll(/href="#row-(\d+)"/g)].map(([, row]) => Number(row))
    expect(links.length).toBeGreaterThan(6)
    expect(links.filter(row => !rows.has(row))).toEqual([])
  })

  it('draws frames, messages, a ping with its pong, a silence, and the way to the first fragment', async () => {
    const { page } = await recorded(`handshake
time 1
client TEXT fin=0 key=01020304 "a"
time 2
client PING key=01020304 "p"
time 3
server PONG "p"
time 4
client CONT key=01020304 "b"
time 9000
server TEXT "ab"${closing}`)
    const svg = page.slice(page.indexOf('<svg class="timeline"'), page.indexOf('</svg>'))
    for (const part of [
      ...['client: a text message of 2 frames, 2 octets', 'server: a text message of 1 frame, 2 octets'],
      ...['ping answered after 1.0 ms', 'class="break"', '>8996 ms<', 'first fragment after 1.0 ms'],
      ...['Close, 1000 normal closure', 'TCP of the server: fin', 'class="slot ping"', 'a chop of'],
    ]) {
      expect(svg).toContain(part)
    }
  })

  it('has the profile of compression', async () => {
    const { page } = await recorded(
      `handshake permessage-deflate; server_no_context_takeover\nserver TEXT rsv=4 f248cdc9c90700${closing}`,
    )
    const text = page
      .slice(page.indexOf('id="compression"'), page.indexOf('id="log"'))
      .replace(/<[^>]*>/g, ' ')
    expect(text.replace(/\s+/g, ' ')).toContain(
      'agreed 15 bits takeover 15 bits no takeover compressed messages 0 1 octets on the wire 0 7 octets inflated 0 5 ratio, wire to inflated – 1.400',
    )
  })
})

describe('a long connection', () => {
  const frames = 12_000
  const facts = [
    ...opened(),
    ...Array.from({ length: frames }, (_, i) =>
      sent(
        i % 2 === 0 ? 'client' : 'server',
        encodeFrame({ opcode: 1, ...(i % 2 === 0 ? { key: 1 } : {}) }, octets(`message ${i}`)),
        i,
      ),
    ),
    ...[
      sent('client', encodeFrame({ opcode: 8, key: 1 }, octets(0x03, 0xe8)), frames),
      tcp('client', 'fin', frames),
    ],
  ]

  it('keeps its beginning and its end, and says how much is left out', async () => {
    const connection = await connectionOf(facts)
    const page = pageOf(connection)
    const { rows, omitted } = dataOf(page)
    expect(rows).toHaveLength(headRows + tailRows)
    const [last] = rows[headRows - 1]!
    const [first] = rows[headRows]!
    expect(omitted).toEqual({ behind: headRows, rows: first - last - 1 })
    expect(rows.at(-1)?.[3]).toBe('VERDICT')
    expect(page).toMatch(/<b>[\d\u202f]+ rows are left out<\/b>/)
    // What is counted is all of it.
    const report = recordedCase(connection, recordedAs)
    expect(report.txFrameStats).toEqual({ 1: frames / 2, 8: 1 })
    expect(report.localCloseCode).toBe(1000)
    expect(report.wirelog.length).toBeLessThanOrEqual(2000)
    expect(page).toContain('octets and frames over time')
  })

  it('is read by a log that keeps less than all of it', async () => {
    const connection = await connectionOf(facts, { memory: 65_536, rows: 1024 })
    expect(connection.statistics.client.frames.total).toBe(frames / 2 + 1)
    expect(connection.rows.length).toBeLessThan(headRows + tailRows)
    expect(connection.rows.at(-1)?.entry.type).toBe('verdict')
    expect(connection.rows[20]?.cells.payload).toMatch(/^"message \d+"$|^[0-9a-f ]+$/)
  })
})
