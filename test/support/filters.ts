/**
 * Random filters, each with what it means, said once more in the plainest way: over entries and payloads alone, no
 * columns, nothing remembered, nothing ordered by cost.
 */
import fc from 'fast-check'
import { ruleOf } from '../../src/protocol/rules.ts'
import type { Entry } from '../../src/wire/entry.ts'
import { cells } from '../../src/wire/format.ts'
import type { WireLog } from '../../src/wire/log.ts'

/** A text in quotes, as a filter has it. */
export function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

/** A log and all its rows. */
export interface World {
  log: WireLog
  entries: readonly Entry[]
}

export interface Meaning {
  text: string
  holds: (entry: Entry) => boolean
}

/** A filter for the world that it is given: its words are then those of the traffic. */
export type NaiveFilter = (world: World) => Meaning

type Numbers = (entry: Entry, world: World) => number | null
type Texts = (entry: Entry, world: World) => string | null

const frame = (of: (entry: Entry & { type: 'frame' }) => number | null): Numbers =>
  function ofFrame(entry) {
    return entry.type === 'frame' ? of(entry) : null
  }

const numbers: Record<string, Numbers> = {
  conn: entry => entry.conn,
  len: frame(entry => entry.payloadLength),
  wire: frame(entry => entry.headerLength + entry.payloadLength),
  msg: frame(entry => entry.message?.length ?? null),
  chop: frame(entry => entry.chops),
  fin: frame(entry => (entry.fin ? 1 : 0)),
  mask: frame(entry => (entry.maskingKey === null ? 0 : 1)),
  rsv1: frame(entry => (entry.rsv >= 4 ? 1 : 0)),
  code: frame(entry => entry.close?.code ?? null),
  rtt: frame(entry => entry.rtt),
  at: entry => entry.time,
  gap: (entry, { entries }) => {
    const before = entries.findLast(
      other => other.conn === entry.conn && other.seq < entry.seq && other.type !== 'octets',
    )
    return before === undefined ? null : entry.time - before.time
  },
}

const flags = new Set(['fin', 'mask', 'rsv1'])

function headOf(entry: Entry, { entries }: World, from: string) {
  const head = entries.findLast(
    other => other.type === 'handshake' && other.from === from && other.conn === entry.conn,
  )
  return head?.type === 'handshake' && head.seq <= entry.seq ? head : null
}

const texts: Record<string, Texts> = {
  reason: entry => (entry.type === 'frame' ? (entry.close?.reason ?? null) : null),
  ip: ({ conn, seq }, { entries }) =>
    entries.some(other => other.type === 'open' && other.conn === conn && other.seq <= seq)
      ? '127.0.0.1'
      : null,
  path: (entry, world) => {
    const [method, target, version, more] = headOf(entry, world, 'client')?.startLine.split(/ +/) ?? []
    const isRequest = method !== '' && version?.startsWith('HTTP/') === true && more === undefined
    return isRequest ? (/^[^?]*/.exec(target ?? '')?.[0] ?? null) : null
  },
  host: (entry, world) => {
    const host = headOf(entry, world, 'client')?.headers.find(({ name }) => name.toLowerCase() === 'host')
    return host?.value.replace(/:[^\]:]*$/, '') ?? null
  },
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  ':': (a, b) => a === b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
}

const numberTest: fc.Arbitrary<NaiveFilter> = fc
  .tuple(
    fc.constantFrom(...Object.keys(numbers)),
    fc.constantFrom(...Object.keys(comparisons)),
    fc.nat(30),
    fc.nat(1),
  )
  .map(([name, operator, any, bit]) => world => {
    const isFlag = flags.has(name)
    const value = isFlag ? bit : name === 'code' ? 1000 + (any % 3) : any
    const by = isFlag && /[<>]/.test(operator) ? ':' : operator
    const holds = (entry: Entry) => {
      const number = numbers[name]!(entry, world)
      return number !== null && comparisons[by]!(number, value)
    }
    return { text: `${name}${by}${value}`, holds }
  })

const rangeTest: fc.Arbitrary<NaiveFilter> = fc
  .tuple(fc.constantFrom('conn', 'len', 'wire', 'msg', 'at', 'gap'), fc.nat(30), fc.nat(30), fc.boolean())
  .map(([name, low, length, open]) => world => {
    const holds = (entry: Entry) => {
      const number = numbers[name]!(entry, world)
      return number !== null && number >= low && (open || number <= low + length)
    }
    return { text: `${name}:${low}..${open ? '' : low + length}`, holds }
  })

