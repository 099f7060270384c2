/** What was said, in words for a difference. */
import { counted } from '../protocol/words.ts'
import { beginningInHex, excerptOfText } from './payload-difference.ts'
import type { Said, SaidMessage } from './said.ts'

/** The payload of a message, ping or pong; null where there is none. */
export function payloadOf(said: Said): Uint8Array | null {
  return said.type === 'message' || said.type === 'ping' || said.type === 'pong' ? said.octets : null
}

/** The kind of what was said: `text`, `ping`, … */
export function kindOf(said: Said): string {
  return said.type === 'message' ? said.kind : said.type
}

/** What was said, short enough for a line. */
export function shown(said: Said): string {
  switch (said.type) {
    case 'head':
      return said.head.startLine
    case 'message':
      return withExcerpt(said.kind, said.length, said.octets)
    case 'ping':
    case 'pong':
      return withExcerpt(said.type, said.octets.length, said.octets)
    case 'unread':
      return `${counted(said.octets, 'octet')}: ${said.reason}`
    case 'close':
    case 'end':
      return said.type
  }
}

function withExcerpt(kind: string, length: number, octets: Uint8Array | null): string {
  const text = `${kind} of ${counted(length, 'octet')}`
  if (octets === null || octets.length === 0) return text
  return `${text}: ${kind === 'text' ? excerptOfText(octets, 0) : beginningInHex(octets)}`
}

/** In which frames a message came. */
export function framesText({ frames, compressed, wireLength }: SaidMessage): string {
  const list = frames.length > 8 ? `${frames.slice(0, 8).join(', ')}, …` : frames.join(', ')
  const how = compressed ? `, compressed to ${counted(wireLength, 'octet')}` : ''
  return `${counted(frames.length, 'frame')} (${list})${how}`
}
