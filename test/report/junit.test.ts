import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { junitXml, type JUnitCase, type JUnitSuite } from '../../src/report/junit.ts'
import { parseXml } from '../support/xml.ts'

const failure = (message: string, text: string): JUnitCase => ({
  classname: 'c',
  name: 'n',
  time: 0.25,
  outcome: { type: 'failure', kind: 'DIFFERENT', message, text },
})

const suite = (...cases: JUnitCase[]): JUnitSuite => ({
  name: 'suite',
  timestamp: '2026-11-22T18:00:00.000Z',
  cases,
})

describe('JUnit XML', () => {
  it('counts tests, failures, errors and those skipped, and their time', () => {
    const passed: JUnitCase = { classname: 'c', name: 'p', time: 1, outcome: { type: 'passed' } }
    const skipped: JUnitCase = { ...passed, outcome: { type: 'skipped', message: 'not run' } }
    const error: JUnitCase = { ...passed, outcome: { type: 'error', kind: 'E', message: 'm', text: 't' } }
    const root = parseXml(junitXml('all', [suite(passed, skipped, error, failure('m', 't')), suite(passed)]))
    expect(root.attributes).toEqual({
      name: 'all',
      tests: '5',
      failures: '1',
      errors: '1',
      skipped: '1',
      time: '4.250',
    })
    expect(root.children.map(child => child.attributes.tests)).toEqual(['4', '1'])
    expect(root.children[0]!.attributes.timestamp).toBe('2026-11-22T18:00:00')
    expect(root.children[0]!.children.map(one => one.children[0]?.name)).toEqual([
      undefined,
      'skipped',
      'error',
      'failure',
    ])
  })

  it('keeps the lines of a text, and shows what XML cannot hold', () => {
    const root = parseXml(
      junitXml('all', [suite(failure('a\nb', 'one\ntwo\0 \x1b[31m \ud800 ]]> <&"> \ufffe'))]),
    )
    const found = root.children[0]!.children[0]!.children[0]!
    expect(found.attributes.message).toBe('a\\x0ab')
    expect(found.text).toBe('one\ntwo\\x00 \\x1b[31m \\u{d800} ]]> <&"> \\u{fffe}')
  })

  it('is well-formed whatever the text', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map(codes => String.fromCharCode(...codes)),
    )
    fc.assert(
      fc.property(any, any, any, (name, message, text) => {
        const document = junitXml(name, [suite({ ...failure(message, text), name, classname: name })])
        expect(parseXml(document).children[0]!.children).toHaveLength(1)
      }),
    )
  })
})
