/** Whatever was on the wire, in whatever size it is shown. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Canvas, makeCells } from '../../../src/tui/canvas.ts'
import * as detail from '../../../src/tui/detail/detail-state.ts'
import { subjectOf } from '../../../src/tui/detail/subject.ts'
import { paintDetail } from '../../../src/tui/panes/detail.ts'
import { themes } from '../../../src/tui/theme.ts'
import { brokenTraffic, framedTraffic, gappedTraffic, looseTraffic } from '../../support/arbitraries.ts'
import { observe } from '../../support/facts.ts'
import { logOf, opened, painted, rowsOf } from './support.ts'

/** What a terminal obeys, hides or joins to its neighbour, beside what is no cell at all. */
const unsafe = /[\p{C}\p{M}\p{Zl}\p{Zp}]/u
const unpainted = '\x07'

const size = fc.record({ width: fc.integer({ min: 40, max: 300 }), height: fc.integer({ min: 4, max: 100 }) })

const acts: ((state: detail.DetailState) => unknown)[] = [
  ...detail.views.map(view => (state: detail.DetailState) => {
    detail.setView(state, view)
  }),
  detail.cycleMode,
  detail.nextField,
  detail.previousField,
  detail.toggleFold,
  detail.toggleWrap,
  state => detail.moveSideways(state, 8),
  detail.toEnd,
  detail.toHome,
  detail.findNext,
  state => {
    detail.moveBy(state, 3)
  },
  state => {
    detail.pageBy(state, -0.5)
  },
  state => detail.find(state, 'a'),
  state => detail.find(state, 'hex:81'),
]

function expectPainted(state: detail.DetailState, width: number, height: number, ascii: boolean): void {
  const cells = makeCells(width, height, themes.mono)
  cells.chars.fill(unpainted)
  paintDetail(new Canvas(cells, { theme: themes.mono, ascii }), state)
  const wrong = cells.chars.find(char => (ascii ? !/^[ -~]$/.test(char) : unsafe.test(char)))
  expect(wrong).toBeUndefined()
}

describe('the detail pane', () => {
  it(
    'draws every cell of every row of any traffic, and nothing that a terminal obeys',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(
          fc.oneof(framedTraffic, gappedTraffic, looseTraffic, brokenTraffic),
          fc.array(fc.nat({ max: acts.length - 1 }), { maxLength: 8 }),
          size,
          fc.boolean(),
          (facts, steps, { width, height }, ascii) => {
            const { log } = observe(facts)
            let state: detail.DetailState | null = null
            for (let row = log.first; row < log.next; row += 1 + (row % 3)) {
              state = detail.openDetail(subjectOf(log, row), state)
              expectPainted(state, width, height, ascii)
              for (const step of steps) acts[step]!(state)
              expectPainted(state, width, height, ascii)
            }
          },
        ),
        { numRuns: 40 },
      )
    },
  )

  it('takes JSON that nests as deep as it is long', () => {
    const depth = 10_000
    const state = opened(logOf(`handshake\nserver TEXT "["*${depth} "]"*${depth}`), 'frame')
    detail.moveBy(state, 100)
    expect(painted(state, 80, 12).join('\n')).toContain('[ … deeper than 100 levels')
    detail.toEnd(state)
    expect(painted(state, 80, 12).at(-1)).toBe('>]')
  })

  it('keeps numbers, names and escapes of JSON as they came', () => {
    const json = '{\\"a\\":12345678901234567890,\\"__proto__\\":1e999,\\"a\\":\\"\\\\u001b[31m\\"}'
    const lines = painted(opened(logOf(`handshake\nserver TEXT "${json}"`), 'frame'), 80, 8)
    expect(lines.slice(2)).toEqual([
      ' {',
      '   "a":12345678901234567890,',
      '   "__proto__":1e999,',
      '   "a":"\\u001b[31m"',
      ' }',
    ])
  })

  it.each([
    ['text', 'a \u202e b \u2066c\u2069', ' a � b �c�'],
    ['JSON', '{\\"a\u202e\\":\\"\u200fb\\"}', '   "a�":"�b"'],
  ])('shows a sign for what turns the direction of %s', (_, payload, line) => {
    const state = opened(logOf(`handshake\nserver TEXT "${payload}"`), 'frame')
    expect(painted(state, 80, 8)).toContain(line)
    detail.toggleWrap(state)
    expect(painted(state, 80, 8)).toContain(line)
  })

  it('stays when the log has moved on', () => {
    const log = logOf('handshake\nserver TEXT "still here"\nserver TEXT "later"')
    const [row = 0] = rowsOf(log, 'frame')
    const state = detail.openDetail(subjectOf(log, row))
    const before = painted(state, 80, 12)
    Object.assign(log, { first: row + 1 })
    expect(() => subjectOf(log, row)).toThrow(RangeError)
    expect(painted(state, 80, 12)).toEqual(before)
    expect(before.join('\n')).toContain('still here')
  })

  it('shows where a mebibyte was cut', () => {
    const state = opened(logOf(`handshake\nserver BIN 000102030405060708090a0b0c0d0e0f*70000`), 'frame')
    detail.setView(state, 'hex')
    detail.toEnd(state)
    expect(painted(state, 80, 6).slice(-2)).toEqual([
      ' the first 1048576 of 1120010 octets',
      '>┃ header  ╎ end of a TCP read',
    ])
    detail.moveBy(state, -2)
    expect(painted(state, 80, 6).find(line => line.startsWith('>'))).toMatch(/^>ffff0 {2}/)
  })
})
