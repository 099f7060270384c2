/**
 * The screen at 200 x 60: a frame in which every row is another, what is seen of a key while 100,000 rows come each second, the
 * longest pause while a filter is typed over 131,072 rows that came in the two seconds before, the share of a core when nothing
 * happens, and the memory that stays when rows pass through; T1 to T4 and T6.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { reads } from './chunks.mjs'
import { openScreen } from './null-terminal.mjs'
import { openSession } from './session-feed.mjs'
import { percentile } from './stats.mjs'
import { number } from './table.mjs'

const TEXT = 1
const SIZE = 48
const FRAMES = 300

export async function bench({ dist }) {
  const painting = await paintAll(dist)
  const keys = await pressKeys(dist)
  const longest = await typeFilter(dist)
  const idle = await idleShare(dist)
  const growth = await growthOver(dist)
  const rows = [
    ['frame, every row another, p50', `${number(percentile(painting, 0.5))} ms`],
    ['frame, every row another, p99', `${number(percentile(painting, 0.99))} ms`],
    ['key to screen at 100,000 rows/s, p50', `${number(percentile(keys, 0.5))} ms`],
    ['key to screen at 100,000 rows/s, p99', `${number(percentile(keys, 0.99))} ms`],
    ['longest pause while a filter is typed', `${number(longest)} ms`],
    ['share of a core when idle', `${number(100 * idle)} %`],
    ['more memory after 2,000,000 rows than after 1,000,000', `${number(growth)} MiB`],
  ]
  return {
    tables: [{ title: 'The screen at 200 x 60', head: ['what', 'value'], rows }],
    figures: {
      T1: { p50: percentile(painting, 0.5) },
      T2: { p99: percentile(keys, 0.99) },
      T3: { max: longest },
      T4: { idle: 100 * idle },
      T6: { MiB: growth },
    },
  }
}

/** The live session: readers are woken at the end of a turn. */
const live = { wake: read => setImmediate(read) }

async function paintAll(dist) {
  const { makeCells } = await import(new URL('tui/canvas.js', dist))
  const { paintScreen } = await import(new URL('tui/paint.js', dist))
  const { session, feed } = await openSession(dist, live)
  const { app, press } = await openScreen(dist, session)
  const { chunks } = reads(SIZE, 20_000 * SIZE, TEXT)
  press('k')
  const times = []
  const terminal = await terminalOf(dist)
  for (let frame = 0; frame < FRAMES; frame++) {
    // So many rows that they are read at once.
    for (let i = 0; i < 4; i++) feed(chunks[(4 * frame + i) % chunks.length])
    await new Promise(setImmediate)
    app.model.log.follow = true
    const start = performance.now()
    const cells = makeCells(200, 60, app.model.look.theme)
    terminal.show(cells, paintScreen(cells, app.model))
    times.push(performance.now() - start)
  }
  app.stop()
  return times.slice(times.length / 4)
}

async function terminalOf(dist) {
  const { Terminal } = await import(new URL('tui/terminal.js', dist))
  const { PassThrough, Writable } = await import('node:stream')
  const output = new Writable({ write: (_octets, _encoding, taken) => taken() })
  const terminal = new Terminal(new PassThrough(), Object.assign(output, { columns: 200, rows: 60 }))
  terminal.enter()
  return terminal
}

/** Rows come in a portion each millisecond, while keys move the cursor. */
async function pressKeys(dist) {
  const { session, feed } = await openSession(dist, live)
  let seen = null
  const { app, press } = await openScreen(dist, session, { onFrame: () => seen?.() })
  const { chunks } = reads(SIZE, 100 * SIZE, TEXT)
  const timer = setInterval(() => {
    for (const chunk of chunks) feed(chunk)
  }, 1)
  const times = []
  for (let i = 0; i < 100; i++) {
    await pause(17)
    const start = performance.now()
    const frame = new Promise(resolve => (seen = resolve))
    press(i % 2 === 0 ? 'k' : 'j')
    await new Promise(setImmediate)
    await frame
    times.push(performance.now() - start)
  }
  clearInterval(timer)
  app.stop()
  return times
}

async function typeFilter(dist) {
  const { session, feed } = await openSession(dist, live)
  const { app, press } = await openScreen(dist, session)
  const { chunks } = reads(SIZE, 131_072 * SIZE, TEXT)
  for (const chunk of chunks) {
    feed(chunk)
    await pause(2000 / chunks.length)
  }
  await pause(300)
  let longest = 0
  let last = performance.now()
  let goesOn = true
  const watch = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (goesOn) setImmediate(watch)
  }
  setImmediate(watch)
  for (const character of '/from:client missing') {
    press(character)
    await pause(60)
  }
  await pause(300)
  goesOn = false
  app.stop()
  return longest
}

async function idleShare(dist) {
  const { session, feed } = await openSession(dist, live)
  const { chunks } = reads(SIZE, 1000 * SIZE, TEXT)
  for (const chunk of chunks) feed(chunk)
  const { app } = await openScreen(dist, session)
  await pause(1000)
  const before = process.cpuUsage()
  const start = performance.now()
  await pause(3000)
  const { user, system } = process.cpuUsage(before)
  app.stop()
  return (user + system) / 1000 / (performance.now() - start)
}

/** Rows pass through with the screen open. All that is kept is full after the first million. */
async function growthOver(dist) {
  const { session, feed } = await openSession(dist, live)
  const { app } = await openScreen(dist, session)
  const { chunks } = reads(SIZE, 10_000 * SIZE, TEXT)
  const passRows = async count => {
    for (let i = 0; session.log.next < count; i++) {
      feed(chunks[i % chunks.length])
      await new Promise(setImmediate)
    }
    await pause(200)
    return process.memoryUsage.rss() / (1 << 20)
  }
  const before = await passRows(1_000_000)
  const after = await passRows(2_000_000)
  app.stop()
  return after - before
}
