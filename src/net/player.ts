/** Plays one side of a connection on a socket, step by step: when each step is taken, and when it is given up. */
import { peerOf, type Side } from '../protocol/side.ts'
import type { Moment } from '../replay/script.ts'
import type { ConnectionInfo, Facts, TcpState } from '../wire/facts.ts'
import type { Leg } from './leg.ts'
import { PlayedLeg } from './played-leg.ts'

/** When a step is taken. */
export type Timing =
  /** As soon as as many cues have come as had come before it. */
  | { mode: 'causal' }
  /** After the recorded pauses, so many times faster; none longer than `maxDelay` ms. */
  | { mode: 'recorded'; speed: number; maxDelay: number }
  /** At once. */
  | { mode: 'fast' }

export interface PlayerOptions {
  role: Side
  timing: Timing
  /** Milliseconds between chops that nothing was waited for in between, so that they come as reads of their own. */
  chopDelay: number
  /** Milliseconds without progress after which the replay is over. */
  timeout: number
  conn: number
  info: ConnectionInfo
  /** Where it is told what was written and what came. */
  facts: Facts
  now: () => number
  /** When the recorded connection was opened, in ms. */
  opened: number
  /** Octets of the peer that wait to be compared. */
  held: () => number
  /** A pause was longer than `maxDelay`. */
  onClamp: (delay: number) => void
}

/** How a replay ended. */
export type Ending =
  /** To its end. */
  | { kind: 'done' }
  /** The peer ended TCP before this step. */
  | { kind: 'early'; state: TcpState; step: Moment }
  /** Nothing came that was waited for. */
  | { kind: 'timeout'; text: string }
  /** It was stopped by who plays: the replay makes no sense any more, for a reason. */
  | { kind: 'stopped'; reason: string }
  | { kind: 'refused'; reason: string }
  /** The connection did not come up: to whom, and why. */
  | { kind: 'failed'; text: string }

/** Octets that may wait for the system before it is waited for: those of a few chops go out together. */
const writeAhead = 64 * 1024

/** Octets held back at which no more is read for the time being. */
export const heldEnough = 4 * 1024 * 1024

/** And at which the peer is given up: before a comparison would no longer wait for what was recorded. */
export const mostHeld = 32 * 1024 * 1024

export class Player {
  readonly #leg: PlayedLeg
  readonly #options: PlayerOptions
  readonly #peer: Side
  #ending: Ending | null = null
  /** Cues of the peer. */
  #cues = 0
  /** Octets of the peer that count as progress: a peer that says far more than was recorded would never end. */
  #allowance = 0
  #wake: ((isProgress: boolean) => void) | null = null
  /** Of the last step: when it was due, and when it had been recorded. */
  #due: number
  #recorded: number
  /** The cues that had come before the last write in the recording. */
  #writtenCues = -1

