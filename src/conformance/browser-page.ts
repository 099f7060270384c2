/** The page that lets a browser go through the cases by itself. */
import { createHash } from 'node:crypto'

const script = `
const say = text => document.querySelector('#state').textContent = text
const base = location.protocol.replace('http', 'ws') + '//' + location.host
const agent = () => encodeURIComponent(document.querySelector('#agent').value || 'browser')
const ask = (path, onMessage = () => {}) => new Promise(resolve => {
  const socket = new WebSocket(base + path)
  socket.binaryType = 'arraybuffer'
  socket.onmessage = ({ data }) => onMessage(data, socket)
  socket.onclose = resolve
})
async function run() {
  document.querySelector('button').disabled = true
  let count = 0
  await ask('/getCaseCount', data => { count = Number(data) })
  for (let n = 1; n <= count; n++) {
    say('case ' + n + ' of ' + count)
    await ask('/runCase?case=' + n + '&agent=' + agent(), (data, socket) => socket.send(data))
  }
  await ask('/updateReports?agent=' + agent())
  say('all ' + count + ' cases have run; the report is written')
  document.querySelector('button').disabled = false
}
const names = ['Firefox', 'Edg', 'Chrome', 'Safari'].filter(name => navigator.userAgent.includes(name))
document.querySelector('#agent').value = names[0] || 'browser'
document.querySelector('button').onclick = run
if (location.hash === '#run') run()
`

const style = 'body{font:16px system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}'

/** The page as HTML. */
export const browserPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>wsinspect conform server</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head>
<body><h1>Conformance cases</h1>
<p>This browser echoes what each case sends. Results go to the terminal of <code>wsinspect conform server</code>, and to its report with <code>-o DIR</code>.</p>
<p><label>agent <input id="agent"></label> <button>run all cases</button></p>
<p id="state" role="status"></p>
<script>${script}</script></body></html>
`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** What the page may do: run its own script, and open WebSockets to where it came from. */
export const browserPolicy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self' ws: wss:`
