/** The screen on a terminal of streams, with a clock that a test moves. */
import { App } from '../../src/tui/app.ts'
import type { Choices } from '../../src/tui/choices.ts'
import type { Clock, Host } from '../../src/tui/host.ts'
import { Terminal } from '../../src/tui/terminal.ts'
import { themes, type ThemeName } from '../../src/tui/theme.ts'
import { Session } from '../../src/wire/session.ts'
import type { LogLimits } from '../../src/wire/log.ts'
import { push } from './facts.ts'
import { fakeTty } from './screen.ts'
import { parseScript } from './wire-script.ts'

/** A clock that stands still but for `pass`, and `step` ms whenever it is looked at. */
export function manualClock(step = 0) {
  let time = 0
  let number = 0
  const timers = new Map<number, { at: number; call: () => void }>()
  const clock: Clock = {
    now: () => (time += step),
    after(ms, call) {
      const id = ++number
      timers.set(id, { at: time + ms, call })
      return () => timers.delete(id)
    },
  }
  /** Time passes, and what is due is called in its order. */
  const pass = (ms: number) => {
    const end = time + ms
    for (;;) {
      const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
      if (due === undefined) break
      const [id, { at, call }] = due
      timers.delete(id)
      time = Math.max(time, at)
      call()
    }
    time = end
  }
  return { clock, pass }
}

export interface AppTestOptions {
  width?: number
  height?: number
  choices?: Partial<Choices>
  ascii?: boolean
  /** Milliseconds between two looks at the clock. */
  step?: number
  theme?: ThemeName
  limits?: LogLimits
  host?: Partial<Host>
}

/** A screen over a session. Times of day are those of UTC-less tests: the start is at 12:00:00 here. */
export function openApp(options: AppTestOptions = {}) {
  const tty = fakeTty(options.width ?? 80, options.height ?? 24)
  const { clock, pass } = manualClock(options.step)
  // Readers go on in slices as in a live run, but when the test says so.
  let read: (() => void) | null = null
  const session = new Session({
    ...(options.limits === undefined ? {} : { log: options.limits }),
    wake: call => (read = call),
  })
  const readAll = () => {
    for (let next = read; next !== null; next = read) {
      read = null
      next()
    }
  }
  const done: string[] = []
  const saved = new Map<string, Uint8Array>()
  let time = 0
  const host: Host = {
    log: session.log,
    title: '127.0.0.1:9000 → ws://127.0.0.1:9001/',
    welcome: ['connect to ws://127.0.0.1:9000/'],
    isLive: true,
    started: new Date(2026, 10, 25, 12).getTime(),
    now: () => time,
    isRecording: () => false,
    toggleRecording: () => done.push('record'),
    waiting: () => 0,
    save(path, octets) {
      saved.set(path, octets)
      return Promise.resolve()
    },
    replay(conn, url) {
      done.push(`replay #${conn} against ${url}`)
      return { over: new Promise(() => undefined), stop: () => done.push('stop') }
    },
    openRecording(path) {
      done.push(`open ${path}`)
      return Promise.resolve()
    },
    ...options.host,
  }
  const terminal = new Terminal(tty.input, tty.output)
  const app = new App(terminal, host, {
    look: { theme: themes[options.theme ?? 'mono'], ascii: options.ascii ?? false },
    choices: options.choices ?? {},
    clock,
    quit: () => done.push('quit'),
    quitAll: () => done.push('quit all'),
    suspend: () => done.push('suspend'),
  })
  app.attachTo(session)
  app.start()

  /** All rows are read, and the next frame is on the screen. */
  const shown = async () => {
    readAll()
    pass(50)
    await tty.settled()
    return tty.text()
  }
  return {
    tty,
    terminal,
    app,
    session,
    saved,
    /** What the screen asked of its owner. */
    done,
    pass,
    readAll,
    shown,
    /** Presses keys, one after the other, as a terminal sends them, and shows what comes of it. */
    press: async (...keys: string[]) => {
      for (const key of keys) {
        tty.keys(key)
        await tty.settled()
        readAll()
        pass(35)
      }
      return shown()
    },
    /** Gives the facts of a script to the session, as connection `conn`; `go on` before it: it is open already. */
    feed: (script: string, conn = 1) => {
      const facts = parseScript(script.replace('go on', ''))
      for (const fact of facts) {
        if (script.startsWith('go on') && fact.type === 'open') continue
        time = Math.max(time, fact.time)
        push(session, { ...fact, conn })
      }
      readAll()
    },
  }
}

export const key = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  up: '\x1b[A',
  pageUp: '\x1b[5~',
  ctrl: (letter: string) => String.fromCharCode(letter.charCodeAt(0) & 31),
} as const
