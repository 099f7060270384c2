/** Cuts at places inside frames: one direction's octets are followed, and its frames begin behind the heads of the upgrade. */
import { FrameDecoder, headerLengthOf, type FrameHandler } from '../protocol/frame-decoder.ts'
import { rsv1 } from '../protocol/frame.ts'
import { maskOctet } from '../protocol/mask.ts'
import { Opcode, isControl } from '../protocol/opcode.ts'
import type { Side } from '../protocol/side.ts'
import type { CutPlace } from './chop-pattern.ts'
import { UpgradeSearch } from './upgrade-search.ts'

/** All that is needed of a frame is in the decoder. */
const nobody: FrameHandler = { header: () => undefined, payload: () => undefined, end: () => undefined }

export class FrameCuts {
  readonly #place: CutPlace
  readonly #upgrade: UpgradeSearch
  readonly #decoder = new FrameDecoder(nobody)
  /** The second octet of the header at hand: it tells how long the header is. */
  #second = 0
  /** True while the data frames that come are plain text. */
  #isText = false
  /** The text octet before. */
  #before = 0

  constructor(place: CutPlace, from: Side) {
    this.#place = place
    this.#upgrade = new UpgradeSearch(from)
  }

  /** See `WritePlanner`. */
  next(bytes: Uint8Array, at: number): number {
    const decoder = this.#decoder
    let i = this.#upgrade.push(bytes, at)
    while (i < bytes.length) {
      if (decoder.lost) return bytes.length
      if (decoder.inFrame) {
        const due = decoder.header.payloadLength - decoder.received
        const stop = Math.min(bytes.length, i + due)
        const cut = this.#place === 'utf8' && this.#hasText() ? this.#textCut(bytes, i, stop, at) : stop
        decoder.push(bytes, i, cut)
        i = cut
        if (cut < stop) return cut
      } else {
        decoder.push(bytes, i, i + 1)
        i++
        if (this.#isCutInHeader(bytes[i - 1] ?? 0)) return i
      }
    }
    return i
  }

  /** True when the write ends behind `octet`, the last one of the header so far. */
  #isCutInHeader(octet: number): boolean {
    const { partialHeader, header } = this.#decoder
    if (partialHeader === 0 && !isControl(header.opcode)) this.#startData()
    if (partialHeader === 2) this.#second = octet
    if (this.#place === 'header') return partialHeader === 1
    const isMasked = this.#second >= 0x80
    return (
      this.#place === 'mask' &&
      partialHeader > 2 &&
      isMasked &&
      partialHeader === headerLengthOf(this.#second) - 2
    )
  }

  #startData(): void {
    const { opcode, rsv } = this.#decoder.header
    if (opcode === Opcode.continuation) return
    this.#isText = opcode === Opcode.text && (rsv & rsv1) === 0
    this.#before = 0
  }

  #hasText(): boolean {
    return this.#isText && !isControl(this.#decoder.header.opcode)
  }

  /** The first index of `bytes[start..stop)` before which a character is cut, else `stop`. No write begins with it, at `at`. */
  #textCut(bytes: Uint8Array, start: number, stop: number, at: number): number {
    const { header, received } = this.#decoder
    for (let i = start; i < stop; i++) {
      const octet = (bytes[i] ?? 0) ^ (header.masked ? maskOctet(header.key, received + i - start) : 0)
      const isInside = this.#before >= 0xc0 && (octet & 0xc0) === 0x80
      if (isInside && i > at) return i
      this.#before = octet
    }
    return stop
  }
}
