/**
 * One side's frames, judged in context: what header, mask, fragmentation and the order of Close say (RFC 6455 §5). It
 * only reports; nothing is refused. The payload is judged in `message.ts`, the handshake in `handshake.ts`.
 */
import { keyHex, lengthText, minimalLengthBits, rsv1, type FrameHeader } from './frame.ts'
import { Opcode, isControl, opcodeName } from './opcode.ts'
import type { RuleId } from './rules.ts'
import type { Side } from './side.ts'
import { counted } from './words.ts'

/** Takes a violation: the rule, the offending octet's offset in its side's stream, expected and actual values. */
export type Report = (rule: RuleId, offset: number, detail: string) => void

/** What the opening handshake agreed, as far as it decides what a header may say. */
export interface HeaderContext {
  deflate: boolean
  /** An extension that is not known here was agreed: it may define the reserved bits. */
  unknownExtension: boolean
}

/** Consecutive frames that repeat a key before it is called a fault: one may be chance. */
const toleratedRepeats = 1

export class Judge {
  /** Opcode of the message that is open between frames, 0 without one. */
  open = 0
  /** Opcode of the message that the current data frame belongs to, 0 where it belongs to none. */
  current = 0
  /** True when the current frame is the first of its message. */
  starts = false
  /** True once the side has sent a Close frame. */
  closed = false

  readonly #from: Side
  readonly #context: HeaderContext
  readonly #sink: { violation: Report }
  readonly #unfinished: () => string
  /** False after missing octets, until a message starts: a continuation may then be legal. */
  #historyKnown = true
  #lastKey: number | null = null
  #repeats = 0

  /** `unfinished` tells what came so far of the message that is open. */
  constructor(from: Side, context: HeaderContext, sink: { violation: Report }, unfinished: () => string) {
    this.#from = from
    this.#context = context
    this.#sink = sink
    this.#unfinished = unfinished
  }

  /** Octets were missed: what was open before is not known. */
  forget(): void {
    this.open = 0
    this.#historyKnown = false
    this.#lastKey = null
    this.#repeats = 0
  }

