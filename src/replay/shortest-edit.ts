/** How one sequence becomes the other with the fewest differences (Levenshtein), over a window of both. */

/** `same` and `changed` take one item of both, `missing` one that was expected, `extra` one that came. */
export type Step = 'same' | 'changed' | 'missing' | 'extra'

/** A change counts more than one item alone and less than two: what is the same is preferred over fewer steps. */
const changeCost = 3
const aloneCost = 2

/**
 * The steps through `rows` expected and `columns` received items. Where the sequences go on behind the window (not `isAll`),
 * the steps end at its border.
 */
export function shortestEdit(
  rows: number,
  columns: number,
  isAll: boolean,
  isSame: (row: number, column: number) => boolean,
): Step[] {
  const width = columns + 1
  const costs = new Int32Array((rows + 1) * width)
  const steps = new Uint8Array((rows + 1) * width)
  for (let j = 1; j <= columns; j++) set(costs, steps, j, j * aloneCost, extra)
  for (let i = 1; i <= rows; i++) {
    set(costs, steps, i * width, i * aloneCost, missing)
    for (let j = 1; j <= columns; j++) {
      const at = i * width + j
      const isMatch = isSame(i - 1, j - 1)
      set(
        costs,
        steps,
        at,
        cost(costs, at - width - 1) + (isMatch ? 0 : changeCost),
        isMatch ? same : changed,
      )
      const without = cost(costs, at - width) + aloneCost
      if (without < cost(costs, at)) set(costs, steps, at, without, missing)
      const more = cost(costs, at - 1) + aloneCost
      if (more < cost(costs, at)) set(costs, steps, at, more, extra)
    }
  }
  const end = isAll ? rows * width + columns : cheapestEnd(costs, rows, columns)
  return walkBack(steps, end, width)
}

const same = 0
const changed = 1
const missing = 2
const extra = 3
const names: readonly Step[] = ['same', 'changed', 'missing', 'extra']

function set(costs: Int32Array, steps: Uint8Array, at: number, value: number, step: number): void {
  costs[at] = value
  steps[at] = step
}

function cost(costs: Int32Array, at: number): number {
  return costs[at] ?? 0
}

/** Where on the border it is cheapest to go on: items of the window that are left over count as single ones. */
function cheapestEnd(costs: Int32Array, rows: number, columns: number): number {
  const width = columns + 1
  let best = rows * width + columns
  let least = cost(costs, best)
  const consider = (i: number, j: number) => {
    const total = cost(costs, i * width + j) + aloneCost * Math.abs(rows - columns - (i - j))
    if (total >= least) return
    best = i * width + j
    least = total
  }
  for (let i = rows - 1; i > 0; i--) consider(i, columns)
  for (let j = columns - 1; j > 0; j--) consider(rows, j)
  return best
}

function walkBack(steps: Uint8Array, end: number, width: number): Step[] {
  const found: Step[] = []
  let at = end
  while (at > 0) {
    const step = steps[at] ?? same
    found.push(names[step] ?? 'same')
    at -= step === missing ? width : step === extra ? 1 : width + 1
  }
  return found.reverse()
}
