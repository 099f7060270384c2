/** What is noted of a case while it runs: the wire log in the shape of Autobahn's, and its statistics. */
import { isUtf8 } from 'node:buffer'
import { keyHex } from '../protocol/frame.ts'
import type { WireRecord } from './case-report.ts'

/** Octets of a payload, or of a read or write, that are shown; what is longer than `dotsFrom` carries dots. */
export const shownLimit = 64
const dotsFrom = 60

/** Records of a wire log: a peer that floods does not fill the memory. */
export const recordLimit = 2000

/** Octets as hex, cut. `length` is their real number. */
export function shownHex(octets: Uint8Array, length = octets.length): string {
  const digits = Buffer.from(octets.subarray(0, shownLimit)).toString('hex')
  return length > dotsFrom ? `${digits} ...` : digits
}

/** Octets as text where they are valid UTF-8 as cut, else `0x` and hex. */
export function shownText(octets: Uint8Array, length = octets.length): string {
  const cut = octets.subarray(0, shownLimit)
  if (!isUtf8(cut)) return `0x${shownHex(octets, length)}`
  return Buffer.from(cut).toString('utf8') + (length > dotsFrom ? ' ...' : '')
}

/** The header bits of a frame as the log shows them. */
export interface NotedFrame {
  opcode: number
  fin: boolean
  rsv: number
  /** Null without a mask. */
  key: number | null
}

/** How often each number came. */
export class Tally {
  readonly #counts = new Map<number, number>()

  add(key: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** By number, ascending. */
  get record(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a - b))
  }
}

export class CaseNotes {
  readonly records: WireRecord[] = []
  readonly rxOctets = new Tally()
  readonly txOctets = new Tally()
  readonly rxFrames = new Tally()
  readonly txFrames = new Tally()
  /** Octets and frames are logged; timers always are. */
  on = true

  /** Octets of one write; `sync`: a write of its own. */
  wrote(octets: Uint8Array, sync: boolean): void {
    this.txOctets.add(octets.length)
    if (this.on) this.add(['TO', [octets.length, shownHex(octets)], sync])
  }

  /** Octets of one read. */
  read(octets: Uint8Array): void {
    this.rxOctets.add(octets.length)
    if (this.on) this.add(['RO', [octets.length, shownHex(octets)]])
  }

  /** A frame was made: `unit` of its payload, repeated to `repeated` octets where that is not null. */
  sent(
    h: Readonly<NotedFrame>,
    unit: Uint8Array,
    repeated: number | null,
    chop: number | null,
    sync: boolean,
  ): void {
    this.txFrames.add(h.opcode)
    if (!this.on) return
    const payload: [number, string] = [unit.length, shownText(unit)]
    const key = h.key === null ? null : keyHex(h.key)
    this.add(['TF', payload, h.opcode, h.fin, h.rsv, key, repeated, chop, sync])
  }

  /** A frame has come; `start` are the first octets of its payload, plain. */
  received(h: Readonly<NotedFrame>, start: Uint8Array, length: number): void {
    this.rxFrames.add(h.opcode)
    if (!this.on) return
    const payload: [number, string] = [length, shownText(start, length)]
    const key = h.key === null ? null : keyHex(h.key)
    this.add(['RF', payload, h.opcode, h.fin, h.rsv, h.key !== null, key])
  }

  /** Adds a record. A log that is full is switched off, and says so. */
  add(record: WireRecord): void {
    if (this.records.length < recordLimit) this.records.push(record)
    else if (this.on) this.#switch(false)
  }

  /** Switches the log of octets and frames; `marked`: with a record that says so. */
  log(on: boolean, marked: boolean): void {
    if (on && this.records.length >= recordLimit) return
    if (marked && on !== this.on) this.#switch(on)
    else this.on = on
  }

  #switch(on: boolean): void {
    this.on = on
    this.records.push(['WLM', on])
  }
}
