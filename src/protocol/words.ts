/** `1 frame`, `2 frames`: a count and what is counted, for details and verdicts. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
