/**
 * Inflates the messages of one direction, and judges them. Octets of earlier messages are kept also where the agreement
 * lets nothing refer to them: so a message that does is told from one that is corrupt.
 */
import { DeflateHistory, windowLimit } from './deflate-history.ts'
import {
  faultPlace,
  inflateBlocks,
  readWithoutTail,
  type Blocks,
  type Ending,
  type InflateWindow,
} from './inflate-blocks.ts'
import { InflateStream, streamedPayload } from './inflate-stream.ts'
import { deflateText, type DeflateParameters } from './permessage-deflate.ts'
import type { RuleId } from './rules.ts'

/** How far inflating for inspection goes. */
export interface InflateLimit {
  /** Octets of one inflated message. */
  octets: number
  /** Beyond `ratioFrom` octets a message may not be more than `ratio` times its compressed size. */
  ratio: number
  ratioFrom: number
}

export const defaultInflateLimit: InflateLimit = {
  octets: 16 * 1024 * 1024,
  ratio: 200,
  ratioFrom: 1024 * 1024,
}

/** A rule that a compressed message breaks, with its figures. */
export interface DeflateFault {
  rule: RuleId
  detail: string
}

/**
 * What came of a message. `capped`: it is more than the limit. `lost`: it refers to octets of an earlier message that were
 * not seen or not kept. `corrupt`: it cannot be inflated to its end.
 */
export interface Inflated {
  status: 'ok' | 'capped' | 'lost' | 'corrupt'
  /** The message; null unless `ok`. */
  octets: Uint8Array | null
  /** Whether it refers to earlier messages; null where that is not known. */
  contextUsed: boolean | null
  faults: readonly DeflateFault[]
}

/** A window that a message turned out to need, and the rule that says it was not agreed. */
interface WiderWindow extends InflateWindow {
  rule: RuleId
  contextUsed: boolean | null
}

const noOctets = new Uint8Array(0)
const noFaults: readonly DeflateFault[] = []

/**
 * How many messages of a direction are looked at for use of the context, a quarter of them if they use it; and how many faults
 * for their place.
 */
export const closeLooks = 32

/** Compressed octets of a message that is inflated more than once to learn more: that keeps it a matter of ms. */
export const retryLimit = 256 * 1024

/** What becomes of a message whose data ends so. */
const statusOf: Record<Ending, 'ok' | 'capped' | 'corrupt'> = {
  whole: 'ok',
  'tail-kept': 'ok',
  trailing: 'ok',
  incomplete: 'corrupt',
  corrupt: 'corrupt',
  'too-far-back': 'corrupt',
  capped: 'capped',
  endless: 'capped',
}

/** What a message without any octet is taken for. */
const emptyMessage: Inflated = {
  status: 'ok',
  octets: noOctets,
  contextUsed: false,
  faults: [{ rule: 'deflate.empty', detail: 'payload of 0 octets' }],
}

function bomb(wireLength: number, limit: number): DeflateFault {
  return { rule: 'deflate.bomb', detail: `more than ${limit} octets from ${wireLength}` }
}

export class Inflater {
  readonly #parameters: DeflateParameters
  readonly #limit: InflateLimit
  readonly #history = new DeflateHistory(windowLimit)
  /** False after a message that could not be followed: what the window holds is not known. */
  #complete = true
  #looks = closeLooks
  #searches = closeLooks
  /** Stands behind the last message; null where that was none for it. */
  #stream: InflateStream | null = null

  constructor(parameters: DeflateParameters, limit: InflateLimit) {
    this.#parameters = parameters
    this.#limit = limit
  }

  /** Octets were missed: the window of the next message is unknown. */
  forget(): void {
    this.#dropStream()
    this.#history.forget()
    this.#complete = !this.#parameters.contextTakeover
  }

  /** Passes over a message of more compressed octets than may be inflated. */
  skip(wireLength: number): Inflated {
    return this.#giveUp('capped', bomb(wireLength, this.#limit.octets))
  }