  /**
   * The common case: true for a message in one frame that breaks no rule of this file, and then it has been judged; false
   * leaves everything to `header`.
   */
  takesPlain(h: Readonly<FrameHeader>): boolean {
    const isMessage = (h.opcode === Opcode.text || h.opcode === Opcode.binary) && h.fin && h.rsv === 0
    if (!isMessage || this.open !== 0 || this.closed || h.masked !== (this.#from === 'client')) return false
    if (h.lengthBits !== 7 && minimalLengthBits(h.payloadLength) !== h.lengthBits) return false
    if (h.masked && h.payloadLength > 0) {
      if (h.key === this.#lastKey || h.key === 0) return false
      this.#lastKey = h.key
      this.#repeats = 0
    }
    this.#historyKnown = true
    return true
  }

  /** Judges a header and moves the fragmentation state. */
  header(h: Readonly<FrameHeader>): void {
    if (h.masked !== (this.#from === 'client')) this.#reportMask(h)
    else if (h.masked && h.payloadLength > 0) this.#judgeKey(h)
    if (h.lengthBits !== 7) this.#judgeLength(h)
    if (isControl(h.opcode)) this.#judgeControl(h)
    else this.#judgeData(h)
    if (h.rsv !== 0 && !this.#context.unknownExtension) this.#judgeRsv(h)
  }

  /** The frame is complete: what is open now? */
  end(h: Readonly<FrameHeader>): void {
    if (h.opcode === Opcode.close) this.closed = true
    else if (this.current !== 0 && !isControl(h.opcode)) this.open = h.fin ? 0 : this.current
  }

  #reportMask(h: Readonly<FrameHeader>): void {
    const what = `${opcodeName(h.opcode)} frame of ${octetsOf(h)}`
    if (h.masked)
      this.#sink.violation('mask.unexpected', h.offset + 1, `${what} is masked with ${keyHex(h.key)}`)
    else this.#sink.violation('mask.missing', h.offset + 1, `${what} is not masked`)
  }

  #judgeKey(h: Readonly<FrameHeader>): void {
    const at = h.offset + h.headerLength - 4
    if (h.key === 0) this.#sink.violation('mask.zero', at, `${opcodeName(h.opcode)} frame of ${octetsOf(h)}`)
    if (h.key !== this.#lastKey) {
      this.#lastKey = h.key
      this.#repeats = 0
      return
    }
    this.#repeats++
    if (this.#repeats <= toleratedRepeats) return
    this.#sink.violation('mask.repeated', at, `key ${keyHex(h.key)} in ${this.#repeats + 1} frames in a row`)
  }

  #judgeLength(h: Readonly<FrameHeader>): void {
    const at = h.offset + 2
    if (h.lengthHigh >= 0x8000_0000) {
      const detail = `announces ${lengthText(h)} octets, at most 9223372036854775807 are legal`
      this.#sink.violation('length.top-bit', at, detail)
      this.#sink.violation('framing.lost', at, 'the frame has no end that could be found')
    } else if (minimalLengthBits(h.payloadLength) < h.lengthBits) {
      const wanted = minimalLengthBits(h.payloadLength)
      this.#sink.violation(
        'length.not-minimal',
        at,
        `length ${h.payloadLength} in ${h.lengthBits} bits, needs ${wanted}`,
      )
    } else if (h.lengthHigh >= 0x20_0000) {
      this.#sink.violation('length.unsafe', at, `announces ${lengthText(h)} octets`)
    }
  }

  #judgeControl(h: Readonly<FrameHeader>): void {
    const name = opcodeName(h.opcode)
    if (h.opcode > Opcode.pong)
      this.#sink.violation('opcode.reserved-control', h.offset, `opcode ${h.opcode}${textHint(h)}`)
    if (h.payloadLength > 125)
      this.#sink.violation('control.too-long', h.offset + 1, `${name} of ${octetsOf(h)}`)
    if (!h.fin) this.#sink.violation('control.fragmented', h.offset, `${name} with FIN 0`)
    if (h.opcode === Opcode.close) {
      if (this.closed) this.#sink.violation('close.repeated', h.offset, 'the side has sent Close before')
    } else if (this.closed) {
      this.#sink.violation('ping.after-close', h.offset, `${name} after Close`)
    } else if (this.open !== 0) {
      this.#sink.violation(
        'fragment.interleaved',
        h.offset,
        `${name} inside a ${opcodeName(this.open)} message`,
      )
    }
  }

  #judgeData(h: Readonly<FrameHeader>): void {
    const name = opcodeName(h.opcode)
    if (this.closed)
      this.#sink.violation('close.data-after', h.offset, `${name} of ${octetsOf(h)} after Close`)
    if (h.opcode > Opcode.binary) {
      this.#sink.violation('opcode.reserved-data', h.offset, `opcode ${h.opcode}${textHint(h)}`)
      this.current = 0
    } else if (h.opcode === Opcode.continuation) {
      this.#continue(h)
    } else {
      if (this.open !== 0) {
        this.#sink.violation('continuation.expected', h.offset, `${name} inside a ${this.#unfinished()}`)
      }
      this.current = h.opcode
      this.starts = true
      this.#historyKnown = true
    }
  }

  #continue(h: Readonly<FrameHeader>): void {
    this.current = this.open
    this.starts = false
    if (this.open !== 0 || !this.#historyKnown) return
    this.#sink.violation('continuation.unexpected', h.offset, `CONT of ${octetsOf(h)}`)
  }

  #judgeRsv(h: Readonly<FrameHeader>): void {
    if ((h.rsv & ~rsv1) !== 0) {
      const bits = [(h.rsv & 2) !== 0 ? 'RSV2' : '', (h.rsv & 1) !== 0 ? 'RSV3' : ''].filter(
        bit => bit !== '',
      )
      const detail = `${bits.join(' and ')} set on ${opcodeName(h.opcode)}${textHint(h)}`
      this.#sink.violation('rsv.reserved', h.offset, detail)
    }
    if ((h.rsv & rsv1) === 0) return
    const detail = `RSV1 set on ${opcodeName(h.opcode)}${textHint(h)}`
    if (!this.#context.deflate) this.#sink.violation('rsv.not-negotiated', h.offset, detail)
    else if (isControl(h.opcode)) this.#sink.violation('control.compressed', h.offset, detail)
    else if (h.opcode === Opcode.continuation) this.#sink.violation('rsv.on-continuation', h.offset, detail)
  }
}

/** A guess at what a header is that says what is not defined: text, such as an HTTP response, where frames should be. */
function textHint(h: Readonly<FrameHeader>): string {
  const first = (h.fin ? 0x80 : 0) | (h.rsv << 4) | h.opcode
  const second =
    (h.masked ? 0x80 : 0) | (h.lengthBits === 7 ? h.payloadLength : h.lengthBits === 16 ? 126 : 127)
  const text = String.fromCharCode(first, second)
  const isText = text === '\r\n' || [first, second].every(octet => octet >= 0x20 && octet <= 0x7e)
  return isText ? `; the header looks like text: ${JSON.stringify(text)}` : ''
}

function octetsOf(h: Readonly<FrameHeader>): string {
  return counted(lengthText(h), 'octet')
}
