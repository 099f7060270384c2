/** One side of one recorded connection, played once, and what came back compared with what was recorded. */
import { randomBytes } from 'node:crypto'
import type { Leg } from '../net/leg.ts'
import { Player, heldEnough, type Ending, type PlayerOptions } from '../net/player.ts'
import { encodeFrame } from '../protocol/frame-encoder.ts'
import { extensionsOf } from '../protocol/handshake.ts'
import type { Head } from '../protocol/http-head.ts'
import { Opcode } from '../protocol/opcode.ts'
import { agreedDeflate, type DeflateParameters } from '../protocol/permessage-deflate.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { agreementFault, isSwitch } from '../replay/agreement.ts'
import { isAnswer, isCue } from '../replay/cue.ts'
import { Dialogue } from '../replay/dialogue.ts'
import type { Measure, Result } from '../replay/difference.ts'
import {
  renderHeads,
  type HeadChange,
  type HeadSpan,
  type RecordedHeads,
  type RenderedHeads,
} from '../replay/head.ts'
import type { Said } from '../replay/said.ts'
import { Pings } from '../replay/pings.ts'
import { Script, type Level, type Step } from '../replay/script.ts'
import { Speaker } from '../replay/speaker.ts'
import { tee, type Facts } from '../wire/facts.ts'

/** What a replay records of itself, and its clock. */
export interface Take {
  /** Null when nothing is recorded. */
  facts: Facts | null
  /** Resolves when more can be recorded; undefined when it can be now. */
  recordable: () => Promise<void> | undefined
  now: () => number
  /** Nothing follows. Resolves when the file is complete. */
  end: () => Promise<void>
}

/**
 * Gives the facts of one connection, `end` included. After each it waits for what `afterFact` returns; where that rejects, it
 * rejects with the same.
 */
export type ReadFacts = (
  facts: Facts,
  options: { afterFact: () => Promise<void> | undefined },
) => Promise<void>

export interface PerformanceOptions extends Pick<
  PlayerOptions,
  'chopDelay' | 'conn' | 'info' | 'onClamp' | 'timeout' | 'timing'
> {
  role: Side
  level: Level
  /** The connection as it was recorded. */
  read: ReadFacts
  /** Of what comes back. */
  measure: Measure
  take: Take
  /** What is to be another way in a head of the played side. */
  changeOf: (head: HeadSpan, performance: Performance) => HeadChange
}

/** How a performance ended, and what came otherwise than recorded. */
export interface Outcome {
  ending: Ending
  result: Result
  /** Milliseconds from its beginning to the end of its connection. */
  duration: number
}

/** Makes the connection that is played on. `wrote` is to be called when a part of what is to be written was. */
export type Connect = (wrote: () => void) => Leg

/** Milliseconds that a peer has to fail over what came before, where no Pong can tell that it did not. */
export const failTime = 200

/** Milliseconds that a peer has to send a Ping before the Pong that answered it in the recording. */
export const pingTime = 200

/** Ends the reading of the recording. */
const over = new Error('the replay is over')

export function freshKey(): number {
  return randomBytes(4).readInt32BE()
}

export class Performance {
  readonly #options: PerformanceOptions
  readonly #script: Script
  readonly #dialogue: Dialogue
  readonly #connect: Connect
  readonly #isCue: (said: Said) => boolean
  #player: Player | null = null
  #refusal: string | null = null
  #speaker: Speaker | null = null
  /** The heads of both sides, in the recording and now. */
  readonly recorded: Record<Side, Head[]> = { client: [], server: [] }
  readonly live: Record<Side, Head[]> = { client: [], server: [] }
  #isJudged = false
  /** Cues that came before frames began in the recording. */
  #opening = Infinity
  /** What is said now: who has sent a Close, and the last Pong of the peer. */
  readonly #closed = { client: false, server: false }
  #pong: Uint8Array | null = null
  /** Those of the peer now, and which of them Pongs of the recording that were played answered then. */
  readonly #pings = new Pings()
  #answered = 0
  /** False once the peer did not send a Ping that it had sent. */
  #awaitsPings = true
  /** Cues that are waited for. */
  #awaited = 0

