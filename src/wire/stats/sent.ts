/** What one side sent, counted. */
import { Opcode, isControl } from '../../protocol/opcode.ts'
import {
  headerLengthOf,
  isMasked,
  isMessageEnd,
  kindsOfFrames,
  messageOpcodeOf,
  opcodeOf,
  type FrameBits,
  type FrameExtra,
  type MessageExtra,
} from '../frame-table.ts'
import type { WireLog } from '../log.ts'
import { Compression, type CompressionSummary } from './compression.ts'
import { Counts } from './counts.ts'
import { Histogram, type HistogramSummary } from './histogram.ts'
import { Sample, type Spread } from './sample.ts'

/** What one side sent. All sizes are in octets, those of frames and messages without headers. */
export interface SentSummary {
  octets: {
    total: number
    chops: number
    /** Chops by their size, the opening handshake included. */
    bySize: Record<string, number>
    /** Chops of further sizes, once 65,536 are told apart. */
    other: number
  }
  frames: {
    total: number
    control: number
    byOpcode: Record<string, number>
    /** Octets of payload by opcode. */
    payloadByOpcode: Record<string, number>
    sizes: HistogramSummary
    /** Chops per frame. */
    chops: HistogramSummary
    /** Frames per chop: those that it completed. */
    perChop: HistogramSummary
  }
  messages: {
    total: number
    text: number
    binary: number
    /** As the application has them: inflated. Without those that could not be. */
    sizes: HistogramSummary
    /** Frames per message. */
    frames: HistogramSummary
  }
  /** What frames cost beside their payload; `percent` of all their octets, null without frames. */
  overhead: { headerOctets: number; maskOctets: number; payloadOctets: number; percent: number | null }
  compression: CompressionSummary
  /** Of the other side's pings, which this side answered. */
  roundTrips: Spread
  /** Close frames by code, `none` for an empty one. */
  closeCodes: Record<string, number>
  /** How its TCP streams ended. */
  ends: { fin: number; reset: number; closed: number; error: number }
  /** Octets that are not in the record. */
  gaps: { count: number; octets: number }
}

/** Sizes of chops that are told apart. One read brings at most 65,536 octets. */
const sizeLimit = 65_536

/** Octets of a masking key (RFC 6455 §5.2). */
const keyLength = 4

export class Sent {
  readonly ends = { fin: 0, reset: 0, closed: 0, error: 0 }
  readonly gaps = { count: 0, octets: 0 }

  #octets = 0
  #chops = 0
  readonly #chopSizes = new Counts<number>(sizeLimit)
  /** Frames and their octets of payload by all that a header says: what is asked of them is added up when it is. */
  readonly #frames = new Float64Array(kindsOfFrames)
  readonly #payload = new Float64Array(kindsOfFrames)
  /** The kinds that came, of many that may. */
  readonly #kinds: FrameBits[] = []
  /** Of frames that are a message each, not compressed: nearly all. */
  readonly #wholeSizes = new Histogram()
  /** Of all other frames, and of the messages that they make. */
  readonly #partSizes = new Histogram()
  readonly #messageSizes = new Histogram()
  readonly #messageFrames = new Histogram()
  /** Of frames that came in several chops. */
  readonly #frameChops = new Histogram()
  readonly #chopFrames = new Histogram()
  readonly #compression = new Compression()
  readonly #roundTrips = new Sample()
  readonly #closeCodes = new Counts<number | 'none'>(65_537)

  chop(length: number): void {
    this.#octets += length
    this.#chops++
    this.#chopSizes.add(length)
  }

  /** So many frames were completed by one of its chops. */
  chopEnd(frames: number): void {
    this.#chopFrames.add(frames)
  }

  /** The frame at `row`. */
  frame(log: WireLog, row: number): void {
    const { frames } = log
    const at = row & frames.mask
    const extra = log.extra(row)
    const isWhole = extra === null && isMessageEnd(frames.bits(row))
    const length = extra?.received ?? frames.payloadLength[at]!
    this.#add(frames.bits(row), length, frames.chops[at]!, isWhole, 1)
    if (extra !== null) this.#extra(extra)
  }

  /** The plain frames from `row` up to before `end`, see `WireLog.plainFrames`. */
  plainFrames({ frames }: WireLog, row: number, end: number): void {
    const { mask, payloadLength, chops } = frames
    // Frames of equal shape often follow each other.
    for (let first = row; first < end;) {
      const at = first & mask
      const bits = frames.bits(first)
      let next = first + 1
      while (
        next < end &&
        frames.bits(next) === bits &&
        payloadLength[next & mask] === payloadLength[at] &&
        chops[next & mask] === chops[at]
      )
        next++
      this.#add(bits, payloadLength[at]!, chops[at]!, isMessageEnd(bits), next - first)
      first = next
    }
  }

