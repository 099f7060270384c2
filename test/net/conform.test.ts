/** The conformance suite on real sockets. */
import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, type ClientOptions, type RawData } from 'ws'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import { casesFor, isHeavy, selectCases } from '../../src/conformance/catalogue.ts'
import { defaultPatience, type Patience } from '../../src/conformance/surroundings.ts'
import { runCases } from '../../src/net/conform-client.ts'
import { serveCases } from '../../src/net/conform-server.ts'
import { systemClock } from '../../src/net/conform-transport.ts'
import { parseTarget } from '../../src/net/target.ts'
import { acceptFor } from '../../src/protocol/handshake.ts'
import { backend, echoServer, proxyTo } from '../support/loopback.ts'

/** The verdicts of cases on the server at `port`; they are in `results` also where that rejects. */
async function verdicts(
  port: number,
  include: string[],
  patience: Partial<Patience> = {},
  signal = new AbortController().signal,
  results = new Map<string, string>(),
): Promise<Map<string, string>> {
  const { cases } = selectCases(include, [], casesFor('client', true))
  let conn = 0
  await runCases(cases, {
    target: parseTarget(`127.0.0.1:${port}`),
    agent: null,
    extras: { userAgent: 'test', origin: null, protocols: [], headers: [] },
    patience: { ...defaultPatience, ...patience },
    parallel: 8,
    clock: systemClock(),
    connectTimeout: 5000,
    insecure: false,
    ca: null,
    nextConn: () => ++conn,
    begin: () => ({
      facts: null,
      report: ({ id, behavior, behaviorClose }: CaseReport) => {
        results.set(id, `${behavior} / ${behaviorClose}`)
      },
    }),
    signal,
  })
  return results
}

function counts(results: Map<string, string>): Record<string, number> {
  const found: Record<string, number> = {}
  for (const verdict of results.values()) found[verdict] = (found[verdict] ?? 0) + 1
  return found
}

const light = selectCases(['*'], [])
  .cases.filter(of => !isHeavy(of))
  .map(({ id }) => id)

describe('the fuzzing client', () => {
  it('passes the echo server in all cases that move little', async () => {
    const server = await echoServer()
    expect(counts(await verdicts(server.listener.port, light))).toEqual({
      'OK / OK': 244,
      'INFORMATIONAL / INFORMATIONAL': 3,
    })
  }, 60_000)

  it('passes it in all cases that Autobahn does not have', async () => {
    const server = await echoServer()
    const results = await verdicts(server.listener.port, ['ws.*'])
    expect([...results].filter(([, verdict]) => verdict !== 'OK / OK')).toEqual([])
    expect(results.size).toBe(casesFor('client', true).length - 517)
  }, 60_000)

  it('passes it through the proxy', async () => {
    const server = await echoServer()
    const { proxy } = await proxyTo(`127.0.0.1:${server.listener.port}`)
    const some = ['1.*', '2.*', '3.*', '4.*', '5.*', '7.*', '10.*', '12.1.1', '13.7.1', '9.7.1']
    const results = counts(await verdicts(proxy.listener.port, some))
    expect(Object.keys(results).sort()).toEqual(['INFORMATIONAL / INFORMATIONAL', 'OK / OK'])
  }, 60_000)

  it('moves large messages and many of them', async () => {
    const server = await echoServer()
    const some = ['9.1.6', '9.4.1', '9.6.1', '9.8.5', '12.1.1', '12.4.11', '12.5.4', '13.3.2', '13.7.5']
    const results = await verdicts(server.listener.port, some)
    expect(counts(results)).toEqual({ 'OK / OK': some.length })
  }, 60_000)

  it('finds a server without compression to be without', async () => {
    const server = await echoServer({ compression: false })
    expect(counts(await verdicts(server.listener.port, ['12.1.1', '13.7.18']))).toEqual({
      'UNIMPLEMENTED / OK': 2,
    })
  })
})

const hurried = { opening: 200, close: 100, drop: 100, most: 200 }

/** Reads a request, and does what is given on the socket with its answer. */
function afterHead(socket: net.Socket, then: () => void): void {
  socket.once('data', data => {
    const key = /Sec-WebSocket-Key: (.*)\r/.exec(data.toString('latin1'))?.[1] ?? ''
    socket.write(
      `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`,
    )
    then()
  })
}

