/** Lines that are scrolled without a cursor, and pages of any pane. */

export interface Scroll {
  /** The first line shown. */
  top: number
  /** Lines that there was room for. */
  height: number
}

/** At the first line, or the last: what is beyond is taken back when it is painted. */
export function scrollAt(top: number): Scroll {
  return { top, height: 1 }
}

/** Scrolls by lines. How far there is something to show is known when it is painted. */
export function scrollBy(scroll: Scroll, lines: number): void {
  scroll.top = Math.max(0, scroll.top + lines)
}

/** Makes it fit `count` lines, with room for `height` of them. Before each painting. */
export function settleScroll(scroll: Scroll, count: number, height: number): void {
  scroll.height = Math.max(1, height)
  scroll.top = Math.max(0, Math.min(scroll.top, count - height))
}

/** Lines of so many pages, also of parts of one: at least one. */
export function pageOf(pages: number, height: number): number {
  return Math.sign(pages) * Math.max(1, Math.floor(Math.abs(pages) * height))
}