  /** Inflates one message, unmasked, without the tail that RFC 7692 §7.2.2 appends. Never throws. */
  inflate(payload: Uint8Array): Inflated {
    if (payload.length === 0) return emptyMessage
    const contextUsed = this.#usesContext(payload)
    const octets = this.#mayStream(payload) ? this.#nextOfStream(payload) : null
    if (octets !== null) return { status: 'ok', octets, contextUsed, faults: noFaults }
    this.#dropStream()
    const agreed = this.#agreedWindow()
    const window = contextUsed === false ? { ...agreed, before: noOctets } : agreed
    const blocks = inflateBlocks(payload, window, this.#limitOf(payload.length))
    if (blocks.ending === 'too-far-back') return this.#lookFurtherBack(payload, window, blocks)
    return this.#conclude(payload, agreed, blocks, contextUsed)
  }

  /** Whether it refers to earlier messages, as the agreement lets it; null once enough were looked at. */
  #usesContext(payload: Uint8Array): boolean | null {
    if (this.#looks <= 0 || payload.length > retryLimit) return null
    this.#looks--
    const { bits, before } = this.#agreedWindow()
    if (before.length === 0) return false
    const alone = inflateBlocks(payload, { bits, before: noOctets }, this.#limitOf(payload.length))
    if (alone.ending !== 'too-far-back') return false
    // Who uses it once does so again.
    this.#looks -= 3
    return true
  }

  /** True for most messages. A narrower window takes a closer look. */
  #mayStream({ length }: Uint8Array): boolean {
    return length <= streamedPayload && this.#complete && this.#parameters.windowBits === 15
  }

  #nextOfStream(payload: Uint8Array): Uint8Array | null {
    const { contextTakeover } = this.#parameters
    this.#stream ??= InflateStream.after(this.#agreedWindow().before)
    const octets = this.#stream?.inflate(payload) ?? null
    if (octets === null || octets.length > this.#limitOf(payload.length)) return null
    if (!contextTakeover) this.#stream?.reset()
    this.#history.append(octets)
    return octets
  }

  #dropStream(): void {
    this.#stream?.close()
    this.#stream = null
  }

  #agreedWindow(): InflateWindow {
    const { windowBits: bits, contextTakeover } = this.#parameters
    return { bits, before: contextTakeover ? this.#history.last(2 ** bits) : noOctets }
  }

  #limitOf(wireLength: number): number {
    const { octets, ratio, ratioFrom } = this.#limit
    return Math.min(octets, Math.max(ratioFrom, ratio * wireLength))
  }

  /** The message refers to octets before the agreed window. */
  #lookFurtherBack(payload: Uint8Array, agreed: InflateWindow, blocks: Blocks): Inflated {
    const limit = this.#limitOf(payload.length)
    for (const wider of payload.length > retryLimit ? [] : this.#widerWindows()) {
      const found = inflateBlocks(payload, wider, limit)
      if (found.ending === 'too-far-back') continue
      const detail = `agreed is ${deflateText(this.#parameters)}, exceeded${this.#placeOf(payload, agreed)}`
      const fault = { rule: wider.rule, detail }
      return this.#conclude(payload, wider, found, wider.contextUsed, fault)
    }
    if (!this.#complete) return this.#giveUp('lost')
    if (blocks.finalEnd > 0) return this.#conclude(payload, agreed, { ...blocks, ending: 'trailing' }, null)
    return this.#conclude(payload, agreed, readWithoutTail(payload, agreed, limit), null)
  }

  #widerWindows(): WiderWindow[] {
    const { windowBits, contextTakeover } = this.#parameters
    const before = this.#history.last(windowLimit)
    const own = contextTakeover ? before : noOctets
    const windows: WiderWindow[] = []
    if (windowBits < 15)
      windows.push({ bits: 15, before: own, rule: 'deflate.too-far-back', contextUsed: null })
    if (!contextTakeover && before.length > 0)
      windows.push({ bits: 15, before, rule: 'deflate.context-used', contextUsed: true })
    return windows
  }

  #conclude(
    payload: Uint8Array,
    window: InflateWindow,
    blocks: Blocks,
    contextUsed: boolean | null,
    windowFault: DeflateFault | null = null,
  ): Inflated {
    const fault = this.#faultOf(payload, window, blocks)
    const status = statusOf[blocks.ending]
    if (status !== 'ok') return this.#giveUp(status, fault)
    this.#history.append(blocks.octets)
    this.#complete ||= this.#history.length >= 2 ** this.#parameters.windowBits
    const faults = [windowFault, fault].filter(f => f !== null)
    return { status, octets: blocks.octets, contextUsed, faults }
  }

  #giveUp(status: 'capped' | 'lost' | 'corrupt', fault: DeflateFault | null = null): Inflated {
    this.forget()
    return { status, octets: null, contextUsed: null, faults: fault === null ? noFaults : [fault] }
  }

  #faultOf(payload: Uint8Array, window: InflateWindow, blocks: Blocks): DeflateFault | null {
    const { ending, finalEnd, reason } = blocks
    const final = `the block ends after ${finalEnd} of ${payload.length} octets`
    switch (ending) {
      case 'whole':
      case 'endless':
        return finalEnd === 0 ? null : { rule: 'deflate.final-block', detail: final }
      case 'trailing':
        return { rule: 'deflate.trailing-octets', detail: final }
      case 'tail-kept':
        return { rule: 'deflate.tail-kept', detail: `payload of ${payload.length} octets` }
      case 'incomplete':
        return { rule: 'deflate.incomplete', detail: reason }
      case 'capped':
        return bomb(payload.length, this.#limitOf(payload.length))
      case 'corrupt':
      case 'too-far-back':
        return { rule: `deflate.${ending}`, detail: `${reason}${this.#placeOf(payload, window)}` }
    }
  }

  /** Where zlib stops, for so many faults. */
  #placeOf(payload: Uint8Array, window: InflateWindow): string {
    return this.#searches-- > 0 ? ` ${faultPlace(payload, window)}`.trimEnd() : ''
  }
}
