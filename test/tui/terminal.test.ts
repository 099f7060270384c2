import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Canvas, makeCells, type Cells } from '../../src/tui/canvas.ts'
import { Terminal } from '../../src/tui/terminal.ts'
import { Flag, themes, type Role } from '../../src/tui/theme.ts'
import { escapesOf } from '../support/escapes.ts'
import { toText } from '../support/octets.ts'
import { fakeTty, type FakeTty } from '../support/screen.ts'

const theme = themes.okabe
const defaultColor = 0x1ff

/** Before any terminal was made. */
const listenersBefore = listeners(process)

function enteredOn(tty: FakeTty): Terminal {
  const terminal = new Terminal(tty.input, tty.output)
  terminal.enter()
  onTestFinished(() => {
    terminal.leave()
  })
  return terminal
}

/** Cells of the terminal's size with what `draw` draws. */
function drawn({ width, height }: Terminal, draw: (canvas: Canvas) => void): Cells {
  const cells = makeCells(width, height, theme)
  draw(new Canvas(cells, { theme, ascii: false }))
  return cells
}

function text(terminal: Terminal, line: string): Cells {
  return drawn(terminal, canvas => canvas.put(0, 0, line))
}

/** What differs between the screen and cells. */
function differences(tty: FakeTty, { width, height, chars, styles }: Cells): unknown[] {
  const found: unknown[] = []
  for (let at = 0; at < width * height; at++) {
    const [y, x] = [Math.floor(at / width), at % width]
    const { char, foreground, background, ...flags } = tty.cell(y, x)
    const style =
      (flags.bold ? Flag.bold : 0) |
      (flags.underline ? Flag.underline : 0) |
      (flags.inverse ? Flag.inverse : 0) |
      ((foreground ?? defaultColor) << 9) |
      (background ?? defaultColor)
    if (char !== chars[at] || (char !== '' && style !== styles[at]))
      found.push({ y, x, char, style, expected: [chars[at], styles[at]] })
  }
  return found
}

/** What the owner of a stream or the process may notice: listeners by event. */
function listeners(...emitters: readonly NodeJS.EventEmitter[]): unknown[] {
  return emitters.map(emitter =>
    emitter.eventNames().map(name => [name, emitter.listenerCount(name)] as const),
  )
}

