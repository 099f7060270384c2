import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { Opcode, encodeFrame } from '../../dist/index.js'
import { startServer } from '../autobahn/server.mjs'
import { stop } from '../autobahn/processes.mjs'
import { echo, startWsServer } from '../peers/ws-server.mjs'
import { BIN } from '../peers/proxied.mjs'
import { RawClient, closing, cut, frame } from './raw-client.mjs'

const { text, binary, continuation, ping } = Opcode
const plain = { perMessageDeflate: false }

/** Our own echo server. */
async function serveEcho() {
  const folder = mkdtempSync(join(tmpdir(), 'wsinspect-sessions-'))
  const { child, port } = await startServer(BIN, ['echo', '--port', '0'], join(folder, 'log'))
  const close = async () => {
    await stop(child)
    rmSync(folder, { recursive: true })
  }
  return { port, close }
}

function serveWs(serve = echo, server = plain) {
  return () => startWsServer({ session: { serve, server } }, serveApplication)
}

/** A page, and the script that it loads: what comes before the socket is opened. */
function serveApplication(request, response) {
  const isScript = request.url === '/app.js'
  response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
  response.end(
    isScript
      ? "new WebSocket('ws://' + location.host + '/session', 'chat.v1')\n"
      : '<!doctype html><title>Chat</title><script src="/app.js"></script>\n',
  )
}

/** A server that answers the opening handshake and then writes what `script` says, right or wrong. */
async function serveRaw(script) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    socket.on('error', () => {
      // The recording has it.
    })
    socket.once('data', head => {
      const key = /sec-websocket-key: *(\S+)/i.exec(head.toString('latin1'))[1]
      const path = /^GET (\S+)/.exec(head.toString('latin1'))[1]
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      socket.write(`${[...lines, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`)
      script(socket, path)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, close: async () => server.close() }
}

/** Opens a `ws` client and closes it with `code` when `play` is done. */
async function withClient(port, path, play, { protocols = [], options = plain, code = 1000 } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options)
  const closed = once(socket, 'close')
  await once(socket, 'open')
  await play(socket)
  socket.close(code)
  await closed
}

async function exchange(socket, payload) {
  socket.send(payload)
  const [data] = await once(socket, 'message')
  return data
}

/** One client after the other, each of which breaks a rule and then answers the Close that it gets. */
async function breakRules(port) {
  const faults = [
    [1002, encodeFrame({ opcode: text }, Buffer.from('a client must mask'))],
    [1002, frame({ opcode: text, rsv: 4 }, 'RSV1 without an extension')],
    [1002, frame({ opcode: 3 }, 'a reserved opcode')],
    [1002, frame({ opcode: ping, fin: false }, 'a fragmented ping')],
    [1002, frame({ opcode: ping }, 'x'.repeat(126))],
    [1002, frame({ opcode: continuation }, 'continues nothing')],
    [1002, frame({ opcode: text, lengthBits: 16 }, 'a length that is not minimal')],
    [1007, frame({ opcode: text }, Buffer.from('not UTF-8: \xff', 'latin1'))],
    [null, frame({ opcode: Opcode.close }, closing(1005))],
  ]
  for (const [code, ...chops] of faults) {
    const client = new RawClient(port)
    await client.open('/')
    await client.send(chops, 1)
    if (code !== null) await client.send(frame({ opcode: Opcode.close }, closing(code)))
    await client.end()
  }
}

/** What a server does wrong, by the path that a client asks for. */
const careless = {
  '/masked': socket => socket.end(frame({ opcode: text }, 'a server must not mask')),
  '/after-close': socket => {
    socket.write(encodeFrame({ opcode: Opcode.close }, closing(1000)))
    socket.end(encodeFrame({ opcode: text }, Buffer.from('one more thing')))
  },
}

/** How a server ends: without a Close, in the middle of a frame, by RST, or not at all. */
const abrupt = {
  '/fin': socket => socket.end(encodeFrame({ opcode: text }, Buffer.from('and then nothing'))),
  '/torn': socket =>
    socket.end(encodeFrame({ opcode: text }, Buffer.from('torn in the middle')).subarray(0, 9)),
  '/reset': socket => {
    socket.write(encodeFrame({ opcode: text, fin: false }, Buffer.from('reset in a message')))
    setTimeout(() => socket.resetAndDestroy(), 50)
  },
}

async function visit(port, paths) {
  for (const path of paths) {
    const client = new RawClient(port)
    await client.open(path)
    await client.over
    if (!client.socket.destroyed) await client.end()
  }
}

async function closeWith(port, code, reason) {
  const client = new RawClient(port)
  await client.open('/')
  await client.send(frame({ opcode: Opcode.close }, code === null ? '' : closing(code, reason)), 1)
  await client.end()
}

/**
 * For each recording: who serves (`serve`), what is done through the proxy at the port given (`play`), and further options
 * of the proxy.
 */
