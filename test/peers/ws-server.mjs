import { once } from 'node:events'
import { STATUS_CODES, createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/**
 * Starts a server on a free port in which the path of a request names the case: `cases` holds for each what it does with
 * its socket (`serve`, an echo unless given), the options of its `WebSocketServer` (`server`), or how it refuses the
 * upgrade (`refuse`: a status and headers). `page` answers other requests. Resolves with the port and how to close it.
 */
export async function startWsServer(cases, page = servePage) {
  const server = createServer(page)
  const endpoints = new Map()
  server.on('upgrade', (request, socket, head) => {
    const name = new URL(request.url, 'http://localhost').pathname.slice(1)
    const { serve = echo, server: options = {}, refuse } = cases[name] ?? { refuse: [404] }
    if (refuse !== undefined) {
      socket.end(refusal(...refuse))
      return
    }
    if (!endpoints.has(name)) endpoints.set(name, new WebSocketServer({ noServer: true, ...options }))
    endpoints.get(name).handleUpgrade(request, socket, head, serve)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return { port: server.address().port, close }
}

export function echo(socket) {
  socket.on('error', () => {
    // A client that is gone; `close` follows.
  })
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

function servePage(_request, response) {
  response.end('a page\n')
}

function refusal(status, headers = []) {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close', 'Content-Length: 0']
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n`
}