  summary(): SentSummary {
    const kinds = this.#kinds.map(bits => {
      const [count = 0, payload = 0] = [this.#frames[bits], this.#payload[bits]]
      return { bits, count, payload }
    })
    const text = countOf(kinds, bits => isMessageEnd(bits) && messageOpcodeOf(bits) === Opcode.text)
    const binary = countOf(kinds, bits => isMessageEnd(bits) && messageOpcodeOf(bits) === Opcode.binary)
    const total = countOf(kinds, () => true)
    return {
      octets: {
        total: this.#octets,
        chops: this.#chops,
        bySize: Object.fromEntries(this.#chopSizes.entries()),
        other: this.#chopSizes.other,
      },
      frames: {
        total,
        control: countOf(kinds, bits => isControl(opcodeOf(bits))),
        byOpcode: byOpcode(kinds, ({ count }) => count),
        payloadByOpcode: byOpcode(kinds, ({ payload }) => payload),
        sizes: this.#wholeSizes.plus(this.#partSizes).summary(),
        chops: this.#frameChops.plus(Histogram.of(1, total - this.#frameChops.count)).summary(),
        perChop: this.#chopFrames.summary(),
      },
      messages: {
        total: text + binary,
        text,
        binary,
        sizes: this.#wholeSizes.plus(this.#messageSizes).summary(),
        frames: this.#messageFrames.plus(Histogram.of(1, this.#wholeSizes.count)).summary(),
      },
      overhead: overheadOf(kinds),
      compression: this.#compression.summary(),
      roundTrips: this.#roundTrips.summary(),
      closeCodes: Object.fromEntries(this.#closeCodes.entries()),
      ends: { ...this.ends },
      gaps: { ...this.gaps },
    }
  }

  /** Equal frames, `times` of them; `isWhole`: each is a message that is not compressed. */
  #add(bits: FrameBits, length: number, chops: number, isWhole: boolean, times: number): void {
    if (this.#frames[bits] === 0) this.#kinds.push(bits)
    this.#frames[bits]! += times
    this.#payload[bits]! += length * times
    if (chops > 1) this.#frameChops.add(chops, times)
    if (isWhole) this.#wholeSizes.add(length, times)
    else this.#partSizes.add(length, times)
  }

  #extra({ message, rtt, close }: FrameExtra): void {
    if (message !== null) this.#message(message)
    if (rtt !== null) this.#roundTrips.add(rtt)
    if (close !== null) this.#closeCodes.add(close.code ?? 'none')
  }

  /** A message of several frames, or a compressed one. */
  #message(message: MessageExtra): void {
    this.#messageFrames.add(message.frames)
    if (message.inflate === null || message.inflate === 'ok') this.#messageSizes.add(message.length)
    if (message.inflate !== null) this.#compression.message(message, message.inflate)
  }
}

/** Frames whose headers are the same but for length and key. */
interface KindOfFrame {
  bits: FrameBits
  count: number
  /** Octets of payload of all of them. */
  payload: number
}

function countOf(kinds: readonly KindOfFrame[], isCounted: (bits: FrameBits) => boolean): number {
  return kinds.reduce((sum, { bits, count }) => (isCounted(bits) ? sum + count : sum), 0)
}

function byOpcode(kinds: readonly KindOfFrame[], of: (kind: KindOfFrame) => number): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const kind of kinds) {
    const opcode = opcodeOf(kind.bits)
    sums[opcode] = (sums[opcode] ?? 0) + of(kind)
  }
  return sums
}

function overheadOf(kinds: readonly KindOfFrame[]): SentSummary['overhead'] {
  let [headerOctets, maskOctets, payloadOctets] = [0, 0, 0]
  for (const { bits, count, payload } of kinds) {
    const key = isMasked(bits) ? keyLength : 0
    headerOctets += count * (headerLengthOf(bits) - key)
    maskOctets += count * key
    payloadOctets += payload
  }
  const all = headerOctets + maskOctets + payloadOctets
  const percent = all === 0 ? null : Math.round((1 - payloadOctets / all) * 10_000) / 100
  return { headerOctets, maskOctets, payloadOctets, percent }
}
