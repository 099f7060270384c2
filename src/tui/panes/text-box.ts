/** Lines of text over everything else: what wsinspect had to say, what a replay came to. */
import type { Canvas } from '../canvas.ts'
import { prose } from '../detail/text-lines.ts'
import { settleScroll, type Scroll } from '../scroll.ts'
import { paintBox, widthOf } from './box.ts'

/** Columns of the box where there is room: values that differ stand below each other. */
const most = 120

/** Columns by which the rest of a long line is moved in. */
const indent = 4

/** Draws the lines, long ones in several, and settles how far they are scrolled. */
export function paintLines(
  canvas: Canvas,
  { title, lines, scroll }: { title: string; lines: readonly string[]; scroll: Scroll },
): void {
  const width = widthOf(canvas, most)
  const all = lines.flatMap(line => prose(line, width - 4, 'plain', indent))
  const below = ' ↑ ↓ scroll · any other key closes '
  const box = paintBox(canvas, all.length, title, below, width)
  const rows = box.height - 2
  settleScroll(scroll, all.length, rows)
  for (let y = 0; y < rows; y++) {
    for (const { text } of all[scroll.top + y] ?? []) box.put(2, y + 1, text)
  }
}
