import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from '../../src/replay/json-difference.ts'
import { holesOf, isSameAround } from '../../src/replay/json-holes.ts'
import { PathSet, parsePath } from '../../src/replay/json-paths.ts'
import { parseJson } from '../../src/replay/json-value.ts'
import { octets } from '../support/octets.ts'

const pathsOf = (...texts: string[]) => new PathSet(texts.flatMap(text => [parsePath(text) ?? []]))

const octetsOfJson = fc.constantFrom('', '"', '\\', '{', ']', ',', '0', '-', ' ', '.', 'e', 'u')

/** Two texts of JSON that have other values at `id`, and in both what a few cuts make of them. */
const pairs = fc
  .tuple(
    fc.tuple(fc.jsonValue(), fc.jsonValue()),
    fc.jsonValue(),
    fc.array(fc.tuple(fc.nat(), octetsOfJson), { maxLength: 2 }),
    fc.nat(2),
  )
  .map(([ids, value, cuts, indent]) =>
    ids.map(id => {
      let text = JSON.stringify({ list: [value, { id, value }], id }, null, indent)
      for (const [at, put] of cuts) {
        const place = at % text.length
        text = text.slice(0, place) + put + text.slice(place + (at % 3))
      }
      return text
    }),
  )

describe('the holes of a text', () => {
  it('are those of what is read as JSON, and of nothing else', () => {
    fc.assert(
      fc.property(pairs, ([text = '']) => {
        expect(holesOf(octets(text), pathsOf('id')) === null).toBe(parseJson(text) === null)
      }),
      { numRuns: 500 },
    )
  })

  it.each(['id', '**.id', 'list[0]', 'list[*].id'])('are where %s leads', path => {
    const text = '{ "id": [1, {"id": "}"}], "list": [{"id":{}}, { "id" : 2 } ] }'
    const ignored = pathsOf(path)
    const holes = holesOf(octets(text), ignored) ?? []
    const filled = holes.reduceRight(
      (result, { start, end }) => `${result.slice(0, start)}"other"${result.slice(end)}`,
      text,
    )
    expect(filled).not.toBe(text)
    expect(isSameAround(octets(text), holes, octets(filled))).toBe(true)
    const [a, b] = [parseJson(text) ?? [], parseJson(filled) ?? []]
    expect(canonicalText(a, ignored)).toBe(canonicalText(b, ignored))
  })
})

describe('texts around their holes', () => {
  it('are the same only where their values are', () => {
    const ignored = pathsOf('**.id', 'list[0]')
    fc.assert(
      fc.property(pairs, ([a = '', b = '']) => {
        const holes = holesOf(octets(a), ignored)
        if (holes === null || !isSameAround(octets(a), holes, octets(b))) return
        const [left, right] = [parseJson(a), parseJson(b)]
        expect(right).not.toBeNull()
        expect(canonicalText(left ?? [], ignored)).toBe(canonicalText(right ?? [], ignored))
      }),
      { numRuns: 500 },
    )
  })
})
