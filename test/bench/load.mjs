/** The generator, a child process: plays one workload against one target per order it gets. */
import { clientFrames, payloadOf, serverFrame } from './frames.mjs'
import { framesAhead, makeTraffic, openClient } from './client.mjs'
import { cpuSeconds } from './proc.mjs'
import { percentile } from './stats.mjs'
import { workloadNamed } from './workloads.mjs'

const PATIENCE = 20_000
const traffics = new Map()

process.on('disconnect', () => process.exit())
process.on('message', order =>
  play(order).then(
    sample => process.send(sample),
    error => process.send({ error: error.message }),
  ),
)

/** Order: url, workload, pid (of the target, or null), warmup and seconds. */
async function play({ url, workload: name, pid, warmup, seconds }) {
  const workload = workloadNamed(name)
  const trips = workload.timed ? new Trips() : null
  const clients = await openAll(new URL(`/${name}`, url), workload, trips)
  const failed = Promise.race(clients.map(client => client.failed))
  const run = flood(clients, { pid, warmup, seconds, trips })
  try {
    return await inTime(Promise.race([run, failed]))
  } finally {
    for (const client of clients) client.socket.destroy()
  }
}

async function openAll(url, workload, trips) {
  const traffic = trafficOf(workload)
  const onAnswer = trips === null ? null : () => trips.turn()
  const opening = Array.from({ length: workload.connections }, () => openClient(url, traffic, onAnswer))
  return inTime(Promise.all(opening))
}

async function flood(clients, { pid, warmup, seconds, trips }) {
  for (const client of clients) client.send(client.traffic.window)
  await pause(warmup)
  for (const client of clients) client.comparing = false
  trips?.clear()
  const before = look(clients, pid)
  await pause(seconds)
  const after = look(clients, pid)
  const times = trips?.taken()
  await Promise.all(clients.map(client => client.stop()))
  const error = clients.map(client => client.close()).find(error => error !== null)
  if (error) throw error
  return sampleOf(clients, before, after, times)
}

const look = (clients, pid) => ({
  time: performance.now(),
  octets: sum(clients, client => client.received),
  cpu: cpuSeconds(pid),
})

function sampleOf(clients, before, after, times) {
  const { answerLength, frameLength } = clients[0].traffic
  const frames = (after.octets - before.octets) / answerLength
  const sent = sum(clients, client => client.sent)
  return {
    rate: (1000 * frames) / (after.time - before.time),
    cpuPerFrame: after.cpu === null ? null : (after.cpu - before.cpu) / frames,
    wireOctets: sent * (frameLength + answerLength),
    ...(times && { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }),
  }
}

/** Round trips of the ping-pong, in microseconds. */
class Trips {
  #times = []
  #since = performance.now()

  turn() {
    const now = performance.now()
    this.#times.push(1000 * (now - this.#since))
    this.#since = now
  }

  clear() {
    this.#times = []
  }

  taken() {
    return this.#times
  }
}

function trafficOf(workload) {
  let traffic = traffics.get(workload)
  if (traffic === undefined) {
    const answer = serverFrame(workload.opcode, payloadOf(workload))
    traffic = makeTraffic(workload, clientFrames(workload, framesAhead(workload)), answer)
    traffics.set(workload, traffic)
  }
  return traffic
}

const sum = (items, of) => items.reduce((total, item) => total + of(item), 0)

const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds))

function inTime(promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${PATIENCE / 1000} s`)), PATIENCE)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
