/** Recordings played against real servers, in this process. */
import { once } from 'node:events'
import type net from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Outcome } from '../../src/commands/performance.ts'
import type { Level } from '../../src/replay/script.ts'
import { buggyServer } from '../support/buggy-server.ts'
import { backend, certificate, connect, echoServer } from '../support/loopback.ts'
import { FactList } from '../support/fact-list.ts'
import { opened, sent, tcp, type Fact } from '../support/facts.ts'
import { head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { join, latin1, octets } from '../support/octets.ts'
import { naiveFrames } from '../support/naive-frames.ts'
import { recordThrough, recordingOf, replayTo } from '../support/replays.ts'
import {
  close,
  frame,
  goodClient,
  goodServer,
  masked,
  playClient,
  playServer,
} from '../support/scripted-peer.ts'

const levels: readonly Level[] = ['chops', 'frames', 'messages']

function expectSame({ ending, result }: Outcome): void {
  expect(ending).toEqual({ kind: 'done' })
  expect(result.differences).toEqual([])
}

/** A server of `ws` that answers each message with a number and the message; after `last` of them it closes. */
async function wsServer(last: number, compression = true): Promise<number> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: compression ? { threshold: 0 } : false,
    handleProtocols: protocols => protocols.values().next().value ?? false,
  })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', socket => {
    let count = 0
    socket.on('message', (data: Buffer, isBinary) => {
      socket.send(isBinary ? data : `${++count}: ${data.toString()}`, { binary: isBinary })
      if (count === last) socket.close(4000, 'enough')
    })
  })
  return (server.address() as net.AddressInfo).port
}

/** A client of `ws` that says so many things, each when the last was answered, and waits for the Close. */
async function wsClient(port: number, count: number, path = '/'): Promise<[number, string, string[]]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['chat'], {
    perMessageDeflate: { threshold: 0 },
  })
  const answers: string[] = []
  socket.on('message', (data: Buffer) => {
    answers.push(data.toString())
    if (answers.length < count) socket.send(`message ${answers.length} `.repeat(200))
  })
  await once(socket, 'open')
  socket.ping('are you there')
  socket.send('message 0')
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, reason.toString(), answers]
}

describe('recorded through the proxy and replayed against the same server', () => {
  it('differs in nothing, at every level and timing, with compression and context takeover', async () => {
    const port = await wsServer(5)
    const path = await recordThrough(port, proxy => wsClient(proxy, 5))
    for (const level of levels) {
      for (const timing of ['causal', 'recorded', 'fast'] as const)
        expectSame(await replayTo(path, String(port), { level, timing, compare: ['frames'], speed: 10 }))
    }
  })

  it('differs in nothing with the echo server and broken clients', async () => {
    const { listener } = await echoServer()
    const broken = [
      frame(1, 'not masked'),
      frame(3, 'reserved', masked),
      join([frame(1, 'a', { ...masked, fin: false }), frame(1, 'b', masked)]),
      frame(1, 'wide', { ...masked, lengthBits: 64 }),
      frame(1, octets(0xff), masked),
      close(1005, '', masked),
    ]
    for (const octets of broken) {
      const path = await recordThrough(listener.port, async proxy => {
        const socket = connect(proxy)
        playClient(socket, { ...goodClient, open: [frame(1, 'fine', masked), octets], fin: ['fin'] })
        await once(socket, 'close')
      })
      for (const level of ['chops', 'frames'] as const)
        expectSame(await replayTo(path, String(listener.port), { level }))
    }
  })

  it('plays over TLS', async () => {
    const plain = await echoServer()
    const { listener } = await echoServer({ certificate })
    const path = await recordThrough(plain.listener.port, async proxy => {
      const socket = connect(proxy)
      playClient(socket, { ...goodClient, open: [frame(1, 'hi', masked), close(1000, '', masked)] })
      await once(socket, 'close')
    })
    const { ending, result } = await replayTo(path, `wss://127.0.0.1:${listener.port}`)
    expect(ending.kind).toBe('done')
    expect(result.differences).toEqual([])
  })
})

