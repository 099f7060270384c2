import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const running = new Set()
let stopping = false

/** Starts a child that does not outlive this process. */
export function start(command, args, options) {
  const child = spawn(command, args, options)
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}

/** Runs a command to its end with all its output in a log file. */
export async function run(command, args, { log, seconds, env = process.env }) {
  const output = openSync(log, 'a')
  const child = start(command, args, { stdio: ['ignore', output, output], env })
  closeSync(output)
  let late = false
  const timer = setTimeout(() => {
    late = true
    void stop(child)
  }, seconds * 1000)
  try {
    const [code] = await once(child, 'exit')
    // A run cut short by the end of this process is not a failure to report.
    if (stopping) await new Promise(() => {})
    return { code, late }
  } finally {
    clearTimeout(timer)
  }
}

/** SIGTERM first: `docker run` hands it on to its container, which SIGKILL would leave behind. */
export async function stop(child) {
  if (!running.has(child)) return
  child.kill('SIGTERM')
  await Promise.race([once(child, 'exit'), sleep(2000, undefined, { ref: false })])
  if (running.has(child)) child.kill('SIGKILL')
}

export async function stopAll() {
  stopping = true
  await Promise.all([...running].map(stop))
}

export function stopWithThisProcess() {
  process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, () => void stopAll().then(() => process.exit(code)))
  }
}

export function tail(log, lines = 15) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}
