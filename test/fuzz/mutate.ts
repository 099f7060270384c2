/** What is done to a stream: octets, frames, chops, facts and times, each wrong in its own way. */
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { peerOf, type Side } from '../../src/protocol/side.ts'
import type { Mark } from '../../src/wire/facts.ts'
import type { Fact } from '../support/facts.ts'
import { chop, fromHex, join, latin1 } from '../support/octets.ts'
import type { Random } from './random.ts'

type OctetsFact = Extract<Fact, { type: 'octets' }>

export const sides: readonly Side[] = ['client', 'server']

interface Material {
  facts: Fact[]
  random: Random
  corpus: readonly Fact[][]
}

/** Octets that mean something to a parser on the way. */
const telling = [...fromHex('00 01 02 08 09 0a 0d 20 3a 7d 7e 7f 80 81 82 88 89 8a c1 c2 f0 fe ff')]

/** Lengths around the widths of the field, of what a double holds, and of what is legal. */
const lengths = [
  ...[0n, 1n, 125n, 126n, 127n, 65_535n, 65_536n, 2n ** 31n, 2n ** 32n + 1n, 2n ** 53n - 1n, 2n ** 53n + 1n],
  ...[2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 0x7fff_ffff_0000_0001n],
]

/** As lengths, offsets and spans of marks; a stream that is longer than two of the largest is not read. */
const figures = [0, 1, 2, 7, 125, 126, 1000, 65_536, 2 ** 31, 2 ** 32 + 1, 2 ** 51]

const words = [
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n',
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; x="\\"\r\n',
  'Sec-WebSocket-Protocol: a,,\u0080b\r\n',
  'Upgrade: websocket\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  '\r\n\r\n',
  ' folded\r\n',
  '\x1b]0;title\x07\x9b2J',
  '\u00e2\u0080\u00ae',
].map(latin1)

/** `facts` with some changes. */
export function mutated(facts: readonly Fact[], random: Random, corpus: readonly Fact[][]): Fact[] {
  const material = { facts: [...facts], random, corpus }
  do random.pick(mutators)(material)
  while (!random.chance(3))
  return material.facts
}

/** Each changes the facts in place, or nothing where it finds nothing to change. */
const mutators: readonly ((material: Material) => void)[] = [
  onOctets((bytes, random) =>
    replace(bytes, place(bytes, random), 1, old => [old[0]! ^ (1 << random.below(8))]),
  ),
  onOctets((bytes, random) => replace(bytes, place(bytes, random), 1, () => [random.pick(telling)])),
  onOctets((bytes, random) =>
    replace(bytes, place(bytes, random), 0, () => random.octets(1 + random.below(8))),
  ),
  onOctets((bytes, random) => replace(bytes, place(bytes, random), 1 + random.below(20), () => [])),
  onOctets((bytes, random) =>
    replace(bytes, place(bytes, random), 1 + random.below(40), old => join([old, old])),
  ),
  onOctets((bytes, random) => replace(bytes, random.below(bytes.length), 0, () => random.pick(words))),
  onOctets((bytes, random) => replace(bytes, 0, 1, old => [(old[0]! & 0xf0) | random.below(16)])),
  onOctets(bytes => replace(bytes, 1, 1, old => [old[0]! ^ 0x80])),
  onOctets(announceOtherwise),
  onOctets((bytes, random) => join([bytes, frame(random)])),
  onOctets((bytes, random) => join([frame(random), bytes])),
  ...[splice, interleave, chopAnew, joinChops, moveFact, dropFact, doubleFact, turnAround],
  ...[endTcp, mark, jump, stepBack, tick],
]

/** Changes the octets of one chop. */
function onOctets(edit: (bytes: Uint8Array, random: Random) => Uint8Array): (material: Material) => void {
  return ({ facts, random }) => {
    const at = someChop(facts, random)
    if (at !== null) facts[at.index] = { ...at.fact, bytes: edit(at.fact.bytes, random) }
  }
}

function someChop(facts: readonly Fact[], random: Random): { index: number; fact: OctetsFact } | null {
  const found = facts.flatMap((fact, index) =>
    fact.type === 'octets' && fact.bytes.length > 0 ? [{ index, fact }] : [],
  )
  return found.length === 0 ? null : random.pick(found)
}

/** A place in a chop, often in the header of its first frame. */
function place(bytes: Uint8Array, random: Random): number {
  return random.below(random.chance(2) ? bytes.length : Math.min(bytes.length, 14))
}

function replace(
  bytes: Uint8Array,
  at: number,
  length: number,
  by: (old: Uint8Array) => ArrayLike<number>,
): Uint8Array {
  const old = bytes.subarray(at, at + length)
  return join([bytes.subarray(0, at), Uint8Array.from(by(old)), bytes.subarray(at + old.length)])
}

/** Another length where a frame header may be. */
function announceOtherwise(bytes: Uint8Array, random: Random): Uint8Array {
  const fields = { opcode: random.below(16), lengthBits: 64 as const, payloadLength: random.pick(lengths) }
  return replace(bytes, random.below(bytes.length), random.below(14), () => encodeFrame(fields))
}

