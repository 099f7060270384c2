/**
 * A conformance case as data: what is sent, which events make it pass, how the connection must end. The tables of
 * `cases/` hold them; `fuzzer.ts` plays them, `verdict.ts` judges. Ids, order and verdicts are those of the Autobahn suite.
 */
import type { DeflateParameters } from '../protocol/permessage-deflate.ts'
import type { Side } from '../protocol/side.ts'
import type { Behavior } from './case-report.ts'

/** A payload: `unit`, repeated and cut to `length` octets. */
export interface Payload {
  unit: Uint8Array
  length: number
}

/** What is unusual about the header of a frame. */
export interface HeaderChange {
  /** The width of the length field. */
  lengthBits?: 16 | 64
  /** The length to announce, where it is not that of the payload. */
  announced?: number
  /** `wrong`: a client does not mask, a server does; `zero`: a client masks with the key 0. */
  mask?: 'wrong' | 'zero'
}

/** Exactly this frame goes out, whatever the state of the connection is. */
export interface FrameStep {
  do: 'frame'
  opcode: number
  fin: boolean
  rsv: number
  payload: Payload
  /** Octets of each write; null: one write. */
  chop: number | null
  /** A write of its own, where frames sent together otherwise leave together. */
  sync: boolean
  header?: HeaderChange
  /** Two writes of its own, the first of so many octets. */
  cut?: number
}

export type Step =
  | FrameStep
  /** A message while the connection is open, in frames of `fragment` octets; null: one frame. */
  | { do: 'message'; opcode: number; payload: Payload; fragment: number | null }
  /** Starts the closing handshake with a Close of exactly this payload. */
  | { do: 'close'; payload: Uint8Array }
  /** The header of a frame alone; `part` sends its payload in pieces. */
  | { do: 'begin'; opcode: number; fin: boolean; length: number }
  | { do: 'part'; octets: Uint8Array }
  /** Goes on later; with a tag only while the connection is open, and then the time-out is an event. */
  | { do: 'wait'; seconds: number; tag: string | null }
  /** `kill`: after so long the connection is failed with 1001; `close`: an empty Close is sent. */
  | { do: 'kill' | 'close-after'; seconds: number }
  /** Ends the own direction of TCP, and reads on. */
  | { do: 'fin' }

/** Something the peer did, or a wait that ran out. */
export type CaseFact =
  | { event: 'message'; binary: boolean; payload: Payload }
  | { event: 'pong'; payload: Payload }
  | { event: 'timeout'; tag: string }

/** How the connection must end. */
export interface CloseRule {
  /** Whether the fuzzer is to be the one who starts to close. */
  closedByMe: boolean
  /** Codes the peer may send; none at all is fine too. */
  closeCode: readonly number[]
  requireClean: boolean
  /** The case fails when the wrong side closes. */
  wrongEndpointIsFatal?: boolean
}

/** What is demanded of the other side's compression (RFC 7692 §7.1). */
export interface DeflateDemand {
  noContextTakeover: boolean
  /** 0: no demand. */
  windowBits: number
}

/** Messages in turn: each is sent when the echo of the one before has come. Groups 9, 12 and 13. */
export interface Exchange {
  count: number
  binary: boolean
  /** The message number `k`, from 0. */
  message(k: number): Payload
  /** The length of a message in the unit that is judged: octets, of text with `content` characters. */
  length: number
  /** `frame`: as one frame; `message`: in fragments, and compressed where that is agreed. */
  sendAs: 'frame' | 'message'
  chop: number | null
  fragment: number | null
  /** What of the echo must be right beside its type. */
  compare: 'length' | 'content'
  /** An empty Close is sent after so long. */
  closeAfter: number
  /** In order of preference; null: compression is not part of the case. */
  deflate: readonly DeflateDemand[] | null
  /** The wire log says where it was off. */
  markers: boolean
}

/** What a server made of a request to upgrade; `versions`: refused, with the versions that it speaks. */
export type OpeningOutcome = 'opened' | 'refused' | 'versions' | 'faulty' | 'dropped' | 'silent'

/** What differs from a good opening handshake in the head that the fuzzer writes. */
export interface OpeningChange {
  /** `{path}` stands for the path. */
  startLine?: string
  /** The values that a header gets, a line each: none leaves it out. `{}` stands for the ordinary value. */
  headers?: Readonly<Record<string, readonly string[]>>
  /** The empty line never comes. */
  unended?: boolean
  /** Octets of each write, and seconds between two. */
  chop?: number
  pause?: number
  /** Frames right behind the request. */
  early?: readonly FrameStep[]
  /** Behavior by what the server makes of the request; without it, the handshake must be completed. */
  expected?: Partial<Record<Behavior, readonly OpeningOutcome[]>>
}

/** What must be agreed on compression: of the own side exactly this, of the peer's so much at most. */
export interface DeflatePlan {
  own: DeflateParameters
  peer: DeflateParameters
}

export interface ConformCase {
  id: string
  description: string
  expectation: string
  steps: readonly Step[]
  /** Behavior by the events that were seen; anything else is FAILED. */
  expected: Partial<Record<Behavior, readonly CaseFact[]>>
  close: CloseRule
  exchange: Exchange | null
  /** The fuzzer does not close when the expected events have come. */
  keepsOpen: boolean
  /** A wrong close code fails the case. */
  hardCodes: boolean
  /** The outcome is not judged. */
  informational: boolean
  /** How many frames of which opcode the fuzzer itself must have sent. */
  ownFrames: Readonly<Record<string, number>> | null
  /** The reason of the own Close is reported as hex. */
  hexReason: boolean
  /** The fuzzer's role, where the case has but one. */
  role?: Side
  opening?: OpeningChange
  /** Where the peer does not agree, the case is UNIMPLEMENTED. */
  deflate?: DeflatePlan
  /** How the connection must end instead of `close` where the events are those of this behavior. */
  closeIf?: Partial<Record<Behavior, CloseRule>>
}

/** All octets of a payload; its unit itself where that is all. */
export function octetsOf({ unit, length }: Payload): Uint8Array {
  if (unit.length === length) return unit
  const octets = new Uint8Array(length)
  writePayload(octets, 0, { unit, length })
  return octets
}

/** Writes a payload into `target` from `at` on. */
export function writePayload(target: Uint8Array, at: number, { unit, length }: Payload): void {
  if (length === 0 || unit.length === 0) return
  target.set(unit.subarray(0, Math.min(unit.length, length)), at)
  for (let done = unit.length; done < length; done *= 2) {
    target.copyWithin(at + done, at, at + Math.min(done, length - done))
  }
}

/** True for payloads of the same octets. */
export function samePayload(a: Payload, b: Payload): boolean {
  return a.length === b.length && Buffer.compare(octetsOf(a), octetsOf(b)) === 0
}
