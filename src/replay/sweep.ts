/** The cuts of what a client sends that a sound server must not notice, read off the facts of a recorded connection. */
import type { Side } from '../protocol/side.ts'
import type { Facts, Mark, TcpState } from '../wire/facts.ts'
import { cutKinds, type Cut, type CutKind } from './cut.ts'
import { Dialogue } from './dialogue.ts'
import { FrameSweep } from './frame-sweep.ts'
import { isCue } from './cue.ts'
import { Thinned, shareOut } from './thinned.ts'
import { UpgradeSearch } from './upgrade-search.ts'

/** What is to be tried. */
export interface Sweep {
  /** In the order of the octets. */
  cuts: readonly Cut[]
  /** How many there are of each kind, tried or not. */
  found: Readonly<Record<CutKind, number>>
}

/** Takes the facts of one connection. Its memory does not grow with them. */
export class SweepPlan implements Facts {
  readonly #limit: number
  readonly #dialogue: Dialogue
  readonly #search = new UpgradeSearch('client')
  readonly #frames: FrameSweep
  readonly #kinds = new Map<CutKind, Thinned<Cut>>()
  /** How often the server had spoken, up to now and before the chop of the client before. */
  #cues = 0
  #cuesBefore = 0
  /** Octets are missing: what follows cannot be replayed. */
  #isOver = false

  /** At most `limit` cuts are to be tried. */
  constructor(limit: number) {
    this.#limit = limit
    for (const kind of cutKinds) this.#kinds.set(kind, new Thinned(limit))
    this.#frames = new FrameSweep(cut => {
      this.#kinds.get(cut.kind)?.add(cut)
    })
    this.#dialogue = new Dialogue(said => {
      if (said.from === 'server' && isCue(said)) this.#cues++
    })
  }

  /** What is to be tried: of every kind as many, where there are as many, evenly over the session. */
  sweep(): Sweep {
    const kinds = [...this.#kinds.values()]
    const counts = kinds.map(({ count }) => count)
    const shares = shareOut(this.#limit, counts)
    const cuts = kinds.flatMap((kind, i) => kind.spread(shares[i] ?? 0))
    const found = Object.fromEntries(cutKinds.map((kind, i) => [kind, counts[i] ?? 0]))
    return { cuts: cuts.sort((a, b) => a.at - b.at), found: found as Record<CutKind, number> }
  }

  open(conn: number, time: number): void {
    this.#dialogue.open(conn, time)
  }

  octets(conn: number, time: number, from: Side, bytes: Uint8Array): void {
    if (from === 'client' && !this.#isOver) this.#chop(bytes)
    this.#dialogue.octets(conn, time, from, bytes)
  }

  tcp(conn: number, time: number, from: Side, state: TcpState): void {
    this.#dialogue.tcp(conn, time, from, state)
  }

  mark(conn: number, time: number, from: Side, mark: Mark): void {
    if (from === 'client' && mark.type === 'gap') this.#isOver = true
    this.#dialogue.mark(conn, time, from, mark)
  }

  async end(time: number): Promise<void> {
    await this.#dialogue.end(time)
  }

  #chop(bytes: Uint8Array): void {
    const mayJoin = this.#cues === this.#cuesBefore
    this.#cuesBefore = this.#cues
    const wasFound = this.#search.found
    const start = wasFound ? 0 : this.#search.push(bytes, 0)
    if (!this.#search.found) return
    // A last line end that comes in a chop of its own is cut off already.
    if (!wasFound && start > 2)
      this.#kinds.get('head')?.add({ kind: 'head', frame: 0, opcode: 0, at: -2, part: 0, of: 0 })
    if (start < bytes.length) this.#frames.push(bytes.subarray(start), mayJoin && start === 0)
  }
}
