import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { rules } from '../../src/protocol/rules.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { version } from '../../src/version.ts'
import { recordingOf } from '../fuzz/record.ts'
import { opened as facts, sent } from '../support/facts.ts'
import { portOf, temporaryFolder, wsinspect, type Run } from '../support/run.ts'

async function run(...args: string[]): Promise<{ code: number | string; out: string; err: string }> {
  const child = wsinspect(...args)
  const code = await child.exit
  return { code, out: child.stdout(), err: child.stderr() }
}

/** An application made with `ws`: it answers each message with its own text and closes on "bye". */
async function application(options: { perMessageDeflate?: boolean } = {}): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  server.on('connection', socket => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (data.toString() === 'bye') socket.close(1001, 'see you')
      else socket.send(data, { binary: isBinary })
    })
  })
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}

async function opened(port: number, options: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, options)
  await once(socket, 'open')
  return socket
}

async function ask(socket: WebSocket, message: string | Buffer): Promise<string> {
  socket.send(message)
  const [data] = (await once(socket, 'message')) as [Buffer]
  return data.toString()
}

async function stop(child: Run, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
  child.child.kill(signal)
  return child.exit
}

/** Rows of each connection without what differs from run to run. */
function rowsByConnection(text: string): Map<string, string[]> {
  const rows = new Map<string, string[]>()
  for (const line of text.trimEnd().split('\n')) {
    const [, conn = '', rest = ''] = /^ *[\d.]+ (#\d+) +(.*)$/.exec(line) ?? []
    rows.set(conn, [...(rows.get(conn) ?? []), rest.replace(/rtt=\S+/, 'rtt=…')])
  }
  return rows
}

describe('wsinspect', () => {
  it('prints its version and help', async () => {
    expect((await run('--version')).out).toBe(`${version}\n`)
    expect(version).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version)
    expect((await run('--help')).out).toMatch(/proxy .*TARGET.*\n.*echo/s)
  })

  it.each([
    [['frobnicate'], 2, "wsinspect: unknown command 'frobnicate'"],
    [
      ['proxy', 'nonsense'],
      2,
      'wsinspect: "nonsense" is no target: give ws://HOST[:PORT]/PATH, wss://…, HOST:PORT or PORT',
    ],
    [['proxy', 'http://x/'], 2, 'the scheme must be ws:// or wss://'],
    [['proxy', 'ws://127.0.0.1:9/\r\nX: y'], 2, 'is no target'],
    [['proxy', '127.0.0.1\n:9'], 2, 'is no target'],
    [['proxy', '9001', '--port', '70000'], 2, 'give a whole number from 0 to 65535'],
    [['proxy', '9000'], 2, 'is the proxy itself'],
    [['proxy', '9001', '-H', 'a: b\r\nc: d'], 2, 'without line breaks'],
    [['proxy', '9001', '--cert', 'x.pem'], 2, '--cert and --key go together'],
    [['echo', '--cert', 'x.pem', '--key', 'y.pem'], 3, 'cannot read x.pem: there is no such file'],
    [['log', 'missing.ndjson'], 3, 'cannot read missing.ndjson: there is no such file'],
    [['stats', 'missing.ndjson'], 3, 'cannot read missing.ndjson: there is no such file'],
    [
      ['proxy', '9001', '-w', 'no/such/folder/x.ndjson', '-f', 'op:foo'],
      2,
      'wsinspect: filter column 4: op: needs text, bin, cont, ping, pong, close or ctl, not "foo"',
    ],
    [['log', 'missing.ndjson', '-f', '(\x1b'], 2, 'wsinspect: filter column 1: ( is never closed'],
    [
      ['log', 'missing.ndjson', '-f', 'x', '--json', '--octets'],
      2,
      '--filter does not go with --json --octets',
    ],
    [['proxy', '9001', '-f', 'x', '--json', '--octets'], 2, '--filter does not go with --json --octets'],
    [['stats', 'missing.ndjson', '-f', 'len>'], 2, 'wsinspect: filter column'],
    [['log', 'x', '--fail-on', 'info'], 2, "argument 'info' is invalid"],
    [['rules', 'mask.mising'], 2, 'wsinspect: there is no rule "mask.mising" (did you mean mask.missing?)'],
    [['rules', 'pong'], 2, 'did you mean pong.slow, pong.unsolicited, pong.altered?'],
    [['rules', '\x1b[31m'], 2, 'there is no rule "\\x1b[31m" (`wsinspect rules` prints all)'],
    [['proxy', '9001', '-w', 'no/such/folder/x.ndjson'], 3, 'no/such/folder/x.ndjson'],
  ])('%j: one line, exit code %i', async (args, code, message) => {
    const result = await run(...args)
    expect(result.code).toBe(code)
    expect(result.err).toContain(message)
    expect(result.err.trimEnd().split('\n')).toHaveLength(1)
    expect(result.out).toBe('')
  })

  it('says that a port is in use, and what to do', async () => {
    const first = wsinspect('echo', '--port', '0')
    const port = String(await portOf(first))
    expect(await run('echo', '--port', port)).toEqual({
      code: 4,
      out: '',
      err: `wsinspect: cannot listen on 127.0.0.1:${port}: address in use (try --port 0)\n`,
    })
  })
})