/** Modes that are on after all that was written. */
function modesOf(raw: Uint8Array): string[] {
  const on = new Set<string>()
  for (const escape of escapesOf(raw)) {
    const [, mode = '', state = ''] = /\[\?(\d+)([hl])/.exec(escape) ?? []
    if (state === 'h') on.add(mode)
    else on.delete(mode)
  }
  return [...on].sort()
}

describe('a terminal', () => {
  it('shows characters, wide ones in two columns', async () => {
    const tty = fakeTty(20, 3)
    const terminal = enteredOn(tty)
    terminal.show(
      drawn(terminal, canvas => {
        canvas.put(0, 0, 'héllo ─┼─ 日本語')
        canvas.put(17, 2, '😀.')
      }),
      null,
    )
    await tty.settled()
    expect(tty.text()).toBe('héllo ─┼─ 日本語\n\n                 😀.')
    expect([10, 11, 12].map(x => [tty.cell(0, x).char, tty.cell(0, x).width])).toEqual([
      ['日', 2],
      ['', 0],
      ['本', 2],
    ])
  })

  it('shows colours and flags', async () => {
    const tty = fakeTty(20, 1)
    const terminal = enteredOn(tty)
    terminal.show(
      drawn(terminal, canvas => {
        canvas.put(0, 0, 'a')
        canvas.put(1, 0, 'b', 'client')
        canvas.put(2, 0, 'c', 'error')
        canvas.put(3, 0, 'd', 'bar')
        canvas.put(4, 0, 'e', 'match')
        canvas.put(5, 0, '日', 'server')
        canvas.flag(3, 0, 4, 'inverse')
      }),
      null,
    )
    await tty.settled()
    const plain = {
      width: 1,
      foreground: null,
      background: null,
      bold: false,
      underline: false,
      inverse: false,
    }
    expect([0, 1, 2, 3, 4, 5, 7].map(x => tty.cell(0, x))).toEqual([
      { ...plain, char: 'a' },
      { ...plain, char: 'b', foreground: 74 },
      { ...plain, char: 'c', foreground: 166, bold: true },
      { ...plain, char: 'd', foreground: 6, inverse: true },
      { ...plain, char: 'e', underline: true, inverse: true },
      { ...plain, char: '日', width: 2, foreground: 214, inverse: true },
      { ...plain, char: ' ' },
    ])
  })

  it('shows the cursor where it is asked to, and hides it else', async () => {
    const tty = fakeTty(20, 3)
    const terminal = enteredOn(tty)
    const cells = text(terminal, 'filter')
    terminal.show(cells, { x: 6, y: 2 })
    await tty.settled()
    expect([tty.cursor(), modesOf(tty.raw()).includes('25')]).toEqual([{ x: 6, y: 2 }, true])
    terminal.show(cells, null)
    await tty.settled()
    expect(modesOf(tty.raw())).not.toContain('25')
  })

  it('writes only what changed, and each frame as one', async () => {
    const tty = fakeTty(80, 24)
    const terminal = enteredOn(tty)
    terminal.show(text(terminal, 'x'.repeat(80)), null)
    await tty.settled()
    const before = tty.raw().length
    terminal.show(text(terminal, 'x'.repeat(80)), null)
    terminal.show(text(terminal, `${'x'.repeat(40)}y${'x'.repeat(39)}`), null)
    await tty.settled()
    expect(toText(tty.raw().subarray(before))).toBe('\x1b[?2026h\x1b7\x1b[1;1H\x1b[40Cy\x1b8\x1b[?2026l')
  })

  it('tells wide characters from each other, and both halves from what was there', async () => {
    const tty = fakeTty(8, 1)
    const terminal = enteredOn(tty)
    for (const line of ['日a本', '月b本', 'ab月|', '日月|', 'a日月', '日|']) {
      terminal.show(text(terminal, line), null)
      await tty.settled()
      expect(tty.line(0)).toBe(line)
    }
  })

  it('gives a wide character one look, that of its first half', async () => {
    const tty = fakeTty(8, 1)
    const terminal = enteredOn(tty)
    const cells = text(terminal, '日a')
    terminal.show(cells, null)
    new Canvas(cells, { theme, ascii: false }).flag(1, 0, 2, 'inverse')
    terminal.show(cells, null)
    await tty.settled()
    expect([0, 2].map(x => [tty.cell(0, x).char, tty.cell(0, x).inverse])).toEqual([
      ['日', false],
      ['a', true],
    ])
  })

  it('writes everything again when asked to redraw', async () => {
    const tty = fakeTty(20, 2)
    const terminal = enteredOn(tty)
    const cells = text(terminal, 'kept')
    terminal.show(cells, null)
    tty.output.write('\x1b[2;1Hanother program')
    await tty.settled()
    expect(tty.line(1)).toBe('another program')
    terminal.redraw()
    terminal.show(cells, null)
    await tty.settled()
    expect(tty.text()).toBe('kept\n')
  })

  it('follows its size', async () => {
    const tty = fakeTty(20, 3)
    const terminal = enteredOn(tty)
    const sizes: unknown[] = []
    terminal.onResize = () => sizes.push([terminal.width, terminal.height])
    const old = text(terminal, 'old')
    tty.resize(7, 2)
    expect(sizes).toEqual([[7, 2]])
    expect(terminal.show(old, null)).toBe(false)
    expect(terminal.show(text(terminal, '12345678'), null)).toBe(true)
    await tty.settled()
    expect(tty.text()).toBe('1234567\n')
    const before = tty.raw().length
    terminal.show(text(terminal, '12345678'), null)
    await tty.settled()
    expect(tty.raw()).toHaveLength(before)
  })

  it('keeps the columns on a terminal that takes other characters for wide', async () => {
    const tty = fakeTty(20, 1, 'old')
    const terminal = enteredOn(tty)
    terminal.show(text(terminal, 'xxxx|'), null)
    terminal.show(text(terminal, '😀😀|'), null)
    await tty.settled()
    expect([0, 1, 2, 3, 4].map(x => tty.cell(0, x).char)).toEqual(['😀', ' ', '😀', ' ', '|'])
  })

  it('passes on the octets of the keyboard as they come', async () => {
    const tty = fakeTty()
    const terminal = enteredOn(tty)
    let octets = ''
    terminal.onInput = bytes => (octets += toText(bytes))
    tty.keys('j\x1b[A')
    await tty.until(() => octets === 'j\x1b[A')
    expect(tty.input.isRaw).toBe(true)
  })

  it('reports the mouse only when asked to', async () => {
    const tty = fakeTty()
    const terminal = enteredOn(tty)
    await tty.settled()
    expect(tty.modes().mouseTrackingMode).toBe('none')
    terminal.setMouse(true)
    await tty.settled()
    expect(modesOf(tty.raw())).toEqual(expect.arrayContaining(['1000', '1006']))
    terminal.leave()
    terminal.enter()
    await tty.settled()
    expect(tty.modes().mouseTrackingMode).toBe('vt200')
    terminal.setMouse(false)
    await tty.settled()
    expect(tty.modes().mouseTrackingMode).toBe('none')
  })

  it('takes 80 columns of 24 lines for granted where the size is not known', () => {
    const tty = fakeTty(0, 0)
    const terminal = new Terminal(tty.input, tty.output)
    expect([terminal.width, terminal.height]).toEqual([80, 24])
  })
})

describe('a terminal that is given back', () => {
  it('is as it was', async () => {
    const tty = fakeTty(30, 2)
    tty.output.write('$ wsinspect')
    const terminal = enteredOn(tty)
    terminal.setMouse(true)
    terminal.show(text(terminal, 'cells'), { x: 1, y: 1 })
    await tty.settled()
    expect([tty.isAlternate(), tty.modes().bracketedPasteMode, tty.output.isBlocking]).toEqual([
      true,
      true,
      false,
    ])
    expect(modesOf(tty.raw())).toEqual(['1', '1000', '1006', '1007', '1049', '2004', '25'])
    const before = tty.raw().length
    terminal.leave()
    await tty.settled()
    const escapes = escapesOf(tty.raw().subarray(before))
    expect([tty.isAlternate(), tty.text()]).toEqual([false, '$ wsinspect\n'])
    expect([tty.input.isRaw, tty.input.isPaused(), tty.output.isBlocking]).toEqual([false, true, true])
    expect(escapes).toEqual(expect.arrayContaining(['\x1b[?25h', '\x1b[?1007r', '\x1b>']))
    expect(modesOf(tty.raw()).filter(mode => mode !== '1007')).toEqual(['25'])
  })

  it('is not given back twice, and shows no more cells', async () => {
    const tty = fakeTty()
    const terminal = enteredOn(tty)
    terminal.leave()
    await tty.settled()
    const before = tty.raw().length
    terminal.leave()
    expect(terminal.show(text(terminal, 'late'), null)).toBe(false)
    await tty.settled()
    expect(tty.raw()).toHaveLength(before)
  })

  it('can be taken again, with whatever was printed in between', async () => {
    const tty = fakeTty(20, 2)
    const terminal = enteredOn(tty)
    const cells = text(terminal, 'cells')
    terminal.show(cells, null)
    terminal.leave()
    terminal.write('printed')
    await tty.settled()
    expect([tty.isAlternate(), tty.line(0)]).toEqual([false, 'printed'])
    tty.resize(30, 2)
    terminal.enter()
    terminal.show(text(terminal, 'cells again'), null)
    await tty.settled()
    expect([tty.isAlternate(), tty.text()]).toEqual([true, 'cells again\n'])
  })

  it('shows the cursor again where it was', async () => {
    const tty = fakeTty(20, 2)
    const terminal = enteredOn(tty)
    const cells = text(terminal, '')
    terminal.show(cells, { x: 3, y: 1 })
    terminal.leave()
    terminal.enter()
    terminal.show(cells, { x: 3, y: 1 })
    await tty.settled()
    expect([tty.cursor(), modesOf(tty.raw()).includes('25')]).toEqual([{ x: 3, y: 1 }, true])
  })

  it('leaves no listener behind, nor a word in what becomes of the process', () => {
    const tty = fakeTty()
    const before = listeners(tty.input, tty.output)
    for (let round = 0; round < 40; round++) {
      const terminal = new Terminal(tty.input, tty.output)
      terminal.enter()
      terminal.show(text(terminal, 'cells'), null)
      expect(listeners(process)).toEqual(listenersBefore)
      terminal.leave()
    }
    expect(listeners(tty.input, tty.output)).toEqual(before)
    expect(listeners(process)).toEqual(listenersBefore)
  })
})

describe('a terminal that takes no output', () => {
  it('gets no further frame, and the newest when it goes on', async () => {
    const tty = fakeTty(20, 1)
    const terminal = enteredOn(tty)
    let drains = 0
    terminal.onDrain = () => {
      drains++
      terminal.show(text(terminal, 'newest'), null)
    }
    await tty.settled()
    tty.stall()
    expect(terminal.show(text(terminal, 'frame 0'), null)).toBe(true)
    const waiting = tty.output.writableLength
    expect(waiting).toBeGreaterThan(0)
    for (let frame = 1; frame < 100; frame++) {
      expect(terminal.show(text(terminal, `frame ${frame}`), null)).toBe(false)
    }
    expect([tty.output.writableLength, drains]).toEqual([waiting, 0])
    tty.resume()
    await tty.until(() => tty.line(0) === 'newest')
    expect(drains).toBe(1)
  })

  it('calls nobody who did not ask in vain', async () => {
    const tty = fakeTty(20, 1)
    const terminal = enteredOn(tty)
    let drains = 0
    terminal.onDrain = () => drains++
    tty.stall()
    terminal.show(text(terminal, 'frame'), null)
    tty.resume()
    await tty.until(() => tty.line(0) === 'frame')
    expect(drains).toBe(0)
  })

  it('is still given back behind what it had not taken', async () => {
    const tty = fakeTty(20, 1)
    const terminal = enteredOn(tty)
    await tty.settled()
    tty.stall()
    terminal.show(text(terminal, 'frame'), null)
    terminal.leave()
    tty.resume()
    await tty.until(() => !tty.isAlternate())
    expect(modesOf(tty.raw())).not.toContain('2004')
  })
})

type Step =
  | { do: 'draw'; x: number; y: number; text: string; role: Role }
  | { do: 'flag'; x: number; y: number; width: number; flag: keyof typeof Flag }
  | { do: 'resize'; width: number; height: number }
  | { do: 'blank' | 'redraw' | 'leave' }

/** Text as peers send it: any character, and often those that terminals obey, hide or draw wide. */
const wireText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('a', '│', '日', '😀', '한', '\x1b', '[', '31m', '\u009b', '\x07', '\n'),
    fc.constantFrom('\u0301', '\u200d', '\u202e', '\ufe0f', '\ud800', '\u1161', '\u2028', '\u00ad'),
  ),
  maxLength: 30,
})

