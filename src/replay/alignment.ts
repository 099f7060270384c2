/**
 * Two sequences that should be the same, paired as they come. Where they part, a bounded look ahead finds how they go on
 * together, so that one item more or less does not make all that follow differ.
 */
import { shortestEdit, type Step } from './shortest-edit.ts'

/** Whom an `Alignment` tells, in order. */
export interface AlignmentSink<Item> {
  same(expected: Item, got: Item): void
  changed(expected: Item, got: Item): void
  missing(expected: Item): void
  extra(got: Item): void
  /** The record of the other sequence has a gap that it may have stood in. */
  unknown(item: Item): void
}

/** What an `Alignment` needs to know of its items. */
export interface Alike<Item> {
  isSame(expected: Item, got: Item): boolean
  octets(item: Item): number
  /** True for a gap in the record: it stands for any number of items. */
  isGap(item: Item): boolean
}

/** Items, and octets, that are looked at to find how two sequences go on together. */
export const lookAhead = { items: 64, octets: 8 * 1024 * 1024 }

/** Items, and octets, that may wait for a counterpart: what is more counts as without one. */
export const mostWaiting = { items: 65_536, octets: 48 * 1024 * 1024 }

/** The end of a sequence that has not been paired. */
class Queue<Item> {
  octets = 0
  /** What comes first may have its counterpart in a gap of the other sequence. */
  excused = false
  #items: (Item | undefined)[] = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  get front(): Item | undefined {
    return this.#items[this.#first]
  }

  /** The first `count`. */
  ahead(count: number): Item[] {
    return this.#items.slice(this.#first, this.#first + count) as Item[]
  }

  add(item: Item, octets: number): void {
    this.#items.push(item)
    this.octets += octets
  }

  drop(octets: number): void {
    // Whatever it holds can be let go of.
    this.#items[this.#first++] = undefined
    this.octets -= octets
    if (this.#first < 1024 || this.#first * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#first)
    this.#first = 0
  }

  reaches(bound: { items: number; octets: number }): boolean {
    return this.length >= bound.items || this.octets >= bound.octets
  }
}

export class Alignment<Item> {
  readonly #alike: Alike<Item>
  readonly #sink: AlignmentSink<Item>
  readonly #expected = new Queue<Item>()
  readonly #got = new Queue<Item>()
  #ended = false

  constructor(alike: Alike<Item>, sink: AlignmentSink<Item>) {
    this.#alike = alike
    this.#sink = sink
  }

  /** Octets that wait for their counterpart. */
  get waiting(): { expected: number; got: number } {
    return { expected: this.#expected.octets, got: this.#got.octets }
  }

  expected(item: Item): void {
    this.#add(this.#expected, item)
  }

  got(item: Item): void {
    this.#add(this.#got, item)
  }

  /** Nothing follows. */
  end(): void {
    this.#ended = true
    this.#advance()
  }

  #add(queue: Queue<Item>, item: Item): void {
    queue.add(item, this.#alike.octets(item))
    this.#advance()
  }

  #advance(): void {
    while (this.#takeGap() || this.#takeSame() || this.#takeApart() || this.#takeAlone());
  }

  /** A gap excuses what stands in its place. */
  #takeGap(): boolean {
    const expected = this.#expected.front
    if (expected !== undefined && this.#alike.isGap(expected)) {
      this.#take(this.#expected)
      this.#got.excused = true
      return true
    }
    const got = this.#got.front
    if (got === undefined || !this.#alike.isGap(got)) return false
    this.#take(this.#got)
    this.#expected.excused = true
    return true
  }

  #takeSame(): boolean {
    const expected = this.#expected.front
    const got = this.#got.front
    if (expected === undefined || got === undefined || !this.#alike.isSame(expected, got)) return false
    this.#pair('same')
    return true
  }

  /** The first of both are not the same: finds where they meet again, once enough is known. */
  #takeApart(): boolean {
    if (this.#expected.length === 0 || this.#got.length === 0) return false
    const isDecidable =
      this.#ended ||
      (this.#expected.reaches(lookAhead) && this.#got.reaches(lookAhead)) ||
      this.#expected.reaches(mostWaiting) ||
      this.#got.reaches(mostWaiting)
    if (!isDecidable) return false
    const expected = this.#expected.ahead(lookAhead.items)
    const got = this.#got.ahead(lookAhead.items)
    const isAll = this.#ended && expected.length === this.#expected.length && got.length === this.#got.length
    const steps = shortestEdit(expected.length, got.length, (i, j) => this.#isSame(expected[i], got[j]))
    // What stands alone at the end of the window may have its counterpart behind it.
    const last = isAll ? steps.length : 1 + steps.findLastIndex(step => step === 'same' || step === 'changed')
    for (const step of steps.slice(0, last)) {
      this.#pair(step)
      if (step === 'same') break
    }
    return true
  }

  /** One sequence is over, or so far behind that it is not waited for. */
  #takeAlone(): boolean {
    const { length } = this.#expected
    if (length > 0 === this.#got.length > 0) return false
    const queue = length > 0 ? this.#expected : this.#got
    if (!this.#ended && !queue.reaches(mostWaiting)) return false
    this.#pair(length > 0 ? 'missing' : 'extra')
    return true
  }

  #isSame(expected: Item | undefined, got: Item | undefined): boolean {
    if (expected === undefined || got === undefined) return false
    return !this.#alike.isGap(expected) && !this.#alike.isGap(got) && this.#alike.isSame(expected, got)
  }

  #pair(step: Step): void {
    if (step === 'missing') this.#single(this.#expected, this.#sink.missing.bind(this.#sink))
    else if (step === 'extra') this.#single(this.#got, this.#sink.extra.bind(this.#sink))
    else {
      const expected = this.#take(this.#expected)
      const got = this.#take(this.#got)
      if (expected === undefined || got === undefined) return
      if (step === 'same') {
        this.#expected.excused = this.#got.excused = false
        this.#sink.same(expected, got)
      } else if (this.#expected.excused || this.#got.excused) {
        this.#sink.unknown(expected)
        this.#sink.unknown(got)
      } else this.#sink.changed(expected, got)
    }
  }

  #single(queue: Queue<Item>, tell: (item: Item) => void): void {
    const { excused } = queue
    const item = this.#take(queue)
    if (item === undefined || this.#alike.isGap(item)) return
    if (excused) this.#sink.unknown(item)
    else tell(item)
  }

  #take(queue: Queue<Item>): Item | undefined {
    const item = queue.front
    if (item !== undefined) queue.drop(this.#alike.octets(item))
    return item
  }
}