describe('wsinspect rules', () => {
  it('prints every rule in lines of 100 columns', async () => {
    const { code, out } = await run('rules')
    const lines = out.trimEnd().split('\n')
    expect(code).toBe(0)
    expect(lines.filter(line => !line.startsWith(' ')).map(line => line.split(' ', 1)[0])).toEqual([
      'rule',
      ...Object.keys(rules),
    ])
    expect(out).toMatch(
      /^mask\.missing +error +client +RFC 6455 §5\.1 +1002\n {4}a client must mask every frame$/m,
    )
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
  })

  it('prints all about one', async () => {
    const { code, out } = await run('rules', 'text.invalid-utf8')
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n')).toEqual([
      'rule        text.invalid-utf8',
      'text        the text is not UTF-8',
      'severity    error: a MUST is broken, most peers end the connection',
      'fault       sender: the side that sent the octets',
      'section     RFC 6455 §8.1',
      'close code  1007, with which a conforming receiver closes',
      'tolerated   text.tolerated, told of the peer when nothing follows',
    ])
  })

  it('prints JSON lines', async () => {
    const { out } = await run('rules', '--json')
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as object)
    expect(lines).toEqual(Object.entries(rules).map(([id, rule]) => ({ id, ...rule })))
    const one = await run('rules', 'length.unsafe', '--json')
    expect(one.out).toBe(
      '{"id":"length.unsafe","severity":"notice","fault":"sender","section":"RFC 6455 §10.4","closeCode":1009,"text":"the length is legal, but larger than many peers can hold"}\n',
    )
  })
})

