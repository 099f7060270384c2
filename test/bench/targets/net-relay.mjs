/** The anchor: a hop in Node that looks at nothing. Argument: the port to relay to. */
import { connect, createServer } from 'node:net'

const port = Number(process.argv[2])

const server = createServer({ noDelay: true }, client => {
  const upstream = connect({ host: '127.0.0.1', port, noDelay: true })
  relay(client, upstream)
  relay(upstream, client)
})
server.listen(0, '127.0.0.1', () => console.error(`ws://127.0.0.1:${server.address().port}/`))

function relay(from, to) {
  from.on('data', chunk => {
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}
