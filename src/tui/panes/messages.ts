/** What wsinspect had to say, over everything else. */
import type { Canvas } from '../canvas.ts'
import { cut } from '../text.ts'
import { paintBox } from './box.ts'

/** Draws the messages from `top` on, the oldest first. */
export function paintMessages(canvas: Canvas, messages: readonly string[], top: number): void {
  const lines = messages.length === 0 ? ['nothing so far'] : messages
  const box = paintBox(canvas, lines.length, ' Messages ', ' ↑ ↓ scroll · any other key closes ')
  for (let y = 0; y < box.height - 2; y++) {
    const line = lines[top + y]
    if (line !== undefined) box.put(2, y + 1, cut(line, box.width - 4))
  }
}
