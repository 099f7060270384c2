/** A box over everything else. */
import type { Canvas } from '../canvas.ts'
import { columnsOf, cut } from '../text.ts'

/** Columns of a box where there is room. */
const boxWidth = 76

/** Columns of a box on the canvas, the frame included. */
export function widthOf(canvas: Canvas, most = boxWidth): number {
  return Math.min(canvas.width - 2, most)
}

/** Draws a box for `lines` in the middle of the canvas, at most as high as that. Returns all of it, the frame included. */
export function paintBox(
  canvas: Canvas,
  lines: number,
  title: string,
  below: string,
  width = widthOf(canvas),
): Canvas {
  const height = Math.min(canvas.height, lines + 2)
  const x = Math.floor((canvas.width - width) / 2)
  const y = Math.floor((canvas.height - height) / 2)
  const box = canvas.region(x, y, width, height)
  const line = '─'.repeat(Math.max(0, width - 2))
  box.fill(0, 0, width, height, ' ')
  box.put(0, 0, `┌${line}┐`, 'rule')
  box.put(0, height - 1, `└${line}┘`, 'rule')
  box.fill(0, 1, 1, height - 2, '│', 'rule')
  box.fill(width - 1, 1, 1, height - 2, '│', 'rule')
  box.put(Math.floor((width - columnsOf(title)) / 2), 0, title, 'focus')
  box.put(2, height - 1, cut(below, width - 4), 'rule')
  return box
}
