/**
 * permessage-deflate (RFC 7692), synchronous: messages come out in the order in which they went in, and no zlib stream
 * lives between messages. A context that is taken over is the last window of plain octets, given to zlib as dictionary.
 */
import {
  constants,
  deflateRawSync,
  inflateRawSync,
  type Inflate,
  type InputType,
  type ZlibOptions,
} from 'node:zlib'
import { extensionName, isDeflate, parameterFaults, windowBits } from './deflate-parameters.ts'
import type { Extension } from './extension-header.ts'

/** How one side compresses. */
export interface DeflateParameters {
  /** LZ77 window, 8–15: 2^bits octets. */
  windowBits: number
  /** False when every message starts with an empty window. */
  contextTakeover: boolean
}

/** What client and server agreed, per compressing side (RFC 7692 §7.1). */
export interface DeflateAgreement {
  client: DeflateParameters
  server: DeflateParameters
}

/** The agreement that a response's accepted extensions state, or null without permessage-deflate. */
export function agreedDeflate(accepted: readonly Extension[]): DeflateAgreement | null {
  const extension = accepted.find(isDeflate)
  if (extension === undefined) return null
  const has = (name: string) => extension.parameters.some(p => p.name === name)
  const bits = (name: string) =>
    windowBits(extension.parameters.find(p => p.name === name)?.value ?? null) ?? 15
  return {
    client: {
      windowBits: bits('client_max_window_bits'),
      contextTakeover: !has('client_no_context_takeover'),
    },
    server: {
      windowBits: bits('server_max_window_bits'),
      contextTakeover: !has('server_no_context_takeover'),
    },
  }
}

/** A server's answer to a client's offers: the first that it can serve, with all that was asked for, or null. */
export function acceptDeflate(offers: readonly Extension[]): Extension | null {
  const offer = offers.find(e => isDeflate(e) && parameterFaults(e, 'client').length === 0)
  if (offer === undefined) return null
  // client_max_window_bits without a value only permits the server to limit the client: no need to.
  const parameters = offer.parameters.filter(p => p.name !== 'client_max_window_bits' || p.value !== null)
  return { name: extensionName, parameters }
}

/** The four octets that every flushed block ends with and no message carries (RFC 7692 §7.2.1). */
const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff)

/** Octets of DEFLATE that decode to nothing: the payload of an empty message (RFC 7692 §7.2.3.6). */
const emptyBlock = Uint8Array.of(0x00)

/** The last window of plain octets of one direction. */
class History {
  octets: Uint8Array = new Uint8Array(0)
  readonly #size: number

  constructor(parameters: DeflateParameters) {
    this.#size = parameters.contextTakeover ? 2 ** parameters.windowBits : 0
  }

  /** True once the window is full of octets known here. */
  get full(): boolean {
    return this.octets.length === this.#size
  }

  append(octets: Uint8Array): void {
    if (this.#size === 0 || octets.length === 0) return
    const kept = this.octets.subarray(Math.max(0, this.octets.length + octets.length - this.#size))
    const added = octets.subarray(Math.max(0, octets.length - this.#size))
    const next = new Uint8Array(kept.length + added.length)
    next.set(kept)
    next.set(added, kept.length)
    this.octets = next
  }
}

function withHistory(options: ZlibOptions, history: Uint8Array): ZlibOptions {
  return history.length === 0 ? options : { ...options, dictionary: history }
}

/** Octets of the largest window. */
const windowLimit = 32 * 1024

/** Blocks with BFINAL set that one message may hold: each costs a run of zlib, and a compressor needs one. */
const finalBlockLimit = 64

/** How far inflating for inspection goes. */
export interface InflateLimit {
  /** Octets of one inflated message, always allowed up to here. */
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

/**
 * What came out of a message. `capped`: more than the limit. `lost`: it refers to octets of an earlier message that were
 * not seen or not kept. `corrupt`: no DEFLATE data, with zlib's word for it.
 */
export type Inflated =
  { status: 'ok'; octets: Uint8Array } | { status: 'capped' | 'lost' } | { status: 'corrupt'; reason: string }

/** Inflates the messages of one direction. */
export class Inflater {
  readonly #parameters: DeflateParameters
  readonly #limit: InflateLimit
  #history: History
  /** False after a message that could not be followed: what the window holds is not known. */
  #complete = true

  constructor(parameters: DeflateParameters, limit: InflateLimit) {
    this.#parameters = parameters
    this.#limit = limit
    this.#history = new History(parameters)
  }

  /** Octets were missed: the window of the next message is unknown. */
  forget(): void {
    this.#history = new History(this.#parameters)
    this.#complete = !this.#parameters.contextTakeover
  }

  /** Inflates one message, unmasked, without the tail that RFC 7692 §7.2.2 appends. Never throws. */
  inflate(payload: Uint8Array): Inflated {
    const allowed = Math.min(
      this.#limit.octets,
      Math.max(this.#limit.ratioFrom, this.#limit.ratio * payload.length),
    )
    try {
      const octets = this.#run(payload, allowed)
      if (octets === null) {
        this.forget()
        return { status: 'capped' }
      }
      this.#history.append(octets)
      this.#complete ||= this.#history.full
      return { status: 'ok', octets }
    } catch (error) {
      const complete = this.#complete
      this.forget()
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return { status: 'capped' }
      const reason = error instanceof Error ? error.message : String(error)
      return !complete && reason.includes('too far back') ? { status: 'lost' } : { status: 'corrupt', reason }
    }
  }

  /**
   * zlib stops after a block with BFINAL set; what follows it is inflated in a further run (RFC 7692 §7.2.3.5). Null for
   * too many of them.
   */
  #run(payload: Uint8Array, allowed: number): Uint8Array | null {
    const parts: Uint8Array[] = []
    const input = concat([payload, tail])
    let window = this.#history.octets
    let length = 0
    for (let at = 0; at < input.length;) {
      if (parts.length > finalBlockLimit) return null
      const { buffer, engine } = inflateInfo(
        input.subarray(at),
        withHistory(
          {
            info: true,
            windowBits: this.#parameters.windowBits,
            finishFlush: constants.Z_SYNC_FLUSH,
            maxOutputLength: Math.max(1, allowed - length),
          },
          window,
        ),
      )
      parts.push(buffer)
      length += buffer.length
      if (engine.bytesWritten === 0) break
      at += engine.bytesWritten
      if (at < input.length) window = concat([window, buffer]).subarray(-windowLimit)
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(parts)
  }
}

/** `info: true` also gives the engine, which tells how many octets it took; the types of Node do not know the option. */
const inflateInfo = inflateRawSync as unknown as (
  input: InputType,
  options: ZlibOptions,
) => { buffer: Buffer; engine: Inflate }

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

/** Compresses the messages of one direction. */
export class Deflater {
  readonly #options: ZlibOptions
  readonly #history: History

  constructor(parameters: DeflateParameters) {
    this.#history = new History(parameters)
    this.#options = {
      // zlib cannot keep to a window of 256 octets; without any reference back every window is kept to.
      windowBits: Math.max(9, parameters.windowBits),
      strategy: parameters.windowBits === 8 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
      finishFlush: constants.Z_SYNC_FLUSH,
    }
  }

  /** The payload of one compressed message, without its tail (RFC 7692 §7.2.1). */
  deflate(octets: Uint8Array): Uint8Array {
    if (octets.length === 0) return emptyBlock
    const compressed = deflateRawSync(octets, withHistory(this.#options, this.#history.octets))
    this.#history.append(octets)
    return compressed.subarray(0, compressed.length - tail.length)
  }
}
