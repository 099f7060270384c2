import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { findSuite } from '../autobahn/install.mjs'
import { start, stop } from '../autobahn/processes.mjs'
import { chunksOf, runSide } from '../autobahn/suite.mjs'
import { BIN, recordingOf, throughProxy } from './proxied.mjs'
import { echo } from './ws-server.mjs'

const HOME = fileURLToPath(new URL('../../.autobahn', import.meta.url))
const ALL = Object.keys(JSON.parse(readFileSync(new URL('../autobahn/expected.json', import.meta.url))))

/** Not 9 (large messages), and of 12 and 13 (a thousand compressed messages each) the least. */
const QUICK = ALL.filter(id => !['9', '12', '13'].includes(id.split('.')[0]))
const DEFLATE = ['12.1.1', '13.3.1']

const START_SECONDS = 20

/** The suite plays a client against the echo server: the nth connection is the nth case of NAME.json. */
export async function recordAutobahnClient(name) {
  const cases = [...QUICK, ...DEFLATE]
  rmSync(recordingOf(name), { force: true })
  const options = { home: join(HOME, 'peers'), bin: BIN, wstest: await suite(), record: recordingOf(name) }
  await runSide('proxy', chunksOf(cases), options)
  writeFileSync(recordingOf(name).replace('.ndjson.gz', '.json'), `${JSON.stringify(cases)}\n`)
}

/** The suite plays a server, `ws` the client: the request names the case. */
export async function recordAutobahnServer(name) {
  const wstest = await suite()
  const dir = join(HOME, 'peers', name)
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const spec = { url: `ws://127.0.0.1:${port}`, outdir: dir, cases: QUICK, 'exclude-cases': [] }
  writeFileSync(join(dir, 'spec.json'), JSON.stringify({ ...spec, 'exclude-agent-cases': {} }))
  const [command, args] = wstest(dir)
  const asServer = args.map(arg => (arg === 'fuzzingclient' ? 'fuzzingserver' : arg))
  const server = start(command, [...asServer, '--webport', '0'], { stdio: 'ignore' })
  await untilListening(port)
  await throughProxy(name, port, async proxy => {
    for (const id of QUICK) await playCase(proxy, id)
  })
  await stop(server)
}

async function playCase(port, id) {
  const url = `ws://127.0.0.1:${port}/runCase?casetuple=${id}&agent=ws`
  const socket = new WebSocket(url, { perMessageDeflate: false })
  echo(socket)
  await new Promise(resolve => socket.once('close', resolve))
}

async function suite() {
  const wstest = await findSuite(HOME)
  if (!wstest) throw new Error('the Autobahn TestSuite needs Python 2.7 or a running Docker engine')
  return wstest
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

async function untilListening(port) {
  for (let waited = 0; waited < START_SECONDS * 1000; waited += 100) {
    const socket = connect(port, '127.0.0.1')
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (listens) return
    await sleep(100)
  }
  throw new Error(`the suite did not listen within ${START_SECONDS} s`)
}
