/** Records the sessions in recordings/ anew: `npm run recordings -- [NAME…]`. */
import { fileURLToPath } from 'node:url'
import { stopAll, stopWithThisProcess } from '../autobahn/processes.mjs'
import { recordThroughProxy } from '../peers/proxied.mjs'
import { sessions } from './sessions.mjs'

stopWithThisProcess()
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(sessions)
try {
  for (const name of names) {
    const session = sessions[name]
    if (session === undefined) throw new Error(`no session is called ${name}`)
    const { serve, play, options } = session
    const server = await serve()
    const file = fileURLToPath(new URL(`../../recordings/${name}.ndjson`, import.meta.url))
    await recordThroughProxy(file, server.port, play, options)
    await server.close()
    console.log(`recorded ${name}`)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopAll()
}
