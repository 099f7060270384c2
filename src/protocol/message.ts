/**
 * One side's frames after the upgrade, read as messages: judged, text checked on the masked octets as they come,
 * compressed messages inflated when they end. Nothing is kept of a payload but what inflating needs.
 */
import { closeCodeStanding, closeCodeName } from './close-code.ts'
import { FrameDecoder, type FrameHandler } from './frame-decoder.ts'
import { lengthText, rsv1, type FrameHeader } from './frame.ts'
import { Inflater, type Inflated, type InflateLimit } from './inflater.ts'
import { Judge, type Report } from './judge.ts'
import { applyMask, maskOctet } from './mask.ts'
import { Opcode, isControl, opcodeName } from './opcode.ts'
import type { DeflateParameters } from './permessage-deflate.ts'
import type { Side } from './side.ts'
import { counted, hexOctet } from './words.ts'
import { Utf8Validator, isPlainText, utf8Boundary, utf8Cause } from './utf8.ts'

/** What became of inflating a message; null for one that was not compressed. */
export type InflateStatus = Inflated['status']

/** A message whose last frame came. One object per side, reused. */
export interface Message {
  /** 1 text, 2 binary. */
  opcode: number
  frames: number
  /** Payload octets of its frames. */
  wireLength: number
  /** Octets of the message itself: inflated where it was compressed, 0 where that failed. */
  length: number
  inflate: InflateStatus | null
  /** Whether a compressed message refers to earlier ones; null where that is not known. */
  contextUsed: boolean | null
  /** The inflated octets; null where there are none. Valid during the call. */
  inflated: Uint8Array | null
}

/** What a Close frame says (RFC 6455 §5.5.1). */
export interface Close {
  /** null when the payload is empty or of 1 octet. */
  code: number | null
  /** U+FFFD stands for what is not UTF-8. */
  reason: string
}

/** Whom a `MessageReader` tells. Octets and objects are valid during the call. */
export interface MessageSink {
  /** A header, already judged. */
  header(h: Readonly<FrameHeader>): void
  /** Payload octets, still masked. */
  payload(bytes: Uint8Array, start: number, end: number, position: number): void
  /**
   * A frame is over. `received` is less than announced when the stream ended inside it. `message` stands on the last
   * frame of a message, `close` on a Close frame.
   */
  frame(h: Readonly<FrameHeader>, received: number, message: Message | null, close: Close | null): void
  /**
   * All of that at once, for a message in one frame that lies whole in the octets at hand and breaks no rule. Left out, it
   * is told in steps.
   */
  whole?(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): void
  violation: Report
}

/** What the opening handshake agreed for one side. */
export interface FrameContext {
  /** How the side compresses, null without permessage-deflate. */
  deflate: DeflateParameters | null
  /** An extension was agreed that is not known here. */
  unknownExtension: boolean
  inflateLimit: InflateLimit
}

/** Longest payload of a control frame (RFC 6455 §5.5): more is not gathered. */
export const controlLimit = 125

/** A message of so many fragments is worth a word at once. */
export const manyFragments = 10_000

/** One of so few is never called cut into tiny ones. */
const fewFragments = 16

/** Octets that a fragment should carry on the average. */
const tinyFragment = 16

const noOctets = new Uint8Array(0)