const textTest: fc.Arbitrary<NaiveFilter> = fc
  .tuple(fc.constantFrom(...Object.keys(texts)), fc.constantFrom(':', '=', '!='), fc.nat())
  .map(([name, operator, pick]) => world => {
    const known = world.entries.map(entry => texts[name]!(entry, world)).filter(text => text !== null)
    const value = known[pick % (known.length + 1)] ?? 'none'
    const holds = (entry: Entry) => {
      const text = texts[name]!(entry, world)
      const isSame = text === value || (isLower(value) && text?.toLowerCase() === value)
      return text !== null && isSame === (operator !== '!=')
    }
    return { text: `${name}${operator}${quote(value)}`, holds }
  })

function isLower(text: string): boolean {
  return text.toLowerCase() === text
}

function opcodeIs(...opcodes: readonly number[]): (entry: Entry) => boolean {
  return entry => entry.type === 'frame' && opcodes.includes(entry.opcode)
}

function severityIs(...severities: readonly string[]): (entry: Entry) => boolean {
  return entry => entry.type === 'violation' && severities.includes(ruleOf(entry.rule).severity)
}

function partIs(fin: boolean, ...opcodes: readonly number[]): (entry: Entry) => boolean {
  return entry => entry.type === 'frame' && entry.fin === fin && opcodes.includes(entry.opcode)
}

/** Filters that are the same in every world. */
const plain: Record<string, (entry: Entry) => boolean> = {
  'op:text': opcodeIs(1),
  'op:bin|cont': opcodeIs(0, 2),
  'op:ctl': opcodeIs(8, 9, 10),
  'op!=ping': entry => entry.type !== 'frame' || entry.opcode !== 9,
  'op:0x3': opcodeIs(3),
  'op:open|pong': entry => entry.type === 'open' || opcodeIs(10)(entry),
  'op:read': entry => entry.type === 'octets',
  'type:frame': entry => entry.type === 'frame',
  'type:handshake|http|violation|tcp': entry =>
    ['handshake', 'http', 'violation', 'tcp'].includes(entry.type),
  'type!=octets': entry => entry.type !== 'octets',
  'from:client': entry => entry.from === 'client',
  'from!=c': entry => entry.from === 'server',
  'from:s': entry => entry.from === 'server',
  'part:first': partIs(false, 1, 2),
  'part:mid': partIs(false, 0),
  'part:last|whole': partIs(true, 0, 1, 2),
  'is:frag': entry => partIs(false, 0, 1, 2)(entry) || partIs(true, 0)(entry),
  'is:bad': severityIs('error', 'warning'),
  'is:error': severityIs('error'),
  'is:notice|info': severityIs('notice', 'info'),
  'is:deflate': entry => entry.type === 'frame' && entry.message?.compressed === true,
  'severity<=notice': severityIs('notice', 'info'),
  'severity!=error': severityIs('warning', 'notice', 'info'),
  'rule:rsv|mask.missing': entry =>
    entry.type === 'violation' && (entry.rule.startsWith('rsv.') || entry.rule === 'mask.missing'),
  'rule~"^close|utf8$"': entry => entry.type === 'violation' && /^close|utf8$/.test(entry.rule),
  'rule!=mask': entry => entry.type === 'violation' && !entry.rule.startsWith('mask.'),
}

const plainTest: fc.Arbitrary<NaiveFilter> = fc
  .constantFrom(...Object.entries(plain))
  .map(([text, holds]) => () => ({ text, holds }))

const readTest: fc.Arbitrary<NaiveFilter> = fc.nat(20).map(value => ({ log }) => ({
  text: `read<${value}`,
  holds(entry) {
    if (entry.type === 'octets') return entry.length < value
    if (entry.type !== 'frame') return false
    const { conn, from, offset, headerLength, received } = entry
    const chops = log.chops({ conn, from: from!, offset, length: headerLength + received })
    return chops.some(({ length }) => length < value)
  },
}))

