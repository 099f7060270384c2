/** `1 frame`, `2 frames`: a count, perhaps in decimal already, and what is counted, for details and verdicts. */
export function counted(count: number | string, noun: string): string {
  return `${count} ${noun}${String(count) === '1' ? '' : 's'}`
}

/** A span of ms in words of a length that fits it. */
export function shortTime(span: number): string {
  return span < 1000 ? `${span.toFixed(1)} ms` : `${(span / 1000).toFixed(1)} s`
}
