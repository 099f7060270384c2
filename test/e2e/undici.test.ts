/**
 * Replays between implementations that know nothing of us: a client of undici, which Node has in it, and a server of `ws`. The
 * client is a process: Node 20 has its WebSocket behind a flag.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { recordThrough, replayTo } from '../support/replays.ts'
import { portOf, wsinspect } from '../support/run.ts'

/** Says some things in turn, closes, and prints what it heard. */
const client = `
const say = ['hello', 'grün 😀 '.repeat(100), new Uint8Array([1, 2, 3]), '', '*'.repeat(70_000), 'bye']
const socket = new WebSocket(process.argv[1], ['v2.chat', 'v1.chat'])
const heard = []
const next = () => {
  if (say.length > 0) socket.send(say.shift())
  else socket.close(3000, 'all said')
}
socket.binaryType = 'arraybuffer'
socket.onopen = () => {
  heard.push(socket.protocol, socket.extensions)
  next()
}
socket.onmessage = ({ data }) => {
  heard.push(typeof data === 'string' ? data : [...new Uint8Array(data)])
  next()
}
socket.onerror = () => heard.push('error')
socket.onclose = ({ code, reason, wasClean }) => console.log(JSON.stringify([...heard, code, reason, wasClean]))
`

async function play(port: number): Promise<unknown[]> {
  const flags = ['--experimental-websocket', '--no-warnings', '--input-type=module']
  const args = [...flags, '--eval', client, `ws://127.0.0.1:${port}/room?number=1`]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as unknown[]
}

/** An echo of `ws`. */
async function serve(perMessageDeflate: boolean): Promise<number> {
  const options = { port: 0, host: '127.0.0.1', perMessageDeflate: perMessageDeflate && { threshold: 0 } }
  const server = new WebSocketServer(options)
  server.on('connection', socket => {
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary })
    })
  })
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}

it.each([false, true])('undici and ws, each replayed for the other (deflate: %s)', async deflate => {
  const port = await serve(deflate)
  let heard: unknown[] = []
  const path = await recordThrough(port, async proxy => {
    heard = await play(proxy)
  })
  expect(heard.slice(0, 3)).toEqual([
    'v2.chat',
    expect.stringMatching(deflate ? 'permessage' : /^$/),
    'hello',
  ])
  expect(heard.slice(-4)).toEqual(['bye', 3000, 'all said', true])
  for (const level of ['chops', 'frames', 'messages'] as const) {
    const { ending, result } = await replayTo(path, `ws://127.0.0.1:${port}/`, { level, compare: ['frames'] })
    expect([ending.kind, result.differences]).toEqual(['done', []])
  }
  const mock = wsinspect('replay', 'server', path, '-p', '0', '--once')
  expect(await play(await portOf(mock))).toEqual(heard)
  expect(await mock.exit).toBe(0)
  expect(mock.stdout()).toContain('connection 1: no difference')
})
