/** The notation of the `wire` blocks in `test/transcripts`, read into facts. `test/transcripts/README.md` describes it. */
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { FrameFields } from '../../src/protocol/frame.ts'
import type { Side } from '../../src/protocol/side.ts'
import type { Fact } from './facts.ts'
import { connectionInfo } from './facts.ts'
import { handshake, head } from './heads.ts'
import { chop, fromHex, join, latin1, octets } from './octets.ts'

/** A fact, and whether the rows that come of it are left out of the transcript's log. */
export type ScriptedFact = Fact & { hidden: boolean }

const opcodes = new Map<string, number>([
  ['CONT', 0],
  ['TEXT', 1],
  ['BIN', 2],
  ['CLOSE', 8],
  ['PING', 9],
  ['PONG', 10],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, number] => [`OP${opcode}`, opcode]),
])

/** One chop, or several where `chops=` cuts it. */
interface Chunk {
  from: Side
  pieces: Uint8Array[]
  sizes: readonly number[]
}

export function parseScript(script: string): ScriptedFact[] {
  const facts: ScriptedFact[] = []
  const offsets = { client: 0, server: 0 }
  let time = 0
  let chunk: Chunk | null = null

  const add = (fact: Fact, hidden = false) => {
    facts.push({ ...fact, hidden })
    if (fact.type === 'octets') offsets[fact.from] += fact.bytes.length
    if (fact.type === 'mark' && fact.mark.type === 'gap') offsets[fact.from] += fact.mark.octets
  }
  const flush = () => {
    if (chunk === null) return
    const { from, pieces, sizes } = chunk
    chunk = null
    const bytes = join(pieces)
    const cut = sizes.reduce((sum, size) => sum + size, 0)
    for (const piece of chop(bytes, [...sizes, bytes.length - cut])) {
      add({ type: 'octets', time, from, bytes: piece })
    }
  }

  if (!/^open\b/m.test(script)) add({ type: 'open', time, info: connectionInfo }, true)
  const lines = script.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const words = wordsOf(lines[i]!)
    const [verb, ...rest] = words
    if (verb === undefined) continue
    if (verb === '+') {
      if (chunk === null) throw new Error(`nothing to go on with: ${lines[i]!}`)
      addOctets(chunk, rest)
      continue
    }
    flush()
    if (verb === 'client' || verb === 'server') {
      chunk = { from: verb, pieces: [], sizes: [] }
      if (rest[0] !== 'head') addOctets(chunk, rest)
      else {
        const indented: string[] = []
        while (lines[i + 1]?.startsWith('  ') === true) indented.push(lines[++i]!.slice(2))
        chunk.pieces.push(head(...indented))
      }
    } else if (verb === 'handshake') {
      const { request, response } = handshake(rest.join(' '))
      add({ type: 'octets', time, from: 'client', bytes: request }, true)
      add({ type: 'octets', time, from: 'server', bytes: response }, true)
    } else if (verb === 'time') time = Number(rest[0])
    else if (verb === 'tick') {
      time = Number(rest[0])
      add({ type: 'tick', time })
    } else if (verb === 'open')
      add({ type: 'open', time, info: { ...connectionInfo, tls: rest[0] === 'tls' } })
    else if (verb === 'tcp') add({ type: 'tcp', time, from: sideOf(rest[0]), state: rest[1] ?? '' })
    else add(markOf(verb, rest, time, offsets))
  }
  flush()
  return facts
}

function sideOf(word: string | undefined): Side {
  if (word === 'client' || word === 'server') return word
  throw new Error(`not a side: ${word ?? 'nothing'}`)
}

function markOf(verb: string, [side, ...rest]: string[], time: number, offsets: Record<Side, number>): Fact {
  const from = sideOf(side)
  const number = (at: number) => Number(rest[at])
  switch (verb) {
    case 'gap': {
      const mark = {
        type: 'gap',
        offset: offsets[from],
        octets: number(0),
        reason: rest[1] ?? 'queue',
      } as const
      return { type: 'mark', time, from, mark }
    }
    case 'redacted':
      return { type: 'mark', time, from, mark: { type: 'redacted', offset: number(0), octets: number(1) } }
    case 'cut':
      return { type: 'mark', time, from, mark: { type: 'cut', offset: offsets[from], octets: 0 } }
    case 'stalled': {
      const mark = { type: 'stalled', offset: offsets[from], octets: number(0), span: number(1) } as const
      return { type: 'mark', time, from, mark }
    }
    case 'edit': {
      const written = join(rest.slice(2).map(octetsOf))
      return {
        type: 'mark',
        time,
        from,
        mark: { type: 'edit', offset: number(0), octets: number(1), written },
      }
    }
    default:
      throw new Error(`unknown verb: ${verb}`)
  }
}

/** The words of a line without its comment; a quoted text is one word. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"(?:\*\d+)?|#.*|[^\s"]+/g)) {
    if (word.startsWith('#')) break
    words.push(word)
  }
  return words
}

function addOctets(chunk: Chunk, words: readonly string[]): void {
  const sizes = words.filter(word => word.startsWith('chops='))
  const others = words.filter(word => !word.startsWith('chops='))
  if (sizes[0] !== undefined) chunk.sizes = sizes[0].slice(6).split(',').map(Number)
  const opcode = opcodes.get(others[0] ?? '')
  chunk.pieces.push(opcode === undefined ? join(others.map(octetsOf)) : frameOf(opcode, others.slice(1)))
}

/** `fin=0 rsv=4 key=01020304 len=126 bits=16 code=1000` and octets of payload. */
function frameOf(opcode: number, words: readonly string[]): Uint8Array {
  const fields: FrameFields = { opcode }
  const payload: Uint8Array[] = []
  for (const word of words) {
    const [name, value] = word.startsWith('"') ? ['', ''] : word.split('=')
    if (value === undefined || name === '') payload.push(octetsOf(word))
    else if (name === 'fin') fields.fin = value === '1'
    else if (name === 'rsv') fields.rsv = Number(value)
    else if (name === 'key') fields.key = Number.parseInt(value, 16)
    else if (name === 'len') fields.payloadLength = BigInt(value)
    else if (name === 'bits') fields.lengthBits = Number(value) as 7 | 16 | 64
    else if (name === 'code') payload.push(octets(Number(value) >> 8, Number(value) & 255))
    else throw new Error(`unknown field: ${word}`)
  }
  return encodeFrame(fields, join(payload))
}

/** `48656c` or `"Hel"`, repeated with `*20`. In quotes `\x80` is one octet, `\r \n \t \" \\` are what they are in JSON. */
function octetsOf(word: string): Uint8Array {
  const [, body = '', times = '1'] = /^(.*?)(?:\*(\d+))?$/s.exec(word) ?? []
  const once = body.startsWith('"') ? quotedOctets(body.slice(1, -1)) : fromHexWord(body)
  return join(Array.from({ length: Number(times) }, () => once))
}

function fromHexWord(word: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})+$/i.test(word)) throw new Error(`not hex: ${word}`)
  return fromHex(word)
}

function quotedOctets(text: string): Uint8Array {
  const pieces = text.split(/(\\x[0-9a-f]{2}|\\.)/i).map(piece => {
    if (piece.startsWith('\\x')) return latin1(String.fromCharCode(Number.parseInt(piece.slice(2), 16)))
    return octets(piece.startsWith('\\') ? (JSON.parse(`"${piece}"`) as string) : piece)
  })
  return join(pieces)
}
