/**
 * What the fuzzer makes of the peer's octets: a strict reader of RFC 6455 in the manner of Autobahn's engine. Each rule a
 * frame breaks is told by itself, and the frame is read on; who is told decides what follows.
 */
import { isUtf8 } from 'node:buffer'
import { FrameDecoder, type FrameHandler } from '../protocol/frame-decoder.ts'
import { lengthText, minimalLengthBits, rsv1, type FrameHeader } from '../protocol/frame.ts'
import type { Inflater } from '../protocol/inflater.ts'
import { applyMask } from '../protocol/mask.ts'
import { Opcode, isControl, opcodeName } from '../protocol/opcode.ts'
import { ruleOf } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { Utf8Validator, utf8Boundary } from '../protocol/utf8.ts'
import { shownLimit, type CaseNotes } from './notes.ts'
import type { Traffic } from './traffic.ts'

/** Octets of one message that are kept for the verdict. */
export const keptLimit = 1024 * 1024

/** A data message; `octets` are its first `keptLimit` ones, or none where they are not wanted. */
export interface SeenMessage {
  binary: boolean
  octets: Uint8Array
  length: number
}

export interface ReceiverSink {
  /** The peer broke a rule: 1002, or 1007. */
  violation(code: number, reason: string): void
  message(message: SeenMessage): void
  ping(octets: Uint8Array): void
  pong(octets: Uint8Array): void
  /** Null where the Close has no code, or is too short for one; the reason null where there is none. */
  close(code: number | null, reason: Uint8Array | null): void
  /** A message cannot be inflated. */
  broken(reason: string): void
  /** True once nothing is read any more. */
  isDeaf(): boolean
  /** True once the connection was failed: messages are not told any more. */
  hasFailed(): boolean
}

const noOctets: Uint8Array = new Uint8Array(0)

export class Receiver implements FrameHandler {
  readonly #sink: ReceiverSink
  readonly #notes: CaseNotes
  readonly #traffic: Traffic
  readonly #peer: Side
  readonly #decoder = new FrameDecoder(this)
  readonly #validator = new Utf8Validator()
  /** How messages are inflated; null where no compression was agreed. */
  inflater: Inflater | null = null
  /** Whether the octets of messages are of interest. */
  keeps = true

  /** The message in flight. */
  #inside = false
  #opcode = 0
  #compressed = false
  #pieces: Uint8Array[] = []
  #kept = 0
  #length = 0
  /** The frame in flight: its first octets, or all of a control frame. */
  #start: Uint8Array = noOctets
  #frameOctets = 0

  constructor(role: Side, sink: ReceiverSink, notes: CaseNotes, traffic: Traffic) {
    this.#peer = peerOf(role)
    this.#sink = sink
    this.#notes = notes
    this.#traffic = traffic
  }

  /** Takes octets, which are not changed. */
  push(octets: Uint8Array, start: number): void {
    this.#decoder.push(octets, start)
  }