/** A server that notes every read, and answers the head with a 101 for the sample key. */
async function byteExactServer(answer: Uint8Array[]): Promise<{ port: number; got: () => Buffer }> {
  const got: Buffer[] = []
  const port = await backend(socket => {
    let answered = 0
    socket.on('data', (chunk: Buffer) => {
      got.push(chunk)
      const next = answer[answered++]
      if (next !== undefined) socket.write(next)
    })
    socket.on('end', () => socket.end())
  })
  return { port, got: () => Buffer.concat(got) }
}

/** A session with a client that is odd in every way. */
const odd: Fact[] = [
  ...opened(),
  sent('client', frame(1, 'half', masked).subarray(0, 3)),
  sent('client', frame(1, 'half', masked).subarray(3)),
  sent('server', frame(1, 'one')),
  sent('client', join([frame(3, 'odd', { ...masked, rsv: 5 }), frame(1, 'bare'), octets(0x81)])),
  sent('server', frame(1, 'two')),
  tcp('client', 'fin'),
  tcp('server', 'fin'),
]

function clientOctets(facts: readonly Fact[]): Buffer {
  return Buffer.concat(facts.flatMap(f => (f.type === 'octets' && f.from === 'client' ? [f.bytes] : [])))
}

describe('level chops, octet for octet', () => {
  const answer = [upgradeResponse(), frame(1, 'one'), frame(1, 'two')]

  it('sends the recorded octets behind the head', async () => {
    const path = await recordingOf(odd)
    const { port, got } = await byteExactServer(answer)
    const { ending } = await replayTo(path, String(port))
    expect(ending).toEqual({ kind: 'done' })
    const headEnd = got().indexOf('\r\n\r\n') + 4
    expect(got().subarray(headEnd)).toEqual(clientOctets(odd).subarray(upgradeRequest().length))
    const text = got().subarray(0, headEnd).toString()
    expect(text).toContain(`Host: 127.0.0.1:${port}\r\n`)
    expect(text).not.toContain('dGhlIHNhbXBsZSBub25jZQ==')
  })

  it('sends the head too, with the same key and host', async () => {
    const path = await recordingOf(odd)
    const { port, got } = await byteExactServer(answer)
    const header = [{ name: 'Host', value: 'localhost', add: true }]
    expectSame(await replayTo(path, String(port), { sameKey: true, header }))
    expect(got()).toEqual(clientOctets(odd))
  })

  it('but on the level of messages, answers pings as they come', async () => {
    const facts = [...opened(), sent('server', frame(9, 'then')), sent('client', frame(10, 'then', masked))]
    const path = await recordingOf([...facts, tcp('server', 'fin'), tcp('client', 'fin')])
    const asking = await backend(socket => {
      playServer(socket, { open: [frame(9, 'now')], PONG: ['fin'] })
    })
    const list = new FactList()
    expectSame(await replayTo(path, String(asking), { facts: list, level: 'messages' }))
    const [pong, ...more] = naiveFrames(list.stream('client').subarray(-9)).frames
    expect([pong?.opcode, Buffer.from(pong?.payload ?? []).toString(), more]).toEqual([10, 'now', []])
  })

  it.each(['chops', 'frames'] as const)(
    'on the level of %s, leaves the answer to the same Ping to the recorded Pong',
    async level => {
      const ping = frame(9, 'same')
      const facts = [...opened(), sent('server', ping), sent('client', frame(10, 'same', masked))]
      const path = await recordingOf([...facts, tcp('client', 'fin'), tcp('server', 'fin')])
      const asking = await backend(socket => {
        playServer(socket, { open: [ping], fin: ['fin'] })
      })
      const list = new FactList()
      expectSame(await replayTo(path, String(asking), { facts: list, level, compare: ['frames'] }))
      expect(naiveFrames(list.stream('client').subarray(-10)).frames).toMatchObject([{ opcode: 10 }])
      const before = list.stream('client').subarray(0, -10).toString('latin1')
      expect(before.endsWith('\r\n\r\n')).toBe(true)
    },
  )

  it('tells as facts what it writes and reads', async () => {
    const path = await recordingOf(odd)
    const { port } = await byteExactServer(answer)
    const facts = new FactList()
    await replayTo(path, String(port), { facts, sameKey: true })
    expect(facts.stream('server')).toEqual(Buffer.concat(answer))
    expect(facts.stream('client').subarray(-17)).toEqual(clientOctets(odd).subarray(-17))
    expect(facts.facts.filter(({ type }) => type === 'tcp')).toMatchObject([
      { from: 'client', state: 'fin' },
      { from: 'server', state: 'fin' },
    ])
  })

  it('resets as the client did', async () => {
    const path = await recordingOf([...opened(), sent('server', frame(1, 'x')), tcp('client', 'reset')])
    let reset: (code: string) => void = () => undefined
    const code = new Promise<string>(resolve => (reset = resolve))
    const port = await backend(socket => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        reset(error.code ?? '')
      })
      socket.once('data', () => socket.write(join([upgradeResponse(), frame(1, 'x')])))
    })
    const { ending } = await replayTo(path, String(port), { sameKey: true })
    expect(ending.kind).toBe('done')
    expect(await code).toBe('ECONNRESET')
  })

  it('plays the exchanges on the connection before the upgrade', async () => {
    const get = head('GET /page HTTP/1.1', 'Host: localhost')
    const page = join([head('HTTP/1.1 200 OK', 'Content-Length: 4'), octets('page')])
    const facts = [opened()[0]!, sent('client', get), sent('server', page), ...odd.slice(1)]
    const { port, got } = await byteExactServer([page, ...answer])
    expectSame(await replayTo(await recordingOf(facts), `ws://127.0.0.1:${port}/socket`, { sameKey: true }))
    expect(got().toString('latin1')).toMatch(/^GET \/page HTTP[^]*\r\n\r\nGET \/socket HTTP/)
  })

  it('plays the octets that the proxy wrote, not those it got', async () => {
    const { port, got } = await byteExactServer([upgradeResponse()])
    const path = await recordThrough(
      port,
      async proxy => {
        const socket = connect(proxy)
        playClient(socket, { open: ['fin'] })
        await once(socket, 'close')
      },
      { headers: [{ name: 'X-Proxy', value: 'was here', add: true }] },
    )
    const seen = got()
    const replayed = await byteExactServer([upgradeResponse()])
    const header = [{ name: 'Host', value: 'localhost', add: true }]
    expectSame(await replayTo(path, String(replayed.port), { sameKey: true, header }))
    expect(replayed.got()).toEqual(seen)
  })
})

