/**
 * Replays between two sides of Python: a client and a server of `websockets`, each replayed for the other. The server is that
 * of `test/peers/`, which answers every message with itself.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { installedPython } from '../peers/python-home.mjs'
import { recordThrough, replayTo } from '../support/replays.ts'
import { portOf, wsinspect } from '../support/run.ts'

/** Says some things in turn, one of them in fragments, closes, and prints what it heard. */
const client = `
import asyncio, json, sys
from websockets.asyncio.client import connect

SAY = ["hello", "grün 😀 " * 100, bytes([1, 2, 3]), "", ["in ", "three ", "parts"], "*" * 70_000, "bye"]

async def play(url, compression):
    async with connect(url, subprotocols=["v2.chat", "v1.chat"], compression=compression) as socket:
        heard = [socket.subprotocol, [str(extension) for extension in socket.protocol.extensions]]
        for message in SAY:
            await socket.send(message)
            echo = await socket.recv()
            heard.append(echo if isinstance(echo, str) else list(echo))
        await socket.close(3000, "all said")
    print(json.dumps(heard + [socket.close_code, socket.close_reason]))

asyncio.run(play(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
`

// Outside of CI a machine may lack it; then that is said, by the name of what is skipped. CI installs it.
const installed = installedPython()
const where = installed !== null || process.env.CI !== undefined ? describe : describe.skip
const hint = 'it is not installed, see node test/peers/python-home.mjs'
const title = installed === null ? `websockets of Python (${hint}: skipped)` : 'websockets of Python'

function python(): string {
  if (installed === null) throw new Error(hint)
  return installed
}

/** What a client hears that connects to `port`. */
async function play(port: number, deflate: boolean): Promise<unknown[]> {
  const args = ['-c', client, `ws://127.0.0.1:${port}/room?number=1`, ...(deflate ? ['deflate'] : [])]
  const { stdout } = await promisify(execFile)(python(), args)
  return JSON.parse(stdout) as unknown[]
}

/** A server; resolves with its port. */
async function serve(): Promise<number> {
  const script = fileURLToPath(new URL('../peers/peers.py', import.meta.url))
  const server = spawn(python(), [script, 'websockets', 'server'])
  onTestFinished(() => {
    server.kill('SIGKILL')
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return Number(line)
}

where(title, () => {
  it.each([false, true])('client and server, each replayed for the other (deflate: %s)', async deflate => {
    const port = await serve()
    let heard: unknown[] = []
    const path = await recordThrough(port, async proxy => {
      heard = await play(proxy, deflate)
    })
    expect(heard.slice(0, 3)).toEqual(['v1.chat', deflate ? [expect.any(String)] : [], 'hello'])
    expect(heard.slice(-4)).toEqual(['*'.repeat(70_000), 'bye', 3000, 'all said'])
    for (const level of ['chops', 'frames', 'messages'] as const) {
      const url = `ws://127.0.0.1:${port}/`
      const { ending, result } = await replayTo(path, url, { level, compare: ['frames'] })
      expect([ending.kind, result.differences]).toEqual(['done', []])
      const mock = wsinspect('replay', 'server', path, '-p', '0', '--once', '--level', level)
      expect(await play(await portOf(mock), deflate)).toEqual(heard)
      expect(await mock.exit).toBe(0)
      expect(mock.stdout()).toContain('connection 1: no difference')
    }
  })
})
