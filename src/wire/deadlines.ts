/** What must have happened by some time, for all connections in one order: live and from a record the rows are the same. */

/** What is to be judged when the time has come; `due` is that time. */
type Expire = (due: number) => void

interface Deadline {
  due: number
  rank: number
  order: number
  expire: Expire
}

/** Of two at one time that of lower rank comes first, of two of one rank the one that was set first. */
function comesBefore(a: Deadline, b: Deadline): boolean {
  if (a.due !== b.due) return a.due < b.due
  return a.rank === b.rank ? a.order < b.order : a.rank < b.rank
}

/** A binary heap, the next deadline on top: records may hold connections whose times lie in any order. */
export class Deadlines {
  readonly #heap: Deadline[] = []
  #added = 0

  /** The time, in ms since the start, of the next deadline; Infinity without one. */
  get next(): number {
    return this.#heap[0]?.due ?? Infinity
  }

  /**
   * A deadline is never taken back: `expire` looks whether it still matters. `rank` is for one whose turn among those of
   * its time must not depend on when it was set.
   */
  add(due: number, expire: Expire, rank = 0): void {
    const heap = this.#heap
    const added = { due, rank, order: this.#added++, expire }
    let at = heap.length
    heap.push(added)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || comesBefore(parent, added)) break
      heap[at] = parent
      at = above
    }
    heap[at] = added
  }

  /** Judges every deadline up to and with `now`, in order. */
  run(now: number): void {
    while (this.next <= now) {
      const deadline = this.#take()
      deadline?.expire(deadline.due)
    }
  }

  #take(): Deadline | undefined {
    const heap = this.#heap
    const [top] = heap
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.#sink(last)
    return top
  }

  /** Puts `moved` where it belongs, from the top down. */
  #sink(moved: Deadline): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      let child = heap[below]
      const right = heap[below + 1]
      if (child !== undefined && right !== undefined && comesBefore(right, child)) {
        child = right
        below++
      }
      if (child === undefined || comesBefore(moved, child)) break
      heap[at] = child
      at = below
    }
    heap[at] = moved
  }
}