  header(h: Readonly<FrameHeader>): void {
    if (this.#sink.isDeaf()) return
    this.#judge(h)
    this.#start = noOctets
    this.#frameOctets = 0
    if (isControl(h.opcode) || this.#inside) return
    this.#inside = true
    this.#opcode = h.opcode
    this.#compressed = this.inflater !== null && h.rsv === rsv1
    this.#pieces = []
    this.#kept = 0
    this.#length = 0
    this.#validator.reset()
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    if (this.#sink.isDeaf()) return
    const { key, opcode } = this.#decoder.header
    const wanted = this.#wanted(opcode, end - start)
    // `slice` of a Buffer would be a view.
    const octets = wanted > 0 ? new Uint8Array(bytes.subarray(start, start + wanted)) : noOctets
    if (wanted > 0) applyMask(octets, 0, wanted, key, position)
    this.#note(octets)
    if (isControl(opcode)) return
    this.#length += end - start
    this.#kept += wanted
    if (wanted > 0) this.#pieces.push(octets)
    if (this.#opcode !== Opcode.text || this.#compressed) return
    const fault = this.#validator.push(bytes, start, end, key, position)
    if (fault >= 0) this.#invalidText()
  }

  end(h: Readonly<FrameHeader>): void {
    const { key, masked, opcode, fin, rsv, payloadLength } = h
    // The rest of a frame that ended the connection is still a frame, but nothing follows from it.
    if (this.#sink.isDeaf()) return
    const shown = isControl(opcode) || !this.#sink.hasFailed() ? this.#start : noOctets
    const length = shown === this.#start ? payloadLength : 0
    this.#notes.received({ opcode, fin, rsv, key: masked ? key : null }, shown, length)
    if (isControl(opcode)) {
      this.#control(opcode)
      return
    }
    this.#traffic.gotFrame()
    if (!fin) return
    this.#inside = false
    if (this.#compressed) this.#inflate()
    else this.#endMessage(Buffer.concat(this.#pieces), this.#length)
  }

  /** How many octets of a piece of payload are kept. */
  #wanted(opcode: number, count: number): number {
    if (isControl(opcode)) return Math.min(count, keptLimit - this.#frameOctets)
    const shown = this.#notes.on ? shownLimit - this.#frameOctets : 0
    const kept = this.keeps || this.#compressed ? keptLimit - this.#kept : 0
    return Math.max(0, Math.min(count, Math.max(shown, kept)))
  }

  /** The first octets of a frame are shown, and those of a control frame read. */
  #note(octets: Uint8Array): void {
    const isAll = isControl(this.#decoder.header.opcode)
    if (octets.length > 0 && (isAll || this.#frameOctets < shownLimit))
      this.#start = this.#frameOctets === 0 ? octets : Buffer.concat([this.#start, octets])
    this.#frameOctets += octets.length
  }

  #violation(reason: string): void {
    this.#sink.violation(1002, reason)
  }

  #invalidText(): void {
    this.#sink.violation(1007, 'text that is not valid UTF-8')
  }

  #judge(h: Readonly<FrameHeader>): void {
    const compressed = this.inflater !== null && h.rsv === rsv1
    if (h.rsv !== 0 && !compressed) this.#violation(`reserved bits ${h.rsv} without an extension`)
    if (h.masked !== (this.#peer === 'client'))
      this.#violation(h.masked ? 'a server must not mask' : 'a client must mask')
    if (isControl(h.opcode)) this.#judgeControl(h, compressed)
    else this.#judgeData(h, compressed)
    if (h.lengthHigh >= 0x8000_0000) this.#violation(`length ${lengthText(h)}`)
    else if (minimalLengthBits(h.payloadLength) < h.lengthBits)
      this.#violation(`length ${h.payloadLength} in ${h.lengthBits} bits`)
  }

  #judgeControl(h: Readonly<FrameHeader>, compressed: boolean): void {
    const name = opcodeName(h.opcode)
    if (!h.fin) this.#violation(`${name} in fragments`)
    if (h.payloadLength > 125) this.#violation(`${name} of ${lengthText(h)} octets`)
    if (h.opcode > Opcode.pong) this.#violation(`reserved control opcode ${h.opcode}`)
    if (h.opcode === Opcode.close && h.payloadLength === 1) this.#violation('Close of one octet')
    if (compressed) this.#violation(`compressed ${name}`)
  }

  #judgeData(h: Readonly<FrameHeader>, compressed: boolean): void {
    const isContinuation = h.opcode === Opcode.continuation
    if (h.opcode > Opcode.binary) this.#violation(`reserved data opcode ${h.opcode}`)
    if (!this.#inside && isContinuation) this.#violation('a continuation of no message')
    if (this.#inside && !isContinuation) this.#violation('a message inside an unfinished one')
    if (this.#inside && compressed) this.#violation('RSV1 on a continuation')
  }

  #control(opcode: number): void {
    const octets = this.#start
    if (opcode === Opcode.ping) this.#sink.ping(octets)
    else if (opcode === Opcode.pong) this.#sink.pong(octets)
    else if (opcode === Opcode.close) this.#closed(octets)
  }

  #closed(octets: Uint8Array): void {
    const [high = 0, low = 0] = octets
    const code = octets.length > 1 ? (high << 8) | low : null
    this.#sink.close(code, octets.length > 2 ? octets.subarray(2) : null)
  }

  #inflate(): void {
    const inflated = this.inflater?.inflate(Buffer.concat(this.#pieces)) ?? null
    const fault = inflated?.faults.find(({ rule }) => ruleOf(rule).severity === 'error')
    if (inflated?.octets && fault === undefined) {
      const { octets } = inflated
      const isText = this.#opcode === Opcode.text
      // Where the text is whole, Node's own check is the fastest; else the octet that breaks it is looked for.
      if (isText && !isUtf8(octets) && this.#validator.push(octets, 0, octets.length, 0, 0) >= 0)
        this.#invalidText()
      this.#endMessage(octets, octets.length)
    } else {
      this.#sink.broken(fault === undefined ? 'it is longer than any that was sent' : fault.detail)
    }
  }

  /** A bad octet was told when it came; at the end of its message the text is not whole either, and that is told again. */
  #endMessage(octets: Uint8Array, length: number): void {
    if (this.#opcode === Opcode.text && this.#validator.state !== utf8Boundary) this.#invalidText()
    this.#traffic.gotMessage(length, this.#length)
    if (!this.#sink.hasFailed())
      this.#sink.message({ binary: this.#opcode === Opcode.binary, octets, length })
    this.#pieces = []
  }
}
