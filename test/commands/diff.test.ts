import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { recordingOf } from '../fuzz/record.ts'
import { closeFrame, frame, text } from '../replay/support.ts'
import { opened, rechop, tcp, type Fact } from '../support/facts.ts'
import { temporaryFolder, wsinspect } from '../support/run.ts'
import { parseXml } from '../support/xml.ts'

const recordings = new URL('../../recordings/', import.meta.url).pathname

async function diff(...args: string[]) {
  const run = wsinspect('diff', ...args)
  const code = await run.exit
  return { code, out: run.stdout(), err: run.stderr() }
}

/** Recordings of these connections, in a folder of their own. */
function recorded(...sessions: readonly (readonly Fact[])[]): string {
  const file = join(temporaryFolder(), 'session.ndjson')
  const facts = sessions.flatMap((session, i) => session.map(fact => ({ ...fact, conn: i + 1 })))
  writeFileSync(file, recordingOf(facts))
  return file
}

const tour = [
  ...opened(),
  text('client', '{"id":1,"ask":"price"}', 10),
  frame('server', 9, 'ping', 20),
  frame('client', 10, 'ping', 21),
  text('server', '{"id":1,"price":10}', 30),
  closeFrame('client', 1000, '', 40),
  closeFrame('server', 1000, '', 41),
  tcp('server', 'fin', 42),
  tcp('client', 'fin', 43),
]

const withPrice = (price: number) => tour.with(6, text('server', `{"id":1,"price":${price}}`, 30))