describe('wsinspect proxy', () => {
  it('sends the tour with --demo, prints its rows and exits 0', async () => {
    const { code, out } = await run('proxy', '--demo', '--port', '0')
    expect(code).toBe(0)
    for (const expected of [
      'REPLY   @0     101 Switching Protocols  ext=permessage-deflate',
      '"fragment1fragment2fragment3"',
      'PONG  fin=1 len=21',
      'inflated 31',
      'mask.missing RFC 6455 §5.1',
      'text.invalid-utf8 RFC 6455 §8.1',
      'continuation.expected',
      'length.not-minimal',
      '1000 "end of the tour"',
    ]) {
      expect(out).toContain(expected)
    }
    // What was recorded in two reads comes in two.
    expect(out).toMatch(/len=216 mask=cb605b3f chops=2/)
    expect(out).toMatch(/len=27 mask=ddd5af92 chops=2/)
  })

  it('ends the tour with a line and 4 where there is no server', async () => {
    const { code, err } = await run('proxy', '127.0.0.1:1', '--demo', '--port', '0', '-q')
    expect(code).toBe(4)
    expect(err.match(/connection \d of the tour: .*/g)).toEqual([
      expect.stringContaining('connection 1 of the tour: the server ended TCP'),
    ])
  })

  it.each([false, true])(
    'shows what ws and ws say to each other, who notice nothing (deflate %s)',
    async deflate => {
      const app = await application({ perMessageDeflate: deflate })
      const proxy = wsinspect('proxy', String(app), '--port', '0')
      const client = await opened(await portOf(proxy), {
        perMessageDeflate: deflate ? { threshold: 0 } : false,
      })
      const long = 'wire '.repeat(20_000)
      expect(await ask(client, 'hello')).toBe('hello')
      expect(await ask(client, long)).toBe(long)
      expect(await ask(client, Buffer.from([1, 2, 3]))).toBe('\x01\x02\x03')
      client.send('bye')
      expect(await once(client, 'close')).toEqual([1001, Buffer.from('see you')])
      await proxy.prints('client TCP     FIN')
      expect(await stop(proxy)).toBe(0)
      const out = proxy.stdout()
      expect(out).toMatch(/#1 {2}client FRAME .* TEXT .*"hello"/)
      expect(out).toMatch(/#1 {2}server FRAME .* TEXT .*"hello"/)
      expect(out).toMatch(deflate ? /inflated 100000/ : /len=100000/)
      expect(out).toMatch(/#1 {2}server FRAME .* CLOSE .*1001 "see you"/)
      expect(out).not.toMatch(/ERROR|WARNING/)
    },
  )

  it('keeps other connections while one target refuses, and stops on SIGINT with exit 0', async () => {
    const proxy = wsinspect('proxy', '127.0.0.1:1', '--port', '0')
    const client = new WebSocket(`ws://127.0.0.1:${await portOf(proxy)}/`)
    await once(client, 'error')
    await proxy.says('127.0.0.1:1: connection refused (is the server running?)')
    await proxy.prints('server TCP     REFUSED')
    expect(await stop(proxy, 'SIGINT')).toBe(0)
  })

  it('prints JSON lines; with --octets they are a recording', async () => {
    const app = await application()
    const proxy = wsinspect('proxy', String(app), '--port', '0', '--json', '--octets')
    const client = await opened(await portOf(proxy), { headers: { Authorization: 'Bearer canary' } })
    await ask(client, 'hello')
    client.close(1000)
    await once(client, 'close')
    await proxy.prints('"state":"fin"')
    expect(await stop(proxy)).toBe(0)
    const lines = proxy
      .stdout()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(lines[0]).toMatchObject({ type: 'session', version: 1, redacted: true })
    expect(lines.at(-1)).toMatchObject({ type: 'end' })
    expect(lines.find(line => line.text === 'hello')).toMatchObject({
      type: 'frame',
      from: 'client',
      opcode: 1,
    })
    const file = join(temporaryFolder(), 'out.ndjson')
    writeFileSync(file, proxy.stdout())
    expect(
      Buffer.from(readFileSync(file)).includes(Buffer.from('canary').toString('base64').slice(0, 6)),
    ).toBe(false)
    const { out, err, code } = await run('log', file)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('"hello"')
    expect(out).not.toContain('canary')
  })
})

describe('--filter', () => {
  const recorded = 'recordings/tour.ndjson'

  it('prints only the rows that match, as lines and as JSON', async () => {
    const all = (await run('log', recorded)).out.trimEnd().split('\n')
    const found = (await run('log', recorded, '-f', 'is:bad | op:ping')).out.trimEnd().split('\n')
    expect(found).toEqual(all.filter(line => / ERROR | WARNING | PING /.test(line)))
    expect(found.length).toBeGreaterThan(3)
    const json = (await run('log', recorded, '--json', '--filter', '-type:frame from:client')).out.trimEnd()
    const types = json.split('\n').map(line => (JSON.parse(line) as { type: string }).type)
    expect([...new Set(types)].sort()).toEqual(['handshake', 'violation'])
  })

  it('shows chops that match where chops are shown', async () => {
    const { out } = await run('log', recorded, '--octets', '-f', 'type:octets read<40 from:client')
    expect(out).toMatch(/^( .* client OCTETS .*\n)+$/)
    expect((await run('log', recorded, '-f', 'type:octets')).out).toBe('')
  })

  it('knows the time of day of each recording', async () => {
    const { started } = JSON.parse(readFileSync(recorded, 'utf8').split('\n', 1)[0]!) as { started: string }
    const [, time = ''] = /(\d\d:\d\d):/.exec(new Date(started).toTimeString()) ?? []
    const all = (await run('log', recorded)).out
    expect((await run('log', recorded, '-f', `at>=${time}`)).out).toBe(all)
    expect((await run('log', recorded, '-f', `at<${time}`)).out).toBe('')
  })

  it('works on live traffic, and knows its age', async () => {
    const { code, out } = await run('proxy', '--demo', '--port', '0', '-f', 'path:/tour age<1h "fragment1"')
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toContain('fragment')
  })
})

describe('recording', () => {
  it('gives the same rows from the file as live (--no-redact)', async () => {
    const app = await application()
    const file = join(temporaryFolder(), 'session.ndjson')
    const proxy = wsinspect('proxy', String(app), '--port', '0', '-w', file, '--no-redact', '-v')
    const port = await portOf(proxy)
    for (const name of ['one', 'two', 'three']) {
      const client = await opened(port, { headers: { Cookie: `session=${name}` } })
      await ask(client, name.repeat(1000))
      client.close(1000)
      await once(client, 'close')
    }
    await proxy.prints('#3  client TCP     FIN')
    expect(await stop(proxy)).toBe(0)
    expect(proxy.stderr()).toMatch(/recorded \d+ lines to /)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { out, err } = await run('log', file, '-v')
    expect(err).toBe('')
    expect(rowsByConnection(out)).toEqual(rowsByConnection(proxy.stdout()))
  })

  it('differs with redaction in the heads alone, and never holds the credentials', async () => {
    const app = await application()
    const file = join(temporaryFolder(), 'session.ndjson.gz')
    const proxy = wsinspect('proxy', String(app), '--port', '0', '-w', file)
    const client = await opened(await portOf(proxy), { headers: { Cookie: 'session=canary' } })
    await ask(client, 'hello')
    client.close(1000)
    await once(client, 'close')
    await proxy.prints('client TCP     FIN')
    expect(await stop(proxy)).toBe(0)
    const { out } = await run('log', file)
    const heads = /^client REQUEST|^server REPLY/
    const frames = (text: string) =>
      rowsByConnection(text)
        .get('#1')
        ?.filter(row => !heads.test(row))
    expect(frames(out)).toEqual(frames(proxy.stdout()))
    expect((await run('log', file, '--json', '--octets')).out).not.toContain(
      Buffer.from('session=canary').toString('base64').slice(4, 12),
    )
    expect((await run('log', file, '-v')).out).toMatch(/REDACT .*14 octets overwritten/)
  })

  it('does not overwrite a file without --force, and says so before it listens', async () => {
    const file = join(temporaryFolder(), 'kept.ndjson')
    writeFileSync(file, 'precious')
    const { code, err } = await run('proxy', '9001', '--port', '0', '-w', file)
    expect(code).toBe(2)
    expect(err).toContain('--force')
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  it('loses at most the last moments to SIGKILL, and log reads the rest', async () => {
    const app = await application()
    const file = join(temporaryFolder(), 'killed.ndjson')
    const proxy = wsinspect('proxy', String(app), '--port', '0', '-w', file, '-q')
    const client = await opened(await portOf(proxy))
    client.on('error', () => undefined)
    await ask(client, 'first')
    while (!existsSync(file) || !readFileSync(file, 'utf8').includes('"from":"server"'))
      await ask(client, 'more')
    proxy.child.kill('SIGKILL')
    expect(await proxy.exit).toBe('SIGKILL')
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1))
      expect(() => JSON.parse(line) as unknown).not.toThrow()
    const { code, out } = await run('log', file)
    expect(code).toBe(0)
    expect(out).toContain('"first"')
  })

  it.runIf(existsSync('/dev/full'))('goes on forwarding when the disk is full', async () => {
    const app = await application()
    const proxy = wsinspect('proxy', String(app), '--port', '0', '-w', '/dev/full')
    const client = await opened(await portOf(proxy))
    expect(await ask(client, 'hello')).toBe('hello')
    await proxy.says('recording stopped: no space left on device')
    expect(await ask(client, 'still here')).toBe('still here')
    expect(await stop(proxy)).toBe(0)
  })

  it('reads a torn file, notes it on stderr and exits 0; reads stdin as -', async () => {
    const file = join(temporaryFolder(), 'torn.ndjson')
    const header =
      '{"type":"session","version":1,"tool":"x","started":"2026-01-01T00:00:00.000Z","redacted":false}\n'
    const open =
      '{"type":"open","time":0,"conn":1,"client":"a:1","server":"b:2","url":"ws://b:2/","tls":false}\n'
    writeFileSync(file, `${header}${open}{"type":"octets","ti`)
    const torn = await run('log', file)
    expect(torn.code).toBe(0)
    expect(torn.out).toContain('OPEN a:1 → b:2')
    expect(torn.err).toContain(`${file}:3`)
    const child = wsinspect('log', '-')
    child.child.stdin.end(header + open)
    expect(await child.exit).toBe(0)
    expect(child.stdout()).toContain('OPEN a:1 → b:2')
  })

  it('prints every row as JSON to a reader that is slow, and ends quietly with one that leaves', async () => {
    const file = join(temporaryFolder(), 'many.ndjson')
    const line = (object: object) => `${JSON.stringify(object)}\n`
    const head = line({
      type: 'session',
      version: 1,
      tool: 'x',
      started: '2026-01-01T00:00:00.000Z',
      redacted: false,
    })
    const connection = (conn: number) =>
      line({ type: 'open', time: conn, conn, client: 'a:1', server: 'b:2', url: 'ws://b:2/', tls: false }) +
      line({
        type: 'octets',
        time: conn,
        conn,
        from: 'client',
        offset: 0,
        data: Buffer.from('no HTTP\r\n').toString('base64'),
      })
    writeFileSync(file, head + Array.from({ length: 5000 }, (_, i) => connection(i + 1)).join(''))
    const slow = wsinspect('log', file, '--json')
    slow.child.stdout.pause()
    await once(slow.child.stdout, 'readable')
    slow.child.stdout.resume()
    expect(await slow.exit).toBe(0)
    const rows = slow.stdout().trimEnd().split('\n')
    expect(rows.filter(row => row.startsWith('{"type":"http"'))).toHaveLength(5000)
    expect(rows.filter(row => row.startsWith('{"type":"verdict"'))).toHaveLength(5000)
    const left = wsinspect('log', file)
    await once(left.child.stdout, 'data')
    left.child.stdout.destroy()
    expect([await left.exit, left.stderr()]).toEqual([0, ''])
  })

  it.runIf(existsSync('/dev/full'))('says when its output cannot be written', () => {
    const { stderr, status } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" bin/wsinspect.js log recordings/tour.ndjson > /dev/full`],
      { encoding: 'utf8' },
    )
    expect([status, stderr]).toEqual([
      3,
      'wsinspect: cannot write to stdout: ENOSPC: no space left on device, write\n',
    ])
  })

  it('escapes what a hostile recording would tell the terminal', async () => {
    const file = join(temporaryFolder(), 'hostile.ndjson')
    const evil = '\u001b]0;owned\u0007\u009b2J\u202e'
    const line = (object: object) => `${JSON.stringify(object)}\n`
    writeFileSync(
      file,
      line({
        type: 'session',
        version: 1,
        tool: evil,
        started: '2026-01-01T00:00:00.000Z',
        redacted: false,
      }) +
        line({ type: 'open', time: 0, conn: 1, client: evil, server: evil, url: evil, tls: false }) +
        line({ type: 'tcp', time: 0, conn: 1, from: 'client', state: evil }) +
        line({ type: evil, time: 0 }) +
        line({ type: 'gap', time: 0, conn: 1, from: 'server', offset: 0, octets: 5, reason: evil }),
    )
    const { out, err } = await run('log', file, '-v', '--color', 'never')
    // eslint-disable-next-line no-control-regex
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
    expect(out).toContain('\\x1b]0;owned\\x07')
  })
})

describe('--fail-on', () => {
  it.each([
    ['log', 'error', 1, /^wsinspect: \d+ errors \(--fail-on error\)$/m],
    ['stats', 'warning', 1, /\(--fail-on warning\)/],
    ['log', 'notice', 1, /\(--fail-on notice\)/],
  ])('%s: a violation of %s is exit code %i', async (command, level, code, message) => {
    const result = await run(command, 'recordings/tour.ndjson', '--fail-on', level)
    expect(result.code).toBe(code)
    expect(result.err).toMatch(message)
  })

  it('is exit code 0 where none was seen', async () => {
    const result = await run('log', 'recordings/compressed.ndjson', '--fail-on', 'warning')
    expect([result.code, result.err]).toEqual([0, ''])
  })

  it('tells of the live run, filtered or not', async () => {
    const result = await run('proxy', '--demo', '--port', '0', '-q', '-f', 'op:ping', '--fail-on', 'error')
    expect(result.code).toBe(1)
    expect(result.err).toContain('errors (--fail-on error)')
  })
})

describe('wsinspect stats', () => {
  it('prints tables of every file, headed with its name, and the same of stdin', async () => {
    const [first, second] = ['recordings/autobahn-5.20.ndjson', 'recordings/tour.ndjson'] as const
    const one = await run('stats', first)
    expect([one.code, one.err]).toEqual([0, ''])
    expect(one.out).toMatch(/^frames by opcode\n.*\n {2}CONT +4 +36 +0 +0\n {2}TEXT +1 +9 +1 +45\n/m)
    const both = await run('stats', first, second)
    expect(both.out.startsWith(`== ${first} ==\n${one.out}\n== ${second} ==\n`)).toBe(true)
    expect(both.out).toMatch(/^ {2}mask.missing +error +1 +0$/m)
    const child = wsinspect('stats', '-')
    child.child.stdin.end(readFileSync(first))
    expect(await child.exit).toBe(0)
    expect(child.stdout()).toBe(one.out)
  })

  it('prints a JSON line for each file', async () => {
    const files = ['recordings/autobahn-5.20.ndjson', 'recordings/compressed.ndjson']
    const { code, out } = await run('stats', '--json', ...files)
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line) as unknown)).toMatchObject([
      {
        type: 'stats',
        file: files[0],
        missed: 0,
        client: { frames: { byOpcode: { 0: 4, 1: 1, 8: 1, 9: 2 } } },
      },
      { type: 'stats', file: files[1], server: { compression: { messages: 7 } } },
    ])
  })

  it('counts more rows than a log keeps', async () => {
    const file = join(temporaryFolder(), 'long.ndjson')
    const [header, open, ...facts] = readFileSync('recordings/autobahn-5.20.ndjson', 'utf8')
      .trimEnd()
      .split('\n')
    const session = (conn: number) =>
      [open!, ...facts.slice(0, -1)].join('\n').replaceAll('"conn":1,', `"conn":${conn},`)
    writeFileSync(file, [header, ...Array.from({ length: 8000 }, (_, i) => session(i + 1))].join('\n'))
    const { out } = await run('stats', '--json', file)
    expect(JSON.parse(out)).toMatchObject({
      missed: 0,
      connections: { opened: 8000, closed: 8000 },
      client: { frames: { total: 64_000 } },
    })
  })

  it('is what --stats says of the live run, and adds up what SIGUSR2 asks for', async () => {
    const app = await application()
    const file = join(temporaryFolder(), 'session.ndjson')
    const proxy = wsinspect('proxy', String(app), '--port', '0', '-w', file, '--json', '--stats')
    const client = await opened(await portOf(proxy))
    await ask(client, 'hello')
    proxy.child.kill('SIGUSR2')
    await proxy.prints('"type":"stats"')
    client.close(1000)
    await once(client, 'close')
    await proxy.prints('"opcode":8')
    expect(await stop(proxy)).toBe(0)
    const [during, after, ...others] = proxy
      .stdout()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .filter(({ type }) => type === 'stats')
    expect(others).toEqual([])
    expect(during).toMatchObject({ file: null, missed: 0, client: { messages: { text: 1 }, closeCodes: {} } })
    expect(after).toMatchObject({ file: null, client: { messages: { text: 1 }, closeCodes: { 1000: 1 } } })
    const recorded = JSON.parse((await run('stats', '--json', file)).out) as object
    expect({ ...recorded, file: null }).toEqual(after)
  })

  it('prints tables to stderr, of the rows still kept without --stats', async () => {
    const app = await application()
    const proxy = wsinspect('proxy', String(app), '--port', '0')
    const client = await opened(await portOf(proxy))
    await ask(client, 'hello')
    proxy.child.kill('SIGUSR2')
    await proxy.says('rates, in intervals of')
    expect(proxy.stderr()).toMatch(
      /statistics of the rows still kept .*\nduration .*\nconnections +1 opened, 0 closed\n/,
    )
    expect(proxy.stdout()).not.toContain('sent by')
    client.terminate()
    expect(await stop(proxy)).toBe(0)
    expect(proxy.stderr().match(/^sent by$/gm)).toHaveLength(1)
    const demo = await run('proxy', '--demo', '--port', '0', '-q', '--stats')
    expect([demo.code, demo.out]).toEqual([0, ''])
    expect(demo.err).toMatch(/^ {2}mask.missing +error +1 +0$/m)
  })

  it('leaves its line among those of a recording out when it is read', async () => {
    const app = await application()
    const proxy = wsinspect('proxy', String(app), '--port', '0', '--json', '--octets', '--stats')
    const client = await opened(await portOf(proxy))
    await ask(client, 'hello')
    client.terminate()
    await proxy.prints('"type":"tcp"')
    expect(await stop(proxy)).toBe(0)
    const file = join(temporaryFolder(), 'out.ndjson')
    writeFileSync(file, proxy.stdout())
    const { out, err } = await run('log', file)
    expect(err).toBe('')
    expect(out).toContain('"hello"')
  })
})

