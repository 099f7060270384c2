/** The proxy with its screen open, on a terminal that takes everything. Arguments: the folder of the build, the port. */
import { openScreen } from '../null-terminal.mjs'

const [dist, port] = process.argv.slice(2)
const load = name => import(new URL(`${name}.js`, dist))
const [{ startProxy }, { Session }] = await Promise.all([load('net/proxy'), load('wire/session')])

const origin = performance.now()
const now = () => performance.now() - origin
const session = new Session({ wake: read => setImmediate(read) })
const { listener } = await startProxy({
  host: '127.0.0.1',
  port: 0,
  target: { url: `ws://127.0.0.1:${port}/`, host: '127.0.0.1', port: Number(port), tls: false, path: '/' },
  certificate: null,
  ca: null,
  insecure: false,
  maxConnections: 100,
  headers: [],
  connectTimeout: 10_000,
  linger: 60_000,
  facts: session,
  now,
  gate: null,
  chop: null,
  onProblem: problem => console.error(problem),
})
setInterval(() => session.tick(now()), 200)
await openScreen(dist, session, { now })
console.error(`ws://127.0.0.1:${listener.port}/`)
