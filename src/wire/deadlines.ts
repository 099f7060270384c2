/** What must have happened by some time, for all connections in one order: live and from a record the rows are the same. */

/** What is to be judged when the time has come; `due` is that time. */
type Expire = (due: number) => void

interface Deadline {
  due: number
  /** Of two at one time the one that was set first comes first. */
  order: number
  expire: Expire
}

function comesBefore(a: Deadline, b: Deadline): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

/** A binary heap, the next deadline on top: records may hold connections whose times lie in any order. */
export class Deadlines {
  readonly #heap: Deadline[] = []
  #added = 0

  /** The time, in ms since the start, of the next deadline; Infinity without one. */
  get next(): number {
    return this.#heap[0]?.due ?? Infinity
  }

  /** A deadline is never taken back: `expire` looks whether it still matters. */
  add(due: number, expire: Expire): void {
    const heap = this.#heap
    const added = { due, order: this.#added++, expire }
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