/** The places that a word is looked for in. */
function spoken(entry: Entry, log: WireLog): Uint8Array[] {
  if (entry.type === 'octets') return []
  if (entry.type === 'frame') {
    const payload = log.payload(entry.seq, Infinity).octets?.slice(entry.opcode === 8 ? 2 : 0)
    const message = entry.message === null ? null : log.message(entry.seq, Infinity).octets
    return [payload, message].filter(octets => octets !== null && octets !== undefined)
  }
  if (entry.type !== 'handshake') return [Buffer.from(cells(entry, log, 0).text)]
  return [entry.startLine, ...entry.headers.map(({ name, value }) => `${name}: ${value}`)].map(line =>
    Buffer.from(line),
  )
}

/** A to Z as a to z, octet by octet. */
function folded(octets: Uint8Array): Buffer {
  return Buffer.from(octets.map(octet => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet)))
}

/** A part of something that the traffic says. */
function pick(world: World, at: number, start: number, length: number): Uint8Array {
  const all = world.entries.flatMap(entry => spoken(entry, world.log)).filter(octets => octets.length > 0)
  const octets = all[at % Math.max(1, all.length)] ?? Buffer.from('x')
  const from = start % octets.length
  return octets.subarray(from, from + length)
}

const place = fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 40 }))

const wordTest: fc.Arbitrary<NaiveFilter> = fc.tuple(place, fc.boolean()).map(([where, lower]) => world => {
  const said = Buffer.from(pick(world, ...where))
    .toString()
    .replaceAll('�', '')
  const word = (lower ? said.toLowerCase() : said) || 'x'
  const wanted = Buffer.from(word)
  const isIn = (octets: Uint8Array) =>
    isLower(word) ? folded(octets).includes(folded(wanted)) : Buffer.from(octets).includes(wanted)
  return { text: quote(word), holds: entry => spoken(entry, world.log).some(isIn) }
})

const hexTest: fc.Arbitrary<NaiveFilter> = fc.tuple(place, fc.nat()).map(([where, holes]) => world => {
  const wanted = [...pick(world, ...where)].map((octet, i) => ((holes >> (i % 30)) & 1 ? null : octet))
  const digits = wanted.map(octet => octet?.toString(16).padStart(2, '0') ?? '??').join('')
  const isIn = (octets: Uint8Array) =>
    [...octets.keys()].some(at =>
      wanted.every((octet, i) => at + i < octets.length && (octet ?? octets[at + i]) === octets[at + i]),
    )
  return {
    text: `hex:${digits}`,
    holds(entry) {
      if (entry.type !== 'octets' && entry.type !== 'frame') return false
      const { conn, offset } = entry
      const span = (length: number) => ({ conn, from: entry.from!, offset, length })
      if (entry.type === 'octets') return isIn(world.log.octets(span(entry.length))!)
      const header = world.log.octets(span(entry.headerLength))!
      return isIn(Buffer.concat([header, world.log.payload(entry.seq, Infinity).octets!]))
    },
  }
})

const atom = fc.oneof(
  { weight: 4, arbitrary: plainTest },
  { weight: 4, arbitrary: numberTest },
  rangeTest,
  textTest,
  readTest,
  { weight: 2, arbitrary: wordTest },
  hexTest,
)

/** Filters of all kinds, inside each other. */
export const naiveFilter: fc.Arbitrary<NaiveFilter> = fc.letrec<{ any: NaiveFilter }>(any => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc.tuple(any('any'), fc.constantFrom('-', '!', 'NOT ')).map(([of, not]): NaiveFilter => world => {
      const { text, holds } = of(world)
      return { text: `${not}(${text})`, holds: entry => !holds(entry) }
    }),
    fc
      .tuple(any('any'), any('any'), fc.constantFrom(' ', ' AND '))
      .map(([left, right, and]): NaiveFilter => world => {
        const [a, b] = [left(world), right(world)]
        return { text: `(${a.text})${and}${b.text}`, holds: entry => a.holds(entry) && b.holds(entry) }
      }),
    fc
      .tuple(any('any'), any('any'), fc.constantFrom(' | ', ' OR '))
      .map(([left, right, or]): NaiveFilter => world => {
        const [a, b] = [left(world), right(world)]
        return { text: `(${a.text}${or}${b.text})`, holds: entry => a.holds(entry) || b.holds(entry) }
      }),
  ),
})).any
