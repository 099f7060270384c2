/**
 * How the fuzzer sends: exactly the frames it is told, whatever state the connection is in, in one write, in chops, or in
 * writes of their own. Chops and such writes wait in a queue; between two of them the event loop turns once, so that each
 * has its own way to the wire.
 */
import { writeHeader } from '../protocol/frame.ts'
import { applyMask } from '../protocol/mask.ts'
import { isControl, Opcode } from '../protocol/opcode.ts'
import type { Deflater } from '../protocol/permessage-deflate.ts'
import { octetsOf, writePayload, type FrameStep, type HeaderChange, type Payload } from './case.ts'
import type { CaseNotes } from './notes.ts'
import type { Traffic } from './traffic.ts'

/** Where octets go, and how a write of its own is told from the next. */
export interface SenderOutput {
  /** One write. */
  write(octets: Uint8Array, sync: boolean): void
  /** Calls back after the event loop has turned. */
  soon(call: () => void): void
  /** False once TCP is over for the fuzzer: what waits is dropped. */
  isAlive(): boolean
}

const longestHeader = 14

/** The key of a server that masks. */
const wrongKey = 0x37fa_213d
const noPayload: Payload = { unit: new Uint8Array(0), length: 0 }

export class Sender {
  readonly #output: SenderOutput
  readonly #notes: CaseNotes
  readonly #traffic: Traffic
  /** Null for a server, which masks nothing. */
  readonly #nextKey: (() => number) | null
  readonly #queue: { octets: Uint8Array; sync: boolean }[] = []
  #at = 0
  #busy = false
  #partKey: number | null = null
  #partPosition = 0

  /** How messages are compressed; null: they are not. */
  deflater: Deflater | null = null

  constructor(output: SenderOutput, notes: CaseNotes, traffic: Traffic, nextKey: (() => number) | null) {
    this.#output = output
    this.#notes = notes
    this.#traffic = traffic
    this.#nextKey = nextKey
  }

  /** Sends a frame. */
  frame(step: Readonly<Omit<FrameStep, 'do'>>): void {
    const { opcode, fin, rsv, payload, chop, sync, header = {}, cut } = step
    const key = this.#keyOf(header.mask)
    const payloadLength = header.announced ?? payload.length
    const width = header.lengthBits === undefined ? {} : { lengthBits: header.lengthBits }
    const repeated = payload.length === payload.unit.length ? null : payload.length
    const frame = new Uint8Array(longestHeader + payload.length)
    const start = writeHeader(frame, 0, { opcode, fin, rsv, key, payloadLength, ...width })
    writePayload(frame, start, payload)
    const end = start + payload.length
    if (key !== null) applyMask(frame, start, end, key, 0)
    if (!isControl(opcode)) this.#traffic.sentFrame()
    this.#notes.sent({ opcode, fin, rsv, key }, payload.unit, repeated, chop, sync)
    if (cut !== undefined) this.#send(frame.subarray(0, cut), null, true)
    this.#send(frame.subarray(cut ?? 0, end), chop, sync || cut !== undefined)
  }

  #keyOf(mask: HeaderChange['mask']): number | null {
    if (mask === 'wrong') return this.#nextKey === null ? wrongKey : null
    if (mask === 'zero') return this.#nextKey === null ? null : 0
    return this.#nextKey?.() ?? null
  }

  /**
   * Sends a message in frames of `fragment` octets. Where its length is a multiple of that, a final fragment without payload
   * follows, as in Autobahn.
   */
  message(opcode: number, payload: Payload, fragment: number | null): void {
    const octets = this.deflater === null ? payload : this.#deflated(this.deflater, octetsOf(payload))
    const rsv = this.deflater === null ? 0 : 4
    this.#traffic.sentMessage(payload.length, octets.length)
    if (fragment === null || octets.length <= fragment) {
      this.frame({ opcode, fin: true, rsv, payload: octets, chop: null, sync: false })
      return
    }
    const whole = octetsOf(octets)
    const count = Math.floor(whole.length / fragment) + 1
    for (let i = 0; i < count; i++) {
      const unit = whole.subarray(i * fragment, (i + 1) * fragment)
      this.frame({
        opcode: i === 0 ? opcode : Opcode.continuation,
        fin: i === count - 1,
        rsv: i === 0 ? rsv : 0,
        payload: { unit, length: unit.length },
        chop: null,
        sync: false,
      })
    }
  }

  #deflated(deflater: Deflater, octets: Uint8Array): Payload {
    const unit = deflater.deflate(octets)
    return { unit, length: unit.length }
  }

  /** Sends the header of a frame alone; its payload follows in parts. */
  begin(opcode: number, fin: boolean, length: number): void {
    this.#partKey = this.#nextKey?.() ?? null
    this.#partPosition = 0
    const header = new Uint8Array(longestHeader)
    const end = writeHeader(header, 0, { opcode, fin, key: this.#partKey, payloadLength: length })
    this.#send(header.subarray(0, end), null, false)
  }

  part(octets: Uint8Array): void {
    const piece = new Uint8Array(octets)
    if (this.#partKey !== null) applyMask(piece, 0, piece.length, this.#partKey, this.#partPosition)
    this.#partPosition += piece.length
    this.#send(piece, null, false)
  }

  /** Sends a control frame. */
  control(opcode: number, unit: Uint8Array): void {
    const payload = unit.length === 0 ? noPayload : { unit, length: unit.length }
    this.frame({ opcode, fin: true, rsv: 0, payload, chop: null, sync: false })
  }

  #send(octets: Uint8Array, chop: number | null, sync: boolean): void {
    if (chop === null && !sync && this.#at === this.#queue.length) {
      this.#output.write(octets, false)
      return
    }
    const size = chop ?? octets.length
    for (let at = 0; at < octets.length; at += size) {
      this.#queue.push({ octets: octets.subarray(at, at + size), sync: sync || chop !== null })
    }
    if (!this.#busy) this.#next()
  }

  #next(): void {
    const next = this.#queue[this.#at++]
    this.#busy = next !== undefined && this.#output.isAlive()
    if (next === undefined || !this.#busy) {
      this.#queue.length = 0
      this.#at = 0
      return
    }
    this.#output.write(next.octets, next.sync)
    this.#output.soon(() => {
      this.#next()
    })
  }
}
