/** What to do while nothing has happened yet. */
import type { Canvas } from '../canvas.ts'
import { columnsOf, wrapWords } from '../text.ts'

/** Draws lines in the middle; long ones are wrapped at spaces. */
export function paintWelcome(canvas: Canvas, lines: readonly string[]): void {
  canvas.fill(0, 0, canvas.width, canvas.height, ' ')
  const wrapped = ['no connection yet', '', ...lines].flatMap(line => wrapWords(line, canvas.width - 4))
  const y = Math.max(0, Math.floor((canvas.height - wrapped.length) / 2))
  const x = Math.max(2, Math.floor((canvas.width - Math.max(...wrapped.map(line => columnsOf(line)))) / 2))
  for (const [i, line] of wrapped.entries()) canvas.put(x, y + i, line, i === 0 ? 'strong' : 'plain')
}
