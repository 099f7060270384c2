/** The facts of one connection become what one of its sides does again, step by step, and what has to come before each. */
import { peerOf, type Side } from '../protocol/side.ts'
import type { Edit, Facts, Mark, Redacted, TcpState } from '../wire/facts.ts'
import { Copies } from './copies.ts'
import { Dialogue } from './dialogue.ts'
import type { RecordedHeads } from './head.ts'
import { Opening } from './opening.ts'
import { Pings } from './pings.ts'
import { FrameCounter, Reframer } from './reframer.ts'
import type { Said, SaidClose, SaidControl, SaidMessage } from './said.ts'

/** The recorded octets in the recorded chops; the same frames with fresh masks; the same messages, one frame each. */
export type Level = 'chops' | 'frames' | 'messages'

/** When a step was taken, and what came before it. */
export interface Moment {
  /** Milliseconds of the recording. */
  time: number
  /** How many cues the peer had given. */
  cues: number
  /** The number of the Ping, of all those of the peer, that a Pong in it answers; 0 without one. */
  ping: number
  /** The peer had ended TCP. */
  peerEnded: boolean
  /** Where the stream of the side stood in the recording. */
  offset: number
  /** The number of the frame there, from 1; 0 before frames begin. */
  frame: number
}

export type Spoken = Said & (SaidMessage | SaidControl | SaidClose)

export type Step = Moment &
  (
    | { type: 'heads'; recorded: RecordedHeads }
    | { type: 'octets'; octets: Uint8Array }
    | { type: 'say'; said: Spoken }
    | { type: 'end'; state: TcpState }
    /** Octets that the recording does not have. */
    | { type: 'gap'; octets: number; reason: string }
  )

export interface ScriptOptions {
  role: Side
  level: Level
  /** A fresh masking key for each frame. */
  nextKey: () => number
  /** True for what of the peer is waited for. */
  isCue: (said: Said) => boolean
  /** Told of all that both sides said in the recording, of what the side itself said without the payload. */
  tell: (said: Said) => void
}

type HeldChop = Moment & { octets: Uint8Array }

export class Script implements Facts {
  readonly #options: ScriptOptions
  readonly #dialogue: Dialogue
  /** Null when no head can follow. */
  #opening: Opening | null
  /** Chops that may have a head in them, until it is complete and what the proxy changed in it is known. */
  #held: HeldChop[] = []
  #edits: Edit[] = []
  #redacted: Redacted[] = []
  #steps: Step[] = []
  /** Which of them is the first of the last chop. */
  #chopFrom = 0
  /** What was said in the chops that are held. */
  #heldSaid: Step[] = []
  /** Of the peer. */
  readonly #pings = new Pings()
  readonly #now: Moment = { time: 0, cues: 0, ping: 0, peerEnded: false, offset: 0, frame: 0 }
  #opened = 0
  #peerOctets = 0
  /** True when the octets of the side are frames from now on. */
  #inFrames = false
  #counter: FrameCounter | null = null
  readonly #copies = new Copies()
  #reframer: Reframer | null = null
  /** Of the chop whose frames are made anew. */
  #moment: Moment = this.#now

