import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { start, tail } from './processes.mjs'

const START_SECONDS = 20

/** Starts a server in Node, its output in a log file. Resolves with its port when it has printed its URL, or the port alone. */
export async function startServer(bin, args, log) {
  const output = openSync(log, 'w')
  const child = start(process.execPath, [bin, ...args], { stdio: ['ignore', output, output] })
  closeSync(output)
  const server = { child, log, name: [bin, ...args].join(' ') }
  for (let waited = 0; waited < START_SECONDS * 1000; waited += 50) {
    const url = /(?:ws:\/\/127\.0\.0\.1:|^)(\d+)(?:\/|\n)/.exec(readFileSync(log, 'utf8'))
    if (url) return { ...server, port: Number(url[1]) }
    if (hasEnded(server)) throw new Error(describeEnd(server))
    await sleep(50)
  }
  throw new Error(`${server.name} printed no URL within ${START_SECONDS} s`)
}

export function hasEnded({ child }) {
  return child.exitCode !== null || child.signalCode !== null
}

export function describeEnd({ child, log, name }) {
  return `${name} has ended (${child.exitCode ?? child.signalCode}), the end of ${log}:\n${tail(log)}`
}
