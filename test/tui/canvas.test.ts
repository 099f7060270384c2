import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Canvas, linesOf, makeCells, type Cells } from '../../src/tui/canvas.ts'
import { columnsOf } from '../../src/tui/text.ts'
import { Flag, themes } from '../../src/tui/theme.ts'
import { hostileText, isHostile } from '../support/screen-text.ts'

function screen(width: number, height: number, ascii = false) {
  const theme = themes.ansi
  const cells = makeCells(width, height, theme)
  return { cells, canvas: new Canvas(cells, { theme, ascii }) }
}

/** True for a cell with a harmless character, with an empty one behind it, in its line, exactly when it is wide. */
function isSound({ width, chars }: Cells, at: number): boolean {
  const char = chars[at]!
  if (char === '') return at % width > 0 && columnsOf(chars[at - 1]!) === 2
  if (Array.from(char).length !== 1 || isHostile(char)) return false
  const isWide = (at + 1) % width > 0 && chars[at + 1] === ''
  return columnsOf(char) === (isWide ? 2 : 1)
}

function unsound(cells: Cells): string[] {
  return cells.chars.filter((_, at) => !isSound(cells, at))
}

const width = 12
const height = 4
const position = fc.integer({ min: -4, max: width + 4 })
const size = fc.integer({ min: -2, max: width + 4 })

/** Something drawn. */
const drawing = fc.oneof(
  fc
    .record({ x: position, y: position, text: hostileText, end: fc.option(position, { nil: undefined }) })
    .map(
      ({ x, y, text, end }) =>
        (canvas: Canvas) =>
          void canvas.put(x, y, text, 'client', end),
    ),
  fc.record({ end: position, y: position, text: hostileText }).map(({ end, y, text }) => (canvas: Canvas) => {
    canvas.putRight(end, y, text)
  }),
  fc
    .record({ x: position, y: position, w: size, h: size, char: fc.constantFrom('─', '.', '日', '\x1b') })
    .map(({ x, y, w, h, char }) => (canvas: Canvas) => {
      canvas.fill(x, y, w, h, char, 'rule')
    }),
  fc.record({ x: position, y: position, w: size }).map(({ x, y, w }) => (canvas: Canvas) => {
    canvas.flag(x, y, w, 'inverse')
  }),
)
const drawings = fc.array(drawing, { maxLength: 30 })

describe('Canvas', () => {
  it('puts text, and says where it ended', () => {
    const { cells, canvas } = screen(10, 2)
    expect(canvas.put(1, 0, 'a日b')).toBe(5)
    expect(canvas.put(0, 1, '0123456789abc')).toBe(10)
    expect(cells.chars.slice(0, 6)).toEqual([' ', 'a', '日', '', 'b', ' '])
    expect(linesOf(cells)).toEqual([' a日b     ', '0123456789'])
  })

  it('draws up to a column, and to the left of one', () => {
    const { cells, canvas } = screen(10, 3)
    expect(canvas.put(0, 0, 'abcdef', 'plain', 3)).toBe(3)
    expect(canvas.put(0, 1, 'ab日', 'plain', 3)).toBe(2)
    canvas.putRight(9, 1, '日本')
    canvas.putRight(3, 2, 'abcdef')
    expect(linesOf(cells)).toEqual(['abc       ', 'ab   日本 ', 'def       '])
  })

  it('shows a blank for the half of a wide character that lies inside', () => {
    const { cells, canvas } = screen(4, 1)
    canvas.put(0, 0, 'xxxx')
    canvas.put(-1, 0, '日本')
    expect(cells.chars).toEqual([' ', '本', '', 'x'])
  })

  it.each([
    [0, 'a', ['a', ' ', '本', '']],
    [1, 'a', [' ', 'a', '本', '']],
    [1, '語', [' ', '語', '', ' ']],
    [2, '語', ['日', '', '語', '']],
  ])('leaves no half behind where column %i is overwritten with %s', (x, text, chars) => {
    const { cells, canvas } = screen(4, 1)
    canvas.put(0, 0, '日本')
    canvas.put(x, 0, text)
    expect(cells.chars).toEqual(chars)
  })

  it('fills and flags rectangles, clipped', () => {
    const { cells, canvas } = screen(5, 3)
    canvas.fill(-1, 1, 3, 5, '#', 'error')
    canvas.flag(1, 1, 9, 'inverse')
    canvas.flag(0, 3, 5, 'inverse')
    expect(linesOf(cells)).toEqual(['     ', '##   ', '##   '])
    const { plain, error } = themes.ansi
    const line = (y: number) => Array.from(cells.styles.slice(y * 5, y * 5 + 5))
    expect(line(0)).toEqual(Array(5).fill(plain))
    expect(line(1)).toEqual([error, error | Flag.inverse, ...Array<number>(3).fill(plain | Flag.inverse)])
    expect(line(2)).toEqual([error, error, plain, plain, plain])
  })

  it('has regions that are the part of a rectangle inside', () => {
    const { canvas } = screen(10, 5)
    const sizes = (region: Canvas) => [region.width, region.height]
    expect(sizes(canvas.region(2, 1, 4, 2))).toEqual([4, 2])
    expect(sizes(canvas.region(8, 4, 4, 4))).toEqual([2, 1])
    expect(sizes(canvas.region(-3, -1, 5, 3))).toEqual([2, 2])
    expect(sizes(canvas.region(20, 20, 5, 5))).toEqual([0, 0])
    expect(sizes(canvas.region(2, 2, -5, -5))).toEqual([0, 0])
    expect(sizes(canvas.region(2, 1, 4, 2).region(1, 1, 9, 9))).toEqual([3, 1])
  })

  it('holds sound cells only, whatever is drawn how often', () => {
    fc.assert(
      fc.property(drawings, steps => {
        const { cells, canvas } = screen(width, height)
        for (const draw of steps) {
          draw(canvas)
          expect(unsound(cells)).toEqual([])
        }
        expect(cells.chars.length).toBe(width * height)
      }),
      { numRuns: 500 },
    )
  })

  it('holds printable ASCII alone in ASCII mode', () => {
    fc.assert(
      fc.property(drawings, steps => {
        const { cells, canvas } = screen(width, height, true)
        for (const draw of steps) draw(canvas)
        expect(cells.chars.every(char => /^[ -~]$/.test(char))).toBe(true)
      }),
    )
  })

  it('draws in a region, and nothing but blanks for halves outside of it', () => {
    fc.assert(
      fc.property(
        ...([position, position, size, size, hostileText, drawings] as const),
        (x, y, w, h, before, steps) => {
          const { cells, canvas } = screen(width, height)
          for (let row = 0; row < height; row++) canvas.put(0, row, before)
          const chars = [...cells.chars]
          const styles = cells.styles.slice()
          const region = canvas.region(x, y, w, h)
          for (const draw of steps) draw(region)
          expect(unsound(cells)).toEqual([])
          const isInside = (at: number) => {
            const [column, row] = [at % width, Math.floor(at / width)]
            return column >= x && column < x + w && row >= y && row < y + h
          }
          const touched = cells.chars.filter((char, at) => {
            if (isInside(at)) return false
            const isHalved = chars[at] === '' ? isInside(at - 1) : chars[at + 1] === '' && isInside(at + 1)
            return styles[at] !== cells.styles[at] || (char !== chars[at] && !(isHalved && char === ' '))
          })
          expect(touched).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })
})
