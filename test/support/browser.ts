/** A real browser: headless Chromium, driven over its DevTools protocol. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** True where Chromium is installed. */
export const hasChromium = existsSync(chromium)

/** As root it has no sandbox; the rest keeps it from talking to anybody else. */
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--remote-debugging-port=0'],
]

interface Reply {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

export interface BrowserOptions {
  width?: number
  height?: number
  /** `print`, or the colours that the user prefers. */
  media?: 'print' | 'dark' | 'light'
}

/** An empty page in a browser of its own, which is gone after the test. */
export async function openBrowser({ width = 1280, height = 900, media = 'light' }: BrowserOptions = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'wsinspect-chromium-'))
  const child = spawn(chromium, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = once(child, 'exit')
  let close = () => {
    child.kill('SIGKILL')
  }
  onTestFinished(async () => {
    close()
    await gone
    // Its processes outlive the first of them for a moment, and still write.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  })
  const port = await debuggingPort(child.stderr)
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const page = targets.find(({ type }) => type === 'page')
  if (page === undefined) throw new Error('the browser has no page')
  const socket = new WebSocket(page.webSocketDebuggerUrl, { maxPayload: 256 * 1024 * 1024 })
  await once(socket, 'open')

  const waiting = new Map<number, (reply: Reply) => void>()
  /** What the page complained of: exceptions, refusals of its security policy, requests. */
  const complaints: string[] = []
  let loads = 0
  let ids = 0
  socket.on('message', (data: Buffer) => {
    const reply = JSON.parse(data.toString()) as Reply
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply)
    else if (reply.method === 'Page.loadEventFired') loads++
    else if (reply.method === 'Log.entryAdded' || reply.method === 'Runtime.exceptionThrown')
      complaints.push(JSON.stringify(reply.params))
    else if (reply.method === 'Page.javascriptDialogOpening') complaints.push('a dialog')
    else if (reply.method === 'Network.requestWillBeSent') {
      const { url } = reply.params?.request as { url: string }
      if (!url.startsWith('file:')) complaints.push(`a request for ${url}`)
    }
  })
  const command = async (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    const id = ++ids
    const reply = await new Promise<Reply>(resolve => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`)
    return reply.result ?? {}
  }
  close = () => {
    // It does not answer where it is gone already.
    void command('Browser.close')
  }
  for (const domain of ['Page', 'Log', 'Runtime', 'Network']) await command(`${domain}.enable`)
  const size = { width, height, deviceScaleFactor: 1, mobile: false }
  await command('Emulation.setDeviceMetricsOverride', size)
  await command(
    'Emulation.setEmulatedMedia',
    media === 'print' ? { media } : { features: [{ name: 'prefers-color-scheme', value: media }] },
  )

  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await command('Runtime.evaluate', {
      expression,
      returnByValue: true,
    })
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value?: unknown }).value
  }
  return {
    complaints,
    evaluate,
    /** Opens a file, and waits until it is loaded. */
    async open(path: string) {
      const before = loads
      await command('Page.navigate', { url: pathToFileURL(path).href })
      await vi.waitFor(() => {
        expect(loads).toBe(before + 1)
      }, 20_000)
    },
    /** Presses a key, by its name in `KeyboardEvent.key`. */
    async key(key: string) {
      const text = key.length === 1 ? { text: key } : key === 'Enter' ? { text: '\r' } : {}
      await command('Input.dispatchKeyEvent', {
        type: 'keyDown',
        key,
        windowsVirtualKeyCode: codeOf(key),
        ...text,
      })
      await command('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: codeOf(key) })
    },
    /** Types text where the cursor is. */
    async type(text: string) {
      await command('Input.insertText', { text })
    },
    /** Waits until an expression has this value. */
    async until(expression: string, value: unknown) {
      await vi.waitFor(
        async () => {
          expect(await evaluate(expression)).toEqual(value)
        },
        { timeout: 20_000, interval: 50 },
      )
    },
    async print(): Promise<Buffer> {
      const { data } = await command('Page.printToPDF', { printBackground: true })
      return Buffer.from(data as string, 'base64')
    },
  }
}

async function debuggingPort(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stderr) {
    text += String(chunk)
    const found = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(text)
    if (found?.[1] !== undefined) return found[1]
  }
  throw new Error(`the browser has not started: ${text}`)
}

const codes: Record<string, number> = { Enter: 13, Escape: 27, ArrowDown: 40, ArrowUp: 38, End: 35, Home: 36 }

function codeOf(key: string): number {
  return codes[key] ?? key.toUpperCase().charCodeAt(0)
}
