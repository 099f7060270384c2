/** A line that is typed, in the line above the hints. */
import type { Canvas } from '../canvas.ts'
import { visibleLine, type Line } from '../line-editor.ts'
import { columnsOf, cut } from '../text.ts'

const signs = {
  filter: '/',
  find: 'find',
  command: ':',
  save: 'save payload to',
  replay: 'replay against',
  open: 'open recording',
} as const

/** Draws the line and, at the right, what comes of it. Returns the column of the cursor. */
export function paintPrompt(
  canvas: Canvas,
  purpose: keyof typeof signs,
  line: Line,
  result: string,
  isFault: boolean,
): number {
  canvas.fill(0, 0, canvas.width, 1, ' ', 'bar')
  const start = canvas.put(1, 0, signs[purpose], 'strong') + 1
  const room = canvas.width - start - 2
  const shown = cut(result, isFault ? Math.floor(room * 0.6) : Math.floor(room / 2))
  const free = Math.max(1, room - columnsOf(shown) - 1)
  const { text, column } = visibleLine(line, free, canvas.look.ascii)
  canvas.put(start, 0, text)
  canvas.putRight(canvas.width - 1, 0, shown, isFault ? 'error' : 'good')
  return start + column
}
