/** The words that the tables of cases are written in. */
import { Opcode } from '../protocol/opcode.ts'
import type { CaseFact, CloseRule, ConformCase, FrameStep, Payload, Step } from './case.ts'

/** Text, octets, or a payload that repeats. */
export type Content = string | Uint8Array | Payload

/** Header bits and chops that differ from the default: FIN 1, RSV 0, one write that may leave with others. */
export type FrameOptions = Partial<Pick<FrameStep, 'fin' | 'rsv' | 'chop' | 'sync' | 'header' | 'cut'>>

export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

export function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'))
}

/** `unit` over and over, `length` octets of it. */
export function cycle(unit: Uint8Array, length: number): Payload {
  return { unit, length }
}

/** One octet, `length` times. */
export function fill(octet: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(octet)
}

export function payloadOf(content: Content): Payload {
  if (typeof content !== 'string' && 'unit' in content) return content
  const unit = typeof content === 'string' ? utf8(content) : content
  return { unit, length: unit.length }
}

export function frame(opcode: number, content: Content = '', options: FrameOptions = {}): FrameStep {
  const defaults = { fin: true, rsv: 0, chop: null, sync: false }
  return { do: 'frame', opcode, payload: payloadOf(content), ...defaults, ...options }
}

const frameOf =
  (opcode: number) =>
  (content: Content = '', options: FrameOptions = {}): FrameStep =>
    frame(opcode, content, options)

export const text = frameOf(Opcode.text)
export const binary = frameOf(Opcode.binary)
export const cont = frameOf(Opcode.continuation)
export const ping = frameOf(Opcode.ping)
export const pong = frameOf(Opcode.pong)

/** A text message, in frames of `fragment` octets. */
export function textMessage(content: Content, fragment: number | null = null): Step {
  return { do: 'message', opcode: Opcode.text, payload: payloadOf(content), fragment }
}

/** A Close with a code and a reason. */
export function close(code: number, reason: Content = ''): Step {
  const { unit } = payloadOf(reason)
  return { do: 'close', payload: Uint8Array.of(code >> 8, code & 255, ...unit) }
}

/** A Close with exactly this payload. */
export function closeWith(content: Content): Step {
  return { do: 'close', payload: payloadOf(content).unit }
}

export function wait(seconds: number, tag: string | null = null): Step {
  return { do: 'wait', seconds, tag }
}

export function killAfter(seconds: number): Step {
  return { do: 'kill', seconds }
}

export function closeAfter(seconds: number): Step {
  return { do: 'close-after', seconds }
}

/** The header of a text message of `length` octets alone; `part` sends its payload. */
export function begin(length: number): Step {
  return { do: 'begin', opcode: Opcode.text, fin: true, length }
}

export function part(content: string): Step {
  return { do: 'part', octets: utf8(content) }
}

/** The peer sends a text message. */
export function gotText(content: Content): CaseFact {
  return { event: 'message', binary: false, payload: payloadOf(content) }
}

export function gotBinary(content: Content): CaseFact {
  return { event: 'message', binary: true, payload: payloadOf(content) }
}

export function gotPong(content: Content = ''): CaseFact {
  return { event: 'pong', payload: payloadOf(content) }
}

export function timeout(tag: string): CaseFact {
  return { event: 'timeout', tag }
}

/** A good conversation: the fuzzer closes with 1000, the peer answers, the end is clean. */
export const normalClose: CloseRule = { closedByMe: true, closeCode: [1000], requireClean: true }

/** A protocol error: the peer fails the connection. */
export const protocolError: CloseRule = { closedByMe: false, closeCode: [1002], requireClean: false }

/** Text that is not UTF-8: the peer fails the connection. */
export const invalidText: CloseRule = {
  closedByMe: false,
  closeCode: [1007],
  requireClean: false,
  wrongEndpointIsFatal: true,
}

/** What is sent for the sake of a Close: nothing but its answer may come back, and its code must be right. */
export function onlyClosed(steps: readonly Step[], rule: CloseRule) {
  return {
    steps: [...steps, killAfter(1)],
    expected: { OK: [] },
    close: rule,
    keepsOpen: true,
    hardCodes: true,
  } satisfies Partial<ConformCase>
}

type Required = 'id' | 'description' | 'expectation' | 'steps' | 'expected' | 'close'

/** A case; what is left out is the ordinary. */
export function conformCase(given: Pick<ConformCase, Required> & Partial<ConformCase>): ConformCase {
  return {
    exchange: null,
    keepsOpen: false,
    hardCodes: false,
    informational: false,
    ownFrames: null,
    hexReason: false,
    ...given,
  }
}
