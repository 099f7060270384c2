/** What connections cost that do nothing: the memory of fresh processes, with many of them open; M1 and M2. */
import { connect } from 'node:net'
import { startHelper, startServer } from './children.mjs'
import { clientFrame, payloadOf, serverFrame } from './frames.mjs'
import { headReader, isUpgraded, request } from './handshake.mjs'
import { rssMiB } from './proc.mjs'
import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'
import { echoes, proxies } from './targets.mjs'
import { pingPong } from './workloads.mjs'

const CONNECTIONS = 2000
/** Opened before the first look, so that compiling is not counted. */
const FIRST = 100
const AT_ONCE = 50
const REST = 500

export async function bench({ bin, rounds, say }) {
  const backend = startHelper('backend.mjs')
  try {
    const { port } = await backend.next()
    const names = ['node-net', 'ws-relay', 'wsinspect']
    const throughProxies = await compare(proxies(bin, names, port), rounds, say)
    const toEchoes = await compare(echoes(bin), rounds, say)
    const M1 = { ratio: ratio(throughProxies, 'node-net'), KiB: median(throughProxies.wsinspect) }
    return {
      tables: [
        memoryTable('Idle proxied connections', throughProxies, 'node-net'),
        memoryTable('Idle echo connections', toEchoes, 'ws'),
      ],
      figures: { M1, M2: { ratio: ratio(toEchoes, 'ws') } },
      samples: { proxies: throughProxies, echoes: toEchoes },
    }
  } finally {
    await backend.stop()
  }
}

/** KiB per connection, a fresh process a round: `{ name: [KiB, …] }`. */
async function compare(targets, rounds, say) {
  const grown = Object.fromEntries(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < targets.length; i++) {
      const { name, args } = targets[(i + round) % targets.length]
      say(`round ${round + 1} of ${rounds}, ${name}`)
      grown[name].push(await memoryOf(args))
    }
  }
  return grown
}

async function memoryOf(args) {
  const { url, pid, stop } = await startServer(args)
  const sockets = []
  try {
    await openMore(sockets, url, FIRST)
    const before = await restingMemory(pid)
    await openMore(sockets, url, CONNECTIONS)
    return (1024 * ((await restingMemory(pid)) - before)) / CONNECTIONS
  } finally {
    for (const socket of sockets) socket.destroy()
    await stop()
  }
}

async function restingMemory(pid) {
  await new Promise(resolve => setTimeout(resolve, REST))
  return rssMiB(pid)
}

async function openMore(sockets, url, count) {
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const opening = Array.from({ length: AT_ONCE }, () => openIdle(new URL(pingPong.name, url)))
    sockets.push(...(await Promise.all(opening)))
  }
}

const payload = payloadOf(pingPong)
const frame = clientFrame(pingPong.opcode, payload, Buffer.from([1, 2, 3, 4]))
const answer = serverFrame(pingPong.opcode, payload)

/** A connection that has had one message answered. */
function openIdle(url) {
  return new Promise((resolve, reject) => {
    const readHead = headReader()
    let answered = -1
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    socket.on('connect', () => socket.write(request(url)))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed by the target')))
    socket.on('data', chunk => {
      if (answered >= 0) answered += chunk.length
      else {
        const found = readHead(chunk)
        if (found === null) return
        if (!isUpgraded(found.head)) return reject(new Error('not upgraded'))
        answered = found.rest.length
        socket.write(frame)
      }
      if (answered === answer.length) resolve(socket)
    })
  })
}

const ratio = (grown, base) => medianRatio(grown.wsinspect, grown[base])

function memoryTable(title, grown, base) {
  const rows = Object.entries(grown).map(([name, values]) => [
    name,
    number(median(values)),
    number(medianRatio(values, grown[base])),
    percent(spread(values)),
  ])
  return {
    title: `${title}, ${CONNECTIONS}, one message echoed on each`,
    head: ['target', 'KiB/connection', `x ${base}`, 'spread'],
    rows,
  }
}
