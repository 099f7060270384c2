/** Lines of text over everything else: what wsinspect had to say, what a replay came to. */
import type { Canvas } from '../canvas.ts'
import { prose } from '../detail/text-lines.ts'
import { paintBox, widthOf } from './box.ts'

/** Columns of the box where there is room: values that differ stand below each other. */
const most = 120

/** Columns by which the rest of a long line is moved in. */
const indent = 4

/** Draws the lines from `top` on, long ones in several. Returns where it begins: no further than there is something to show. */
export function paintLines(
  canvas: Canvas,
  { title, lines, top }: { title: string; lines: readonly string[]; top: number },
): number {
  const width = widthOf(canvas, most)
  const all = lines.flatMap(line => prose(line, width - 4, 'plain', indent))
  const below = ' ↑ ↓ scroll · any other key closes '
  const box = paintBox(canvas, all.length, title, below, width)
  const first = Math.min(top, Math.max(0, all.length - (box.height - 2)))
  for (let y = 0; y < box.height - 2; y++) {
    for (const { text } of all[first + y] ?? []) box.put(2, y + 1, text)
  }
  return first
}
