/** `wsinspect replay` as a process. */
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { backend, echoServer } from '../support/loopback.ts'
import { opened, sent, tcp, type Fact } from '../support/facts.ts'
import { upgradeResponse } from '../support/heads.ts'
import { recordThrough, recordingOf } from '../support/replays.ts'
import { portOf, temporaryFolder, wsinspect } from '../support/run.ts'
import { close, frame, masked } from '../support/scripted-peer.ts'

/** What a client of `ws` hears that says three things and closes. */
async function chat(
  port: number,
  { path = '/', protocols = [] as string[], deflate = true } = {},
): Promise<unknown[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { perMessageDeflate: deflate })
  const heard: unknown[] = []
  socket.on('message', (data: Buffer) => {
    heard.push(data.toString())
    if (heard.length < 3) socket.send(`message ${heard.length}`)
    else socket.close(1000, 'thanks')
  })
  await once(socket, 'open')
  socket.send('message 0')
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [...heard, code, reason.toString()]
}

function connection(conn: number, answer: string): Fact[] {
  const facts = [
    ...opened(),
    sent('client', frame(1, `ask ${conn}`, masked)),
    sent('server', frame(1, answer)),
    sent('client', close(1000, '', masked)),
    sent('server', close(1000)),
    tcp('server', 'fin'),
    tcp('client', 'fin'),
  ]
  return facts.map(fact => ({ ...fact, conn }))
}

describe('replay client', () => {
  it('wants to know which of several connections, and plays all of them several times at once', async () => {
    const { listener } = await echoServer()
    const path = await recordingOf([...connection(1, 'ask 1'), ...connection(2, 'ask 2')])
    const unclear = wsinspect('replay', 'client', path, String(listener.port))
    expect(await unclear.exit).toBe(2)
    expect(unclear.stderr()).toMatch(/has 2 connections \(give --conn N or --conn all\): #1 .*; #2 /)
    const none = wsinspect('replay', 'client', path, String(listener.port), '--conn', '3')
    expect(await none.exit).toBe(2)
    const all = wsinspect(
      'replay',
      'client',
      path,
      String(listener.port),
      '--conn',
      'all',
      '--times',
      '3',
      '--parallel',
      '4',
    )
    expect(await all.exit).toBe(0)
    const titles = [1, 2].flatMap(conn => [1, 2, 3].map(play => `connection ${conn}, play ${play} of 3`))
    expect(
      all
        .stdout()
        .match(/^connection.*$/gm)
        ?.toSorted(),
    ).toEqual(titles.map(title => `${title}: no difference`))
    expect(all.stdout().match(/The Close is the same: server 1000\./g)).toHaveLength(6)
    expect(all.stdout().match(/The end of TCP is the same: server fin\./g)).toHaveLength(6)
  })

  it('tells a difference on the terminal, as JSON and as JUnit, and exits with 1', async () => {
    const { listener } = await echoServer()
    const path = await recordingOf(connection(1, 'something else'))
    const junit = join(temporaryFolder(), 'result.xml')
    const text = wsinspect('replay', 'client', path, String(listener.port), '--junit', junit)
    expect(await text.exit).toBe(1)
    expect(text.stdout()).toContain('connection 1: 1 difference')
    expect(text.stdout()).toContain('something else')
    expect(readFileSync(junit, 'utf8')).toContain('failures="1"')
    const json = wsinspect('replay', 'client', path, String(listener.port), '--json')
    expect(await json.exit).toBe(1)
    const lines = json
      .stdout()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ type }) => type)).toEqual(['difference', 'replayed'])
    expect(lines[1]).toMatchObject({ conn: 1, other: 1, ending: 'done', reason: null, differences: 1 })
  })

  it('records itself', async () => {
    const { listener } = await echoServer()
    const path = await recordingOf(connection(1, 'ask 1'))
    const out = join(temporaryFolder(), 'again.ndjson')
    const first = wsinspect('replay', 'client', path, String(listener.port), '-w', out)
    expect(await first.exit).toBe(0)
    const log = wsinspect('log', out)
    expect(await log.exit).toBe(0)
    expect(log.stdout()).toContain('"ask 1"')
    expect(log.stdout()).toMatch(/VERDICT closed by the client with 1000/)
    const second = wsinspect('replay', 'client', out, String(listener.port))
    expect(await second.exit).toBe(0)
    expect(await wsinspect('replay', 'client', path, String(listener.port), '-w', out).exit).toBe(2)
  })

  it('exits with 2 when it refuses, 3 without a recording, 4 when nobody listens, 1 when an answer is missing', async () => {
    const path = await recordingOf(connection(1, 'ask 1'))
    const silent = await backend(socket => {
      socket.resume().once('data', () => socket.write(upgradeResponse()))
    })
    const missing = wsinspect('replay', 'client', path, String(silent), '--same-key', '--timeout', '0.2')
    expect(await missing.exit).toBe(1)
    expect(missing.stdout()).toContain('nothing came from the server for 0.2 s')
    const junit = join(temporaryFolder(), 'result.xml')
    const nobody = wsinspect('replay', 'client', path, '127.0.0.1:1', '--junit', junit)
    expect(await nobody.exit).toBe(4)
    expect(readFileSync(junit, 'utf8')).toContain('tests="1" failures="0" errors="1"')
    expect(nobody.stderr()).toBe(
      'wsinspect: connection 1: cannot connect to 127.0.0.1:1: connection refused (is the server running?)\n',
    )
    expect(await wsinspect('replay', 'client', '/nowhere.ndjson', '9001').exit).toBe(3)
    const gap = {
      time: 0,
      type: 'mark',
      from: 'client',
      mark: { type: 'gap', offset: 200, octets: 5, reason: 'queue' },
    } as const
    const { listener } = await echoServer()
    const refused = wsinspect(
      'replay',
      'client',
      await recordingOf([...opened(), gap]),
      String(listener.port),
    )
    expect(await refused.exit).toBe(2)
  })
})

