/** A terminal of 200 x 60 that takes everything at once and shows it to nobody; and the screen opened on it. */
import { PassThrough, Writable } from 'node:stream'

const COLUMNS = 200
const ROWS = 60

/** Times and intervals are real; `onFrame` is called with every write. */
export async function openScreen(
  dist,
  session,
  { now = () => performance.now(), onFrame = () => undefined } = {},
) {
  const load = name => import(new URL(`tui/${name}.js`, dist))
  const [{ App }, { Terminal }, { themes }] = await Promise.all([
    load('app'),
    load('terminal'),
    load('theme'),
  ])
  const input = new PassThrough()
  const output = new Writable({
    write(octets, _encoding, taken) {
      onFrame(octets)
      taken()
    },
  })
  Object.assign(output, { columns: COLUMNS, rows: ROWS })
  const host = {
    log: session.log,
    title: 'bench',
    welcome: [],
    isLive: true,
    started: Date.now(),
    now,
    isRecording: () => null,
    toggleRecording: () => undefined,
    waiting: () => 0,
    save: () => Promise.resolve(),
  }
  const clock = {
    now: () => performance.now(),
    after(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
  }
  const nothing = () => undefined
  const app = new App(new Terminal(input, output), host, {
    look: { theme: themes.ansi, ascii: false },
    choices: {},
    clock,
    quit: nothing,
    suspend: nothing,
  })
  app.attachTo(session)
  app.start()
  return { app, press: keys => input.write(keys) }
}
