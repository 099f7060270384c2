/** The echo server of comparison. */
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('listening', () => console.error(`ws://127.0.0.1:${server.address().port}/`))
server.on('connection', client => {
  client.on('message', (data, binary) => client.send(data, { binary }))
  client.on('error', () => client.terminate())
})
