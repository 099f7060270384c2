/** Child processes: the generator, the backend and the targets. All are gone when the benchmark ends. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const START = 10_000
const STOP = 3_000
const children = new Set()

process.on('exit', () => children.forEach(child => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

export const here = file => fileURLToPath(new URL(file, import.meta.url))

export const canPin = () => availableParallelism() > 1 && spawnSync('taskset', ['-V']).error === undefined

/** `core`: null, or the one it may run on. ws gets no add-on, which is how npm installs it. */
function startNode(args, core, stdio) {
  const command = [process.execPath, ...args]
  if (core !== null) command.unshift('taskset', '-c', String(core))
  const env = { ...process.env, WS_NO_BUFFER_UTIL: '1' }
  const child = spawn(command[0], command.slice(1), { stdio, env })
  children.add(child)
  child.on('exit', () => children.delete(child))
  child.on('error', () => children.delete(child))
  return child
}

/** A script that talks over IPC, one message at a time. */
export function startHelper(file, args = [], core = null) {
  const child = startNode([here(file), ...args], core, ['ignore', 'inherit', 'inherit', 'ipc'])
  let waiting = null
  child.on('message', message => waiting.resolve(message))
  child.on('exit', (code, signal) => waiting?.reject(new Error(`${file} ended (${code ?? signal})`)))
  child.on('error', error => waiting?.reject(error))
  const next = () => new Promise((resolve, reject) => (waiting = { resolve, reject }))
  return { child, next, stop: () => stop(child) }
}

/** A server that says on stderr where it listens; the first URL counts. */
export async function startServer(args, core = null) {
  const child = startNode(args, core, ['ignore', 'ignore', 'pipe'])
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => (said = (said + text).slice(0, 4096)))
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('printed no URL')), START)
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error(
      `did not start: ${
        said
          .trim()
          .split('\n')
          .find(line => /error|wsinspect:/i.test(line)) ?? said
      }`,
    )
  })
  ended.catch(() => {})
  const listening = new Promise(resolve => {
    child.stderr.on('data', () => {
      const url = /ws:\/\/[^\s/]+:\d+\//.exec(said)?.[0]
      if (url !== undefined) resolve(url)
    })
  })
  try {
    const url = await Promise.race([listening, ended, late])
    return { url, pid: child.pid, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP)
  await ended
  clearTimeout(timer)
}
