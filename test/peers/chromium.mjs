import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start, stop } from '../autobahn/processes.mjs'
import { throughProxy, withEcho } from './proxied.mjs'
import { echoCases, serverCases } from './web-client.mjs'
import { webCases } from './web-server.mjs'
import { startWsServer } from './ws-server.mjs'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SECONDS = 60

/** As root it has no sandbox; the rest keeps it from talking to anybody else. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page that comes through the proxy too, and plays the cases against `ws`. */
export async function recordChromium(name) {
  const pages = servePages(serverCases)
  const server = await startWsServer(webCases, pages.serve)
  await throughProxy(name, server.port, port => visit(`http://127.0.0.1:${port}/`, pages.done))
  await server.close()
}

/** A page of another origin, and the echo server. */
export async function recordChromiumEcho(name) {
  await withEcho(echo =>
    throughProxy(name, echo, async port => {
      const pages = servePages(echoCases, port)
      const server = await startWsServer({}, pages.serve)
      await visit(`http://127.0.0.1:${server.port}/`, pages.done)
      await server.close()
    }),
  )
}

/** The page, its script, and where it tells that it is done: the promise `done`. */
function servePages(names, port = 'location.port') {
  const script = `import { playWeb } from '/web-client.mjs'
await playWeb('ws://127.0.0.1:' + ${port}, ${JSON.stringify(names)})
await fetch('/done')`
  const pages = {
    '/': ['text/html', `<!doctype html><script type="module">${script}</script>`],
    '/web-client.mjs': ['text/javascript', readFileSync(new URL('web-client.mjs', import.meta.url))],
    '/done': ['text/plain', 'thank you'],
  }
  let tell
  const done = new Promise(resolve => {
    tell = resolve
  })
  const serve = (request, response) => {
    const [type, body] = pages[request.url] ?? []
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': type ?? 'text/plain' })
    response.end(body)
    if (request.url === '/done') response.once('finish', tell)
  }
  return { serve, done }
}

async function visit(url, done) {
  const profile = mkdtempSync(join(tmpdir(), 'wsinspect-chromium-'))
  const browser = start(CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`, url], { stdio: 'ignore' })
  const ended = once(browser, 'exit').then(([code]) => {
    throw new Error(`${CHROMIUM} has ended with ${code}`)
  })
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page was not done after ${SECONDS} s`)), SECONDS * 1000)
  })
  try {
    await Promise.race([done, ended, late])
  } finally {
    clearTimeout(timer)
    ended.catch(() => {})
    await stop(browser)
    // Its processes outlive the first of them for a moment, and still write.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  }
}
