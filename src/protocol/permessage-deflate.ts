/**
 * permessage-deflate (RFC 7692): what is agreed, and compressing, synchronous: no zlib stream lives between messages. A
 * context that is taken over is the last window of plain octets, given to zlib as dictionary.
 */
import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib'
import { DeflateHistory, windowLimit } from './deflate-history.ts'
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

/** How one side compresses, as rows say it. */
export function deflateText({ windowBits, contextTakeover }: DeflateParameters): string {
  return `${windowBits} bits ${contextTakeover ? '' : 'no '}takeover`
}

/** A server's answer to a client's offers: the first that it can serve, with all that was asked for, or null. */
export function acceptDeflate(offers: readonly Extension[]): Extension | null {
  const offer = offers.find(e => isDeflate(e) && parameterFaults(e, 'client').length === 0)
  if (offer === undefined) return null
  // client_max_window_bits without a value only permits the server to limit the client: no need to.
  const parameters = offer.parameters.filter(p => p.name !== 'client_max_window_bits' || p.value !== null)
  return { name: extensionName, parameters }
}

/** The four octets that every flush ends with and no message carries (RFC 7692 §7.2.1). */
export const tail = Uint8Array.of(0x00, 0x00, 0xff, 0xff)

/** Octets of DEFLATE that decode to nothing: the payload of an empty message (RFC 7692 §7.2.3.6). */
const emptyBlock = Uint8Array.of(0x00)

/** Compresses the messages of one direction. */
export class Deflater {
  readonly #options: ZlibOptions
  readonly #history: DeflateHistory

  /** `level`: how hard zlib looks for repetitions, 1 to 9. */
  constructor({ windowBits, contextTakeover }: DeflateParameters, level = constants.Z_DEFAULT_COMPRESSION) {
    this.#history = new DeflateHistory(contextTakeover ? 2 ** windowBits : 0)
    this.#options = {
      level,
      // zlib cannot keep to a window of 256 octets; without any reference back every window is kept to.
      windowBits: Math.max(9, windowBits),
      strategy: windowBits === 8 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
      finishFlush: constants.Z_SYNC_FLUSH,
    }
  }

  /** The payload of one compressed message, without its tail (RFC 7692 §7.2.1). */
  deflate(octets: Uint8Array): Uint8Array {
    if (octets.length === 0) return emptyBlock
    const compressed = deflateRawSync(octets, withDictionary(this.#options, this.#history.last(windowLimit)))
    this.#history.append(octets)
    return compressed.subarray(0, compressed.length - tail.length)
  }
}

/** Node wants no empty dictionary. */
export function withDictionary(options: ZlibOptions, dictionary: Uint8Array): ZlibOptions {
  return dictionary.length === 0 ? options : { ...options, dictionary }
}