export const sessions = {
  'fragments-and-pings': {
    serve: serveWs(socket => {
      echo(socket)
      socket.on('pong', () => socket.send('and here is your pong'))
      socket.once('message', () => socket.ping('are you there?'))
    }),
    play: port =>
      withClient(port, '/session', async socket => {
        socket.send('one message ', { fin: false })
        socket.ping('between')
        await once(socket, 'pong')
        socket.send('in three ', { fin: false })
        socket.ping('')
        await once(socket, 'pong')
        socket.send('fragments', { fin: true })
        await once(socket, 'message')
        await once(socket, 'message')
        socket.send(Buffer.alloc(200, 7), { fin: false })
        socket.send(Buffer.alloc(0), { fin: false })
        socket.send(Buffer.alloc(700, 9), { fin: true })
        await once(socket, 'message')
      }),
  },
  compressed: {
    serve: serveEcho,
    play: port =>
      withClient(
        port,
        '/',
        async socket => {
          const quote = JSON.stringify({ type: 'quote', symbol: 'WIRE', bid: 101.5, ask: 101.75 })
          for (const payload of [
            quote,
            quote,
            quote.replace('101.5', '101.25'),
            '',
            'grün § 😀 — über ASCII hinaus',
          ])
            await exchange(socket, payload)
          socket.send(quote.slice(0, 20), { fin: false })
          await exchange(socket, quote.slice(20))
          await exchange(socket, Buffer.alloc(20_000, 'compresses well '))
        },
        { options: { perMessageDeflate: { threshold: 0 } } },
      ),
  },
  'length-cut': {
    serve: serveEcho,
    async play(port) {
      const client = new RawClient(port)
      await client.open('/')
      const long = frame({ opcode: text }, 'length cut in two '.repeat(12))
      await client.send(cut(long, 3), 1)
      await client.send(cut(long, 1, 2, 3, 4, 5, 6, 7, 8), 1)
      const huge = frame({ opcode: binary }, Buffer.alloc(66_000, 'octets '))
      await client.send(cut(huge, 2, 5, 9, 12, 14, 20_000), 1)
      await client.send(cut(frame({ opcode: text }, 'key apart from payload'), 6), 1)
      await client.send(cut(frame({ opcode: text }, 'a code point cut in two: ä'), 31), 1)
      const three = ['three frames', 'in one', 'write'].map(part => frame({ opcode: text }, part))
      await client.send(Buffer.concat(three), 3)
      await client.send(cut(frame({ opcode: Opcode.close }, closing(1000)), 1), 1)
      await client.end()
    },
  },
  violations: { serve: serveEcho, play: breakRules },
  'server-violations': {
    serve: () => serveRaw((socket, path) => careless[path](socket)),
    play: port => visit(port, Object.keys(careless)),
  },
  'close-codes': {
    serve: serveEcho,
    async play(port) {
      for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
        await closeWith(port, code, code === 4000 ? 'one of our own' : '')
      await closeWith(port, null)
    },
  },
  'abnormal-end': {
    serve: () => serveRaw((socket, path) => abrupt[path](socket)),
    play: port => visit(port, Object.keys(abrupt)),
  },
  subprotocol: {
    serve: serveWs(
      socket => {
        const answers = {
          connection_init: () => [{ type: 'connection_ack' }],
          subscribe: ({ id }) => [
            ...[1, 2, 3].map(tick => ({ id, type: 'next', payload: { data: { tick } } })),
            { id, type: 'complete' },
          ],
        }
        socket.on('message', data => {
          const message = JSON.parse(data)
          for (const answer of answers[message.type](message)) socket.send(JSON.stringify(answer))
        })
      },
      { ...plain, handleProtocols: protocols => [...protocols][0] },
    ),
    play: port =>
      withClient(
        port,
        '/session',
        async socket => {
          await exchange(socket, JSON.stringify({ type: 'connection_init' }))
          const subscription = { id: '1', type: 'subscribe', payload: { query: 'subscription { tick }' } }
          let left = 4
          const complete = new Promise(resolve => {
            socket.on('message', () => --left === 0 && resolve())
          })
          socket.send(JSON.stringify(subscription))
          await complete
        },
        { protocols: ['graphql-transport-ws', 'graphql-ws'] },
      ),
  },
  'page-load': {
    serve: serveWs(echo, { ...plain, handleProtocols: () => 'chat.v1' }),
    async play(port) {
      const client = new RawClient(port)
      for (const path of ['/', '/app.js']) await client.get(path)
      await client.open('/session', ['Sec-WebSocket-Protocol: chat.v1'])
      await client.send(frame({ opcode: text }, 'hello from the page'), 1)
      await client.send(frame({ opcode: Opcode.close }, closing(1000)), 1)
      await client.end()
    },
    options: ['--no-redact'],
  },
}
