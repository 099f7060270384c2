/** What the options for chops of a command make of its writes. Loaded where they are given. */
import { chopper, type Chop } from '../net/chopper.ts'
import type { Leg } from '../net/leg.ts'
import type { Side } from '../protocol/side.ts'
import type { ChopPattern } from '../replay/chop-pattern.ts'
import { WriteTally } from '../replay/write-tally.ts'
import { say } from './terminal.ts'

/** Options of every command that can chop what it writes. */
export interface ChopOptions {
  chop?: ChopPattern
  /** Milliseconds. */
  chopDelay: number
}

/** Writes that are chopped, and counted. */
export interface ChopRun {
  chop: Chop
  /** Says which writes were made. */
  sayDone: () => void
}

/** Chops what is sent by the sides `chopped`. */
export function chopRun(pattern: ChopPattern, delay: number, chopped: readonly Side[]): ChopRun {
  const tallies = { client: new WriteTally(), server: new WriteTally() }
  const chop = chopper({ pattern, delay })
  return {
    chop(socket, from, onWrite) {
      if (!chopped.includes(from)) return
      chop(socket, from, octets => {
        tallies[from].add(octets)
        onWrite(octets)
      })
    },
    sayDone() {
      for (const side of chopped) say(`chop ${pattern.text}, octets of the ${side}: ${String(tallies[side])}`)
    },
  }
}

/** `leg`, with what `from` sends on it chopped where that is asked for. `wrote` hears of each piece. */
export function chopped(leg: Leg, chops: ChopRun | null, from: Side, wrote: () => void): Leg {
  chops?.chop(leg.socket, from, wrote)
  return leg
}
