/** `replay client --chop` and `--sweep` against sound servers, and against servers with a bug in how they read. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { recordingOf } from '../fuzz/record.ts'
import { buggyServer, type Bug } from '../support/buggy-server.ts'
import { connectionInfo, type Fact } from '../support/facts.ts'
import { upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { echoServer } from '../support/loopback.ts'
import { octets } from '../support/octets.ts'
import { temporaryFolder, wsinspect } from '../support/run.ts'

const frame = (from: Side, payload: Uint8Array, opcode = 1): Fact => ({
  type: 'octets',
  time: 0,
  from,
  bytes: encodeFrame(from === 'client' ? { opcode, key: 0x0a0b0c0d } : { opcode }, payload),
})
const head = (from: Side): Fact => ({
  type: 'octets',
  time: 0,
  from,
  bytes: from === 'client' ? upgradeRequest() : upgradeResponse(),
})

/** Two messages in a row and a Close, as an echo server answers them; `early`: the first comes before the 101. */
function recorded({ early = false } = {}): string {
  const [one, two] = [octets('hällo'), octets('zwei €')]
  const facts: Fact[] = [
    { type: 'open', time: 0, info: connectionInfo },
    head('client'),
    ...(early ? [frame('client', one), head('server')] : [head('server'), frame('client', one)]),
    frame('client', two),
    frame('server', one),
    frame('server', two),
    frame('client', octets(3, 0xe8), 8),
    frame('server', octets(3, 0xe8), 8),
    { type: 'tcp', time: 0, from: 'server', state: 'fin' },
    { type: 'tcp', time: 0, from: 'client', state: 'fin' },
  ]
  const file = join(temporaryFolder(), 'session.ndjson')
  writeFileSync(file, recordingOf(facts))
  return file
}

async function replay(file: string, port: number, ...args: string[]) {
  const run = wsinspect('replay', 'client', file, String(port), '--timeout', '1', ...args)
  const code = await run.exit
  return { code, out: run.stdout(), err: run.stderr() }
}

interface CutLine {
  type: string
  kind: string
  text: string
  changed: boolean
  change: string | null
  made: boolean
}

/** Which cuts change the answer of a server with this bug. */
async function changedBy(bug: Bug, file: string): Promise<CutLine[]> {
  const args = ['--sweep', '--json', '--chop-delay', '20', '--parallel', '8']
  const { out } = await replay(file, await buggyServer(bug), ...args)
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as CutLine)
  expect(lines.at(-1)!.type).toBe('sweep')
  expect(lines.filter(({ type }) => type === 'cut').every(({ made }) => made || bug !== 'none')).toBe(true)
  return lines.filter(({ type, changed }) => type === 'cut' && changed)
}

const kindsOf = (cuts: readonly CutLine[]): string[] => [...new Set(cuts.map(({ kind }) => kind))].sort()

