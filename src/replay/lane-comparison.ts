/** What one side said of one kind, compared in its order. */
import type { Side } from '../protocol/side.ts'
import { Alignment, type AlignmentSink } from './alignment.ts'
import type { Carriage, Counts, Difference, DifferenceKind, Pace } from './difference.ts'
import type { DifferenceList } from './difference-list.ts'
import { headValues, isSameValue } from './handshake-values.ts'
import type { PathSet } from './json-paths.ts'
import { Likeness, isGap, type Item } from './likeness.ts'
import { binaryDifference, textDifference } from './payload-difference.ts'
import { framesText, kindOf, payloadOf, shown } from './said-words.ts'
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

/** Single items that may turn out to have moved, and octets of one that is remembered for it. */
const remembered = { items: 64, octets: 64 * 1024 }

/** What is aligned on its own: a ping between two messages is no matter of theirs. */
export type Lane = 'heads' | 'messages' | 'controls'

const nouns: Record<Lane, string> = { heads: 'head', messages: 'message', controls: 'control frame' }
const kinds: Record<Lane, DifferenceKind> = { heads: 'handshake', messages: 'message', controls: 'control' }

/** A difference that is only counted needs no words. */
const notTold = { where: '', expected: null, got: null }

/** An item without a counterpart, and the difference that tells it. */
interface Single {
  item: Item
  told: Difference
}

/** Compares what a side said of one kind. */
export class LaneComparison implements AlignmentSink<Item> {
  readonly #side: Side
  readonly #lane: Lane
  readonly #context: Context
  readonly #counts: Counts
  readonly #likeness: Likeness
  readonly #alignment: Alignment<Item>
  readonly #ordinals = { expected: 0, got: 0 }
  /** Those without a counterpart so far, and how they were told. */
  readonly #missing: Single[] = []
  readonly #extra: Single[] = []

  constructor(side: Side, lane: Lane, context: Context) {
    this.#side = side
    this.#lane = lane
    this.#context = context
    this.#counts = context[lane]
    this.#likeness = new Likeness(context.ignored)
    this.#alignment = new Alignment(this.#likeness, this)
  }

  expected(said: Said, since: number): void {
    this.#alignment.expected({ said, since, ordinal: isGap(said) ? 0 : ++this.#ordinals.expected })
  }

  got(said: Said, since: number): void {
    this.#alignment.got({ said, since, ordinal: isGap(said) ? 0 : ++this.#ordinals.got })
  }

  end(): void {
    this.#alignment.end()
  }

  get waiting(): { expected: number; got: number } {
    return this.#alignment.waiting
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
        if (!isSameValue(name, value, other))
          this.#add(expected, value || null, other || null, `${subject} differs in ${name}`)
      })
      return
    }
    const { isFull } = this.#context.differences
    const { where, ...parts } = isFull ? notTold : this.#differenceOf(expected.said, got.said)
    this.#add(expected, parts.expected, parts.got, `${subject} differs ${where}`)
  }

  missing(item: Item): void {
    const other = this.#counterpart(this.#extra, extra => this.#likeness.isSame(item, extra))
    if (other !== null) {
      this.#moved(other, item, other.item)
      return
    }
    this.#counts.missing++
    const told = this.#add(item, shown(item.said), null, `${this.#subject(item)} did not come`)
    this.#remember(this.#missing, item, told)
  }

  extra(item: Item): void {
    const other = this.#counterpart(this.#missing, missing => this.#likeness.isSame(missing, item))
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
    if (this.#likeness.octets(item) > remembered.octets) return
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

  #carriage(item: Item, expected: SaidMessage, got: SaidMessage): void {
    const { carriage } = this.#context
    const isPlain = !expected.compressed && !got.compressed && expected.length === got.length
    const isFragmented =
      expected.frames.length !== got.frames.length ||
      (isPlain && expected.frames.some((length, i) => length !== got.frames[i]))
    if (isFragmented) carriage.refragmented++
    if (expected.compressed && !got.compressed) carriage.decompressed++
    else if (!expected.compressed && got.compressed) carriage.compressed++
    else if (expected.compressed && expected.wireLength !== got.wireLength) carriage.recompressed++
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

function msText(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
