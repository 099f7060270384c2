/** One side's words compared: its heads, its messages, and its pings and pongs, each in their order. */
import { createHash } from 'node:crypto'
import type { Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import { Alignment, type Alike, type AlignmentSink } from './alignment.ts'
import type { Carriage, Counts, Difference, DifferenceKind, Pace } from './difference.ts'
import type { DifferenceList } from './difference-list.ts'
import { headValues, isSameValue } from './handshake-values.ts'
import { canonicalText } from './json-difference.ts'
import type { PathSet } from './json-paths.ts'
import {
  beginningInHex,
  binaryDifference,
  excerptOfText,
  jsonOf,
  textDifference,
} from './payload-difference.ts'
import type { Said, SaidMessage } from './said.ts'

/** What is compared, and where the findings go. */
export interface Context {
  ignored: PathSet
  frames: boolean
  times: number | null
  differences: DifferenceList
  heads: Counts
  messages: Counts
  controls: Counts
  carriage: Carriage
  pace: Pace
}

/** What one side said, and where it stands among others of its kind. */
interface Item {
  said: Said
  ordinal: number
  /** Ms since what came before. */
  since: number
  /** The value of its JSON, made when it is needed; null where it has none. */
  value?: string | null
}

/** Octets that an item of the queues costs beside its payload. */
const itemCost = 512

/** Single items that may turn out to have moved, and octets of one that is remembered for it. */
const remembered = { items: 64, octets: 64 * 1024 }

type Lane = 'heads' | 'messages' | 'controls'

const nouns: Record<Lane, string> = { heads: 'head', messages: 'message', controls: 'control frame' }
const kinds: Record<Lane, DifferenceKind> = { heads: 'handshake', messages: 'message', controls: 'control' }

export class SideComparison {
  readonly #lanes: Record<Lane, LaneComparison>

  constructor(side: Side, context: Context) {
    const lane = (name: Lane) => new LaneComparison(side, name, context)
    this.#lanes = { heads: lane('heads'), messages: lane('messages'), controls: lane('controls') }
  }

  expected(said: Said, since: number): void {
    for (const lane of this.#lanesOf(said)) lane.expected(said, since)
  }

  got(said: Said, since: number): void {
    for (const lane of this.#lanesOf(said)) lane.got(said, since)
  }

  end(): void {
    for (const lane of Object.values(this.#lanes)) lane.end()
  }

  get waiting(): { expected: number; got: number } {
    const sum = { expected: 0, got: 0 }
    for (const { waiting } of Object.values(this.#lanes)) {
      sum.expected += waiting.expected
      sum.got += waiting.got
    }
    return sum
  }

  #lanesOf(said: Said): readonly LaneComparison[] {
    const { heads, messages, controls } = this.#lanes
    switch (said.type) {
      case 'head':
        return [heads]
      case 'message':
        return [messages]
      case 'unread':
        return said.missing ? [messages, controls] : [messages]
      case 'ping':
      case 'pong':
        return [controls]
      case 'close':
      case 'end':
        return []
    }
  }
}

class LaneComparison implements AlignmentSink<Item>, Alike<Item> {
  readonly #side: Side
  readonly #lane: Lane
  readonly #context: Context
  readonly #counts: Counts
  readonly #alignment = new Alignment<Item>(this, this)
  readonly #ordinals = { expected: 0, got: 0 }
  /** Those without a counterpart so far, and how they were told. */
  readonly #missing: Single[] = []
  readonly #extra: Single[] = []

  constructor(side: Side, lane: Lane, context: Context) {
    this.#side = side
    this.#lane = lane
    this.#context = context
    this.#counts = context[lane]
  }

  expected(said: Said, since: number): void {
    this.#alignment.expected({ said, since, ordinal: this.#isGap(said) ? 0 : ++this.#ordinals.expected })
  }

  got(said: Said, since: number): void {
    this.#alignment.got({ said, since, ordinal: this.#isGap(said) ? 0 : ++this.#ordinals.got })
  }

  end(): void {
    this.#alignment.end()
  }

  get waiting(): { expected: number; got: number } {
    return this.#alignment.waiting
  }

  octets({ said }: Item): number {
    return itemCost + (payloadOf(said)?.length ?? 0)
  }

  isGap({ said }: Item): boolean {
    return this.#isGap(said)
  }

  isSame(expected: Item, got: Item): boolean {
    const [a, b] = [expected.said, got.said]
    if (a.type === 'message' && b.type === 'message') {
      if (a.kind !== b.kind) return false
      if (a.octets === null || b.octets === null || isEqual(a.octets, b.octets)) return true
      if (a.kind === 'binary') return false
      const value = this.#valueOf(expected)
      return value !== null && value === this.#valueOf(got)
    }
    if (a.type === 'head' && b.type === 'head') {
      const [left, right] = [headValues(a.head), headValues(b.head)]
      return left.every(([, value], i) => isSameValue(value, right[i]?.[1] ?? ''))
    }
    if (a.type === 'unread' && b.type === 'unread') return a.reason === b.reason && a.octets === b.octets
    const [left, right] = [payloadOf(a), payloadOf(b)]
    return a.type === b.type && left !== null && right !== null && isEqual(left, right)
  }

  same(expected: Item, got: Item): void {
    const [a, b] = [expected.said, got.said]
    if (a.type === 'message' && b.type === 'message') {
      if (a.octets === null || b.octets === null) {
        this.#counts.unknown++
        return
      }
      this.#carriage(expected, a, b)
      this.#pace(expected, got)
    }
    this.#counts.same++
  }

  changed(expected: Item, got: Item): void {
    this.#counts.changed++
    const subject = this.#subject(expected)
    if (expected.said.type === 'head' && got.said.type === 'head') {
      const values = headValues(got.said.head)
      headValues(expected.said.head).forEach(([name, value], i) => {
        const other = values[i]?.[1] ?? ''
        if (!isSameValue(value, other))
          this.#add(expected, value || null, other || null, `${subject} differs in ${name}`)
      })
      return
    }
    const { where, ...parts } = this.#differenceOf(expected.said, got.said)
    this.#add(expected, parts.expected, parts.got, `${subject} differs ${where}`)
  }

  missing(item: Item): void {
    const other = this.#counterpart(this.#extra, extra => this.isSame(item, extra))
    if (other !== null) {
      this.#moved(other, item, other.item)
      return
    }
    this.#counts.missing++
    const told = this.#add(item, shown(item.said), null, `${this.#subject(item)} did not come`)
    this.#remember(this.#missing, item, told)
  }

  extra(item: Item): void {
    const other = this.#counterpart(this.#missing, missing => this.isSame(missing, item))
    if (other !== null) {
      this.#moved(other, other.item, item)
      return
    }
    this.#counts.extra++
    const told = this.#add(item, null, shown(item.said), `${this.#subject(item)} was not expected`)
    this.#remember(this.#extra, item, told)
  }

  unknown(): void {
    this.#counts.unknown++
  }

  #isGap(said: Said): boolean {
    return said.type === 'unread' && said.missing
  }

  /** What was missing or too much stood in another place: that is one difference, which was told already. */
  #moved({ told, item }: Single, expected: Item, got: Item): void {
    if (item === expected) this.#counts.missing--
    else this.#counts.extra--
    this.#counts.moved++
    told.what = kinds[this.#lane]
    told.ordinal = expected.ordinal
    told.expected = told.got = shown(expected.said)
    told.text = `${this.#subject(expected)} came in another place, as ${nouns[this.#lane]} ${got.ordinal}`
  }

  #counterpart(singles: Single[], fits: (item: Item) => boolean): Single | null {
    const at = singles.findIndex(({ item }) => fits(item))
    return singles.splice(at, at < 0 ? 0 : 1)[0] ?? null
  }

  #remember(singles: Single[], item: Item, told: Difference): void {
    if (this.octets(item) > remembered.octets) return
    singles.push({ item, told })
    if (singles.length > remembered.items) singles.shift()
  }

  #subject(item: Item): string {
    return `${this.#side} ${nouns[this.#lane]} ${item.ordinal}`
  }

  #add(
    item: Item,
    expected: string | null,
    got: string | null,
    text: string,
    what = kinds[this.#lane],
  ): Difference {
    const difference = { what, from: this.#side, ordinal: item.ordinal, expected, got, text }
    if (what !== 'control' || this.#context.frames) this.#context.differences.add(difference)
    return difference
  }

  #differenceOf(expected: Said, got: Said): { where: string; expected: string | null; got: string | null } {
    const isAlike = expected.type === got.type && kindOf(expected) === kindOf(got)
    const [a, b] = [payloadOf(expected), payloadOf(got)]
    if (!isAlike || a === null || b === null)
      return { where: 'in kind', expected: shown(expected), got: shown(got) }
    if (expected.type === 'message' && expected.kind === 'text')
      return textDifference(a, b, this.#context.ignored)
    return binaryDifference(a, b)
  }

  /** One text for the JSON of a message, whatever its spelling; null where it has none. */
  #valueOf(item: Item): string | null {
    if (item.value !== undefined) return item.value
    const octets = payloadOf(item.said)
    const json = octets === null ? null : jsonOf(octets)
    const text = json === null ? null : canonicalText(json, this.#context.ignored)
    item.value = text === null ? null : createHash('sha256').update(text).digest('base64')
    return item.value
  }

  #carriage(item: Item, expected: SaidMessage, got: SaidMessage): void {
    const { carriage } = this.#context
    const isPlain = !expected.compressed && !got.compressed && expected.length === got.length
    const isFragmented = isPlain
      ? String(expected.frames) !== String(got.frames)
      : expected.frames.length !== got.frames.length
    if (isFragmented) carriage.refragmented++
    if (expected.compressed && !got.compressed) carriage.decompressed++
    else if (!expected.compressed && got.compressed) carriage.compressed++
    else if (!isPlain && expected.wireLength !== got.wireLength) carriage.recompressed++
    if (!this.#context.frames || (!isFragmented && expected.compressed === got.compressed)) return
    const text = `${this.#subject(item)} is the same in other frames`
    this.#add(item, framesText(expected), framesText(got), text, 'frames')
  }

  #pace(expected: Item, got: Item): void {
    const { pace, times } = this.#context
    const later = got.since - expected.since
    pace.compared++
    if (Math.abs(later) > Math.abs(pace.worst)) pace.worst = later
    if (times === null || Math.abs(later) <= times) return
    pace.off++
    const text = `${this.#subject(expected)} is the same at another time after what came before`
    this.#add(expected, msText(expected.since), msText(got.since), text, 'time')
  }
}

/** An item without a counterpart, and the difference that tells it. */
interface Single {
  item: Item
  told: Difference
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

function payloadOf(said: Said): Uint8Array | null {
  return said.type === 'message' || said.type === 'ping' || said.type === 'pong' ? said.octets : null
}

function kindOf(said: Said): string {
  return said.type === 'message' ? said.kind : said.type
}

/** What was said, short enough for a line. */
function shown(said: Said): string {
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

function framesText({ frames, compressed, wireLength }: SaidMessage): string {
  const list = frames.length > 8 ? `${frames.slice(0, 8).join(', ')}, …` : frames.join(', ')
  const how = compressed ? `, compressed to ${counted(wireLength, 'octet')}` : ''
  return `${counted(frames.length, 'frame')} (${list})${how}`
}

function msText(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