it('finds out before anything is played or compared that a result cannot be written', async () => {
  let called = 0
  const port = String(await backend(() => called++))
  const path = await recordingOf(connection(1, 'ask 1'))
  const junit = ['--junit', '/nowhere/result.xml']
  const commands = [
    ['replay', 'client', path, port, ...junit],
    ['replay', 'client', path, port, '-w', '/nowhere/again.ndjson'],
    ['replay', 'client', path, port, '--sweep', ...junit],
    ['replay', 'client', path, port, '--tolerance', '5'],
    ['replay', 'server', path, '-p', '0', ...junit],
    ['diff', path, path, ...junit],
  ]
  const runs = commands.map(command => wsinspect(...command))
  expect(await Promise.all(runs.map(run => run.exit))).toEqual([3, 3, 3, 2, 3, 3])
  const [first] = runs
  expect(first?.stderr()).toBe('wsinspect: cannot save to /nowhere/result.xml: no such file or directory\n')
  expect(runs.map(run => run.stdout()).join('')).toBe('')
  expect(called).toBe(0)
})

it('refuses to write over what it reads, whatever it is called', async () => {
  const path = await recordingOf(connection(1, 'ask 1'))
  const before = readFileSync(path)
  const link = join(temporaryFolder(), 'link.ndjson')
  symlinkSync(path, link)
  const commands = [
    ['replay', 'client', path, '9', '--junit', path],
    ['replay', 'client', path, '9', '--force', '-w', link],
    ['replay', 'server', path, '-p', '0', '--junit', link],
    ['replay', 'server', path, '-p', '0', '--force', '-w', path],
    ['diff', path, 'recordings/tour.ndjson', '--junit', link],
    ['diff', 'recordings/tour.ndjson', path, '--junit', path],
  ]
  await Promise.all(
    commands.map(async command => {
      const run = wsinspect(...command)
      expect(await run.exit, command.join(' ')).toBe(2)
      const message = `cannot write to ${command.at(-1)}: it is read (give another name)`
      expect(run.stderr()).toBe(`wsinspect: ${message}\n`)
    }),
  )
  expect(readFileSync(path)).toEqual(before)
})

