/** The nearest peer: a server and a client of `ws`, message by message. Argument: the port to relay to. */
import { WebSocket, WebSocketServer } from 'ws'

const upstreamUrl = `ws://127.0.0.1:${process.argv[2]}`

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('listening', () => console.error(`ws://127.0.0.1:${server.address().port}/`))
server.on('connection', (client, request) => {
  const upstream = new WebSocket(upstreamUrl + request.url, { perMessageDeflate: false })
  client.pause()
  upstream.on('open', () => client.resume())
  relay(client, upstream)
  relay(upstream, client)
})

function relay(from, to) {
  from.on('message', (data, binary) => to.send(data, { binary }))
  from.on('error', () => to.terminate())
  from.on('close', () => to.terminate())
}
