/** Cells as a picture: SVG that any browser draws, in the colours of a dark terminal. */
import type { Cells } from '../../src/tui/canvas.ts'
import { Flag, type Style } from '../../src/tui/theme.ts'

/** One cell in the units of the picture. */
const cellWidth = 8.4
const cellHeight = 18

const background = '#16181d'
const foreground = '#d5d8de'

/** The 16 colours of a terminal. */
const palette = [
  ...['#1d1f26', '#f07178', '#a5d279', '#e6b450', '#7aa8ff', '#c792ea', '#6bd4d8', '#d5d8de'],
  ...['#5c6370', '#ff8b92', '#b9e29c', '#ffd580', '#9cc0ff', '#ddb3ff', '#8be9ec', '#ffffff'],
]

const defaultColor = 0x1ff

interface Look {
  color: string
  fill: string | null
  bold: boolean
  underline: boolean
}

function lookOf(style: Style): Look {
  const code = (style >> 9) & 0x1ff
  const color = code === defaultColor ? foreground : (palette[code] ?? foreground)
  const isInverse = (style & Flag.inverse) !== 0
  return {
    color: isInverse ? background : color,
    fill: isInverse ? color : null,
    bold: (style & Flag.bold) !== 0,
    underline: (style & Flag.underline) !== 0,
  }
}

/** Spaces stay as many as they are: SVG would make one of them. */
function escape(text: string): string {
  return text
    .replaceAll(' ', '\u00a0')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** Runs of cells of one look in a line, without what is blank. */
function* runsOf({ width, chars, styles }: Cells, y: number) {
  for (let x = 0; x < width;) {
    const start = x
    const style = styles[y * width + x] ?? 0
    let text = ''
    while (x < width && styles[y * width + x] === style) text += chars[y * width + x++] ?? ''
    yield { x: start, columns: x - start, text, look: lookOf(style) }
  }
}

/** The picture of a screen. */
export function svgOf(cells: Cells): string {
  const width = (cells.width * cellWidth + 16).toFixed(0)
  const height = (cells.height * cellHeight + 16).toFixed(0)
  const parts: string[] = []
  for (let y = 0; y < cells.height; y++) {
    for (const { x, columns, text, look } of runsOf(cells, y)) {
      const left = (x * cellWidth + 8).toFixed(1)
      const span = (columns * cellWidth).toFixed(1)
      if (look.fill !== null) {
        parts.push(
          `<rect x="${left}" y="${y * cellHeight + 8}" width="${span}" height="${cellHeight}" fill="${look.fill}"/>`,
        )
      }
      if (text.trim() === '') continue
      const weight = look.bold ? ' font-weight="bold"' : ''
      const line = look.underline ? ' text-decoration="underline"' : ''
      const at = `x="${left}" y="${y * cellHeight + 21}" textLength="${span}"`
      parts.push(`<text ${at} fill="${look.color}"${weight}${line}>${escape(text)}</text>`)
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ' font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14">',
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
