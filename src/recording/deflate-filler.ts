/** Text in place of a compressed message that takes as many octets on the wire: all literals of one fixed block. */
import { noiseLetter, type Filler } from './filler.ts'

/** The bits before the first literal: a block that is not the last one, with fixed codes (RFC 1951 §3.2.3). */
const blockHeader = 0b010

/** The lowest octet of ASCII has this code; each has 8 bits (RFC 1951 §3.2.6). */
const firstCode = 0x30

/** Behind the last literal: 7 bits that end the block, and 3 of the empty block whose rest no message carries. */
const endOctets = 2

/**
 * A message of n octets becomes one of n − 2 letters. A literal takes the upper five bits of an octet and the lower three of the
 * next. Where the last frame has fewer octets than the end takes, and is not the only one, the block is not ended.
 */
export class DeflateFiller implements Filler {
  /** Octets of the frame that follow, and whether they end the message. */
  #due = 0
  #isLast = false
  /** The bits left of the last literal. */
  #carry = blockHeader

  /** A frame of the message begins. */
  frame(fin: boolean, payloadLength: number): void {
    this.#isLast = fin
    this.#due = payloadLength
  }

  next(_octet: number, at: number): number {
    const due = this.#due--
    // A message of one octet has room for the empty block alone.
    if (this.#isLast && due === 1) return 0
    const low = this.#carry
    this.#carry = 0
    if (this.#isLast && due <= endOctets) return low
    const code = reversed(firstCode + noiseLetter(at))
    this.#carry = code >>> 5
    return low | ((code << 3) & 0xff)
  }
}

/** Codes begin with their highest bit, octets with their lowest. */
function reversed(code: number): number {
  let bits = 0
  for (let i = 0; i < 8; i++) if ((code & (1 << i)) !== 0) bits |= 0x80 >> i
  return bits
}