/** A frame as it should be, or nearly. */
function frame(random: Random): Uint8Array {
  const fields = {
    opcode: random.chance(4) ? random.below(16) : random.pick([0, 1, 2, 8, 9, 10]),
    fin: !random.chance(3),
    rsv: random.chance(3) ? random.pick([4, 4, random.below(8)]) : 0,
    key: random.chance(2) ? random.pick([0, 0x01020304, random.bits()]) : null,
  }
  return encodeFrame(fields, random.octets(random.chance(20) ? 130 : random.below(12)))
}

/** The beginning of one stream, the end of another. */
function splice({ facts, random, corpus }: Material): void {
  const other = random.pick(corpus).filter(({ type }) => type !== 'open')
  facts.splice(1 + random.below(facts.length), Infinity, ...other.slice(random.below(other.length)))
}

/** Another connection at the same time. */
function interleave({ facts, random, corpus }: Material): void {
  const conn = 1 + Math.max(0, ...facts.map(fact => fact.conn ?? 1))
  const other = random.pick(corpus).map((fact): Fact => ({ ...fact, conn }))
  let at = 0
  for (const fact of other) {
    at += random.below(3)
    facts.splice(at++, 0, fact)
  }
}

function chopAnew({ facts, random }: Material): void {
  const at = someChop(facts, random)
  if (at === null) return
  const sizes = Array.from({ length: 4 }, () => 1 + random.below(random.pick([1, 4, 60])))
  facts.splice(at.index, 1, ...chop(at.fact.bytes, sizes).map(bytes => ({ ...at.fact, bytes })))
}

/** A chop with the next of its side. */
function joinChops({ facts, random }: Material): void {
  const at = someChop(facts, random)
  const next = facts[(at?.index ?? facts.length) + 1]
  if (at === null || next?.type !== 'octets' || next.from !== at.fact.from) return
  facts.splice(at.index, 2, { ...at.fact, bytes: join([at.fact.bytes, next.bytes]) })
}

function moveFact({ facts, random }: Material): void {
  const moved = facts.splice(random.below(facts.length), 1)
  facts.splice(random.below(facts.length + 1), 0, ...moved)
}

function dropFact({ facts, random }: Material): void {
  facts.splice(random.below(facts.length), 1)
}

/** The same again, but for an `open`: a number is never given twice. */
function doubleFact({ facts, random }: Material): void {
  const at = random.below(facts.length)
  const fact = facts[at]
  if (fact !== undefined && fact.type !== 'open') facts.splice(at, 0, fact)
}

/** A chop of the other side. */
function turnAround({ facts, random }: Material): void {
  const at = someChop(facts, random)
  if (at !== null) facts[at.index] = { ...at.fact, from: peerOf(at.fact.from) }
}

function insert({ facts, random }: Material, make: (time: number) => Fact): void {
  const at = random.below(facts.length + 1)
  facts.splice(at, 0, make(facts[at - 1]?.time ?? 0))
}

function endTcp(material: Material): void {
  const { random } = material
  const [from, state] = [random.pick(sides), random.pick(['fin', 'reset', 'closed', 'timeout', '\x1b[2J'])]
  insert(material, time => ({ type: 'tcp', time, from, state }))
}

/** Any mark; its figures are true only by chance. A gap may lie where the stream stands. */
function mark(material: Material): void {
  const { facts, random } = material
  const [from, octets] = [random.pick(sides), figure(random)]
  const at = random.below(facts.length + 1)
  const stands = facts
    .slice(0, at)
    .reduce((sum, fact) => sum + (fact.type === 'octets' && fact.from === from ? fact.bytes.length : 0), 0)
  const offset = random.chance(2) ? stands : figure(random)
  const marks: Mark[] = [
    { type: 'gap', offset, octets, reason: random.pick(['queue', 'http', 'missing', '\u202e']) },
    { type: 'edit', offset, octets, written: random.octets(random.below(20)) },
    { type: 'redacted', offset, octets },
    { type: 'stalled', offset, octets, span: figure(random) },
  ]
  const time = facts[at - 1]?.time ?? 0
  facts.splice(at, 0, { type: 'mark', time, from, mark: random.chance(2) ? marks[0]! : random.pick(marks) })
}

function figure(random: Random): number {
  return random.chance(2) ? random.below(300) : random.pick(figures)
}

/** From some fact on everything happens later. */
function jump({ facts, random }: Material): void {
  const span = random.pick([0.001, 900, 1500, 5000, 20_000, 31_000, 2 ** 40])
  for (let at = random.below(facts.length); at < facts.length; at++)
    facts[at] = { ...facts[at]!, time: facts[at]!.time + span }
}

/** One fact that happened before those before it. */
function stepBack({ facts, random }: Material): void {
  const at = random.below(facts.length)
  const fact = facts[at]
  if (fact !== undefined) facts[at] = { ...fact, time: random.below(Math.ceil(fact.time) + 1) }
}

function tick(material: Material): void {
  const span = material.random.pick([1, 1000, 5001, 31_000])
  insert(material, time => ({ type: 'tick', time: time + span }))
}
