import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, start, stop, tail } from '../autobahn/processes.mjs'
import { throughProxy } from './proxied.mjs'
import { startWsServer } from './ws-server.mjs'

const SCRIPT = fileURLToPath(new URL('peers.py', import.meta.url))
const HOME = fileURLToPath(new URL('../../.autobahn/py3', import.meta.url))
const PACKAGES = ['websockets==17.4', 'aiohttp==3.14.5', 'websocket-client==1.9.2']

/** Client and server of the library of that name. */
export async function recordPython(name) {
  const python = await findPython()
  const server = start(python, [SCRIPT, name, 'server'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(server.stdout, 'data')
  await throughProxy(name, Number(line), port => play(python, name, port))
  await stop(server)
}

/** A client only: its server is `ws`. */
export async function recordWebsocketClient(name) {
  const python = await findPython()
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

/** An environment of its own with the libraries in it. */
async function findPython() {
  const python = join(HOME, 'bin', 'python')
  if (existsSync(python)) return python
  mkdirSync(join(HOME, '..'), { recursive: true })
  await step('python3', ['-m', 'venv', HOME])
  await step(python, ['-m', 'pip', 'install', ...PACKAGES])
  return python
}

async function step(command, args) {
  const log = `${HOME}.log`
  const { code } = await run(command, args, { log, seconds: 300 })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed, the end of ${log}:\n${tail(log)}`)
}