describe('replay client --sweep', () => {
  it('names the cut that a server does not bear: the header is taken to come in one read', async () => {
    const file = recorded()
    const junit = join(temporaryFolder(), 'sweep.xml')
    const port = await buggyServer('header')
    const { code, out } = await replay(file, port, '--sweep', '--chop-delay', '20', '--junit', junit)
    expect(code).toBe(1)
    expect(out).toContain('frame 1 (TEXT): header cut after octet 1 of 6: the server answered Close 1002\n')
    expect(out).toMatch(/inside the first two octets of a frame +3 +3 +3\n/)
    expect(out).toMatch(/between header and payload +3 +3 +0\n/)
    expect(out).toMatch(/26 cuts tried: 15 change the answer\n$/)
    expect(readFileSync(junit, 'utf8')).toMatch(/tests="26" failures="15"/)
  })

  it.each<[Bug, boolean, string[]]>([
    ['header', false, ['header', 'mask']],
    ['utf8', false, ['last', 'utf8']],
    ['drop', true, ['join']],
    ['join', false, ['join']],
    ['none', true, []],
  ])('finds what only changes with a cut: %s', async (bug, early, kinds) => {
    const changed = await changedBy(bug, recorded({ early }))
    expect(kindsOf(changed)).toEqual(kinds)
    if (bug === 'utf8') {
      expect(changed.map(({ text }) => text)).toEqual(
        expect.arrayContaining(['frame 2 (TEXT): character cut after octet 2 of 3']),
      )
    }
  })

  it('finds nothing against sound servers', async () => {
    const file = recorded()
    const ws = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    ws.on('connection', socket =>
      socket.on('message', (data, isBinary) => {
        socket.send(data, { binary: isBinary })
      }),
    )
    await once(ws, 'listening')
    onTestFinished(() => {
      ws.close()
    })
    const { listener } = await echoServer()
    for (const port of [listener.port, (ws.address() as net.AddressInfo).port]) {
      const { code, out, err } = await replay(file, port, '--sweep', '--parallel', '4')
      expect(`${err}${out}`).toMatch(/26 cuts tried: none changes the answer\n$/)
      expect(code).toBe(0)
    }
  })

  it('ends with the server, and blames the cut before', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    let count = 0
    server.on('connection', socket => {
      socket.on('message', data => {
        socket.send((data as Buffer).toString())
      })
      // The first is without a cut, and two cuts more are tried.
      if (++count === 3) server.close()
    })
    const { port } = server.address() as net.AddressInfo
    const file = recorded()
    const gone = await replay(file, port, '--sweep')
    expect(gone.code).toBe(1)
    expect(gone.out).toMatch(
      /^frame 1 .*: the server is gone: cannot connect to 127.0.0.1:\d+: connection refused/,
    )
    expect(gone.out).toMatch(/\n2 cuts tried: 1 changes the answer; \d+ cuts not tried, of \d+ /)
    expect(gone.err).toMatch(/the server is gone after the cut "frame 1 .*": cannot connect to /)
    const junit = join(temporaryFolder(), 'sweep.xml')
    const none = await replay(file, port, '--sweep', '--junit', junit)
    expect(none).toMatchObject({ code: 4, out: '' })
    expect(none.err.trim()).toBe(
      `wsinspect: connection 1: cannot connect to 127.0.0.1:${port}: connection refused (is the server running?)`,
    )
    expect(readFileSync(junit, 'utf8')).toContain('<error type="FAILED"')
  })

  it('tries so many, spread over the kinds, and counts the rest', async () => {
    const { listener } = await echoServer()
    const { out } = await replay(recorded(), listener.port, '--sweep', '--sweep-limit', '7')
    expect(out).toMatch(/7 cuts tried: none changes the answer; 19 cuts not tried\n$/)
    for (const line of out.split('\n').slice(1, 8)) expect(line).toMatch(/ 1 +0$/)
  })

  it('cuts nothing when the answer differs without a cut', async () => {
    const port = await buggyServer('join')
    const file = join(temporaryFolder(), 'other.ndjson')
    writeFileSync(
      file,
      readFileSync(recorded(), 'utf8').replace(/"from":"server","offset":129,"data":"[^"]*"/, match =>
        match.replace(
          /"data":"[^"]*"/,
          `"data":"${Buffer.from(encodeFrame({ opcode: 1 }, octets('other!'))).toString('base64')}"`,
        ),
      ),
    )
    const { code, err } = await replay(file, port, '--sweep')
    expect(err).toContain('without a cut the answer is not the recorded one')
    expect(code).toBe(1)
  })

  it('gives what is done when it is stopped', async () => {
    const { listener } = await echoServer()
    const run = wsinspect(
      'replay',
      'client',
      recorded(),
      String(listener.port),
      '--sweep',
      '--chop-delay',
      '100',
      '--json',
    )
    await run.prints('"type":"cut"')
    run.child.kill('SIGINT')
    expect(await run.exit).toBe(130)
    const last = JSON.parse(run.stdout().trim().split('\n').at(-1)!) as {
      type: string
      tried: number
      planned: number
    }
    expect(last).toMatchObject({ type: 'sweep', planned: 26 })
    expect(last.tried).toBeLessThan(26)
  })

  it.each([
    [['--chop', '1'], '--chop'],
    [['--level', 'frames'], '--level frames'],
    [['--times', '2'], '--times'],
  ])('does not go with %j', async (args, name) => {
    const { code, err } = await replay(recorded(), 1, '--sweep', ...args)
    expect(err).toContain(`--sweep does not go with ${name}`)
    expect(code).toBe(2)
  })
})

describe('replay --chop', () => {
  it('writes what is replayed in chops, and says which', async () => {
    const { listener } = await echoServer()
    const { code, err } = await replay(recorded(), listener.port, '--chop', 'every:1', '--chop-delay', '0')
    expect(code).toBe(0)
    expect(err).toMatch(/chop every:1, octets of the client: (\d+) writes, \1 octets: \1×1\n/)
  })
})

describe('proxy --chop', () => {
  it('refuses what is no pattern with a hint, and --chop-from without it', async () => {
    const bad = wsinspect('proxy', '--chop', 'sometimes')
    expect(await bad.exit).toBe(2)
    expect(bad.stderr()).toMatch(/^wsinspect: .*"sometimes" is no size .*every:N.*\n$/)
    const from = wsinspect('proxy', '1', '--chop-from', 'client')
    expect(await from.exit).toBe(2)
    expect(from.stderr()).toContain('give --chop too')
  })

  it('says at the end which writes were made', async () => {
    const run = wsinspect('proxy', '-p', '0', '--demo', '-q', '--chop', '3,*', '--chop-from', 'server')
    expect(await run.exit).toBe(0)
    expect(run.stderr()).toMatch(/chop 3,\*, octets of the server: \d+ writes, \d+ octets: \d+×3, /)
    expect(run.stderr()).not.toContain('octets of the client')
  })
})
