/**
 * The screen at work: keys go in, frames come out. It reads rows as any reader of the log does, and draws at most 25 times a
 * second and in a small part of the time, whatever comes: a terminal that does not keep up is shown less often, and never waited
 * for.
 */
import type { Session } from '../wire/session.ts'
import type { Reader } from '../wire/log.ts'
import { actions, type Effects } from './actions.ts'
import { makeCells, type Cells, type Look } from './canvas.ts'
import { choose, type Choices } from './choices.ts'
import type { Clock, Host } from './host.ts'
import { InputDecoder, type InputEvent } from './input.ts'
import { actionOf } from './keys.ts'
import { makeModel, refresh, resized, type Model } from './model.ts'
import { dumpLines } from './dump.ts'
import { pointed } from './mouse.ts'
import { takeByOverlay } from './overlays.ts'
import { paintScreen } from './paint.ts'
import { searchOn } from './finding.ts'
import { inSteps, shareSlice, type Work } from './slice.ts'
import type { Terminal } from './terminal.ts'

export interface AppOptions {
  look: Look
  /** What is chosen from the start; a filter is a valid one. */
  choices: Partial<Choices>
  clock: Clock
  /** Ends this screen. */
  quit: () => void
  /** Ends it, and whatever would be shown next. */
  quitAll: () => void
  /** Puts the process to sleep, with the terminal left meanwhile. */
  suspend: () => void
}

/** Least milliseconds between frames: 25 a second. */
export const frameInterval = 40

/** A key is answered sooner, as long as frames do not follow each other at once. */
const keyInterval = 8

/** How often, in ms, what depends on time alone is looked at. */
const tickInterval = 1000

/** Milliseconds that an escape waits for the rest of a sequence. */
const escapeTime = 30

/** Frames may take one part of so many of the time; but `slowestInterval` ms are the most between two. */
const frameShare = 40
export const slowestInterval = 200

/** Milliseconds of work on rows in one turn of the event loop, and of it right before a frame. */
const sliceTime = 2
const lastSliceTime = 0.5

/** New rows wait for the next frame, up to one part of so many of those that can be kept: a read each would be dearer. */
const waitingShare = 32

export class App implements Reader {
  readonly model: Model
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #decoder: InputDecoder
  readonly #effects: Effects
  #cells: Cells
  #poke: () => void = () => undefined
  #lastFrame = -Infinity
  /** Milliseconds between frames that no key asked for: more where they are dear. */
  #interval = frameInterval
  /** When the last frame was done. */
  #drawn = -Infinity
  /** What follows the rows, the row up to which it was asked to, and whether there was more for it to do. */
  readonly #works: readonly Work[]
  #asked = 0
  #isBehind = false
  /** When the next frame is due, and what takes that back. */
  #due = Infinity
  #cancelFrame: () => void = () => undefined
  #cancelEscape: () => void = () => undefined
  #cancelTick: () => void = () => undefined
  /** The rows are printed plainly; any key comes back. */
  #isDumping = false
  #isStopped = false

