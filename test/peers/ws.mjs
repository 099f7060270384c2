import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { throughProxy } from './proxied.mjs'
import { echo, startWsServer } from './ws-server.mjs'

const json = JSON.stringify({ type: 'quote', symbol: 'ABC', bid: 100.25, ask: 100.5, note: '§ grün 😀' })
const plain = { perMessageDeflate: false }

/** A deflate option of `ws` that leaves no message uncompressed. */
const deflate = (options = {}) => ({ perMessageDeflate: { threshold: 0, ...options } })

/** Resolves when `socket` has emitted `event` so many times; several may come in one turn. */
function events(socket, event, count) {
  return new Promise(resolve => {
    socket.on(event, () => {
      if (--count === 0) resolve()
    })
  })
}

/** Sends each payload and awaits its echo. */
async function exchange(socket, payloads) {
  for (const payload of payloads) {
    socket.send(payload)
    await once(socket, 'message')
  }
}

/** What shows all of a compression: a context to refer to, an empty message, binary, fragments. */
async function exchangeCompressed(socket) {
  await exchange(socket, [json, json, '', Buffer.alloc(3000, 'abc'), json.repeat(40)])
  socket.send(json.slice(0, 20), { fin: false })
  socket.send('', { fin: false })
  await exchange(socket, [json.slice(20)])
  socket.close(1000)
}

async function pingThrice(socket) {
  for (const payload of ['', 'one', Buffer.alloc(125, 'p')]) {
    socket.ping(payload)
    await once(socket, 'pong')
  }
}

/**
 * What the client does (`play`) and with which options (`client`, `protocols`), and the server likewise: see
 * ws-server.mjs. Each case is over when the client's socket is closed.
 */