/** Text of which much stays when it is drawn over. */
const similarText = fc.string({ unit: fc.constantFrom('a', 'b', '日', '月'), minLength: 1, maxLength: 8 })

const place = { x: fc.integer({ min: -2, max: 30 }), y: fc.nat(6) }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('draw' as const),
    ...place,
    text: wireText,
    role: fc.constantFrom(...(Object.keys(theme) as Role[])),
  }),
  fc.record({
    do: fc.constant('draw' as const),
    x: fc.nat(4),
    y: fc.constant(0),
    text: similarText,
    role: fc.constant('plain' as const),
  }),
  fc.record({
    do: fc.constant('flag' as const),
    ...place,
    width: fc.nat(9),
    flag: fc.constantFrom(...(Object.keys(Flag) as (keyof typeof Flag)[])),
  }),
  fc.record({
    do: fc.constant('resize' as const),
    width: fc.integer({ min: 1, max: 30 }),
    height: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ do: fc.constantFrom('blank', 'redraw', 'leave') }),
)

/** Takes a step; returns the cells to be shown then. */
function take(step: Step, tty: FakeTty, terminal: Terminal, cells: Cells): Cells {
  const canvas = new Canvas(cells, { theme, ascii: false })
  if (step.do === 'draw') canvas.put(step.x, step.y, step.text, step.role)
  if (step.do === 'flag') canvas.flag(step.x, step.y, step.width, step.flag)
  if (step.do === 'resize') tty.resize(step.width, step.height)
  if (step.do === 'redraw') terminal.redraw()
  if (step.do === 'leave') {
    terminal.leave()
    terminal.enter()
  }
  return step.do === 'blank' || step.do === 'resize' ? drawn(terminal, () => undefined) : cells
}

describe('whatever is drawn', () => {
  it('is what the screen shows after every frame, and nothing else is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const tty = fakeTty(24, 4)
        const terminal = new Terminal(tty.input, tty.output)
        terminal.enter()
        let cells = drawn(terminal, () => undefined)
        for (const next of steps) {
          cells = take(next, tty, terminal, cells)
          expect(terminal.show(cells, null)).toBe(true)
          await tty.settled()
          expect(differences(tty, cells)).toEqual([])
        }
        terminal.leave()
        await tty.settled()
        expect(() => escapesOf(tty.raw())).not.toThrow()
      }),
      { numRuns: 60 },
    )
  })
})
