/** The screen on a real terminal that stops reading for 3 s: how long a message through the proxy may take meanwhile; T5. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { percentile } from './stats.mjs'
import { number } from './table.mjs'

const STALL = 3000

export async function bench({ bin }) {
  const port = await freePort()
  const proxy = spawn(
    'script',
    ['-qfec', `${process.execPath} ${bin} proxy --port ${port} --no-color`, '/dev/null'],
    { env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' }, stdio: ['pipe', 'pipe', 'ignore'] },
  )
  try {
    proxy.stdout.resume()
    const socket = await connected(`ws://127.0.0.1:${port}/`)
    const reading = await roundTrips(socket, 1000)
    proxy.stdout.pause()
    const stalled = await roundTrips(socket, STALL)
    proxy.stdout.resume()
    socket.terminate()
    return {
      tables: [
        {
          title: 'A terminal that stops reading for 3 s: round trips of messages, ms',
          head: ['terminal', 'messages', 'p50', 'p99', 'max'],
          rows: [row('reads', reading), row('does not read', stalled)],
        },
      ],
      figures: { T5: { max: Math.max(...stalled) } },
    }
  } finally {
    proxy.kill('SIGKILL')
  }
}

function row(name, times) {
  const figures = [percentile(times, 0.5), percentile(times, 0.99), Math.max(...times)]
  return [name, String(times.length), ...figures.map(number)]
}

async function freePort() {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

/** The proxy has no line to wait for: its screen has the terminal. */
async function connected(url) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const isOpen = await new Promise(resolve => {
      socket.once('open', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (isOpen) return socket
    await pause(100)
  }
  throw new Error('the proxy did not start in a terminal')
}

/** Sends messages in bursts of 20, so that every frame of the screen is another, for `duration` ms. */
async function roundTrips(socket, duration) {
  const times = []
  const sent = []
  const onMessage = () => times.push(performance.now() - sent.shift())
  socket.on('message', onMessage)
  const end = performance.now() + duration
  while (performance.now() < end) {
    for (let i = 0; i < 20; i++) {
      sent.push(performance.now())
      socket.send(`message at ${performance.now()} ms`)
    }
    await pause(5)
  }
  while (sent.length > 0) await pause(5)
  socket.off('message', onMessage)
  return times
}