  constructor(terminal: Terminal, host: Host, { look, choices, clock, quit, quitAll, suspend }: AppOptions) {
    this.#terminal = terminal
    this.#clock = clock
    this.model = makeModel(host, look, terminal.width, terminal.height)
    choose(this.model, choices)
    this.#works = worksOf(this.model)
    this.#cells = makeCells(terminal.width, terminal.height, look.theme)
    this.#decoder = new InputDecoder(event => {
      this.#take(event)
    })
    this.#effects = {
      quit,
      quitAll,
      suspend,
      write: sequence => {
        terminal.write(sequence)
      },
      redraw: () => {
        this.redraw()
      },
      setMouse: on => {
        terminal.setMouse(on)
      },
      dump: () => {
        this.#dump()
      },
      tell: message => {
        this.tell(message)
      },
    }
  }

  /** Shows the rows of `session` from now on. */
  attachTo(session: Session): void {
    session.attach(this)
    this.#poke = () => {
      session.poke()
    }
  }

  /** Takes the terminal over, for the first time or again. */
  start(): void {
    const terminal = this.#terminal
    this.#isStopped = false
    resized(this.model, terminal.width, terminal.height)
    terminal.setMouse(this.model.hasMouse)
    terminal.onInput = octets => {
      this.#typed(octets)
    }
    terminal.onResize = () => {
      resized(this.model, terminal.width, terminal.height)
      this.#request(keyInterval)
    }
    terminal.onDrain = () => {
      this.#request(keyInterval)
    }
    terminal.enter()
    this.#poke()
    this.#request(0)
    this.#tick()
  }

  /** Draws no more; the terminal is its owner's again. Rows are read on. */
  stop(): void {
    this.#isStopped = true
    this.#due = Infinity
    this.#cancelFrame()
    this.#cancelEscape()
    this.#cancelTick()
  }

  /** Something for the user: in the line above the hints, until the next key. */
  tell(message: string): void {
    const { messages } = this.model
    messages.push(message)
    if (messages.length > 200) messages.shift()
    this.model.note = { text: message, role: 'notice' }
    this.#request(this.#interval)
  }

  /** Draws every cell anew, whatever the terminal shows. */
  redraw(): void {
    this.#terminal.redraw()
    this.#request(0)
  }

  advance(): boolean {
    this.#request(this.#interval)
    const { next, frames } = this.model.host.log
    if (!this.#isBehind && (next - this.#asked) * waitingShare < frames.capacity) return false
    // A frame is work enough for the turn in which it is drawn.
    const now = this.#clock.now()
    const isFrameNear = now - this.#drawn < sliceTime || this.#due - now < sliceTime
    return this.#readRows(isFrameNear ? 0 : sliceTime)
  }

  end(): Promise<void> {
    if (this.advance()) this.#poke()
    return Promise.resolve()
  }

  /** Reads rows for `budget` ms. Returns true when there are more. */
  #readRows(budget: number): boolean {
    this.#asked = this.model.host.log.next
    this.#isBehind = shareSlice(this.#works, this.#clock.now, budget)
    return this.#isBehind
  }

  #typed(octets: Uint8Array): void {
    this.#cancelEscape()
    if (this.#isDumping) {
      this.#isDumping = false
      this.#terminal.enter()
      this.#request(0)
      return
    }
    this.#decoder.push(octets)
    if (!this.#decoder.pending) return
    this.#cancelEscape = this.#clock.after(escapeTime, () => {
      this.#decoder.flush()
    })
  }

  #take(event: InputEvent): void {
    const { model } = this
    // It acts on what has come, and right behind a change of the filter there must be rows to move in.
    this.#readRows(lastSliceTime)
    model.note = null
    if (event.type === 'mouse') pointed(model, event, this.#effects)
    else if (!takeByOverlay(model, event, this.#effects) && event.type === 'key') {
      const action = actionOf(event.name, model.focus)
      if (action !== null) actions[action](model, this.#effects)
    }
    // The filter, or what is counted, may have changed: there may be rows to look at.
    this.#poke()
    this.#request(keyInterval)
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(tickInterval, () => {
      this.#request(this.#interval)
      this.#tick()
    })
  }

  /** Asks for a frame, `interval` ms after the last one. */
  #request(interval: number): void {
    if (this.#isStopped || this.#isDumping) return
    const now = this.#clock.now()
    const at = Math.max(now, this.#lastFrame + interval)
    if (at >= this.#due) return
    this.#cancelFrame()
    this.#due = at
    this.#cancelFrame = this.#clock.after(at - now, () => {
      this.#frame()
    })
  }

  #frame(): void {
    this.#due = Infinity
    const { model } = this
    const { width, height } = model
    if (this.#cells.width !== width || this.#cells.height !== height)
      this.#cells = makeCells(width, height, model.look.theme)
    this.#lastFrame = this.#clock.now()
    if (!this.#isBehind && this.#readRows(lastSliceTime)) this.#poke()
    refresh(model, this.#clock.now)
    this.#terminal.show(this.#cells, paintScreen(this.#cells, model))
    this.#drawn = this.#clock.now()
    const cost = (this.#drawn - this.#lastFrame) * frameShare
    this.#interval = Math.max(frameInterval, Math.min(cost, slowestInterval))
  }

  /** The rows as plain lines on the normal screen, to be copied with the terminal's own means. */
  #dump(): void {
    this.#terminal.print(dumpLines(this.model).join('\r\n'))
    this.#isDumping = true
    this.#cancelFrame()
    this.#due = Infinity
  }
}

/** All that follows the rows of the log, each a part of a slice. */
function worksOf(model: Model): Work[] {
  const { host, list, statistics, log: state } = model
  return [
    inSteps(() => list.advance(host.log)),
    inSteps(() => statistics.all.advance(host.log)),
    inSteps(() => statistics.filtered?.advance(host.log) ?? false),
    (now, budget) => searchOn(model, now, budget),
    (now, budget) => state.rows.advance(now, budget),
  ]
}