  /** `connect` makes the connection when the first octets are to be written. */
  constructor(connect: Connect, options: PerformanceOptions) {
    const { role, level, measure } = options
    this.#isCue = measure.asRecorded ? isCue : isAnswer
    this.#options = options
    this.#connect = connect
    this.#script = new Script({
      role,
      level,
      nextKey: freshKey,
      isCue: this.#isCue,
      tell: said => {
        this.#note(said)
        measure.expected(said)
      },
    })
    this.#dialogue = new Dialogue(
      said => {
        this.#hear(said)
        measure.got(said)
      },
      { payloadsOf: [peerOf(role)] },
    )
  }

  /** Plays to the end. Resolves when the connection is closed. */
  async play(): Promise<Outcome> {
    const { read, measure, take } = this.#options
    const begin = take.now()
    try {
      await read(this.#script, { afterFact: () => this.#afterFact() })
      await this.#take(this.#script.take())
      this.#start().expect(this.#script.peerOctets)
      await this.#settle()
      this.#awaitCues(Infinity)
      await this.#start().finish(this.#script.cues, !measure.asRecorded)
    } catch (error) {
      if (error !== over) {
        await this.abort('the recording cannot be read')
        throw error
      }
    }
    const ending: Ending =
      this.#refusal === null
        ? await this.#start().close()
        : ((await this.#player?.close()) ?? { kind: 'refused', reason: this.#refusal })
    return { ending, result: measure.end(), duration: take.now() - begin }
  }

  /** Ends at once, for a reason. Resolves when the connection is closed. */
  async abort(reason: string): Promise<void> {
    if (this.#player === null) this.#refusal ??= reason
    else await this.#player.abort(reason)
  }

  /** Connects, if that is not done yet. */
  #start(): Player {
    if (this.#player !== null) return this.#player
    const { role, take } = this.#options
    const { facts, now } = take
    this.#player = new Player(
      this.#connect(() => this.#player?.wrote()),
      role === 'server',
      {
        ...this.#options,
        now,
        facts: tee(
          [facts, this.#options.measure.facts, this.#dialogue].filter(consumer => consumer !== null),
        ),
        opened: this.#script.opened,
        held: () => this.#options.measure.held.got,
      },
    )
    // What comes at once is a cue too.
    this.#player.begin()
    return this.#player
  }

  #afterFact(): Promise<void> | undefined {
    const steps = this.#script.take()
    const { measure } = this.#options
    if (this.#player === null ? this.#refusal !== null : this.#player.ending !== null)
      return Promise.reject(over)
    return steps.length === 0 && measure.held.expected <= heldEnough ? undefined : this.#take(steps)
  }

  async #take(steps: readonly Step[]): Promise<void> {
    const { measure, take } = this.#options
    for (const step of steps) {
      if (!(await this.#step(step))) throw over
      await take.recordable()
    }
    if (measure.held.expected <= heldEnough) return
    const player = this.#start()
    const isEnough = () => measure.held.expected <= heldEnough || player.cues >= this.#script.cues
    if (!(await player.keepUp(isEnough))) throw over
  }

  /** Resolves with false when the replay is over. */
  async #step(step: Step): Promise<boolean> {
    const { role, timing } = this.#options
    if (step.type === 'gap') return this.#refuse(gapText(step, role))
    if (step.type === 'heads' && role === 'client') {
      const { missing } = this.#render(step.recorded)
      if (missing.length > 0) return this.#refuse(missingText(missing))
    }
    const player = this.#start()
    const isEnd = step.type === 'end'
    const cues = timing.mode === 'causal' || isEnd ? step.cues : Math.min(step.cues, this.#opening)
    player.expect(this.#script.peerOctets)
    this.#awaitCues(cues)
    if (!(await player.await(step, cues, isEnd))) return false
    if (timing.mode === 'causal') await this.#awaitPing(step.ping)
    if (this.#isFarewell(step)) await this.#settle()
    if (isEnd) player.end(step.state)
    else {
      const writes = this.#writesOf(step)
      if (writes === null) return this.#refuse(unknownText(step))
      for (const octets of writes) if (!(await player.write(octets, step))) return false
      this.#answered = Math.max(this.#answered, step.ping)
      this.#answerPings()
    }
    return player.ending === null
  }

  /** True for a step that begins with a Close, or ends TCP. */
  #isFarewell(step: Step): boolean {
    if (step.type === 'say') return step.said.type === 'close'
    if (step.type !== 'octets') return step.type === 'end'
    return (
      this.#dialogue.isBetweenFrames(this.#options.role) && ((step.octets[0] ?? 0) & 0x0f) === Opcode.close
    )
  }

  /**
   * Where the peer need not answer as recorded: gives it time to fail over all that it was sent, before it is sent the last. A
   * Pong says that it did not, as it comes in order.
   */
  async #settle(): Promise<void> {
    const { role, measure, timeout } = this.#options
    const player = this.#start()
    if (measure.asRecorded || !player.isOpen) return
    const peer = peerOf(role)
    const payload = randomBytes(8)
    const canAsk = !this.#closed[role] && this.#dialogue.isBetweenFrames(role)
    const ping = canAsk ? encodeFrame({ opcode: Opcode.ping, key: this.#nextKey() }, payload) : null
    const isAnswered = () => this.#closed[peer] || (this.#pong !== null && payload.equals(this.#pong))
    await player.ask(ping, isAnswered, canAsk ? timeout : failTime)
  }

  /** Null for a message whose octets are not known. */
  #writesOf(step: Exclude<Step, { type: 'end' | 'gap' }>): readonly Uint8Array[] | null {
    if (step.type === 'octets') return [step.octets]
    if (step.type === 'heads') return this.#render(step.recorded).writes
    this.#speaker ??= new Speaker(this.#options.role, this.#deflate(), freshKey)
    const frame = this.#speaker.frame(step.said)
    return frame === null ? null : [frame]
  }

  #render(recorded: RecordedHeads): RenderedHeads {
    return renderHeads(recorded, head => this.#options.changeOf(head, this))
  }

  /** How the played side compresses, as the server has agreed now. */
  #deflate(): DeflateParameters | null {
    const answer = this.live.server.find(isSwitch)
    return answer === undefined ? null : (agreedDeflate(extensionsOf(answer))?.[this.#options.role] ?? null)
  }

  /** Always false. */
  #refuse(reason: string): false {
    this.#refusal = reason
    this.#player?.stop({ kind: 'refused', reason })
    return false
  }

  /** Something was said in the recording. */
  #note(said: Said): void {
    if (said.type !== 'head') return
    this.recorded[said.from].push(said.head)
    if (said.from === 'server' && isSwitch(said.head)) this.#opening = this.#script.cues
    this.#judge()
  }

  /** Something is said now. */
  #hear(said: Said): void {
    if (said.type === 'head') {
      this.live[said.from].push(said.head)
      this.#judge()
    } else if (said.type === 'close') this.#closed[said.from] = true
    else if (said.type === 'pong' && said.from !== this.#options.role) this.#pong = said.octets
    else if (said.type === 'pong') this.#pings.answer(said.octets)
    else if (said.type === 'ping' && said.from !== this.#options.role) {
      this.#pings.add(said.octets)
      // What came is read to its end first.
      queueMicrotask(() => {
        this.#answerPings()
      })
    }
    if (said.from === peerOf(this.#options.role) && this.#isCue(said)) this.#player?.cue()
  }

  /** The replay is about to wait for so many cues: the peer may wait for Pongs before it gives them. */
  #awaitCues(cues: number): void {
    this.#awaited = cues
    this.#answerPings()
  }

  /** Gives the peer some time to send its Ping before the Pong; one that does not once is not waited for again. */
  async #awaitPing(number: number): Promise<void> {
    const hasCome = () => this.#pings.count >= number
    if (!this.#awaitsPings || hasCome()) return
    await this.#start().ask(null, hasCome, pingTime)
    this.#awaitsPings = hasCome()
  }

  /**
   * Answers Pings that no Pong of the recording will: on the level of messages all, for none of those is played; else those whose
   * Pong was played, and had another payload or came too early, and those that had not come by now in the recording, where the
   * replay waits for the peer.
   */
  #answerPings(): void {
    const { role, level } = this.#options
    const player = this.#player
    if (player === null || this.#closed[role] || !this.#dialogue.isBetweenFrames(role)) return
    const isWaiting = level === 'messages' || player.cues < this.#awaited
    const recorded = level === 'messages' ? 0 : this.#script.pings
    const due = this.#pings.take(number => number <= this.#answered || (isWaiting && number > recorded))
    for (const payload of due)
      player.reply(encodeFrame({ opcode: Opcode.pong, key: this.#nextKey() }, payload))
  }

  /** A fresh masking key; null for a server, which masks nothing. */
  #nextKey(): number | null {
    return this.#options.role === 'client' ? freshKey() : null
  }

  /** Compares the answers to the upgrade, once both are known: frames make sense only where they are alike. */
  #judge(): void {
    const at = this.recorded.server.findIndex(isSwitch)
    const recorded = this.recorded.server[at]
    const live = this.live.server[at]
    if (this.#isJudged || recorded === undefined || live === undefined) return
    this.#isJudged = true
    const { role, level } = this.#options
    if (role === 'server') return
    if (!isSwitch(live)) {
      this.#player?.stop({ kind: 'stopped', reason: `the upgrade was answered with "${live.startLine}"` })
      return
    }
    const fault = level === 'messages' ? null : agreementFault(recorded, live)
    if (fault !== null) this.#refuse(`${fault} (--level messages says the same messages anew)`)
  }
}

function gapText({ octets, offset, reason }: Step & { type: 'gap' }, role: Side): string {
  const why = reason === 'http' ? 'a body, which is recorded with --no-redact' : reason
  return `${octets} octets of the ${role} at ${offset} are not in the recording (${why})`
}

function missingText(names: readonly string[]): string {
  const given = names.map(name =>
    name === 'the request line' ? 'the query in URL, as in ws://…/path?name=value' : `-H "${name}: …"`,
  )
  return `credentials were overwritten when recording: ${names.join(', ')} (give ${given.join(' and ')})`
}

function unknownText({ frame, offset }: Step): string {
  return `the message that ends with frame ${frame} (octet ${offset}) cannot be read from the recording`
}
