/** `1 frame`, `2 frames`: a count, perhaps in decimal already, and what is counted, for details and verdicts. */
export function counted(count: number | string, noun: string): string {
  return `${count} ${noun}${String(count) === '1' ? '' : 's'}`
}

/** A span of ms in words of a length that fits it. */
export function shortTime(span: number): string {
  return span < 1000 ? `${span.toFixed(1)} ms` : `${(span / 1000).toFixed(1)} s`
}

/** Characters of a value that a detail shows. */
const shownLength = 120

/** A value in quotes, single ones where it has double ones itself; cut where it is long. */
export function quoted(value: string): string {
  const mark = value.includes('"') && !value.includes("'") ? "'" : '"'
  return value.length <= shownLength
    ? `${mark}${value}${mark}`
    : `${mark}${value.slice(0, shownLength)}…${mark}`
}

/** An octet as `0x0d`. */
export function hexOctet(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`
}