describe('refused', () => {
  const reasonOf = ({ ending }: Outcome) => (ending.kind === 'refused' ? ending.reason : ending.kind)

  it('where the extensions or the subprotocol are agreed otherwise', async () => {
    const path = await recordThrough(await wsServer(2), proxy => wsClient(proxy, 2))
    const without = await wsServer(2, false)
    expect(reasonOf(await replayTo(path, String(without)))).toBe(
      'extensions agreed now: none, in the recording: permessage-deflate (--level messages says the same messages anew)',
    )
    const anew = await replayTo(path, String(without), { level: 'messages' })
    expect(anew.ending.kind).toBe('done')
    expect(anew.result.messages).toMatchObject({ same: 2, changed: 0 })
    expect(anew.result.differences.map(({ what }) => what)).toEqual(['handshake'])
    const { listener } = await echoServer()
    expect(reasonOf(await replayTo(path, String(listener.port)))).toContain(
      'subprotocol agreed now: none, in the recording: chat',
    )
  })

  it('where credentials were overwritten, before anybody is called', async () => {
    const { listener } = await echoServer()
    const path = await recordThrough(
      listener.port,
      async proxy => {
        const socket = connect(proxy)
        playClient(socket, {
          ...goodClient,
          head: latin1(
            Buffer.from(upgradeRequest('Cookie: a=b'))
              .toString('latin1')
              .replace('GET / ', 'GET /?token=abc '),
          ),
          open: [close(1000, '', masked)],
        })
        await once(socket, 'close')
      },
      { redact: true },
    )
    const facts = new FactList()
    expect(reasonOf(await replayTo(path, String(listener.port), { facts }))).toBe(
      'credentials were overwritten when recording: the request line, Cookie (give the query in URL, as in ws://…/path?name=value and -H "Cookie: …")',
    )
    expect(facts.facts).toEqual([])
    const header = [{ name: 'Cookie', value: 'a=b', add: true }]
    expectSame(await replayTo(path, `ws://127.0.0.1:${listener.port}/?token=abc`, { header }))
  })

  it('where octets of the client are missing, but for messages', async () => {
    const { listener } = await echoServer()
    const offset = upgradeRequest().length
    const facts = [
      ...opened(),
      {
        time: 0,
        type: 'mark',
        from: 'client',
        mark: { type: 'gap', offset, octets: 9, reason: 'queue' },
      } as const,
    ]
    const last = [sent('client', close(1000, '', masked)), sent('server', close(1000)), tcp('server', 'fin')]
    const path = await recordingOf([...facts, ...last])
    expect(reasonOf(await replayTo(path, String(listener.port)))).toBe(
      `9 octets of the client at ${offset} are not in the recording (queue)`,
    )
    expectSame(await replayTo(path, String(listener.port), { level: 'messages' }))
  })
})

