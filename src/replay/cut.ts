/** One place where a sweep cuts what a client sends, or joins what had been apart. */
import { opcodeName } from '../protocol/opcode.ts'

/**
 * `head`: before the last line end of the request. `header`, `length`, `mask`: inside a frame's header, before an octet of what is
 * named so. `payload`: between header and payload. `utf8`: inside a character of text. `last`: before the last octet of a
 * frame. `join`: no cut, but two writes in one.
 */
export const cutKinds = ['head', 'header', 'length', 'mask', 'payload', 'utf8', 'last', 'join'] as const

export type CutKind = (typeof cutKinds)[number]

/** What each kind is, for a table. */
export const cutTitles: Record<CutKind, string> = {
  head: 'the end of the request head',
  header: 'inside the first two octets of a frame',
  length: 'at the extended length',
  mask: 'at the masking key',
  payload: 'between header and payload',
  utf8: 'inside a character',
  last: 'before the last octet of a frame',
  join: 'two frames in one write',
}

export interface Cut {
  kind: CutKind
  /** The number of the frame that is cut, or that is put behind the one before, from 1; 0: the request head. */
  frame: number
  opcode: number
  /** Octets between the end of the request head and the cut; below 0 in the head. */
  at: number
  /** Octets before the cut of what the kind names, and how many that has in all. */
  part: number
  of: number
}

/** Where it is, in words: `frame 3 (TEXT): header cut after octet 1 of 6`. */
export function cutText({ kind, frame, opcode, part, of }: Cut): string {
  if (kind === 'head') return 'request head: cut before its last CR LF'
  const name = `frame ${frame} (${opcodeName(opcode)}): `
  const inside = (what: string) => `${name}${what} cut after octet ${part} of ${of}`
  switch (kind) {
    case 'header':
      return inside('header')
    case 'length':
      return part === 0 ? `${name}cut before the extended length` : inside('extended length')
    case 'mask':
      return part === 0 ? `${name}cut before the masking key` : inside('masking key')
    case 'payload':
      return `${name}cut between header and payload`
    case 'utf8':
      return inside('character')
    case 'last':
      return `${name}cut before the last octet of ${of}`
    case 'join':
      return `${name}in one write with ${frame === 1 ? 'the request head' : `frame ${frame - 1}`}`
  }
}
