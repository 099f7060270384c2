/** Where the frames of one side can be cut. */
import { FrameDecoder, type FrameHandler } from '../protocol/frame-decoder.ts'
import { rsv1, type FrameHeader } from '../protocol/frame.ts'
import { maskOctet } from '../protocol/mask.ts'
import { Opcode, isControl } from '../protocol/opcode.ts'
import type { Cut } from './cut.ts'

/** Chops that are remembered: each brings an octet at least, and no header has more. */
const longestHeader = 14

/** Finds the cuts in frames that come chop by chop. */
export class FrameSweep implements FrameHandler {
  readonly #found: (cut: Cut) => void
  readonly #decoder = new FrameDecoder(this)
  /** Where the latest chops began: there it is cut already. */
  #starts: number[] = []
  /** The latest chop may be written together with what came before it. */
  #mayJoin = false
  #frame = 0
  #isText = false
  /** The character of text at hand: its octets so far, and in all. */
  #part = 0
  #length = 0

  constructor(found: (cut: Cut) => void) {
    this.#found = found
  }

  /** `mayJoin`: nothing that it had to wait for came between this chop and the one before. */
  push(chop: Uint8Array, mayJoin: boolean): void {
    this.#starts = [...this.#starts.slice(1 - longestHeader), this.#decoder.offset]
    this.#mayJoin = mayJoin
    const begins = !this.#decoder.inFrame && this.#decoder.partialHeader === 0
    if (!begins) this.#mayJoin = false
    this.#decoder.push(chop)
  }

  header(h: Readonly<FrameHeader>): void {
    const { offset, headerLength, opcode, masked, rsv } = h
    const keyAt = headerLength - (masked ? 4 : 0)
    this.#frame++
    if (this.#mayJoin && offset === this.#starts.at(-1)) this.#add('join', offset, 0, 0)
    for (let part = 1; part < headerLength; part++) {
      if (part === 1) this.#add('header', offset + 1, 1, headerLength)
      else if (part < keyAt) this.#add('length', offset + part, part - 2, keyAt - 2)
      else this.#add('mask', offset + part, part - keyAt, 4)
    }
    if (isControl(opcode) || opcode === Opcode.continuation) return
    this.#isText = opcode === Opcode.text && (rsv & rsv1) === 0
    this.#length = 0
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const { opcode, masked, key, offset, headerLength } = this.#decoder.header
    if (position === 0) this.#add('payload', offset + headerLength, headerLength, headerLength)
    if (!this.#isText || isControl(opcode)) return
    const at = offset + headerLength + position - start
    for (let i = start; i < end; i++) {
      const octet = (bytes[i] ?? 0) ^ (masked ? maskOctet(key, position + i - start) : 0)
      if ((octet & 0xc0) !== 0x80) {
        this.#length = lengthOfCharacter(octet)
        this.#part = 1
      } else if (this.#part < this.#length) {
        this.#add('utf8', at + i, this.#part, this.#length)
        this.#part++
      }
    }
  }

  end({ offset, headerLength, payloadLength }: Readonly<FrameHeader>): void {
    if (payloadLength > 1)
      this.#add('last', offset + headerLength + payloadLength - 1, payloadLength - 1, payloadLength)
  }

  #add(kind: Cut['kind'], at: number, part: number, of: number): void {
    if (kind !== 'join' && this.#starts.includes(at)) return
    this.#found({ kind, frame: this.#frame, opcode: this.#decoder.header.opcode, at, part, of })
  }
}

/** Octets of the character that begins with `octet`; 0 where none with several does. */
function lengthOfCharacter(octet: number): number {
  if (octet < 0xc2 || octet > 0xf4) return 0
  return octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4
}
