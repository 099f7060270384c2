/** What the screen replays, against real servers, in this process. */
import { once } from 'node:events'
import type net from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { replays } from '../../src/commands/screen-replay.ts'
import { Session } from '../../src/wire/session.ts'
import { proxyTo } from '../support/loopback.ts'

/** A server whose answers have another number each time. */
async function countingServer(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  let count = 0
  server.on('connection', socket => {
    socket.on('message', (data: Buffer) => {
      socket.send(JSON.stringify({ id: ++count, said: data.toString() }))
    })
  })
  return (server.address() as net.AddressInfo).port
}

/** A session of one connection through a proxy, over. */
async function sessionThrough(port: number): Promise<Session> {
  const session = new Session()
  const { proxy } = await proxyTo(String(port), { facts: session })
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.listener.port}`, { perMessageDeflate: false })
  await once(socket, 'open')
  socket.send('hello')
  await once(socket, 'message')
  socket.close(1000)
  await once(socket, 'close')
  await vi.waitFor(() => {
    expect(proxy.connections).toBe(0)
  })
  return session
}

describe('a replay from the screen', () => {
  it('takes a URL, paths to ignore and a level, as replay client does', async () => {
    const port = await countingServer()
    const { log } = await sessionThrough(port)
    const replay = replays(log, {})
    const lines = async (how: string) => (await replay(1, `ws://127.0.0.1:${port}/${how}`).over).join('\n')
    expect(await lines('')).toMatch(/connection 1: 1 difference[^]*id/)
    expect(await lines(' --ignore $.id')).toContain('connection 1: no difference')
    expect(await lines('  --level messages --ignore id --ignore $.more ')).toContain('no difference')
    expect(await lines(' --level=frames')).toContain('1 difference')
  })

  it.each([
    ['127.0.0.1:1 --level octets', /--level <level>.*Allowed choices are chops, frames, messages/],
    ['127.0.0.1:1 --ignore ..', /--ignore <path>.*give a path such as/],
    ['127.0.0.1:1 --times 2', /unknown option '--times'/],
    ['127.0.0.1:1 127.0.0.1:2', /too many arguments/],
    ['--level chops', /missing required argument 'url'/],
  ])('says in a line what is wrong with %s', async (how, message) => {
    const { over } = replays(new Session().log, {})(1, how)
    const error: unknown = await over.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string })
    expect((error as Error).message).not.toContain('\n')
  })
})
