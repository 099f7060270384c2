import { once } from 'node:events'
import { start } from '../autobahn/processes.mjs'
import { throughProxy, withEcho } from './proxied.mjs'
import { echoCases, serverCases } from './web-client.mjs'
import { webCases } from './web-server.mjs'
import { startWsServer } from './ws-server.mjs'

/** The WebSocket that Node has of itself, against `ws`. */
export async function recordUndici(name) {
  const server = await startWsServer(webCases)
  await throughProxy(name, server.port, port => play(port, serverCases))
  await server.close()
}

export async function recordUndiciEcho(name) {
  await withEcho(echo => throughProxy(name, echo, port => play(port, echoCases)))
}

async function play(port, names) {
  const client = new URL('web-client.mjs', import.meta.url).href
  const script = `import { playWeb } from '${client}'
await playWeb('ws://127.0.0.1:${port}', ${JSON.stringify(names)})`
  const args = ['--experimental-websocket', '--no-warnings', '--input-type=module', '--eval', script]
  const [code] = await once(start(process.execPath, args, { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`node with undici has ended with ${code}`)
}