  constructor(options: ScriptOptions) {
    this.#options = options
    this.#opening = new Opening(options.role)
    const { role, level } = options
    this.#dialogue = new Dialogue(
      said => {
        this.#hear(said)
      },
      { payloadsOf: level === 'messages' ? ['client', 'server'] : [peerOf(role)] },
    )
  }

  /** How many cues the peer has given so far. */
  get cues(): number {
    return this.#now.cues
  }

  /** How many Pings the peer has sent so far. */
  get pings(): number {
    return this.#pings.count
  }

  /** Octets that the peer has sent so far. */
  get peerOctets(): number {
    return this.#peerOctets
  }

  /** When the connection was opened, in ms. */
  get opened(): number {
    return this.#opened
  }

  /** Takes out the steps that are known by now. */
  take(): readonly Step[] {
    const steps = this.#steps
    if (steps.length > 0) this.#steps = []
    return steps
  }

  open(conn: number, time: number): void {
    this.#opened = this.#now.time = time
    this.#dialogue.open(conn, time)
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    this.#release()
    this.#now.time = time
    this.#chopFrom = this.#steps.length
    const isOwn = from === this.#options.role
    if (isOwn && this.#opening === null) this.#put(bytes)
    else if (isOwn) this.#held.push({ ...this.#now, octets: new Uint8Array(bytes) })
    this.#opening?.push(from, bytes)
    if (isOwn) this.#now.offset += bytes.length
    else this.#peerOctets += bytes.length
    this.#dialogue.octets(conn, time, from, bytes)
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#release(true)
    this.#now.time = time
    if (from === this.#options.role) {
      this.#reframer?.finish()
      this.#steps.push({ ...this.#now, type: 'end', state })
    } else if (state !== 'closed') this.#now.peerEnded = true
    this.#opening?.end(from)
    this.#dialogue.tcp(conn, time, from, state)
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    const isOwn = from === this.#options.role
    if (isOwn && mark.type === 'edit') this.#edits.push(mark)
    else if (isOwn && mark.type === 'redacted') this.#redacted.push(mark)
    if (mark.type !== 'gap') return
    this.#release(true)
    this.#now.time = time
    if (isOwn) this.#skip(mark.octets, mark.reason)
    this.#opening?.skip(from, mark.octets)
    this.#dialogue.mark(conn, time, from, mark)
  }

  async end(time: number): Promise<void> {
    this.#release(true)
    this.#reframer?.finish()
    await this.#dialogue.end(time)
  }

  /** A chop that comes when no head can. */
  #put(bytes: Uint8Array): void {
    const octets = this.#copies.of(bytes)
    if (this.#inFrames) this.#putFrames(this.#now, this.#now.offset, octets)
    else this.#putOctets(this.#now, octets)
  }

  #hear(said: Said): void {
    const { role, level, tell } = this.#options
    if (said.from !== role && this.#options.isCue(said)) this.#now.cues++
    tell(said)
    if (said.from !== role) {
      if (said.type === 'ping') this.#pings.add(said.octets)
      return
    }
    const ping = said.type === 'pong' ? this.#pings.answer(said.octets) : null
    if (level !== 'messages') {
      if (ping !== null) this.#markAnswer(said.offset, ping)
    } else if (isSpoken(said) && ping === null) {
      // Pings are answered as they come: these have other payloads, at other times.
      const steps = this.#held.length > 0 ? this.#heldSaid : this.#steps
      steps.push({ ...this.#now, type: 'say', said })
    }
  }

  /** A Pong at `offset` answers: marks the step of the last chop that it begins in, or goes on in from the chop before. */
  #markAnswer(offset: number, ping: number): void {
    const steps = this.#steps.slice(this.#chopFrom)
    const step = steps.findLast(step => step.offset <= offset) ?? steps[0]
    if (step !== undefined) step.ping = ping
  }

  /** Octets that are not there: what is said on the level of messages can do without. */
  #skip(octets: number, reason: string): void {
    const { level } = this.#options
    if (level !== 'messages' || !this.#inFrames)
      this.#steps.push({ ...this.#now, type: 'gap', octets, reason })
    this.#now.offset += octets
    this.#counter?.resume(this.#now.offset)
  }

  /** Makes steps of the chops that are held, unless a head in them is not complete; `always`: then too. */
  #release(always = false): void {
    const opening = this.#opening
    if (opening === null || (opening.inHead && !always)) return
    const held = this.#held
    const [first] = held
    if (first !== undefined) {
      const heads = opening.takeHeads()
      const framesFrom = opening.framesFrom ?? Infinity
      this.#held = []
      if (heads.length > 0) this.#putHeads(first, held, heads, framesFrom)
      else for (const chop of held) this.#putFrom(chop, framesFrom)
      this.#edits = []
      this.#redacted = []
      this.#steps.push(...this.#heldSaid.splice(0))
    }
    if (opening.over === null) return
    this.#inFrames = opening.over === 'frames'
    this.#opening = null
  }

  /** Chops with heads in them become one step; with frames behind those where all octets are to stay as they are. */
  #putHeads(
    first: HeldChop,
    held: readonly HeldChop[],
    heads: RecordedHeads['heads'],
    framesFrom: number,
  ): void {
    const isWhole = this.#options.level === 'chops'
    const chops = held.map(chop =>
      isWhole ? chop.octets : chop.octets.subarray(0, inChop(chop, framesFrom)),
    )
    const recorded = { offset: first.offset, chops, heads, edits: this.#edits, redacted: this.#redacted }
    const { time, cues, peerEnded } = held.at(-1) ?? first
    const { offset, frame } = first
    this.#steps.push({ time, cues, ping: 0, peerEnded, offset, frame, type: 'heads', recorded })
    for (const chop of held) {
      const frames = chop.octets.subarray(inChop(chop, framesFrom))
      if (isWhole) this.#count(chop.offset + chop.octets.length - frames.length, frames)
      else this.#putFrames(chop, chop.offset + chop.octets.length - frames.length, frames)
    }
  }

  #putFrom(chop: HeldChop, framesFrom: number): void {
    const at = inChop(chop, framesFrom)
    this.#putOctets(chop, chop.octets.subarray(0, at))
    this.#putFrames(chop, chop.offset + at, chop.octets.subarray(at))
  }

  #putOctets({ time, cues, peerEnded, offset, frame }: Moment, octets: Uint8Array): void {
    if (octets.length === 0) return
    this.#steps.push({ time, cues, ping: 0, peerEnded, offset, frame, type: 'octets', octets })
  }

  /** Octets of frames, from stream offset `offset` on, that came at `moment`. */
  #putFrames(moment: Moment, offset: number, octets: Uint8Array): void {
    if (octets.length === 0) return
    if (this.#options.level === 'frames') {
      this.#moment = { ...moment, offset, frame: this.#frame }
      this.#reframer ??= new Reframer(offset, this.#options.nextKey, frame => {
        this.#putOctets(this.#moment, frame)
        this.#moment.offset += frame.length
        this.#moment.frame = this.#frame
      })
      this.#reframer.push(octets)
    } else {
      const { frame } = this.#count(offset, octets.subarray(0, 0))
      if (this.#options.level === 'chops') this.#putOctets({ ...moment, offset, frame }, octets)
      this.#count(offset, octets)
    }
    this.#now.frame = this.#frame
  }

  get #frame(): number {
    return this.#reframer?.frame ?? this.#counter?.frame ?? 1
  }

  #count(offset: number, octets: Uint8Array): FrameCounter {
    this.#counter ??= new FrameCounter(offset)
    this.#counter.push(octets)
    return this.#counter
  }
}

/** Where stream offset `offset` lies in a chop. */
function inChop({ offset: start, octets }: HeldChop, offset: number): number {
  return Math.min(octets.length, Math.max(0, offset - start))
}

function isSpoken(said: Said): said is Spoken {
  return said.type !== 'head' && said.type !== 'end' && said.type !== 'unread'
}