  /** `isUp`: the connection stands; else it is waited for. */
  constructor(leg: Leg, isUp: boolean, options: PlayerOptions) {
    this.#leg = new PlayedLeg(leg, isUp, {
      ...options,
      gathers: options.chopDelay === 0,
      onChange: () => {
        this.#notify()
      },
      onRead: () => {
        this.#bound()
        this.#wake?.(this.#leg.octets <= this.#allowance)
      },
      onFailure: text => {
        this.stop({ kind: 'failed', text })
      },
    })
    this.#options = options
    this.#peer = peerOf(options.role)
    this.#due = options.now()
    this.#recorded = options.opened
  }

  /** Begins to read. */
  begin(): void {
    this.#leg.begin()
  }

  /** How the replay ended; null while it goes on. */
  get ending(): Ending | null {
    return this.#ending
  }

  /** True while it goes on, and both sides may still say something. */
  get isOpen(): boolean {
    const { isUp, ended, peerEnded } = this.#leg
    return isUp && this.#ending === null && ended === null && peerEnded === null
  }

  get cues(): number {
    return this.#cues
  }

  /** The peer gave a cue. */
  cue(): void {
    this.#cues++
    this.#notify()
  }

  /** A part of what is to be written was: that is progress. */
  wrote(): void {
    this.#notify()
  }

  /** So many octets of the peer were recorded up to now. */
  expect(octets: number): void {
    this.#allowance = 2 * octets + 64 * 1024
  }

  /** Ends the replay. The first reason counts. */
  stop(ending: Ending): void {
    this.#ending ??= ending
    this.#notify()
  }

  /**
   * Waits until it is time for a step that was recorded at `moment`: until so many cues came, or the peer ended TCP. Resolves
   * with false when the replay is over: also where it can write no more, and the step is not to end TCP.
   */
  async await(moment: Moment, cues: number, isEnd: boolean): Promise<boolean> {
    const { role, timing } = this.#options
    if (!(await this.#until(() => this.#leg.isUp, null))) return false
    const isCaused = () => this.#cues >= cues || this.#leg.peerEnded !== null
    if (
      !(await this.#until(
        isCaused,
        () => `${this.#silence} ${isEnd ? `before the ${role} ended TCP` : before(moment)}`,
      ))
    )
      return false
    if (timing.mode === 'recorded') await this.#pause(moment.time, timing)
    if (this.#leg.peerEnded === null || moment.peerEnded || isEnd) return this.#ending === null
    this.stop({ kind: 'early', state: this.#leg.peerEnded, step: moment })
    return false
  }

  /** Writes octets, which are not to change any more; resolves with false when the replay is over. */
  async write(octets: Uint8Array, moment: Moment): Promise<boolean> {
    const leg = this.#leg
    if (!(await this.#keepApart(moment.cues))) return false
    if (leg.unwritable) {
      if (moment.peerEnded) return true
      this.stop({ kind: 'early', state: leg.peerEnded ?? 'reset', step: moment })
      return false
    }
    this.#writtenCues = moment.cues
    if (leg.write(octets) || leg.waiting < writeAhead) return true
    // While it waits it reads on, as the peer may not read before it is read. Where the peer says more than can be compared yet,
    // what was recorded has to be read on too.
    const isReady = () =>
      !leg.isFull || leg.unwritable || (this.#options.held() > heldEnough && leg.waiting < heldEnough)
    return this.#until(isReady, () => `${this.#silence}, which took no octets ${before(moment)}`)
  }

  /** Ends TCP of the played side: `fin` in order, anything else but `closed` with a RST. */
  end(state: TcpState): void {
    this.#leg.end(state)
  }

  /** Writes what was not recorded, unless the peer takes nothing now. */
  reply(octets: Uint8Array): void {
    if (this.isOpen && !this.#leg.unwritable && !this.#leg.isFull) this.#leg.write(octets)
  }

  /**
   * Writes what was not recorded, if anything, and reads on until `isAnswered`, the peer has ended TCP, or nothing came for `time`
   * ms: none of that ends the replay.
   */
  async ask(octets: Uint8Array | null, isAnswered: () => boolean, time: number): Promise<void> {
    const isOver = () => isAnswered() || this.#leg.peerEnded !== null
    if (octets !== null && (await this.#keepApart(this.#writtenCues)) && !this.#leg.unwritable)
      this.#leg.write(octets)
    if (this.#ending === null && !isOver()) await this.#wait(isOver, time, true)
  }

  /** Reads on until `isEnough`, or the peer has ended TCP. */
  async keepUp(isEnough: () => boolean): Promise<boolean> {
    return this.#until(
      () => isEnough() || this.#leg.peerEnded !== null,
      () => this.#silence,
    )
  }

  /**
   * Everything is played: waits for `cues` cues of the peer, with `untilEnd` for its end where this side has ended TCP; then
   * closes. Resolves when the socket is closed.
   */
  async finish(cues: number, untilEnd: boolean): Promise<Ending> {
    await this.#until(() => this.#leg.isUp, null)
    const isEnough = () => this.#cues >= cues && !(untilEnd && this.#leg.ended !== null)
    const isOver = () => this.#leg.peerEnded !== null || isEnough()
    await this.#until(isOver, () => `${this.#silence} after all was played`)
    return this.close()
  }

  /** Ends the replay for a reason. Resolves when the socket is closed. */
  async abort(reason: string): Promise<void> {
    this.stop({ kind: 'stopped', reason })
    await this.close()
  }

  /** Closes the socket. Resolves when it is closed. */
  async close(): Promise<Ending> {
    this.#ending ??= { kind: 'done' }
    await this.#leg.close(this.#ending.kind === 'done')
    return this.#ending
  }

  /** Reads no more while enough is held back, unless something is waited for; and then neither when it is too much. */
  #bound(): void {
    const held = this.#options.held()
    if (held > mostHeld)
      this.stop({ kind: 'stopped', reason: `the ${this.#peer} says far more than was recorded` })
    else if (held > heldEnough && this.#wake === null) this.#leg.pause()
  }

  #notify(): void {
    this.#wake?.(true)
  }

  get #silence(): string {
    return `nothing came from the ${this.#peer} for ${this.#options.timeout / 1000} s`
  }

  /**
   * Resolves with true once `isReady`, with false when the replay is over; it is when nothing came for too long, which `text`
   * tells. Null: for as long as it takes.
   */
  async #until(isReady: () => boolean, text: (() => string) | null): Promise<boolean> {
    if (this.#ending === null && !isReady()) {
      const { timeout } = this.#options
      const isInTime = await this.#wait(isReady, text === null ? null : timeout, true)
      if (!isInTime) this.stop({ kind: 'timeout', text: text?.() ?? '' })
    }
    return this.#ending === null
  }

  /** Resolves with true once `isReady` or the replay is over, with false after `time` ms, counted from the last progress. */
  async #wait(isReady: () => boolean, time: number | null, fromProgress: boolean): Promise<boolean> {
    this.#leg.resume()
    return new Promise<boolean>(resolve => {
      const end = (isInTime: boolean) => {
        clearTimeout(timer ?? undefined)
        this.#wake = null
        resolve(isInTime)
      }
      const timer = time === null ? null : setTimeout(end, time, false)
      this.#wake = isProgress => {
        if (this.#ending !== null || isReady()) end(true)
        else if (isProgress && fromProgress) timer?.refresh()
      }
    })
  }

  /** Waits until the chop before this one has gone out as a write of its own. */
  async #keepApart(cues: number): Promise<boolean> {
    const { chopDelay, now } = this.#options
    if (chopDelay > 0 && cues === this.#writtenCues && now() - this.#leg.writtenAt < chopDelay)
      await this.#wait(() => false, chopDelay, false)
    return this.#ending === null
  }

  /** Waits as long as it took in the recording, from the step before; a peer that ends TCP ends it. */
  async #pause(time: number, { speed, maxDelay }: Timing & { mode: 'recorded' }): Promise<void> {
    const { now, onClamp } = this.#options
    const pause = Math.max(0, time - this.#recorded) / speed
    this.#recorded = time
    if (pause > maxDelay) onClamp(pause)
    this.#due += Math.min(pause, maxDelay)
    const left = this.#due - now()
    if (left > 0 && this.#ending === null) await this.#wait(() => this.#leg.peerEnded !== null, left, false)
  }
}

function before({ frame, offset }: Moment): string {
  return frame === 0 ? `before octet ${offset}` : `before frame ${frame} (octet ${offset})`
}
