/** Rows of cells as text: aligned columns, or a Markdown table. The first column is words, the others numbers. */
export function table(head, rows, markdown) {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map(row => row[i].length)))
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  if (!markdown) return all.map(row => row.map(pad).join('  ').trimEnd()).join('\n')
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : '-'.repeat(width - 1) + ':'))
  const lines = [head.map(pad), rule, ...rows.map(row => row.map(pad))]
  return lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Three digits are more than the machine's noise deserves. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 1e6) return `${number(value / 1e6)} M`
  if (size >= 1e4) return `${number(value / 1e3)} k`
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  return size >= 1 || size === 0 ? value.toFixed(2) : value.toPrecision(2)
}

export const percent = value =>
  value === null || value === undefined ? '-' : `${(100 * value).toFixed(0)} %`
