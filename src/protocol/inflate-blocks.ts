/** The DEFLATE data of one message, read with one window: which octets come out, and how the data ends. */
import { constants, inflateRawSync, type Inflate, type InputType, type ZlibOptions } from 'node:zlib'
import { windowLimit } from './deflate-history.ts'
import { tail, withDictionary } from './permessage-deflate.ts'
import { counted } from './words.ts'

/** What a message may refer back to. */
export interface InflateWindow {
  /** 8–15: at most 2^bits octets. */
  bits: number
  /** The plain octets before the message. */
  before: Uint8Array
}

/**
 * `whole`: with a block, as it must. `tail-kept`: the same, but the octets are there that no message carries. `trailing`:
 * with octets behind a final block that are no block. `incomplete`: inside a block. `corrupt`: no DEFLATE data.
 * `too-far-back`: it refers to octets before the window. `capped`: it inflates to more than the limit. `endless`: with
 * more final blocks than anybody needs.
 */
export type Ending =
  'whole' | 'tail-kept' | 'trailing' | 'incomplete' | 'corrupt' | 'too-far-back' | 'capped' | 'endless'

export interface Blocks {
  ending: Ending
  /** What came out, of blocks that could be read to their end. */
  octets: Uint8Array
  /** Octets of the payload up to the end of its last block with BFINAL set; 0 without one. */
  finalEnd: number
  /** What a person wants to know of an ending that is not `whole`. */
  reason: string
}

/** A final block without octets (RFC 1951 §3.2.6). zlib reaches the end of it only where the data before it is whole. */
const finalBlock = Uint8Array.of(0x03, 0x00)

const tailAndFinalBlock = concat([tail, finalBlock])

const noOctets = new Uint8Array(0)

/** Blocks with BFINAL set that one message may hold: each costs a run of zlib, and a compressor needs one. */
export const finalBlockLimit = 64

/**
 * Inflates `payload`, which is without its tail. zlib stops after a block with BFINAL set; what follows it is inflated in
 * a further run (RFC 7692 §7.2.3.5). Never throws; gives `limit` octets at most.
 */
export function inflateBlocks(payload: Uint8Array, window: InflateWindow, limit: number): Blocks {
  const parts: Uint8Array[] = []
  let length = 0
  let finalEnd = 0
  let current = window
  for (;;) {
    const run = readRun(finalEnd === 0 ? payload : payload.subarray(finalEnd), current, limit - length)
    parts.push(run.octets)
    if (run.ending !== 'final') return joined(run, parts, finalEnd)
    finalEnd += run.finalEnd
    length += run.octets.length
    if (finalEnd === payload.length) return joined({ ...run, ending: 'whole' }, parts, finalEnd)
    if (parts.length > finalBlockLimit) return joined({ ...run, ending: 'endless' }, parts, finalEnd)
    current = { bits: window.bits, before: lastOf(current.before, run.octets) }
  }
}

function lastOf(before: Uint8Array, octets: Uint8Array): Uint8Array {
  return concat([before, octets.subarray(-windowLimit)]).subarray(-windowLimit)
}

/** How much of a faulty payload can be inflated, in words; empty where that is not known. */
export function faultPlace(payload: Uint8Array, window: InflateWindow): string {
  if (payload.length > faultLimit.payload) return ''
  let good = 0
  let bad = payload.length + 1
  let inflated = 0
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const { octets, error } = inflate(payload.subarray(0, middle), window, faultLimit.inflated, sync)
    if (error === capped) return ''
    if (error === null) {
      good = middle
      inflated = octets.length
    } else bad = middle
  }
  return bad > payload.length
    ? ''
    : `after ${good} of ${counted(payload.length, 'octet')}, which inflate to ${inflated}`
}

/** Looking for the octet takes one run for each halving of the payload. */
const faultLimit = { payload: 16 * 1024, inflated: 64 * 1024 }