const cases = {
  lengths: {
    client: plain,
    async play(socket) {
      const lengths = [0, 1, 125, 126, 127, 128, 65535, 65536]
      await exchange(
        socket,
        lengths.map(length => '*'.repeat(length)),
      )
      await exchange(
        socket,
        lengths.map(length => Buffer.alloc(length, 7)),
      )
      socket.close(1000, 'done')
    },
  },
  fragments: {
    client: plain,
    serve(socket) {
      socket.on('message', data => {
        socket.send(data.subarray(0, 5), { binary: false, fin: false })
        socket.ping('between')
        socket.send('', { fin: false })
        socket.send(data.subarray(5), { binary: false })
      })
    },
    async play(socket) {
      socket.send('Hello ', { fin: false })
      socket.ping('between')
      socket.send('grün', { fin: false })
      await exchange(socket, ['e Welt'])
      socket.close(1000)
    },
  },
  burst: {
    async play(socket) {
      for (let i = 0; i < 200; i++) socket.send(`message ${i}`)
      await events(socket, 'message', 200)
      socket.close(1000)
    },
  },
  'server-first': {
    serve(socket) {
      socket.send('welcome')
      socket.ping('are you there')
      echo(socket)
    },
    async play(socket) {
      await exchange(socket, ['thanks'])
      socket.close(1000)
    },
  },
  'deflate-default': {
    server: { perMessageDeflate: true },
    play: exchangeCompressed,
  },
  'deflate-threshold': {
    server: { perMessageDeflate: { threshold: 100 } },
    client: { perMessageDeflate: { threshold: 100 } },
    play: exchangeCompressed,
  },
  'deflate-takeover': { server: deflate(), client: deflate(), play: exchangeCompressed },
  'deflate-no-takeover-by-server': {
    server: deflate({ serverNoContextTakeover: true, clientNoContextTakeover: true }),
    client: deflate(),
    play: exchangeCompressed,
  },
  'deflate-no-takeover-by-client': {
    server: deflate(),
    client: deflate({ serverNoContextTakeover: true, clientNoContextTakeover: true }),
    play: exchangeCompressed,
  },
  'deflate-windows-by-client': {
    server: deflate(),
    client: deflate({ serverMaxWindowBits: 10, clientMaxWindowBits: 9 }),
    play: exchangeCompressed,
  },
  'deflate-windows-by-server': {
    server: deflate({ serverMaxWindowBits: 9, clientMaxWindowBits: 11 }),
    client: deflate(),
    play: exchangeCompressed,
  },
  // Node's zlib makes a window of 9 bits of one of 8.
  'deflate-window-of-8': {
    server: deflate(),
    client: deflate({ serverMaxWindowBits: 8, clientMaxWindowBits: 8 }),
    play: exchangeCompressed,
  },
  'deflate-level-0': {
    server: deflate({ zlibDeflateOptions: { level: 0 } }),
    client: deflate({ zlibDeflateOptions: { level: 9, memLevel: 1 } }),
    play: exchangeCompressed,
  },
  'deflate-declined': { server: plain, client: deflate(), play: exchangeCompressed },
  subprotocol: {
    protocols: ['v2.chat', 'v1.chat'],
    async play(socket) {
      await exchange(socket, ['hi'])
      socket.close(1000)
    },
  },
  'subprotocol-second': {
    protocols: ['v2.chat', 'v1.chat'],
    server: { handleProtocols: () => 'v1.chat' },
    async play(socket) {
      await exchange(socket, ['hi'])
      socket.close(1000)
    },
  },
  'subprotocol-none': { protocols: ['v1.chat'], server: { handleProtocols: () => false } },
  'keep-alive': {
    serve(socket) {
      echo(socket)
      const timer = setInterval(() => socket.ping(), 20)
      socket.on('close', () => clearInterval(timer))
    },
    async play(socket) {
      await pingThrice(socket)
      await events(socket, 'ping', 5)
      await exchange(socket, ['still here'])
      socket.close(1000)
    },
  },
  'pings-at-once': {
    async play(socket) {
      for (let i = 0; i < 20; i++) socket.ping(`${i % 3}`)
      await events(socket, 'pong', 20)
      socket.close(1000)
    },
  },
  'pings-while-busy': {
    async play(socket) {
      socket.send('*'.repeat(200_000))
      socket.ping('behind it')
      await Promise.all([once(socket, 'message'), once(socket, 'pong')])
      socket.close(1000)
    },
  },
  'one-way-pongs': {
    async play(socket) {
      socket.pong('heartbeat')
      await exchange(socket, ['hi'])
      socket.pong('heartbeat')
      socket.close(1000)
    },
  },
  'close-without-code': { play: socket => socket.close() },
  'close-going-away': { play: socket => socket.close(1001, 'the tab is closed') },
  'close-registered': { play: socket => socket.close(3000, 'unauthorized') },
  'close-library': { play: socket => socket.close(3042) },
  'close-private': { play: socket => socket.close(4042, 'grün 😀 '.repeat(9)) },
  'close-by-server': { serve: socket => socket.close(1000) },
  'close-by-server-without-code': { serve: socket => socket.close() },
  'close-by-server-going-away': { serve: socket => socket.close(1001, 'restart') },
  'close-by-server-internal-error': { serve: socket => socket.close(1011, 'oops') },
  'close-by-server-try-again': { serve: socket => socket.close(1013) },
  'close-by-server-policy': {
    serve: socket => socket.on('message', () => socket.close(1008, 'no')),
    play: socket => socket.send('may I?'),
  },
  'close-by-both': {
    serve: socket => socket.on('message', () => socket.close(1001, 'restart')),
    play(socket) {
      socket.send('now')
      setImmediate(() => socket.close(1000))
    },
  },
  'close-behind-octets': {
    async play(socket) {
      for (let i = 0; i < 20; i++) socket.send(json.repeat(5))
      socket.close(1000, 'all sent')
    },
  },
  'close-while-client-sends': {
    serve: socket => socket.on('message', () => socket.close(1001, 'restart')),
    async play(socket) {
      while (socket.readyState === WebSocket.OPEN) {
        socket.send(json)
        await new Promise(setImmediate)
      }
    },
  },
  'close-in-fragments': {
    play(socket) {
      socket.send('a part', { fin: false })
      socket.close(1000)
    },
  },
  'close-slowly': {
    async play(socket) {
      await exchange(socket, ['hi'])
      await sleep(300)
      socket.close(1000)
    },
  },
  'too-big': {
    server: { maxPayload: 100 },
    play: socket => socket.send('*'.repeat(101)),
  },
  'terminate-by-client': {
    async play(socket) {
      await exchange(socket, ['hi'])
      socket.terminate()
    },
  },
  'terminate-by-server': {
    serve: socket => socket.on('message', () => socket.terminate()),
    play: socket => socket.send('hi'),
  },
  unauthorized: { refuse: [401, ['WWW-Authenticate: Basic realm="demo"']] },
  forbidden: { refuse: [403] },
  unavailable: { refuse: [503, ['Retry-After: 1']] },
  redirect: {
    client: { followRedirects: true },
    refuse: [302, ['Location: /close-going-away']],
    play: socket => socket.close(1000),
  },
  credentials: {
    query: '?token=abcdef',
    client: { headers: { Authorization: 'Bearer abcdef', Cookie: 'session=abcdef' } },
    play: socket => socket.close(1000),
  },
  'from-a-page': {
    query: '?room=1&name=gr%C3%BCn',
    client: { origin: 'http://localhost:8080' },
    play: socket => socket.close(1000),
  },
  'behind-http': {
    before: getPages,
    async play(socket) {
      await exchange(socket, ['hi'])
      socket.close(1000)
    },
  },
}

/** Two pages over the connection that the upgrade then uses. Returns options for the client. */
async function getPages(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const path of ['/', '/other']) {
    const [response] = await once(get({ host: '127.0.0.1', port, path, agent }), 'response')
    response.resume()
    await once(response, 'end')
  }
  return { agent }
}

async function playCase(port, name) {
  const { play = () => {}, before, protocols = [], client = {}, query = '' } = cases[name]
  const options = { ...client, ...(await before?.(port)) }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${name}${query}`, protocols, options)
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.on('error', () => {
    // A refused upgrade; `close` follows.
  })
  socket.once('open', () => void play(socket))
  await closed
}

export async function recordWs(name) {
  const server = await startWsServer(cases)
  await throughProxy(name, server.port, async port => {
    for (const each of Object.keys(cases)) await playCase(port, each)
  })
  await server.close()
}
