/** What the octets of a message are: text, JSON, or neither. Found out once, not for every frame that is drawn. */
import { isUtf8 } from 'node:buffer'
import { isControl } from '../../protocol/opcode.ts'
import { wholeCodePoints } from '../../wire/format.ts'
import { isJson } from './json-lines.ts'
import type { FrameRow } from './neighbours.ts'
import type { WholeMessage } from './whole-message.ts'

export interface Content {
  kind: 'JSON' | 'text' | 'binary' | 'not UTF-8'
  octets: Uint8Array
  /** They as text; null where they are none. */
  text: string | null
}

/** The message, or the payload of a frame that is part of none; null where there are no octets. */
export function contentOf(
  message: WholeMessage | null,
  frame: FrameRow | null,
  payload: Uint8Array | null,
): Content | null {
  if (message !== null)
    return message.octets === null
      ? null
      : read(message.octets, message.kind === 'text', message.cut === null)
  if (frame === null || payload === null) return null
  return read(payload, isControl(frame.opcode), payload.length === frame.payloadLength)
}

function read(octets: Uint8Array, isText: boolean, isWhole: boolean): Content {
  const text = isText ? textIn(isWhole ? octets : wholeCodePoints(octets)) : null
  if (text === null) return { kind: isText ? 'not UTF-8' : 'binary', octets, text }
  return { kind: isWhole && isJson(text) ? 'JSON' : 'text', octets, text }
}

function textIn(octets: Uint8Array): string | null {
  return isUtf8(octets) ? Buffer.from(octets).toString('utf8') : null
}
