/** A server that says what was recorded, as fast as it is read, and only reads what comes: it takes little of the machine. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { headReader, reply } from './handshake.mjs'

/** `chops`: makes all that the server's side said after its head. Gives where it listens. */
export async function startPeer(chops) {
  const server = createServer(socket => {
    const readHead = headReader()
    socket.on('error', () => socket.destroy())
    const read = chunk => {
      const found = readHead(chunk)
      if (found === null) return
      socket.off('data', read).resume()
      socket.write(reply(found.head))
      void say(socket, chops())
    }
    socket.on('data', read)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `ws://127.0.0.1:${server.address().port}/`, stop: () => server.close() }
}

async function say(socket, chops) {
  let goOn = () => {}
  socket.on('drain', () => goOn()).on('close', () => goOn())
  for (const chop of chops) {
    if (socket.destroyed) return
    if (!socket.write(chop)) await new Promise(resolve => (goOn = resolve))
  }
}
