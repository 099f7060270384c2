/** An environment of Python with the libraries that are peers here: `node test/peers/python-home.mjs` makes it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, stopWithThisProcess, tail } from '../autobahn/processes.mjs'

const HOME = fileURLToPath(new URL('../../.autobahn/py3', import.meta.url))
const STAMP = join(HOME, 'complete')
const PACKAGES = ['websockets==17.4', 'aiohttp==3.14.5', 'websocket-client==1.9.2']

/** Its Python; null where it is not installed. */
export function installedPython() {
  const isComplete = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === PACKAGES.join('\n')
  return isComplete ? join(HOME, 'bin', 'python') : null
}

/** Its Python, installed first where need be. */
export async function installPython() {
  const installed = installedPython()
  if (installed !== null) return installed
  const python = join(HOME, 'bin', 'python')
  rmSync(HOME, { recursive: true, force: true })
  mkdirSync(dirname(HOME), { recursive: true })
  await step('python3', ['-m', 'venv', HOME])
  await step(python, ['-m', 'pip', 'install', ...PACKAGES])
  writeFileSync(STAMP, PACKAGES.join('\n'))
  return python
}

async function step(command, args) {
  const log = `${HOME}.log`
  const { code } = await run(command, args, { log, seconds: 300 })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed, the end of ${log}:\n${tail(log)}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopWithThisProcess()
  console.log(`installed ${PACKAGES.join(', ')} for ${await installPython()}`)
}
