/** How long starts take beside a script that does nothing: `--help`, S1; a proxy to its first connection, S2. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { here, startServer } from './children.mjs'
import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

const TIMES = 11

export async function bench({ bin, say }) {
  const target = createServer(socket => socket.on('error', () => socket.destroy()))
  await once(target.listen(0, '127.0.0.1'), 'listening')
  const proxy = [bin, 'proxy', `127.0.0.1:${target.address().port}`, '--port', '0', '--no-tui', '-q']
  const starts = {
    'an empty script': () => untilExit([here('targets/empty.mjs')]),
    'wsinspect --help': () => untilExit([bin, '--help']),
    'wsinspect proxy, first connection': () => untilConnected(proxy),
  }
  const names = Object.keys(starts)
  const times = Object.fromEntries(names.map(name => [name, []]))
  for (let i = 0; i < TIMES; i++) {
    say(`start ${i + 1} of ${TIMES}`)
    for (let k = 0; k < names.length; k++) {
      const name = names[(i + k) % names.length]
      times[name].push(await starts[name]())
    }
  }
  target.close()
  const [empty, help, first] = names.map(name => times[name])
  const rows = names.map(name => [name, number(median(times[name])), percent(spread(times[name]))])
  return {
    tables: [{ title: 'Start', head: ['command', 'ms', 'spread'], rows }],
    figures: { S1: { wall: medianRatio(help, empty) }, S2: { wall: medianRatio(first, empty) } },
    problems: names.filter(name => times[name].includes(null)).map(name => `${name} failed`),
    samples: times,
  }
}

/** In milliseconds; null if it failed. */
function untilExit(args) {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  return status === 0 ? performance.now() - start : null
}

/** To the first connection that the server accepts; null if it failed. */
async function untilConnected(args) {
  const start = performance.now()
  let server = null
  try {
    server = await startServer(args)
    const { hostname, port } = new URL(server.url)
    const socket = connect({ host: hostname, port: Number(port) })
    await once(socket, 'connect')
    const time = performance.now() - start
    socket.destroy()
    return time
  } catch {
    return null
  } finally {
    await server?.stop()
  }
}
