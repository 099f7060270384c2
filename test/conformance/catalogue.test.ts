import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { allCases, groupOf, matchCases, positionOf, selectCases } from '../../src/conformance/catalogue.ts'
import { octetsOf, type ConformCase } from '../../src/conformance/case.ts'
import { corpora, corpus, sliceOf, type CorpusName } from '../../src/conformance/payloads.ts'

const ids = allCases.map(({ id }) => id)

function caseOf(id: string): ConformCase {
  const [of] = matchCases(id)
  if (of === undefined) throw new Error(`no case ${id}`)
  return of
}

/** Everything that goes out in a case, and what may come back, as one text. */
function content(of: ConformCase): string {
  return JSON.stringify(of, (_key, value: unknown) =>
    value instanceof Uint8Array ? createHash('sha1').update(value).digest('hex') : value,
  )
}

describe('the catalogue of cases', () => {
  it('has the 517 cases of Autobahn in their order', () => {
    const counts = new Map<string, number>()
    for (const id of ids) counts.set(groupOf(id), (counts.get(groupOf(id)) ?? 0) + 1)
    expect([...counts]).toEqual([
      ...[
        ['1', 16],
        ['2', 11],
        ['3', 7],
        ['4', 10],
        ['5', 20],
        ['6', 145],
        ['7', 37],
      ],
      ...[
        ['9', 54],
        ['10', 1],
        ['12', 90],
        ['13', 126],
      ],
    ])
    const byNumbers = ids.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    expect(ids).toEqual(byNumbers)
    expect(new Set(ids).size).toBe(517)
    expect([positionOf('1.1.1'), positionOf('5.20'), positionOf('13.7.18'), positionOf('8.1')]).toEqual([
      1, 64, 517, 0,
    ])
  })

  it('says of each case what it is about, in words of its own', () => {
    for (const { id, description, expectation } of allCases) {
      expect(description, id).toMatch(/\.$/)
      expect(expectation, id).toMatch(/\.$/)
    }
  })

  it('judges text by what UTF-8 allows', () => {
    const isValid = (id: string) => caseOf(id).close.closedByMe
    expect(['6.6.2', '6.7.4', '6.11.4', '6.22.34', '6.23.7'].map(isValid)).not.toContain(false)
    expect(['6.6.1', '6.8.1', '6.10.1', '6.11.5', '6.14.10', '6.20.7', '6.21.8'].map(isValid)).not.toContain(
      true,
    )
    expect(ids.filter(id => /^6\.([5-9]|\d\d)\./.test(id)).filter(isValid)).toHaveLength(63)
  })

  it('sends what it always has: a change of a table is a change of this', () => {
    const lines = allCases.filter(({ exchange }) => exchange === null).map(content)
    expect(createHash('sha1').update(lines.join('\n')).digest('hex')).toMatchInlineSnapshot(
      `"04f78c62271daeda92ccf7c5a1adbb91cd060cda"`,
    )
  })

  it('has corpora of the sizes of Autobahn’s', () => {
    const sizes = Object.keys(corpora).map(name => {
      const units = corpus(name as CorpusName)
      return [name, Buffer.from(units as string).length, units.length]
    })
    expect(sizes).toEqual([
      ['json', 194_056, 194_056],
      ['bitmap', 263_222, 263_222],
      ['prose', 222_218, 222_218],
      ['html', 263_647, 263_620],
      ['document', 1_042_328, 1_042_328],
    ])
  })

  it('goes through a corpus again and again, and cuts text between characters', () => {
    const text = 'abü'
    const slices = [0, 1, 2, 3].map(k => Buffer.from(octetsOf(sliceOf(text, k, 2))).toString())
    expect(slices).toEqual(['ab', 'üa', 'bü', 'ab'])
    const octets = Uint8Array.of(1, 2, 3)
    expect([0, 1].map(k => [...octetsOf(sliceOf(octets, k, 2))])).toEqual([
      [1, 2],
      [3, 1],
    ])
  })
})

describe('picking cases', () => {
  const picked = (include: string[], exclude: string[] = []) => {
    const { cases, unknown } = selectCases(include, exclude)
    return [cases.map(({ id }) => id), unknown]
  }

  it('takes ids and patterns, in the order of the cases', () => {
    expect(picked(['5.20', '1.1.*'], ['1.1.3', '1.1.8'])).toEqual([
      ['1.1.1', '1.1.2', '1.1.4', '1.1.5', '1.1.6', '1.1.7', '5.20'],
      [],
    ])
  })

  it('matches patterns at the beginning alone, as Autobahn does', () => {
    expect(picked(['12.*.1'], ['12.2.*', '12.3.*', '12.4.*', '12.5.*'])[0]).toEqual([
      '12.1.1',
      ...[10, 11, 12, 13, 14, 15, 16, 17, 18].map(n => `12.1.${n}`),
    ])
    expect(new Set(matchCases('1*').map(({ id }) => groupOf(id)))).toEqual(new Set(['1', '10', '12', '13']))
  })

  it('tells what is no case', () => {
    expect(picked(['5.21', '2.1'], ['8.*'])).toEqual([['2.1'], ['5.21', '8.*']])
  })
})
