/** When two things that were said are the same. */
import { createHash } from 'node:crypto'
import type { Alike } from './alignment.ts'
import { headValues, isSameValue } from './handshake-values.ts'
import { canonicalText } from './json-difference.ts'
import { holesOf, isSameAround, type Hole } from './json-holes.ts'
import type { PathSet } from './json-paths.ts'
import { isJsonText, jsonOf } from './payload-difference.ts'
import { payloadOf } from './said-words.ts'
import type { Said } from './said.ts'

/** What one side said, and where it stands among others of its kind. */
export interface Item {
  said: Said
  ordinal: number
  /** Ms since what came before. */
  since: number
  /** The value of its JSON, made when it is needed; null where it has none. */
  value?: string | null
  /** Where in its JSON the values stand that are ignored, likewise. */
  holes?: readonly Hole[] | null
}

/** Octets that an item of the queues costs beside its payload. */
const itemCost = 512

/** Characters of a value that is kept as it is; of a longer one its digest is. */
const shortValue = 4096

/** True for a gap in the record: it stands for any number of things that were said. */
export function isGap(said: Said): boolean {
  return said.type === 'unread' && said.missing
}

/** By octets, and JSON by its value but for what is ignored. */
export class Likeness implements Alike<Item> {
  readonly #ignored: PathSet

  constructor(ignored: PathSet) {
    this.#ignored = ignored
  }

  octets({ said }: Item): number {
    return itemCost + (payloadOf(said)?.length ?? 0)
  }

  isGap({ said }: Item): boolean {
    return isGap(said)
  }

  isSame(expected: Item, got: Item): boolean {
    const [a, b] = [expected.said, got.said]
    if (a.type === 'message' && b.type === 'message') {
      if (a.kind !== b.kind) return false
      if (a.octets === null || b.octets === null || isEqual(a.octets, b.octets)) return true
      if (a.kind === 'binary') return false
      if (this.#isSameAround(expected, a.octets, b.octets)) return true
      const value = this.#valueOf(expected)
      return value !== null && value === this.#valueOf(got)
    }
    if (a.type === 'head' && b.type === 'head') {
      const [left, right] = [headValues(a.head), headValues(b.head)]
      return left.every(([name, value], i) => isSameValue(name, value, right[i]?.[1] ?? ''))
    }
    if (a.type === 'unread' && b.type === 'unread') return a.reason === b.reason && a.octets === b.octets
    const [left, right] = [payloadOf(a), payloadOf(b)]
    return a.type === b.type && left !== null && right !== null && isEqual(left, right)
  }

  /** True for JSON that differs in ignored values alone; false where that cannot be told without making its value. */
  #isSameAround(expected: Item, a: Uint8Array, b: Uint8Array): boolean {
    if (this.#ignored.isEmpty) return false
    if (expected.holes === undefined) expected.holes = isJsonText(a) ? holesOf(a, this.#ignored) : null
    return expected.holes !== null && isSameAround(a, expected.holes, b) && isJsonText(b)
  }

  /** One text for the JSON of a message, whatever its spelling; null where it has none. */
  #valueOf(item: Item): string | null {
    if (item.value !== undefined) return item.value
    const octets = payloadOf(item.said)
    const json = octets === null ? null : jsonOf(octets)
    const text = json === null ? null : canonicalText(json, this.#ignored)
    item.value = text === null || text.length <= shortValue ? text : digestOf(text)
    return item.value
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
