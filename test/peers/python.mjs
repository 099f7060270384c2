import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { start, stop } from '../autobahn/processes.mjs'
import { throughProxy } from './proxied.mjs'
import { installPython } from './python-home.mjs'
import { startWsServer } from './ws-server.mjs'

const SCRIPT = fileURLToPath(new URL('peers.py', import.meta.url))

/** Client and server of the library of that name. */
export async function recordPython(name) {
  const python = await installPython()
  const server = start(python, [SCRIPT, name, 'server'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(server.stdout, 'data')
  await throughProxy(name, Number(line), port => play(python, name, port))
  await stop(server)
}

/** A client only: its server is `ws`. */
export async function recordWebsocketClient(name) {
  const python = await installPython()
  const cases = {
    messages: {},
    subprotocol: {},
    shutdown: {},
    'close-by-server': { serve: socket => socket.close(1001, 'restart') },
  }
  const server = await startWsServer(cases)
  await throughProxy(name, server.port, port => play(python, name, port))
  await server.close()
}

async function play(python, name, port) {
  const args = [SCRIPT, name, 'client', String(port)]
  const [code] = await once(start(python, args, { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`the client of ${name} has ended with ${code}`)
}
