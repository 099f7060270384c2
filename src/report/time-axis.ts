/**
 * Times become places on a line. Every time gets the room that its marks need, what is left is shared by how much time
 * lies between; a long silence is cut to a break, so that what happened around it can be seen.
 */

/** A time at which something was, and the room it needs, in px. */
export interface Moment {
  time: number
  room: number
}

/** A silence that is drawn shorter than it was. */
export interface Break {
  x: number
  width: number
  /** Milliseconds. */
  span: number
}

export interface TimeAxis {
  width: number
  breaks: readonly Break[]
  /** Where the marks of a time begin; it must be one of the moments. */
  at(time: number): number
}

export const breakWidth = 44
const breakLimit = 6

/** `moments` in the order of their times, each time once. */
export function timeAxis(moments: readonly Moment[], leastWidth: number): TimeAxis {
  const spans = moments.slice(1).map(({ time }, i) => time - (moments[i]?.time ?? time))
  const silences = silencesOf(spans)
  const needed = moments.reduce((sum, { room }) => sum + room, 0) + silences.size * breakWidth
  const free = Math.max(0, leastWidth - needed)
  const shared = spans.reduce((sum, span, i) => sum + (silences.has(i) ? 0 : span), 0)
  const places = new Map<number, number>()
  const breaks: Break[] = []
  let x = 0
  for (const [i, { time, room }] of moments.entries()) {
    places.set(time, x)
    x += room
    const span = spans[i] ?? 0
    if (silences.has(i)) {
      breaks.push({ x, width: breakWidth, span })
      x += breakWidth
    } else if (shared > 0) x += (free * span) / shared
  }
  return { width: Math.max(x, leastWidth), breaks, at: time => places.get(time) ?? 0 }
}

/** Which spans are silences: those that would leave the rest too little, and are many times what is usual here. */
function silencesOf(spans: readonly number[]): ReadonlySet<number> {
  const silences = new Set<number>()
  const byLength = [...spans.keys()].sort((a, b) => (spans[b] ?? 0) - (spans[a] ?? 0))
  const usual = spans[byLength[Math.floor(byLength.length / 2)] ?? 0] ?? 0
  let left = spans.reduce((sum, span) => sum + span, 0)
  for (const i of byLength.slice(0, breakLimit)) {
    const span = spans[i] ?? 0
    if (span < 0.4 * left || span < 12 * usual) break
    silences.add(i)
    left -= span
  }
  return silences
}