/** All that was read, of runs that each ended with a final block but for the last. */
function joined(last: Blocks, parts: readonly Uint8Array[], finalEnd: number): Blocks {
  const isNoBlock = finalEnd > 0 && (last.ending === 'incomplete' || last.ending === 'corrupt')
  return {
    ending: isNoBlock ? 'trailing' : last.ending,
    octets: parts.length === 1 ? last.octets : concat(parts),
    finalEnd,
    reason: last.reason,
  }
}

/** The blocks up to the end, or up to the first that has BFINAL set: then `ending` is `final`. */
type Run = Blocks | (Omit<Blocks, 'ending'> & { ending: 'final' })

function readRun(data: Uint8Array, window: InflateWindow, limit: number): Run {
  const { octets, taken, error } = inflate(concat([data, tailAndFinalBlock]), window, limit, finish)
  if (error === null && taken === data.length + tailAndFinalBlock.length) return blocks('whole', octets)
  if (error === null && taken <= data.length)
    return { ...blocks('whole', octets), ending: 'final', finalEnd: taken }
  if (error === capped) return blocks('capped')
  if (error === tooFarBack) return blocks('too-far-back', noOctets, error)
  return readKeptTail(data, window, limit) ?? readWithoutTail(data, window, limit)
}

/** Data that has its tail already. */
function readKeptTail(data: Uint8Array, window: InflateWindow, limit: number): Blocks | null {
  if (!endsWithTail(data)) return null
  const { octets, taken, error } = inflate(concat([data, finalBlock]), window, limit, finish)
  return error === null && taken === data.length + finalBlock.length ? blocks('tail-kept', octets) : null
}

/** Data that cannot be read with its tail: either it is at fault itself, or it ends inside a block, which ate the tail. */
export function readWithoutTail(data: Uint8Array, window: InflateWindow, limit: number): Blocks {
  const { octets, error } = inflate(data, window, limit, sync)
  if (error === null)
    return blocks(
      'incomplete',
      noOctets,
      `${counted(data.length, 'octet')}, which inflate to ${octets.length}`,
    )
  return blocks(error === tooFarBack ? 'too-far-back' : 'corrupt', noOctets, error)
}

function blocks(ending: Ending, octets: Uint8Array = noOctets, reason = ''): Blocks {
  return { ending, octets, finalEnd: 0, reason }
}

function endsWithTail(data: Uint8Array): boolean {
  const at = data.length - tail.length
  return at >= 0 && tail.every((octet, i) => data[at + i] === octet)
}

const { Z_FINISH: finish, Z_SYNC_FLUSH: sync } = constants

/** zlib's word for a reference to octets before the window. */
const tooFarBack = 'invalid distance too far back'

const capped = 'capped'

/** One run of zlib. `taken` counts octets of input; `error` is `capped` or zlib's own words. */
function inflate(input: Uint8Array, window: InflateWindow, limit: number, finishFlush: number) {
  const options = {
    info: true,
    windowBits: window.bits,
    chunkSize: chunkSize(input.length, window.bits),
    finishFlush,
    maxOutputLength: Math.max(1, limit),
  }
  try {
    const { buffer, engine } = inflateInfo(input, withDictionary(options, window.before))
    return { octets: buffer, taken: engine.bytesWritten, error: null }
  } catch (error) {
    return { octets: noOctets, taken: 0, error: wordOf(error) }
  }
}

function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? capped : error.message
}

/** `info: true` also gives the engine, which tells how many octets it took; the types of Node do not know the option. */
const inflateInfo = inflateRawSync as unknown as (
  input: InputType,
  options: ZlibOptions,
) => { buffer: Buffer; engine: Inflate }

/** Input for which zlib is held to a window within a message. Of longer ones enough parts are looked at anyway. */
const strictLimit = 16 * 1024

/**
 * Octets of output per call of zlib: as many as are expected, for speed. Within a call zlib lets references pass that go
 * further back than the window, so a small window wants small calls.
 */
function chunkSize(inputLength: number, windowBits: number): number {
  const expected = Math.min(128 * 1024, Math.max(1024, 8 * inputLength))
  return windowBits === 15 || inputLength > strictLimit ? expected : Math.min(expected, 2 ** windowBits / 4)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