describe('wsinspect limits', () => {
  it('prints every bound as the options make it, as a table and as JSON lines', async () => {
    const { code, out } = await run('limits', '--rows', '5000')
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}8,192 +--rows +rows kept +the oldest are dropped/m)
    expect(out).toMatch(/^ {2}64 KiB +fixed +a head/m)
    const lines = (await run('limits', '--rows', '5000', '--json')).out.trimEnd().split('\n')
    const bounds = lines.map(line => JSON.parse(line) as { type: string; name: string; value: number })
    expect(bounds.every(({ type }) => type === 'limit')).toBe(true)
    expect(bounds.find(({ name }) => name === 'rows')).toMatchObject({
      value: 8192,
      unit: 'count',
      flag: '--rows',
    })
  })

  it('hold: a message is inflated as far as the options say', async () => {
    const plain = Buffer.alloc(2 * 1024 * 1024)
    const frame = encodeFrame(
      { opcode: 2, rsv: 4 },
      deflateRawSync(plain, { finishFlush: 2 }).subarray(0, -4),
    )
    const file = join(temporaryFolder(), 'bomb.ndjson')
    writeFileSync(file, recordingOf([...facts('permessage-deflate'), sent('server', frame)]))
    const log = async (...options: string[]) => (await run('log', file, ...options)).out
    expect(await log()).toContain('(inflate capped)')
    expect(await log('--inflate-ratio', '2000')).toContain('(inflated 2097152')
    expect(await log('--inflate-ratio', '2000', '--inflate-limit', '1')).toContain('(inflate capped)')
    const stats = async (...options: string[]) => (await run('stats', '--json', file, ...options)).out
    expect(await stats()).not.toBe(await stats('--inflate-ratio', '2000'))
  })

  it('hold: the proxy refuses more connections than it may have', async () => {
    const proxy = wsinspect('proxy', '--port', '0', '--max-connections', '1')
    const port = await portOf(proxy)
    const first = await opened(port)
    expect(await ask(first, 'hello')).toBe('hello')
    const second = net.connect(port, '127.0.0.1')
    second.on('error', () => undefined)
    await proxy.says('refused: 1 connections are open (see ulimit -n, --max-connections)')
    expect(await stop(proxy)).toBe(0)
  })
})

describe('wsinspect echo', () => {
  it('serves ws clients, refuses foreign pages and answers with a head of 129 octets', async () => {
    const echo = wsinspect('echo', '--port', '0')
    const port = await portOf(echo)
    const client = await opened(port)
    expect(await ask(client, 'x'.repeat(200_000))).toBe('x'.repeat(200_000))
    client.close(4000, 'mine')
    expect(await once(client, 'close')).toEqual([4000, Buffer.alloc(0)])
    const foreign = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: 'https://evil.example' })
    const [error] = (await once(foreign, 'error')) as [Error]
    expect(error.message).toContain('403')
    const raw = net.connect(port, '127.0.0.1')
    raw.write(
      'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    const [head] = (await once(raw, 'data')) as [Buffer]
    expect(head.length).toBe(129)
    raw.destroy()
    expect(await stop(echo)).toBe(0)
  })

  it('says 1001 to its clients when it is stopped', async () => {
    const echo = wsinspect('echo', '--port', '0')
    const client = await opened(await portOf(echo))
    echo.child.kill('SIGTERM')
    expect((await once(client, 'close'))[0]).toBe(1001)
    expect(await echo.exit).toBe(0)
  })
})