describe('differences', () => {
  /** A client says `hi`, and gets an answer and a Close. */
  const session = [
    ...opened(),
    sent('client', frame(1, 'hi', masked)),
    sent('server', frame(1, '{"id":1,"ok":true}')),
    sent('client', frame(1, 'more', masked)),
    sent('server', close(1000, 'bye')),
    sent('client', close(1000, 'bye', masked)),
    tcp('server', 'fin'),
    tcp('client', 'fin'),
  ]

  async function against(
    answers: { TEXT?: Uint8Array[]; head?: Uint8Array; open?: readonly (Uint8Array | 'fin' | 'reset')[] },
    ignore: string[] = [],
  ): Promise<Outcome> {
    const port = await backend(socket => {
      let count = 0
      playServer(socket, { ...goodServer, ...answers, TEXT: [] })
      // Answers one by one.
      socket.on('data', (chunk: Buffer) => {
        if ((chunk[0] ?? 0) !== 0x81) return
        const next = answers.TEXT?.[count++]
        if (next !== undefined) socket.write(next)
      })
    })
    return replayTo(await recordingOf(session), String(port), { ignore, timeout: 0.2 })
  }
  const told = ({ ending, result }: Outcome) => [
    ending.kind,
    result.differences.map(({ what, ordinal }) => `${what} ${ordinal}`),
  ]

  it('none', async () => {
    expect(told(await against({ TEXT: [frame(1, '{"ok":true,"id":1}'), close(1000, 'bye')] }))).toEqual([
      'done',
      [],
    ])
  })

  it('in a message, unless the value is ignored', async () => {
    const TEXT = [frame(1, '{"id":2,"ok":true}'), close(1000, 'bye')]
    expect(told(await against({ TEXT }))).toEqual(['done', ['message 1']])
    expect(told(await against({ TEXT }, ['$.id']))).toEqual(['done', []])
  })

  it('in a Close', async () => {
    const TEXT = [frame(1, '{"id":1,"ok":true}'), close(1011, 'oops')]
    expect(told(await against({ TEXT }))).toEqual(['done', ['close 1']])
  })

  it('in an answer that never comes', async () => {
    const outcome = await against({ TEXT: [] })
    expect(outcome.ending).toEqual({
      kind: 'timeout',
      text: `nothing came from the server for 0.2 s before frame 2 (octet ${upgradeRequest().length + 8})`,
    })
    expect(outcome.result.differences.map(({ text }) => text)).toEqual(['server message 1 did not come'])
  })

  it('in the end of TCP that never comes', async () => {
    const port = await backend(socket => {
      playServer(socket, { open: [frame(1, '{"id":1,"ok":true}'), close(1000, 'bye')] })
    })
    const outcome = await replayTo(await recordingOf(session), String(port), { timeout: 0.2 })
    const text = 'nothing came from the server for 0.2 s before the client ended TCP'
    expect(outcome.ending).toEqual({ kind: 'timeout', text })
  })

  it('in a server that leaves early, and where', async () => {
    for (const end of ['fin', 'reset'] as const) {
      const outcome = await against({ open: [frame(1, '{"id":1,"ok":true}'), end] })
      expect(outcome.ending.kind).toMatch(/early|done/)
      if (outcome.ending.kind !== 'early') continue
      expect(outcome.ending.step.frame).toBeGreaterThan(0)
    }
    const outcome = await against({ TEXT: [join([frame(1, '{"id":1,"ok":true}')])], open: [] })
    expect(outcome.ending.kind).toBe('timeout')
  })

  it('in a server that closes first, which answered before', async () => {
    const closed = [
      ...opened(),
      sent('client', frame(1, 'hi', masked)),
      sent('server', frame(1, 'ho')),
      sent('client', close(1000, '', masked), 300),
      sent('server', close(1000), 300),
      tcp('server', 'fin', 300),
      tcp('client', 'fin', 300),
    ]
    const path = await recordingOf(closed)
    const answering = await backend(socket => {
      playServer(socket, { ...goodServer, TEXT: [frame(1, 'ho')] })
    })
    const closing = await backend(socket => {
      playServer(socket, { TEXT: [join([frame(1, 'ho'), close(1000)])], CLOSE: ['fin'], fin: ['fin'] })
    })
    for (const timing of ['causal', 'recorded', 'fast'] as const)
      expectSame(await replayTo(path, String(answering), { timing }))
    const { ending, result } = await replayTo(path, String(closing), { timing: 'recorded' })
    expect(ending).toEqual({ kind: 'done' })
    expect(result.differences).toMatchObject([
      { text: 'who closes first differs', expected: 'client', got: 'server' },
    ])
    const [found] = (await replayTo(path, String(closing))).result.differences
    expect(found?.text).toBe('who closes first differs')
  })

  it('in a server that ends TCP first', async () => {
    const ended = [
      ...opened(),
      sent('client', frame(1, 'hi', masked)),
      sent('server', frame(1, 'ho')),
      tcp('client', 'fin', 300),
      tcp('server', 'fin', 300),
    ]
    const path = await recordingOf(ended)
    const waiting = await backend(socket => {
      playServer(socket, { TEXT: [frame(1, 'ho')], fin: ['fin'] })
    })
    const leaving = await backend(socket => {
      playServer(socket, { TEXT: [frame(1, 'ho'), 'fin'] })
    })
    expectSame(await replayTo(path, String(waiting)))
    const { result } = await replayTo(path, String(leaving), { timing: 'recorded' })
    expect(result.differences).toMatchObject([
      { text: 'who ends TCP first differs', expected: 'client', got: 'server' },
    ])
  })

  it('in an upgrade that is refused', async () => {
    const outcome = await against({ head: head('HTTP/1.1 403 Forbidden', 'Content-Length: 0') })
    expect(outcome.ending).toEqual({
      kind: 'stopped',
      reason: 'the upgrade was answered with "HTTP/1.1 403 Forbidden"',
    })
    expect(outcome.result.differences.map(({ what }) => what)).toContain('handshake')
  })

  it('in nothing where nobody listens: it fails', async () => {
    const path = await recordingOf(session)
    expect((await replayTo(path, '127.0.0.1:1')).ending).toMatchObject({ kind: 'failed' })
  })
})