describe('the fuzzing client against servers that are none', () => {
  const cases = ['1.1.1', '3.1', '6.12.1', '7.1.1', '9.1.1']

  it.each<[string, (socket: net.Socket) => void]>([
    ['says nothing at all', socket => socket.resume()],
    ['sends garbage', socket => socket.end('\0\x01garbage\r\n\r\n')],
    ['closes at once', socket => socket.destroy()],
  ])('judges one that %s, and tells that it is none', async (_name, onSocket) => {
    const port = await backend(onSocket)
    const results = new Map<string, string>()
    await expect(verdicts(port, cases, hurried, undefined, results)).rejects.toMatchObject({ exitCode: 4 })
    expect(counts(results)).toEqual({ 'FAILED / FAILED': 5 })
  })

  it('judges one that says nothing after the handshake, in a time that is bounded', async () => {
    const port = await backend(socket => {
      afterHead(socket, () => socket.resume())
    })
    expect(counts(await verdicts(port, cases, hurried))).toEqual({
      'FAILED / UNCLEAN': 3,
      'OK / FAILED': 1,
      'FAILED / FAILED': 1,
    })
  })

  it('is not kept by one that floods with messages', async () => {
    const port = await backend(socket => {
      afterHead(socket, () => {
        const message = Buffer.concat(Array<Buffer>(2000).fill(Buffer.from('\x81\x05hello', 'latin1')))
        const flood = () => {
          while (!socket.destroyed && socket.write(message));
        }
        socket.on('drain', flood).resume()
        flood()
      })
    })
    const results = await verdicts(port, cases, hurried)
    expect([...results.values()].map(verdict => verdict.split(' ')[0])).toEqual(Array(5).fill('FAILED'))
  })

  it('says so when nobody listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    server.close()
    await once(server, 'close')
    await expect(verdicts(port, cases)).rejects.toMatchObject({
      exitCode: 4,
      message: `case 1.1.1: cannot connect to 127.0.0.1:${port}: connection refused (is the server running?)`,
    })
  })

  it('does not try all cases where no handshake is completed, and goes on where one was', async () => {
    const refuses = (socket: net.Socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
    let asked = 0
    const port = await backend(socket => {
      asked++
      refuses(socket)
    })
    await expect(verdicts(port, ['*'], hurried)).rejects.toMatchObject({
      exitCode: 4,
      message: `no opening handshake with 127.0.0.1:${port} was completed: the upgrade was refused with 404 (the other cases are not run)`,
    })
    expect(asked).toBeGreaterThanOrEqual(10)
    expect(asked).toBeLessThan(20)
    let first = true
    const once = await backend(socket => {
      if (first) {
        afterHead(socket, () => socket.end())
      } else refuses(socket)
      first = false
    })
    expect((await verdicts(once, ['1.*'], hurried)).size).toBe(16)
    // What must be refused says nothing of the server.
    const handshakes = new Map<string, string>()
    await expect(verdicts(port, ['ws.handshake.1.*'], hurried, undefined, handshakes)).rejects.toThrow('404')
    expect(handshakes.size).toBe(45)
    expect((await verdicts(port, ['ws.handshake.1.1', 'ws.handshake.1.2'], hurried)).size).toBe(2)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const port = await backend(socket => {
      socket.resume()
      stop.abort()
    })
    expect(await verdicts(port, ['*'], {}, stop.signal)).toEqual(new Map())
  })
})

/** A fuzzing server over some cases, with a client that asks it. */
async function rig(include: string[], statusTime = 30_000) {
  const { cases } = selectCases(include, [], casesFor('server', true))
  const reports = new Map<string, CaseReport>()
  const told: string[] = []
  const server = await serveCases({
    host: '127.0.0.1',
    port: 0,
    certificate: null,
    maxConnections: 100,
    cases,
    server: 'fuzzer',
    patience: defaultPatience,
    clock: systemClock(),
    isExcluded: agent => agent === 'nobody',
    begin: () => ({ facts: null, report: report => reports.set(`${report.id} ${report.agent}`, report) }),
    behaviorOf: (agent, id) => reports.get(`${id} ${agent}`)?.behavior ?? null,
    statusTime,
    onUpdate: () => {
      told.push('update')
      return Promise.resolve()
    },
    onStop: () => told.push('stop'),
    onProblem: message => told.push(message),
  })
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.listener
  const ask = async (
    path: string,
    onMessage: (socket: WebSocket, data: RawData, isBinary: boolean) => void = () => undefined,
    options: ClientOptions = {},
  ) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options)
    const messages: string[] = []
    socket.on('message', (data, isBinary) => {
      messages.push((data as Buffer).toString())
      onMessage(socket, data, isBinary)
    })
    socket.on('error', error => {
      messages.push(error.message)
    })
    const code = await new Promise<number>(resolve => socket.on('close', resolve))
    return { messages, code }
  }
  const echo = (socket: WebSocket, data: RawData, isBinary: boolean) => {
    socket.send(data, { binary: isBinary })
  }
  const runAll = async (agent: string) => {
    await Promise.all(
      cases.map((_, i) => ask(`/runCase?case=${i + 1}&agent=${agent}`, echo, { perMessageDeflate: true })),
    )
  }
  return { port, reports, told, ask, runAll, count: cases.length }
}

