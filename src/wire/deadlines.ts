/** What must have happened by some time, for all connections in one order: live and from a record the rows are the same. */

/** What is to be judged when the time has come; `due` is that time. */
type Expire = (due: number) => void

interface Deadline {
  due: number
  expire: Expire
}

export class Deadlines {
  /** In the order of their times; those of one time in the order in which they were set. */
  #waiting: Deadline[] = []
  #head = 0

  /** The time, in ms since the start, of the next deadline; Infinity without one. */
  get next(): number {
    return this.#waiting[this.#head]?.due ?? Infinity
  }

  /** A deadline is never taken back: `expire` looks whether it still matters. */
  add(due: number, expire: Expire): void {
    this.#waiting.splice(this.#placeOf(due), 0, { due, expire })
  }

  /** Judges every deadline up to and with `now`, in order. */
  run(now: number): void {
    while (this.next <= now) {
      const deadline = this.#waiting[this.#head++]
      if (this.#head > 1000 && this.#head * 2 > this.#waiting.length) this.#forgetPast()
      deadline?.expire(deadline.due)
    }
  }

  /** Behind all that are due by then. A record may hold many connections of one time: the place is anywhere. */
  #placeOf(due: number): number {
    let from = this.#head
    let to = this.#waiting.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#waiting[middle]?.due ?? 0) > due) to = middle
      else from = middle + 1
    }
    return from
  }

  #forgetPast(): void {
    this.#waiting = this.#waiting.slice(this.#head)
    this.#head = 0
  }
}
