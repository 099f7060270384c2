/**
 * Our own suite against the bundled echo server: every case must be OK, but for the three that are not judged.
 * `npm run conform` runs all, those that Autobahn does not have too, `npm run conform -- --exclude '9.*,12.*,13.*'` those that are quick.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, stopAll, stopWithThisProcess, tail } from './processes.mjs'
import { startServer } from './server.mjs'

const HOME = fileURLToPath(new URL('../../.autobahn/own', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin/wsinspect.js', import.meta.url))

const NOT_JUDGED = ['7.1.6', '7.13.1', '7.13.2']

/** What is wrong with a result, or null. */
function faultOf({ id, behavior, behaviorClose, result, resultClose }) {
  const wanted = NOT_JUDGED.includes(id) ? 'INFORMATIONAL' : 'OK'
  if (behavior === wanted && behaviorClose === wanted) return null
  return `${id}: ${behavior} / ${behaviorClose}: ${result} ${resultClose}`
}

async function main(options) {
  mkdirSync(HOME, { recursive: true })
  const server = await startServer(BIN, ['echo', '--port', '0'], join(HOME, 'echo.log'))
  const log = join(HOME, `conform-${process.pid}.log`)
  const began = performance.now()
  const args = [
    'conform',
    'client',
    String(server.port),
    '--agent',
    'echo',
    '--extended',
    '--json',
    ...options,
  ]
  await run(process.execPath, [BIN, ...args], { log, seconds: 3600 })
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{'))
  const faults = lines.map(line => faultOf(JSON.parse(line))).filter(fault => fault !== null)
  for (const fault of faults) console.log(fault)
  if (lines.length === 0) console.log(tail(log))
  console.log(`in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  console.log(`${lines.length - faults.length} passed, ${faults.length} failed`)
  return lines.length > 0 && faults.length === 0
}

stopWithThisProcess()
try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} finally {
  await stopAll()
}
