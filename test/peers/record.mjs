/** Records sessions of well-behaved peers anew, for test/peers.test.ts: `npm run peers -- [NAME…]`. */
import { stopAll, stopWithThisProcess } from '../autobahn/processes.mjs'
import { recordAutobahnClient, recordAutobahnServer } from './autobahn.mjs'
import { recordChromium, recordChromiumEcho } from './chromium.mjs'
import { recordPython, recordWebsocketClient } from './python.mjs'
import { recordUndici, recordUndiciEcho } from './undici.mjs'
import { recordWs } from './ws.mjs'

const recordings = {
  ws: recordWs,
  undici: recordUndici,
  'undici-echo': recordUndiciEcho,
  chromium: recordChromium,
  'chromium-echo': recordChromiumEcho,
  websockets: recordPython,
  aiohttp: recordPython,
  'websocket-client': recordWebsocketClient,
  'autobahn-client': recordAutobahnClient,
  'autobahn-server': recordAutobahnServer,
}

stopWithThisProcess()
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(recordings)
try {
  for (const name of names) {
    const record = recordings[name]
    if (record === undefined) throw new Error(`no recording is called ${name}`)
    await record(name)
    console.log(`recorded ${name}`)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopAll()
}