export class MessageReader implements FrameHandler {
  readonly #decoder: FrameDecoder
  readonly #judge: Judge
  readonly #sink: MessageSink
  readonly #inflater: Inflater | null
  readonly #inflateLimit: number
  /** Made with the first text that is not whole in one read, or compressed. */
  #validator: Utf8Validator | null = null
  readonly #message: Message = {
    opcode: 0,
    frames: 0,
    wireLength: 0,
    length: 0,
    inflate: null,
    contextUsed: null,
    inflated: null,
  }
  /** Where the open message began. */
  #messageOffset = 0
  /** Fragments of the open message, between its first and its last, that carry nothing. */
  #emptyFragments = 0
  #compressed = false
  #checksText = false
  /** The compressed octets of the open message; null once they are more than may be inflated. */
  #gathered: Uint8Array | null = noOctets
  #gatheredLength = 0
  #control: Uint8Array = noOctets
  #controlLength = 0

  /** `offset` is where in the stream of `from` the first frame begins. */
  constructor(from: Side, offset: number, context: FrameContext, sink: MessageSink) {
    const { deflate, unknownExtension, inflateLimit } = context
    this.#sink = sink
    this.#decoder = new FrameDecoder(this, offset)
    this.#judge = new Judge(from, { deflate: deflate !== null, unknownExtension }, sink, () =>
      this.#unfinished(),
    )
    this.#inflater = deflate === null ? null : new Inflater(deflate, inflateLimit)
    this.#inflateLimit = inflateLimit.octets
  }

  /** Takes the next octets of the side. */
  push(bytes: Uint8Array, start: number, end: number): void {
    this.#decoder.push(bytes, start, end)
  }

  get #utf8(): Utf8Validator {
    return (this.#validator ??= new Utf8Validator())
  }

  /** The frame in flight, or the last one. */
  get frameHeader(): Readonly<FrameHeader> {
    return this.#decoder.header
  }

  /** The frame in flight, or null between frames. */
  get inFlight(): { header: Readonly<FrameHeader>; received: number } | null {
    const { header, received, inFrame } = this.#decoder
    return inFrame ? { header, received } : null
  }

  /** Octets of a frame header that is not complete. */
  get partialHeader(): number {
    return this.#decoder.partialHeader
  }

  /** Stream offset of the next octet. */
  get offset(): number {
    return this.#decoder.offset
  }

  /** True after the last frame's framing could not be followed. */
  get lost(): boolean {
    return this.#decoder.lost
  }

  /** True once the side has sent a Close frame. */
  get closed(): boolean {
    return this.#judge.closed
  }

  /** Opcode of the message that is open between frames, or of the data frame in flight; 0 without one. */
  get openMessage(): number {
    const { header, inFrame } = this.#decoder
    return inFrame && !isControl(header.opcode) ? this.#judge.current : this.#judge.open
  }

  /** Where in its message the octet at stream offset `offset` of the frame in flight lies; null outside of one. */
  messagePosition(offset: number): number | null {
    const h = this.#decoder.header
    const inFrame = offset - h.offset - h.headerLength
    if (inFrame < 0 || inFrame >= h.payloadLength || isControl(h.opcode) || this.#judge.current === 0)
      return null
    return this.#message.wireLength + inFrame
  }

  /** The payload of the control frame that just ended, unmasked, at most 125 octets. Valid during `frame`. */
  get control(): Uint8Array {
    return this.#control.subarray(0, this.#controlLength)
  }

  /** Octets before `offset`, where a frame begins, are missing. */
  resume(offset: number): void {
    this.#decoder.resume(offset)
    this.#judge.forget()
    this.#inflater?.forget()
    this.#compressed = false
    this.#checksText = false
  }

  /** The stream ended: a frame that is cut short is reported as it stands, and held against the side if `isFault`. */
  finish(isFault: boolean): void {
    const { header, received, inFrame, partialHeader, offset } = this.#decoder
    const violation: Report = (rule, at, detail) => {
      if (isFault) this.#sink.violation(rule, at, detail)
    }
    if (inFrame) {
      const detail = `${opcodeName(header.opcode)} frame cut short: ${received} of ${counted(lengthText(header), 'octet')}`
      violation('frame.truncated', offset, detail)
      this.#sink.frame(header, received, null, null)
    } else if (partialHeader > 0) {
      violation('frame.truncated', offset, `${counted(partialHeader, 'octet')} of a frame header`)
    }
    if (this.#judge.open !== 0 && !this.closed) violation('message.unfinished', offset, this.#unfinished())
  }

  /** What came of the message that is open. */
  #unfinished(): string {
    const { frames, wireLength } = this.#message
    const last = frames === 1 ? 'without FIN' : 'the last of them without FIN'
    return `${opcodeName(this.#judge.open)} message: ${counted(wireLength, 'octet')} in ${counted(frames, 'frame')}, ${last}`
  }

  whole(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): boolean {
    const sink = this.#sink
    if (sink.whole === undefined) return false
    if (h.opcode === Opcode.text && !isPlainText(bytes, start, end, h.key)) return false
    if (!this.#judge.takesPlain(h)) return false
    sink.whole(h, bytes, start, end)
    return true
  }

  header(h: Readonly<FrameHeader>): void {
    this.#judge.header(h)
    if (isControl(h.opcode)) this.#controlLength = 0
    else if (this.#judge.current !== 0 && this.#judge.starts) this.#startMessage(h)
    this.#sink.header(h)
    if (this.#decoder.lost) this.#sink.frame(h, 0, null, null)
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const h = this.#decoder.header
    if (isControl(h.opcode)) this.#gatherControl(bytes, start, end)
    else if (this.#judge.current !== 0) {
      if (this.#checksText) this.#checkText(bytes, start, end, position)
      if (this.#compressed) this.#gather(bytes, start, end, position)
    }
    this.#sink.payload(bytes, start, end, position)
  }

  end(h: Readonly<FrameHeader>): void {
    let message: Message | null = null
    let close: Close | null = null
    if (isControl(h.opcode)) {
      applyMask(this.#control, 0, this.#controlLength, h.key, 0)
      if (h.opcode === Opcode.close) close = this.#readClose(h)
    } else if (this.#judge.current !== 0) {
      this.#message.frames++
      this.#message.wireLength += h.payloadLength
      if (h.fin) message = this.#endMessage(h)
      else this.#countFragment(h)
    }
    this.#judge.end(h)
    this.#sink.frame(h, h.payloadLength, message, close)
    if (message !== null) message.inflated = null
  }

  #countFragment(h: Readonly<FrameHeader>): void {
    if (h.payloadLength === 0 && this.#message.frames > 1) this.#emptyFragments++
    if (this.#message.frames === manyFragments) this.#judgeFragments(h)
  }

  /** Legal, and a way to keep a peer busy (RFC 6455 §10.4). */
  #judgeFragments(h: Readonly<FrameHeader>): void {
    const { frames, wireLength } = this.#message
    const isTiny = frames >= fewFragments && wireLength < frames * tinyFragment
    if (this.#emptyFragments === 0 && !isTiny && frames < manyFragments) return
    const empty = this.#emptyFragments === 0 ? '' : `, ${this.#emptyFragments} of them empty`
    this.#sink.violation(
      'fragment.tiny',
      h.offset,
      `${counted(wireLength, 'octet')} in ${frames} fragments${empty}`,
    )
  }

  #startMessage(h: Readonly<FrameHeader>): void {
    const message = this.#message
    message.opcode = h.opcode
    message.frames = 0
    message.wireLength = 0
    message.inflate = null
    this.#emptyFragments = 0
    message.contextUsed = null
    this.#messageOffset = h.offset
    this.#compressed = this.#inflater !== null && (h.rsv & rsv1) !== 0
    this.#checksText = h.opcode === Opcode.text && (h.rsv & rsv1) === 0
    this.#validator?.reset()
    this.#gatheredLength = 0
    this.#gathered ??= noOctets
  }

  #checkText(bytes: Uint8Array, start: number, end: number, position: number): void {
    const h = this.#decoder.header
    const { wireLength, frames } = this.#message
    const known = this.#utf8.oddity
    const at = this.#utf8.push(bytes, start, end, h.key, position)
    const payloadStart = h.offset + h.headerLength
    if (known < 0 && this.#utf8.oddity >= 0)
      this.#reportOddity(payloadStart + this.#utf8.oddityAt - wireLength, 'message')
    if (at < 0) return
    const inFrame = position + at - start
    const octet = (bytes[at] ?? 0) ^ (h.masked ? maskOctet(h.key, inFrame) : 0)
    const fragment = frames === 0 ? '' : `, in fragment ${frames + 1}`
    const detail = `octet ${hexOctet(octet)} at ${wireLength + inFrame} of the message${fragment}: ${utf8Cause(this.#utf8.before, octet)}`
    this.#checksText = false
    this.#sink.violation('text.invalid-utf8', payloadStart + inFrame, detail)
  }

  #reportOddity(offset: number, where: string): void {
    const { oddity, oddityAt } = this.#utf8
    const detail = `${oddityName(oddity)} at ${oddityAt} of the ${where}`
    this.#sink.violation('text.control-characters', offset, detail)
  }

  #gather(bytes: Uint8Array, start: number, end: number, position: number): void {
    if (this.#gathered === null) return
    const at = this.#gatheredLength
    const length = at + end - start
    if (length > this.#inflateLimit) {
      this.#gathered = null
      return
    }
    if (length > this.#gathered.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#gathered.length, 1024))
      grown.set(this.#gathered.subarray(0, at))
      this.#gathered = grown
    }
    this.#gathered.set(bytes.subarray(start, end), at)
    this.#gatheredLength = length
    applyMask(this.#gathered, at, length, this.#decoder.header.key, position)
  }

  #gatherControl(bytes: Uint8Array, start: number, end: number): void {
    if (this.#control.length === 0) this.#control = new Uint8Array(controlLimit)
    const stop = Math.min(end, start + controlLimit - this.#controlLength)
    this.#control.set(bytes.subarray(start, stop), this.#controlLength)
    this.#controlLength += stop - start
  }

  #endMessage(h: Readonly<FrameHeader>): Message {
    const message = this.#message
    const end = h.offset + h.headerLength + h.payloadLength
    message.length = message.wireLength
    if (message.frames > 1 && message.frames <= manyFragments) this.#judgeFragments(h)
    if (this.#compressed && this.#inflater !== null) this.#inflate(message, this.#inflater)
    else if (this.#checksText && this.#utf8.state !== utf8Boundary) {
      this.#sink.violation('text.truncated-utf8', end - 1, `after ${counted(message.wireLength, 'octet')}`)
    }
    return message
  }

  #inflate(message: Message, inflater: Inflater): void {
    const { status, octets, contextUsed, faults } =
      this.#gathered === null
        ? inflater.skip(message.wireLength)
        : inflater.inflate(this.#gathered.subarray(0, this.#gatheredLength))
    if (this.#gatheredLength > 65_536) this.#gathered = noOctets
    message.inflate = status
    message.length = octets?.length ?? 0
    message.contextUsed = contextUsed
    message.inflated = octets
    for (const { rule, detail } of faults) this.#sink.violation(rule, this.#messageOffset, detail)
    if (octets !== null && message.opcode === Opcode.text) this.#checkInflated(octets)
  }

  #checkInflated(octets: Uint8Array): void {
    this.#utf8.reset()
    const at = this.#utf8.push(octets, 0, octets.length, 0, 0)
    if (this.#utf8.oddity >= 0) this.#reportOddity(this.#messageOffset, 'inflated message')
    if (at >= 0) {
      const octet = octets[at] ?? 0
      const detail = `octet ${hexOctet(octet)} at ${at} of the inflated message: ${utf8Cause(this.#utf8.before, octet)}`
      this.#sink.violation('text.invalid-utf8', this.#messageOffset, detail)
    } else if (this.#utf8.state !== utf8Boundary) {
      const detail = `after ${counted(octets.length, 'inflated octet')}`
      this.#sink.violation('text.truncated-utf8', this.#messageOffset, detail)
    }
  }

  #readClose(h: Readonly<FrameHeader>): Close {
    const payload = this.control
    const at = h.offset + h.headerLength
    if (this.#judge.open !== 0) this.#sink.violation('message.unfinished', h.offset, this.#unfinished())
    if (payload.length < 2) {
      if (payload.length === 1)
        this.#sink.violation('close.one-octet', at, `payload ${hexOctet(payload[0] ?? 0)}`)
      else this.#sink.violation('close.empty', h.offset, 'reported as 1005')
      return { code: null, reason: '' }
    }
    const code = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0)
    const standing = closeCodeStanding(code)
    if (standing === 'invalid')
      this.#sink.violation('close.invalid-code', at, `code ${code}: ${closeCodeName(code)}`)
    if (standing === 'undefined') this.#sink.violation('close.undefined-code', at, `code ${code}`)
    this.#checkReason(payload, at, h.payloadLength > controlLimit)
    return { code, reason: Buffer.from(payload.subarray(2)).toString('utf8') }
  }

  /** `isCut`: more of the reason came than was gathered. */
  #checkReason(payload: Uint8Array, at: number, isCut: boolean): void {
    const utf8 = new Utf8Validator()
    const found = utf8.push(payload, 2, payload.length, 0, 0)
    if (found >= 0) {
      const octet = payload[found] ?? 0
      const detail = `octet ${hexOctet(octet)} at ${found - 2} of the reason: ${utf8Cause(utf8.before, octet)}`
      this.#sink.violation('close.invalid-utf8', at + found, detail)
    } else if (utf8.state !== utf8Boundary && !isCut) {
      this.#sink.violation(
        'close.invalid-utf8',
        at + payload.length - 1,
        'the last code point of the reason is cut short',
      )
    }
  }
}

function oddityName(codePoint: number): string {
  const name = codePoint === 0 ? 'NUL' : codePoint === 0xfeff ? 'byte order mark' : 'noncharacter'
  return `${name} U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
}
