/** The steps of a case, one after the other, and what happens when its time is up. */
import type { Step } from './case.ts'
import type { CaseConnection } from './connection.ts'
import type { CaseNotes } from './notes.ts'
import type { Sender } from './sender.ts'
import type { Patience, Transport } from './surroundings.ts'

export interface StepOptions {
  connection: CaseConnection
  sender: Sender
  notes: CaseNotes
  transport: Transport
  patience: Patience
  /** A wait that is an event of the case is over. */
  onTimeout: (tag: string) => void
}

export class StepPlayer {
  readonly #options: StepOptions
  #timeUp: number | null = null

  constructor(options: StepOptions) {
    this.#options = options
  }

  /** Seconds after which the time of the case was up; null where the connection was over before. */
  get timeUp(): number | null {
    return this.#timeUp
  }

  /** Plays steps one after the other; a wait puts off those behind it. */
  play(steps: readonly Step[], from = 0): void {
    for (const [i, step] of steps.entries()) {
      if (i < from) continue
      if (step.do === 'wait') {
        this.#wait(step.seconds, step.tag, () => {
          this.play(steps, i + 1)
        })
        return
      }
      this.#step(step)
    }
  }

  #step(step: Exclude<Step, { do: 'wait' }>): void {
    const { connection, sender, transport } = this.#options
    switch (step.do) {
      case 'frame':
        sender.frame(step)
        break
      case 'message':
        if (connection.state === 'open') sender.message(step.opcode, step.payload, step.fragment)
        break
      case 'close':
        connection.sendClose(step.payload, true)
        break
      case 'begin':
        if (connection.state === 'open') sender.begin(step.opcode, step.fin, step.length)
        break
      case 'part':
        if (connection.state === 'open') sender.part(step.octets)
        break
      case 'kill':
        this.#killAfter(step.seconds)
        break
      case 'close-after':
        this.closeAfter(step.seconds)
        break
      case 'fin':
        transport.finish()
    }
  }

  #wait(seconds: number, tag: string | null, goOn: () => void): void {
    const { connection, notes, onTimeout } = this.#options
    notes.add(['CT', seconds, tag])
    connection.after(seconds * 1000, () => {
      if (connection.state === 'closed') return
      notes.add(['CTE', tag])
      if (tag !== null && connection.state !== 'open') return
      if (tag !== null) onTimeout(tag)
      goOn()
    })
  }

  #killAfter(seconds: number): void {
    const { connection, notes } = this.#options
    notes.add(['KL', seconds])
    this.#whenUp(seconds, () => {
      notes.add(['KLE'])
      connection.end(1001, 'Going Away')
    })
  }

  /** Closes when so many seconds have passed. */
  closeAfter(seconds: number): void {
    const { connection, notes } = this.#options
    notes.add(['TI', seconds])
    this.#whenUp(seconds, () => {
      notes.add(['TIE'])
      connection.sendClose(new Uint8Array(0), true)
    })
  }

  /** Calls back when the time of the case is up. */
  #whenUp(seconds: number, call: () => void): void {
    const { connection, patience } = this.#options
    const ms = Math.min(seconds * 1000, patience.most)
    connection.after(ms, () => {
      if (connection.state === 'open') this.#timeUp = ms / 1000
      if (connection.state !== 'closed') call()
    })
  }
}