it('says in JUnit how long it took', async () => {
  const facts = connection(1, 'hello').map(fact => ({ ...fact, time: fact.type === 'tcp' ? 60 : 0 }))
  const path = await recordingOf(facts)
  const server = wsinspect('replay', 'server', path, '-p', '0', '--once')
  const junit = join(temporaryFolder(), 'result.xml')
  const target = String(await portOf(server))
  const run = wsinspect('replay', 'client', path, target, '--timing', 'recorded', '--junit', junit)
  expect(await run.exit).toBe(0)
  const times = [...readFileSync(junit, 'utf8').matchAll(/<test(\w+) .*time="(.*?)"/g)]
  const timeOf = (element: string) => Number(times.find(([, name]) => name === element)?.[2])
  // The recorded pause is the least that it takes.
  expect(timeOf('case')).toBeGreaterThanOrEqual(0.06)
  expect([timeOf('suites'), timeOf('suite')]).toEqual([timeOf('case'), timeOf('case')])
})

it('leaves no recording of a replay that played nothing', async () => {
  const path = await recordingOf(connection(1, 'ask 1'))
  const torn = await recordingOf([
    ...opened().slice(0, 1),
    { type: 'mark', time: 0, from: 'client', mark: { type: 'gap', offset: 0, octets: 9, reason: 'off' } },
  ])
  const written = join(temporaryFolder(), 'written.ndjson')
  const busy = String(await backend(() => undefined))
  for (const [code, ...command] of [
    [4, 'replay', 'client', path, '127.0.0.1:1'],
    [2, 'replay', 'client', torn, busy],
    [4, 'replay', 'server', path, '-p', busy],
  ] as const) {
    const run = wsinspect(...command, '-w', written)
    expect(await run.exit, command.join(' ')).toBe(code)
    expect(run.stderr()).toContain(`nothing was played: there is no ${written}\n`)
    expect(existsSync(written)).toBe(false)
  }
})