describe('diff', () => {
  it('exits 0 for a recording and itself, compressed or from stdin too', async () => {
    const file = join(recordings, 'compressed.ndjson')
    const zipped = join(temporaryFolder(), 'zipped.ndjson.gz')
    writeFileSync(zipped, gzipSync(readFileSync(file)))
    const { code, out, err } = await diff(file, zipped, '--compare', 'frames,times')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('connection 1 of A, 1 of B, /: no difference\n')
    expect(out).toContain('14 messages are the same.')
    expect(out).toContain('The Close is the same: client 1000, server 1000.\n')
    expect(out).toContain('The end of TCP is the same: client fin, server fin.\n')
    const piped = wsinspect('diff', '-', file)
    piped.child.stdin.end(readFileSync(file))
    expect(await piped.exit).toBe(0)
  })

  it('exits 1 and shows what was expected and what came', async () => {
    const { code, out } = await diff(recorded(tour), recorded(withPrice(12)))
    expect(code).toBe(1)
    expect(out).toContain('1 message is the same, 1 differs.')
    expect(out).toContain('server message 1 differs at $.price\n  A  10\n  B  12\n')
    expect(out).toContain('1 difference in 1 of 1 pair of connections\n')
  })

  it('says that the octets came in other chops, which is no difference', async () => {
    const { code, out } = await diff(recorded(tour), recorded(rechop(tour, [1])))
    expect(code).toBe(0)
    expect(out).toMatch(/The server sent \d+ octets in 4 chops in A, \d+ octets in \d{3} chops in B\./)
  })

  it('says that pings were swallowed, and holds it against B where frames are compared', async () => {
    const files = [recorded(tour), recorded(tour.toSpliced(4, 2))]
    const lax = await diff(...files)
    expect(lax.code).toBe(0)
    expect(lax.out).toContain('No ping or pong is the same, 2 in A alone.')
    const strict = await diff(...files, '--compare', 'frames')
    expect(strict.code).toBe(1)
    expect(strict.out).toContain('client control frame 1 did not come\n  A  pong of 4 octets: 70 69 6e 67\n')
  })

  it('leaves out what --ignore names', async () => {
    const { code } = await diff(recorded(tour), recorded(withPrice(12)), '--ignore', '$.price')
    expect(code).toBe(0)
  })

  it('pairs connections by path, in their order, and tells those without a counterpart', async () => {
    const at = (path: string) =>
      tour.map(fact =>
        fact.type === 'octets' && fact.from === 'client' && fact.time === 0
          ? {
              ...fact,
              bytes: Buffer.from(
                Buffer.from(fact.bytes).toString('latin1').replace('GET / ', `GET ${path} `),
                'latin1',
              ),
            }
          : fact,
      )
    const a = recorded(at('/one'), at('/two?token=1'), at('/three'))
    const b = recorded(at('/two?token=1'), at('/one'), at('/four'))
    const { code, out } = await diff(a, b)
    expect(code).toBe(1)
    expect(out.match(/^connection .*$/gm)).toEqual([
      'connection 1 of A, 2 of B, /one: no difference',
      'connection 2 of A, 1 of B, /two: no difference',
      'connection 3 of A, /three: it has no counterpart',
      'connection 3 of B, /four: it has no counterpart',
    ])
    const named = await diff(a, b, '--conn', '2:1')
    expect(named.code).toBe(0)
    expect(named.out.match(/^connection .*$/gm)).toHaveLength(1)
    const none = await diff(a, b, '--conn', '4:1')
    expect(none).toMatchObject({
      code: 2,
      err: 'wsinspect: --conn: A has no connection 4 (it has 1, 2, 3)\n',
    })
  })

  it('prints a JSON line for each difference, and for the result', async () => {
    const { code, out } = await diff(recorded(tour), recorded(withPrice(12)), '--json')
    expect(code).toBe(1)
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ type }) => type)).toEqual(['difference', 'compared', 'diff'])
    expect(lines[0]).toEqual({
      type: 'difference',
      conn: 1,
      other: 1,
      what: 'message',
      from: 'server',
      ordinal: 1,
      expected: '10',
      got: '12',
      text: 'server message 1 differs at $.price',
    })
    expect(lines[2]).toMatchObject({ isSame: false, differences: 1, pairs: 1, onlyA: [], onlyB: [] })
  })

  it('writes JUnit over what was there', async () => {
    const file = join(temporaryFolder(), 'junit.xml')
    writeFileSync(file, 'x'.repeat(100_000))
    await diff(recorded(tour), recorded(withPrice(12)), '--junit', file)
    const root = parseXml(readFileSync(file, 'utf8'))
    expect(root.attributes).toMatchObject({ name: 'wsinspect diff', tests: '4', failures: '1' })
    const failed = root.children[0]!.children.find(({ children }) => children.length > 0)!
    expect(failed.attributes.name).toBe('messages')
    expect(failed.children[0]!.text).toContain('A  10\n')
  })

  it('counts as failed in JUnit what is beyond --limit too', async () => {
    const file = join(temporaryFolder(), 'junit.xml')
    const { out } = await diff(recorded(tour), recorded(withPrice(12)), '--limit', '0', '--junit', file)
    expect(out).toContain('… 1 more difference (--limit)')
    expect(parseXml(readFileSync(file, 'utf8')).attributes.failures).toBe('1')
  })

  it('shows nothing of the wire to the terminal unescaped', async () => {
    const hostile = tour.with(6, text('server', '\x1b[31m\u202e red', 30))
    const closed = (facts: readonly Fact[]) => facts.with(7, closeFrame('client', 1000, '\x1b[2J', 40))
    const { out } = await diff(recorded(closed(tour)), recorded(closed(hostile)))
    expect(out).toContain('\\x1b[31m\\u{202e} red')
    expect(out).toContain('client 1000 \\x1b[2J')
    expect(out).not.toContain('\x1b')
  })

  it.each([
    [['--ignore', 'a..b'], 'path such as $.id'],
    [['--compare', 'octets'], 'give one or more of messages, frames, times'],
    [['--tolerance', '5'], 'add --compare times'],
    [['--conn', '1'], 'as in 1:2'],
  ])('refuses %j in one line, with a hint', async (args, hint) => {
    const { code, err } = await diff(
      join(recordings, 'compressed.ndjson'),
      join(recordings, 'compressed.ndjson'),
      ...args,
    )
    expect(code).toBe(2)
    expect(err).toContain(hint)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('exits 2 for two times stdin, and 3 for what is no recording', async () => {
    expect(await diff('-', '-')).toMatchObject({ code: 2 })
    const file = join(temporaryFolder(), 'x.ndjson')
    writeFileSync(file, 'no recording\n')
    expect(await diff(file, join(recordings, 'compressed.ndjson'))).toMatchObject({ code: 3 })
    expect(await diff(join(recordings, 'compressed.ndjson'), `${file}.gone`)).toMatchObject({ code: 3 })
  })
})
