/** Work on rows in slices: all of it together takes a bounded time of each turn of the event loop. */

/** Goes on for at most `budget` ms, but for one step at least. Returns true when there is more to do. */
export type Work = (now: () => number, budget: number) => boolean

/** Work that is done step by step; `step` returns true when there is more to do. */
export function inSteps(step: () => boolean): Work {
  return (now, budget) => {
    const until = now() + budget
    for (;;) {
      const more = step()
      if (!more || now() >= until) return more
    }
  }
}

/** Does works, one after the other, in `budget` ms: each has an equal part of what those before it have left. */
export function shareSlice(works: readonly Work[], now: () => number, budget: number): boolean {
  const until = now() + budget
  let isLeft = false
  works.forEach((work, i) => {
    const part = (until - now()) / (works.length - i)
    if (work(now, part)) isLeft = true
  })
  return isLeft
}