describe('replay server', () => {
  it('lets the client finish as it did', async () => {
    const { listener } = await echoServer()
    let heard: unknown[] = []
    const path = await recordThrough(listener.port, async port => {
      heard = await chat(port)
    })
    for (const level of ['chops', 'frames', 'messages']) {
      const server = wsinspect('replay', 'server', path, '-p', '0', '--once', '--level', level)
      expect(await chat(await portOf(server))).toEqual(heard)
      expect(await server.exit).toBe(0)
      expect(server.stdout()).toContain('connection 1: no difference')
    }
  })

  it.each(['chops', 'frames', 'messages'])(
    'on the level of %s, answers the pings of a client that waits for its own payload',
    async level => {
      const path = await recordingOf([
        ...opened(),
        sent('client', frame(9, 'then', masked)),
        sent('server', frame(10, 'then')),
        sent('client', frame(1, 'alive', masked)),
        sent('server', frame(1, 'good')),
        sent('client', frame(9, 'and then', masked)),
        sent('server', frame(10, 'and then')),
        sent('client', close(1000, '', masked)),
        sent('server', close(1000)),
        tcp('server', 'fin'),
        tcp('client', 'fin'),
      ])
      const server = wsinspect('replay', 'server', path, '-p', '0', '--once', '--level', level)
      const socket = new WebSocket(`ws://127.0.0.1:${await portOf(server)}/`, { perMessageDeflate: false })
      await once(socket, 'open')
      const asks = async (payload: string) => {
        const answered = new Promise<void>(resolve => {
          socket.on('pong', data => {
            if (data.toString() === payload) resolve()
          })
        })
        socket.ping(payload)
        await answered
      }
      // One more than was recorded, which nothing of the recording answers, before what the server waits for.
      for (const payload of ['now', 'and again']) await asks(payload)
      socket.send('alive')
      await once(socket, 'message')
      for (const payload of ['then', 'later', 'at last']) await asks(payload)
      socket.close(1000)
      await once(socket, 'close')
      expect(await server.exit, server.stdout()).toBe(0)
    },
  )

  it('says the same messages to a client that offers other extensions, and tells that', async () => {
    const { listener } = await echoServer()
    for (const deflate of [true, false]) {
      let heard: unknown[] = []
      const path = await recordThrough(listener.port, async port => {
        heard = await chat(port, { deflate })
      })
      const server = wsinspect('replay', 'server', path, '-p', '0', '--once', '--level', 'messages')
      expect(await chat(await portOf(server), { deflate: !deflate })).toEqual(heard)
      expect(await server.exit).toBe(1)
      expect(server.stdout()).toMatch(/connection 1: 1 difference\n[^]*extensions/)
    }
  })

  it('plays compressed messages only for who offers to inflate them, but on the level of messages', async () => {
    const { listener } = await echoServer()
    const path = await recordThrough(listener.port, port => chat(port))
    const server = wsinspect('replay', 'server', path, '-p', '0', '--once')
    await expect(chat(await portOf(server), { deflate: false })).rejects.toThrow('404')
    expect(await server.exit).toBe(1)
    expect(server.stderr()).toContain('not offered (--level messages does without)')
  })

  it('tells what the client said otherwise, and refuses whom it has nothing for', async () => {
    const answers = ['first', 'second', 'third', 'fourth']
    const path = await recordingOf(answers.flatMap((answer, i) => connection(i + 1, answer)))
    const server = wsinspect('replay', 'server', path, '-p', '0', '--once')
    const port = await portOf(server)
    await expect(chat(port, { path: '/other' })).rejects.toThrow('404')
    await expect(chat(port, { protocols: ['chat'] })).rejects.toThrow('404')
    for (const answer of ['first', 'second']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
      await once(socket, 'open')
      socket.send('ask 1')
      const [data] = (await once(socket, 'message')) as [Buffer]
      expect(data.toString()).toBe(answer)
      socket.close(1000)
      await once(socket, 'close')
    }
    expect(await server.exit).toBe(1)
    expect(server.stdout()).toContain('connection 1:')
    expect(server.stdout()).toMatch(/client message 1/)
    expect(server.stderr()).toContain('no connection of the recording asks for /other')
  })

  it('with --once, takes who is refused for one of those that are played', async () => {
    const path = await recordingOf(connection(1, 'hello'))
    const server = wsinspect('replay', 'server', path, '--port', '0', '--once')
    const refused = new WebSocket(`ws://127.0.0.1:${await portOf(server)}/other`)
    await once(refused, 'error')
    expect(await server.exit).toBe(1)
    expect(server.stderr()).toContain('no connection of the recording asks for /other')
    expect(server.stderr()).toContain('0 of 1 connection was played')
  })

  it('with --once, says how many were not played when it is stopped', async () => {
    const path = await recordingOf([...connection(1, 'hello'), ...connection(2, 'hello')])
    const server = wsinspect('replay', 'server', path, '--port', '0', '--once')
    const socket = new WebSocket(`ws://127.0.0.1:${await portOf(server)}/`)
    await once(socket, 'open')
    socket.send('ask 1')
    await once(socket, 'message')
    socket.close(1000)
    await once(socket, 'close')
    await vi.waitFor(() => {
      expect(server.stdout()).toMatch(/connection 1: .*difference/)
    })
    server.child.kill('SIGINT')
    expect(await server.exit).toBe(1)
    expect(server.stderr()).toContain('1 of 2 connections were played')
  })

  it('plays again and again with --loop, until it is stopped', async () => {
    const path = await recordingOf(connection(1, 'always'))
    const server = wsinspect('replay', 'server', path, '-p', '0', '--loop')
    const port = await portOf(server)
    for (let round = 0; round < 3; round++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
      await once(socket, 'open')
      socket.send('ask 1')
      await once(socket, 'message')
      socket.close(1000)
      await once(socket, 'close')
    }
    server.child.kill('SIGINT')
    expect(await server.exit).toBe(0)
  })
})
