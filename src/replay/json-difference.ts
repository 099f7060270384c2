/** JSON compared as values, without the paths that are to be ignored. */
import { JsonNumber, JsonObject, type JsonValue } from './json-value.ts'
import type { PathSet } from './json-paths.ts'

/** Where two values part. Null: one of them has nothing there. */
export interface JsonDifference {
  /** As in `$.items[2].price`. */
  path: string
  expected: string | null
  got: string | null
}

/** One text for all ways to write the same value. */
export function canonicalText(value: JsonValue, ignored: PathSet): string {
  const parts: (string | number)[] = []
  addCanonical(value, ignored, parts)
  return parts.join(' ')
}

/** Nothing in a string needs an escape when its length stands before it. */
function addCanonical(value: JsonValue, ignored: PathSet, parts: (string | number)[]): void {
  if (typeof value === 'string') parts.push('"', value.length, value)
  else if (value instanceof JsonNumber) parts.push(value.value)
  else if (value instanceof JsonObject) {
    parts.push('{')
    for (const [name, member] of value.members) {
      const below = ignored.below(name)
      if (below === null) continue
      parts.push(name.length, name)
      addCanonical(member, below, parts)
    }
    parts.push('}')
  } else if (Array.isArray(value)) {
    parts.push('[')
    const list = value as readonly JsonValue[]
    for (let i = 0; i < list.length; i++) {
      const below = ignored.below(String(i))
      // An item that is ignored keeps its place.
      if (below === null) parts.push('*')
      else addCanonical(list[i] ?? null, below, parts)
    }
    parts.push(']')
  } else parts.push(value === null ? 'null' : value ? 'true' : 'false')
}

interface Member {
  name: string
  value: JsonValue
  below: PathSet
}

function membersOf(object: JsonObject, ignored: PathSet): Member[] {
  return object.members.flatMap(([name, value]) => {
    const below = ignored.below(name)
    return below === null ? [] : [{ name, value, below }]
  })
}

/** The first place where two values differ, null where they are the same. */
export function firstJsonDifference(
  expected: JsonValue,
  got: JsonValue,
  ignored: PathSet,
  path = '$',
): JsonDifference | null {
  if (expected instanceof JsonObject && got instanceof JsonObject)
    return memberDifference(membersOf(expected, ignored), membersOf(got, ignored), path)
  if (Array.isArray(expected) && Array.isArray(got))
    return itemDifference(expected as readonly JsonValue[], got as readonly JsonValue[], ignored, path)
  const texts = { expected: canonicalText(expected, ignored), got: canonicalText(got, ignored) }
  return texts.expected === texts.got ? null : { path, expected: shown(expected), got: shown(got) }
}

/** Both lists are in the order of their names. */
function memberDifference(
  expected: readonly Member[],
  got: readonly Member[],
  path: string,
): JsonDifference | null {
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const a = expected[i]
    const b = got[i]
    if (a !== undefined && (b === undefined || a.name < b.name))
      return { path: path + memberPath(a.name), expected: shown(a.value), got: null }
    if (b !== undefined && (a === undefined || b.name < a.name))
      return { path: path + memberPath(b.name), expected: null, got: shown(b.value) }
    if (a === undefined || b === undefined) continue
    const found = firstJsonDifference(a.value, b.value, a.below, path + memberPath(a.name))
    if (found !== null) return found
  }
  return null
}

function itemDifference(
  expected: readonly JsonValue[],
  got: readonly JsonValue[],
  ignored: PathSet,
  path: string,
): JsonDifference | null {
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const a = expected[i]
    const b = got[i]
    const at = `${path}[${i}]`
    if (a === undefined) return { path: at, expected: null, got: shown(b ?? null) }
    if (b === undefined) return { path: at, expected: shown(a), got: null }
    const below = ignored.below(String(i))
    const found = below === null ? null : firstJsonDifference(a, b, below, at)
    if (found !== null) return found
  }
  return null
}

function memberPath(name: string): string {
  return /^[^\s.[\]"*]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

/** Characters of a value that are shown. */
const shownLimit = 80

/** A value as JSON, cut where it is long. */
function shown(value: JsonValue): string {
  const text = jsonText(value)
  return text.length > shownLimit ? `${text.slice(0, shownLimit)}…` : text
}

function jsonText(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text
  if (value instanceof JsonObject)
    return `{${value.members.map(([name, v]) => `${JSON.stringify(name)}:${jsonText(v)}`).join(',')}}`
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(jsonText).join(',')}]`
  return JSON.stringify(value)
}