describe('the fuzzing server', () => {
  it('leads a client through the cases, by Autobahn’s endpoints', async () => {
    const { ask, runAll, reports, told, count } = await rig([
      ...['1.*', '2.*', '3.*', '4.*', '5.*', '6.1.*', '6.5.*', '6.12.*', '7.*', '10.*'],
      ...['9.1.1', '9.7.1', '12.1.1', '13.1.2'],
    ])
    expect(await ask('/getCaseCount')).toEqual({ messages: [String(count)], code: 1005 })
    const info = await ask('/getCaseInfo?casetuple=1.1.3')
    expect(JSON.parse(info.messages[0] ?? '')).toEqual({
      id: '1.1.3',
      description: 'A text message of 126 octets in one frame.',
    })
    await runAll('ws')
    const verdictsOfWs = [...reports.values()].map(({ id, behavior, behaviorClose }) => [
      id,
      behavior,
      behaviorClose,
    ])
    expect(verdictsOfWs).toHaveLength(count)
    const odd = verdictsOfWs.filter(([, ...verdict]) => verdict.join() !== 'OK,OK').map(([id]) => id)
    expect(odd.sort()).toEqual(['7.1.6', '7.13.1', '7.13.2'])
    expect(await ask('/getCaseStatus?case=1&agent=ws')).toMatchObject({ messages: ['{"behavior":"OK"}'] })
    await ask('/updateReports?agent=ws&shutdownOnComplete=true')
    expect(told).toEqual(['update', 'stop'])
  }, 60_000)

  // As docs/conformance.md says.
  it('finds what ws, as a client, does not do', async () => {
    const { runAll, reports } = await rig(['ws.*'])
    await runAll('ws')
    const idsWith = (wanted: string) =>
      [...reports.values()]
        .filter(({ behavior, behaviorClose }) => `${behavior} / ${behaviorClose}` === wanted)
        .map(({ id }) => id)
        .sort()
    expect(idsWith('OK / OK')).toHaveLength(reports.size - 9)
    expect(idsWith('NON-STRICT / OK')).toEqual([
      ...['ws.deflate.24', 'ws.frames.10', 'ws.frames.11', 'ws.frames.12'],
      ...['ws.frames.7', 'ws.frames.8', 'ws.frames.9'],
    ])
    expect(idsWith('FAILED / FAILED')).toEqual(['ws.deflate.8'])
    expect(idsWith('OK / FAILED')).toEqual(['ws.handshake.2.12'])
  }, 60_000)

  it('tells a verdict when there is one', async () => {
    const { ask, runAll } = await rig(['1.1.1'])
    const status = ask('/getCaseStatus?case=1&agent=late')
    await runAll('late')
    expect(await status).toEqual({ messages: ['{"behavior":"OK"}'], code: 1005 })
  })

  it('does not wait for ever for a case that does not end', async () => {
    const { ask } = await rig(['1.1.1'], 50)
    expect(await ask('/getCaseStatus?case=1&agent=never')).toEqual({ messages: [], code: 1005 })
  })

  it('runs no case that is left out for an agent', async () => {
    const { ask, reports } = await rig(['1.1.1'])
    expect(await ask('/runCase?case=1&agent=nobody')).toEqual({ messages: [], code: 1005 })
    expect(reports.size).toBe(0)
  })

  it.each([
    ['/runCase?case=2&agent=a', {}, 'Unexpected server response: 500'],
    ['/elsewhere', {}, 'Unexpected server response: 404'],
    ['/getCaseCount', { protocolVersion: 8 }, null],
    [
      '/getCaseCount',
      { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=7' } },
      'Unexpected server response: 400',
    ],
  ])('answers %s with %o', async (path, options, error) => {
    const { ask } = await rig(['1.1.1'])
    const { messages } = await ask(path, undefined, { perMessageDeflate: false, ...options })
    expect(messages).toEqual([error ?? '1'])
  })

  it('has a page for browsers', async () => {
    const { port } = await rig(['1.1.1'])
    const page = await fetch(`http://127.0.0.1:${port}/`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'sha256-")
    expect(await page.text()).toContain('/runCase?case=')
    expect((await fetch(`http://127.0.0.1:${port}/favicon.ico`)).status).toBe(404)
  })

  it('reads no more than a head, and not for ever', async () => {
    const { port } = await rig(['1.1.1'])
    const socket = net.connect(port, '127.0.0.1')
    socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toBe('HTTP/1.1 431 Head too long\r\n\r\n')
    socket.destroy()
  })
})
