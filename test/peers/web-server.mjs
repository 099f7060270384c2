import { echo } from './ws-server.mjs'

const deflate = (options = {}) => ({ perMessageDeflate: { threshold: 0, ...options } })

/** The server's part in the cases of web-client.mjs, as ws-server.mjs takes them. */
export const webCases = {
  lengths: {},
  json: { server: deflate() },
  blob: {},
  burst: { server: deflate() },
  'close-without-code': {},
  'close-registered': {},
  'close-private': {},
  'close-behind-octets': {},
  subprotocol: {},
  'server-first': {
    serve(socket) {
      socket.send('welcome')
      echo(socket)
    },
  },
  'server-fragments': {
    server: deflate(),
    serve(socket) {
      socket.on('message', data => {
        socket.send(data.subarray(0, 9), { binary: false, fin: false })
        socket.ping('between')
        socket.send(data.subarray(9), { binary: false })
      })
    },
  },
  'server-pings': {
    serve(socket) {
      for (const payload of ['', 'one', 'p'.repeat(125)]) socket.ping(payload)
      let pongs = 0
      socket.on('pong', () => {
        if (++pongs === 3) socket.close(1000)
      })
    },
  },
  'no-takeover': { server: deflate({ serverNoContextTakeover: true, clientNoContextTakeover: true }) },
  'small-windows': { server: deflate({ serverMaxWindowBits: 9, clientMaxWindowBits: 10 }) },
  'no-compression': { server: { perMessageDeflate: false } },
  'close-by-server': { serve: socket => socket.close(1000) },
  'close-by-server-without-code': { serve: socket => socket.close() },
  'close-by-server-going-away': { serve: socket => socket.close(1001, 'restart') },
  'close-by-server-private': { serve: socket => socket.close(4001, 'grün') },
  'close-while-client-sends': {
    serve: socket => socket.on('message', () => socket.close(1001, 'restart')),
  },
  'too-big': { server: { maxPayload: 1000 } },
  'terminate-by-server': { serve: socket => socket.on('message', () => socket.terminate()) },
  unauthorized: { refuse: [401, ['WWW-Authenticate: Basic realm="demo"']] },
  forbidden: { refuse: [403] },
}
