/** `wsinspect conform` as a user runs it. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { backend } from '../support/loopback.ts'
import { playServer } from '../support/scripted-peer.ts'
import { hasTmux, openTmux } from '../support/tmux.ts'
import { portOf, temporaryFolder, wsinspect, type Run } from '../support/run.ts'

async function run(...args: string[]): Promise<{ code: number | string; out: string; err: string }> {
  const child = wsinspect('conform', ...args)
  const code = await child.exit
  return { code, out: child.stdout(), err: child.stderr() }
}

async function echo(): Promise<{ echo: Run; port: number }> {
  const child = wsinspect('echo', '--port', '0')
  return { echo: child, port: await portOf(child) }
}

const json = (path: string) =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>

describe('conform client', () => {
  it('leaves a report, JUnit and a baseline, and exits with 0', async () => {
    const { port } = await echo()
    const dir = temporaryFolder()
    const [report, junit, baseline] = ['report', 'junit.xml', 'baseline.json'].map(name => join(dir, name))
    const files = ['-o', report!, '--junit', junit!, '--write-expect', baseline!]
    const { code, out, err } = await run('client', String(port), '--cases', '1.1.*,5.20,7.13.1', ...files)
    expect({ code, err }).toEqual({ code: 0, err: `wsinspect: report in ${report}\n` })
    expect(out).toMatch(/^1\.1\.1 +OK +OK +1000 +\d+ ms +UnknownServer$/m)
    expect(out).toMatch(/^all +9 +· +1 +· +· +10\/10$/m)
    const index = json(join(report!, 'index.json'))
    expect(Object.keys(index.UnknownServer ?? {})).toHaveLength(10)
    expect(index.UnknownServer?.['5.20']).toMatchObject({
      behavior: 'OK',
      behaviorClose: 'OK',
      remoteCloseCode: 1000,
      reportfile: 'unknownserver_case_5_20.json',
    })
    const page = readFileSync(join(report!, 'unknownserver_case_5_20.html'), 'utf8')
    expect(page).toContain('pongme 1!')
    expect(page).not.toContain('still open when the record ends')
    const genuine = json(new URL('../fixtures/autobahn-5.20.json', import.meta.url).pathname)
    const own = json(join(report!, 'unknownserver_case_5_20.json'))
    expect(Object.keys(own).sort()).toEqual(Object.keys(genuine).sort())
    for (const key of [
      'behavior',
      'behaviorClose',
      'expected',
      'received',
      'expectedClose',
      'case',
      'rxFrameStats',
    ])
      expect(own[key], key).toEqual(genuine[key])
    for (const key of [
      'txFrameStats',
      'wasClean',
      'closedByMe',
      'localCloseCode',
      'trafficStats',
      'isServer',
    ])
      expect(own[key], key).toEqual(genuine[key])
    const xml = readFileSync(junit!, 'utf8')
    expect(xml).toContain('<testsuite name="UnknownServer" tests="10" failures="0"')
    expect(readFileSync(join(report!, 'junit.xml'), 'utf8')).toBe(xml)
    const again = await run('client', String(port), '--cases', '1.1.1', '--expect', baseline!, '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({
      type: 'case',
      id: '1.1.1',
      behavior: 'OK',
      remoteCloseCode: 1000,
    })
  })

  it('exits with 4 where no opening handshake is completed, however few there are', async () => {
    const port = String(await backend(socket => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')))
    const { code, out, err } = await run('client', port, '--cases', '1.1.1', '--agent', 'a')
    expect(code).toBe(4)
    expect(out).toContain('a: The opening handshake was not completed: the upgrade was refused with 404.')
    expect(err).toBe(
      `wsinspect: no opening handshake with 127.0.0.1:${port} was completed: the upgrade was refused with 404\n`,
    )
  })

  it('exits with 1 where a case fails, or is worse than before', async () => {
    const port = await backend(socket => {
      playServer(socket, { open: ['fin'] })
    })
    const dir = temporaryFolder()
    const baseline = join(dir, 'baseline.json')
    const failed = await run(
      'client',
      String(port),
      '--cases',
      '1.1.1',
      '--agent',
      'a',
      '--write-expect',
      baseline,
    )
    expect(failed.code).toBe(1)
    expect(failed.out).toMatch(
      /^1\.1\.1 +FAILED +FAILED +no code .* a: Seen before the peer ended TCP: nothing/m,
    )
    const junit = join(temporaryFolder(), 'junit.xml')
    const same = await run('client', String(port), '--cases', '1.1.1', '--expect', baseline, '--junit', junit)
    expect(same.code).toBe(0)
    expect(readFileSync(junit, 'utf8')).toContain('failures="0"')
    writeFileSync(baseline, '{"a":{"1.1.1":{"behavior":"OK","behaviorClose":"OK"}}}')
    const worse = await run('client', String(port), '--cases', '1.1.1', '--expect', baseline)
    expect(worse).toMatchObject({
      code: 1,
      err: 'wsinspect: 1 case worse than the baseline says\nwsinspect:   1.1.1: FAILED, was OK\n',
    })
  })

  it('takes a spec of Autobahn’s, with several servers, and goes on where one is not there', async () => {
    const { port } = await echo()
    const dir = temporaryFolder()
    const spec = join(dir, 'spec.json')
    const closed = net.createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: nobody } = closed.address() as net.AddressInfo
    closed.close()
    writeFileSync(
      spec,
      JSON.stringify({
        outdir: join(dir, 'reports'),
        servers: [
          { agent: 'gone', url: `ws://127.0.0.1:${nobody}` },
          { agent: 'there', url: `ws://127.0.0.1:${port}` },
        ],
        cases: ['2.*'],
        'exclude-cases': ['2.11'],
        'exclude-agent-cases': { there: ['2.10'] },
      }),
    )
    const { code, out, err } = await run('client', '--spec', spec)
    expect(code).toBe(4)
    expect(err).toContain(`case 2.1: cannot connect to 127.0.0.1:${nobody}: connection refused`)
    expect(out).toMatch(/^all +9 .* 9\/19$/m)
    expect(Object.keys(json(join(dir, 'reports', 'index.json')))).toEqual(['there'])
  })

  it.skipIf(!hasTmux && process.env.CI === undefined)(
    'shows why cases failed, and a table for each server, in a terminal of 80 columns',
    async () => {
      const { port } = await echo()
      const closes = await backend(socket => socket.destroy())
      const spec = join(temporaryFolder(), 'spec.json')
      const servers = [
        { agent: 'good', url: `ws://127.0.0.1:${port}` },
        { agent: 'bad', url: `ws://127.0.0.1:${closes}` },
      ]
      writeFileSync(spec, JSON.stringify({ servers, cases: ['5.3', '5.4', '9.1.1'] }))
      const tmux = await openTmux()
      await tmux.type(`${process.execPath} bin/wsinspect.js conform client --spec ${spec}; echo "exit $?"\n`)
      const screen = await tmux.shows('exit 4')
      expect(screen).toContain(
        '5.3     FAILED        FAILED           no code      0 ms  bad\n        The opening handshake was not completed: the peer ended TCP without a\n        closing handshake.\n',
      )
      expect(screen).toMatch(
        /^good\n.*\n5 Fragmentation[^]*^all +3 .*3\/3\n\nbad\n[^]*^all +· +· +· +· +3 +3\/3$/m,
      )
    },
  )

  it('writes what is done when it is stopped', async () => {
    const port = await backend(socket => socket.resume())
    const folder = temporaryFolder()
    const [dir, baseline] = [join(folder, 'report'), join(folder, 'baseline.json')]
    writeFileSync(baseline, 'the good one')
    const files = ['-o', dir, '--write-expect', baseline]
    const child = wsinspect('conform', 'client', String(port), ...files, '--parallel', '1', '--timeout', '1')
    await child.prints('1.1.1')
    child.child.kill('SIGINT')
    expect(await child.exit).toBe(130)
    expect(readFileSync(baseline, 'utf8')).toBe('the good one')
    expect(child.stderr()).toMatch(/baseline\.json is not written: \d+ cases of .* were not run/)
    expect(Object.keys(json(join(dir, 'index.json')))).toEqual(['UnknownServer'])
    expect(readFileSync(join(dir, 'index.html'), 'utf8')).toMatch(/Stopped after \d+ of 517 cases/)
    expect(readFileSync(join(dir, 'junit.xml'), 'utf8')).toContain(
      '<testsuites name="Conformance report" tests="517"',
    )
  })

  it('is not cut by a signal when all was run', async () => {
    const { port } = await echo()
    const dir = join(temporaryFolder(), 'report')
    const child = wsinspect('conform', 'client', String(port), '--cases', '1.*,2.*,3.*', '-o', dir)
    // The table is printed before the report is written.
    await child.prints('\nall ')
    child.child.kill('SIGINT')
    expect(await child.exit).toBe(0)
    expect(readFileSync(join(dir, 'index.html'), 'utf8')).not.toContain('Stopped after')
  })

  it('prints the cases', async () => {
    const { code, out } = await run('client', '--list', '--cases', '2.1,3.*')
    expect(code).toBe(0)
    expect(out.split('\n').slice(0, 4)).toEqual([
      '2 Pings and pongs',
      '  2.1      A ping without payload.',
      '3 Reserved bits',
      '  3.1      A text message with RSV3.',
    ])
  })

  it.each([
    [['client'], 2, 'no server is named (give a URL, or --spec FILE with servers)'],
    [['client', '9', '--cases', '8.1'], 2, 'no case is called 8.1 (see --list)'],
    [
      ['client', '9', '--cases', '1.1.1', '--exclude', '1.*'],
      2,
      'no case is left to run (see --cases, --exclude)',
    ],
    [['client', '9', '--spec', 'none.json'], 3, 'cannot read none.json: there is no such file'],
    [['client', '9', '--expect', 'none.json'], 3, 'cannot read none.json: there is no such file'],
    [
      ['client', '9', '--expect', 'package.json'],
      3,
      'package.json is no baseline: the cases of "name" are no object (see --write-expect)',
    ],
    [
      ['client', '9', '--junit', '/nowhere/x.xml'],
      3,
      'cannot save to /nowhere/x.xml: no such file or directory',
    ],
    [['client', '9', '--write-expect', 'src'], 3, 'cannot save to src: it is a directory'],
    [['client', '9', '--spec', 'README.md'], 3, 'README.md is no spec: it is no JSON object'],
    [['client', 'http://x/'], 2, '"http://x/" is no target: the scheme must be ws:// or wss://'],
  ])('refuses %j', async (args, code, message) => {
    const result = await run(...args)
    expect([result.code, result.err]).toEqual([code, `wsinspect: ${message}\n`])
  })
})

it('asks the server at URL in place of those of the spec', async () => {
  const { port } = await echo()
  const spec = join(temporaryFolder(), 'spec.json')
  writeFileSync(spec, '{"servers":[{"url":"ws://127.0.0.1:1","agent":"gone"}],"cases":["1.1.1"]}')
  const { code, out, err } = await run('client', String(port), '--spec', spec)
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^1\.1\.1 +OK/)
  expect(out).not.toContain('gone')
})

it('refuses to write over the spec and what is expected', async () => {
  const spec = join(temporaryFolder(), 'spec.json')
  writeFileSync(spec, '{"servers":[{"url":"ws://127.0.0.1:9"}],"cases":["1.1.1"]}')
  const commands = [
    ['client', '--spec', spec, '--junit', spec],
    ['server', '--spec', spec, '--write-expect', spec],
    ['client', '9', '--expect', spec, '--junit', spec],
  ]
  const message = `wsinspect: cannot write to ${spec}: it is read (give another name)\n`
  for (const { code, err } of await Promise.all(commands.map(command => run(...command))))
    expect([code, err]).toEqual([2, message])
  expect(readFileSync(spec, 'utf8')).toContain('1.1.1')
})

describe('conform server', () => {
  it('writes its report when a client asks for it, and ends', async () => {
    const dir = join(temporaryFolder(), 'clients')
    const child = wsinspect('conform', 'server', '--port', '0', '--cases', '1.1.*', '-o', dir)
    const port = await portOf(child)
    const visit = async (path: string) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
      socket.on('message', (data, binary) => {
        if (path.startsWith('/runCase')) socket.send(data, { binary })
      })
      await once(socket, 'close')
    }
    for (let n = 1; n <= 8; n++) await visit(`/runCase?case=${n}&agent=my%20client`)
    await visit('/updateReports?agent=my%20client&shutdownOnComplete=true')
    expect(await child.exit).toBe(0)
    expect(Object.keys(json(join(dir, 'index.json'))['my client'] ?? {})).toHaveLength(8)
    expect(json(join(dir, 'my_client_case_1_1_8.json'))).toMatchObject({ isServer: true, case: 8 })
    const page = readFileSync(join(dir, 'my_client_case_1_1_8.html'), 'utf8')
    expect(page).not.toContain('still open when the record ends')
  })

  const runs = async (port: number, n = 1, agent = 'mine') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/runCase?case=${n}&agent=${agent}`)
    socket.on('message', (data, binary) => {
      socket.send(data, { binary })
    })
    await once(socket, 'close')
  }
  const asks = async (port: number, path: string) => {
    await once(new WebSocket(`ws://127.0.0.1:${port}${path}`), 'close')
  }

  it('keeps in the baseline what all clients did that ran all, and says who did not', async () => {
    const baseline = join(temporaryFolder(), 'baseline.json')
    const child = wsinspect(
      'conform',
      'server',
      '-p',
      '0',
      '--cases',
      '1.1.1,1.1.2',
      '--write-expect',
      baseline,
    )
    const port = await portOf(child)
    const agents = () => Object.entries(json(baseline)).map(([agent, of]) => [agent, Object.keys(of)])
    for (const n of [1, 2]) await runs(port, n, 'first')
    await asks(port, '/updateReports?agent=first')
    expect(agents()).toEqual([['first', ['1.1.1', '1.1.2']]])
    for (const n of [2, 1]) await runs(port, n, 'second')
    await runs(port, 1, 'third')
    child.child.kill('SIGINT')
    expect(await child.exit).toBe(1)
    expect(agents()).toEqual(['first', 'second'].map(agent => [agent, ['1.1.1', '1.1.2']]))
    expect(child.stderr()).toContain(
      `wsinspect: ${baseline} has only first, second: 1 case of third was not run\n`,
    )
  })

  it.each<[string, string, (port: number, run: Run) => Promise<void> | void]>([
    [
      'is interrupted',
      '1 of 8 cases were run by mine',
      async (port, { child }) => {
        await runs(port)
        child.kill('SIGINT')
      },
    ],
    [
      'is told to stop',
      '1 of 8 cases were run by mine',
      async port => {
        await runs(port)
        await asks(port, '/stopServer')
      },
    ],
    [
      'is done',
      '1 of 8 cases were run by mine',
      async port => {
        await runs(port)
        await asks(port, '/updateReports?shutdownOnComplete=true')
      },
    ],
    [
      'is interrupted with nothing run',
      'no case was run',
      (_port, { child }) => {
        child.kill('SIGINT')
      },
    ],
  ])('fails where not all cases were run when it %s', async (_when, words, end) => {
    const junit = join(temporaryFolder(), 'junit.xml')
    const run = wsinspect('conform', 'server', '--port', '0', '--cases', '1.1.*', '--junit', junit)
    await end(await portOf(run), run)
    expect(await run.exit).toBe(1)
    expect(run.stderr()).toContain(`wsinspect: ${words}\n`)
    const errors = words.startsWith('1') ? 7 : 8
    const text = readFileSync(junit, 'utf8')
    expect(text).toContain(`tests="8" failures="0" errors="${errors}"`)
    expect(text).toContain('The case was not run.')
  })
})
