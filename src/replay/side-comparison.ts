/** One side's words compared: its heads, its messages, and its pings and pongs, each in their order. */
import type { Side } from '../protocol/side.ts'
import { LaneComparison, type Context, type Lane } from './lane-comparison.ts'
import type { Said } from './said.ts'

export class SideComparison {
  readonly #lanes: Record<Lane, LaneComparison>

  constructor(side: Side, context: Context) {
    const lane = (name: Lane) => new LaneComparison(side, name, context)
    this.#lanes = { heads: lane('heads'), messages: lane('messages'), controls: lane('controls') }
  }

  expected(said: Said, since: number): void {
    for (const lane of this.#lanesOf(said)) lane.expected(said, since)
  }

  got(said: Said, since: number): void {
    for (const lane of this.#lanesOf(said)) lane.got(said, since)
  }

  end(): void {
    for (const lane of Object.values(this.#lanes)) lane.end()
  }

  get waiting(): { expected: number; got: number } {
    const sum = { expected: 0, got: 0 }
    for (const { waiting } of Object.values(this.#lanes)) {
      sum.expected += waiting.expected
      sum.got += waiting.got
    }
    return sum
  }

  #lanesOf(said: Said): readonly LaneComparison[] {
    const { heads, messages, controls } = this.#lanes
    switch (said.type) {
      case 'head':
        return [heads]
      case 'message':
        return [messages]
      case 'unread':
        return said.missing ? [messages, controls] : [messages]
      case 'ping':
      case 'pong':
        return [controls]
      case 'close':
      case 'end':
        return []
    }
  }
}