describe('measured by the rules alone', () => {
  /** A header in two reads, which the recorded server could not take. */
  const hi = frame(1, 'hi', masked)
  const failing = [
    ...opened(),
    sent('client', hi.subarray(0, 1)),
    sent('client', hi.subarray(1)),
    sent('server', close(1002)),
    tcp('server', 'fin'),
    sent('client', close(1002, '', masked)),
    tcp('client', 'fin'),
  ]
  const told = ({ ending, result }: Outcome) => [ending.kind, result.differences.map(({ text }) => text)]
  const play = async (port: number) =>
    replayTo(await recordingOf(failing), String(port), { expect: 'sound', timeout: 0.5 })

  it('a mended server is sound, though it does not answer as recorded', async () => {
    const { listener } = await echoServer()
    expect(told(await play(listener.port))).toEqual(['done', []])
    const { result } = await replayTo(await recordingOf(failing), String(listener.port), { timeout: 0.2 })
    expect(result.total).toBeGreaterThan(0)
  })

  it('a server that fails the connection, breaks a rule or resets is not', async () => {
    expect(told(await play(await buggyServer('header')))).toEqual([
      'done',
      ['the server fails the connection'],
    ])
    const masking = await backend(socket => {
      playServer(socket, { ...goodServer, TEXT: [frame(1, 'hi', masked)] })
    })
    expect(told(await play(masking))).toEqual([
      'done',
      ['the server breaks mask.unexpected, RFC 6455 §5.1: a server must not mask'],
    ])
    const resetting = await backend(socket => {
      playServer(socket, { ...goodServer, TEXT: ['reset'] })
    })
    expect((await play(resetting)).result.differences.map(({ text }) => text)).toEqual([
      'the server resets TCP',
    ])
  })

  it('a server that is slow to fail is not, though it is told Close meanwhile', async () => {
    const ended = [
      ...opened(),
      sent('client', hi),
      sent('server', close(1002)),
      sent('client', close(1002, '', masked)),
      tcp('client', 'fin'),
      tcp('server', 'fin'),
    ]
    // It fails over the first frame when the next one comes.
    const slow = await backend(socket => {
      playServer(socket, { PING: [close(1002), 'fin'], CLOSE: [close(1002), 'fin'] })
    })
    for (const level of levels) {
      const options = { expect: 'sound', level } as const
      expect(told(await replayTo(await recordingOf(ended), String(slow), options))).toEqual([
        'done',
        ['the server fails the connection'],
      ])
    }
    // The same for a client that leaves without a Close, or in the middle of the recording.
    for (const length of [4, 6]) {
      const facts = [...ended.slice(0, length - 1), tcp('client', 'reset')]
      const outcome = await replayTo(await recordingOf(facts), String(slow), { expect: 'sound' })
      expect(outcome.result.total).toBe(1)
    }
  })

  it('a server that fails over what came in one read with a Close is not', async () => {
    const both = [...opened(), sent('client', join([hi, close(1000, '', masked)])), tcp('client', 'fin')]
    const failing = await backend(socket => {
      playServer(socket, { TEXT: [close(1007), 'fin'] })
    })
    const { result } = await replayTo(await recordingOf(both), String(failing), { expect: 'sound' })
    expect(result.differences.map(({ got }) => got)).toEqual(['Close 1007 ""'])
  })

  it('a server that answers no ping is given its time', async () => {
    const deaf = await backend(socket => {
      playServer(socket, goodServer)
    })
    const options = { expect: 'sound', timeout: 0.2 } as const
    expect(told(await replayTo(await recordingOf(failing), String(deaf), options))).toEqual(['done', []])
  })
})
